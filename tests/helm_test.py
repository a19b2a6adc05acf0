#!/usr/bin/env python3
"""The Helm chart: what it renders is what Kubernetes and Shoal accept, and wrong values are refused.

helm and kubectl come from scripts/install-helm; no cluster is needed. Variables: SHOAL_BINARY, the
program that judges the rendered shoal.toml; SHOAL_CACHE, as for that script.
"""

import base64
import json
import os
import re
import subprocess
import tempfile
import tomllib
import unittest
from pathlib import Path

from fake_kubernetes import KubernetesWithSecrets

REPOSITORY = Path(__file__).resolve().parent.parent
CHART = REPOSITORY / "helm" / "shoal"
NAMESPACE = "images"
# The least that a release needs.
IMAGE = {"image": {"repository": "registry.example/shoal"}, "swarm": {"plaintext": True}}

ALL_VALUES_CHANGED = {
    "image": {"repository": "registry.example:5000/shoal", "tag": "1.2.3", "digest": "sha256:" + "a" * 64},
    "imagePullSecrets": ["pull"],
    "dataDir": "/mnt/fast/shoal",
    "runAsUser": 1000,
    "log": {"level": "debug", "format": "text"},
    "mirror": {"port": 6050, "defaultRegistry": "docker.io", "tagFreshness": "30s", "drainTimeoutSeconds": 90},
    "containerd": {"certsDir": "/var/lib/k3s/certs.d", "registries": ["docker.io"], "everyFolder": False},
    "admin": {"address": "0.0.0.0", "port": 6051},
    "upstream": {
        "allowUnconfigured": True,
        "httpProxy": "http://proxy.example:3128",
        "connectionsPerHost": 32,
        "rate": "10MiB",
        "access": "off", "accessTtl": "10m", "accessGrace": "2h",
        "credentials": {"existingSecret": "logins", "key": "config.json"},
        "ca": {"existingConfigMap": "authorities", "key": "all.pem"},
    },
    "registries": {
        "docker.io": None,
        "ghcr.io": {},
        "registry.example:5000": {
            "url": "http://registry.example:5000", "caKey": "one.pem", "clientCertificate": "node-id",
            "fallbackUrls": ["https://second.example", "http://10.0.0.9:5000"], "httpProxy": "direct",
            "allow": ["library/*", "team/**"], "deny": ["**/secret"], "tagFreshness": "offline", "access": "shared"},
        "other.example": {"clientCertificate": "node-id"},
    },
    "swarm": {"address": "[::]", "port": 7881, "cluster": "blue<&>\"\\", "uploadRate": "64MiB", "downloadRate": "1.5GB",
              "uploadSlots": 8, "connections": 500, "connectionsPerBlob": 50, "memory": "64MiB", "memoryPerBlob": "8MB", "banTime": "90m",
              "tls": {"existingSecret": "members"}, "neighbours": 32, "dhtPort": 7900,
              "clusterKey": {"existingSecret": "notes", "key": "secret.txt"}},
    "discovery": {"extraPeers": ["10.0.0.11:6881", "[2001:db8::7]:6881"], "refresh": "5m"},
    "transfer": {"grace": "500ms"},
    "resources": {"limits": {"memory": "1Gi", "cpu": 2}},
    "priorityClassName": "",
    "nodeSelector": {"pool": "gpu"},
    "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}],
    "maxUnavailable": 3,
    "serviceAccount": {"annotations": {"owner": "platform"}},
}
# Apart from ALL_VALUES_CHANGED, which has one ConfigMap.
MONITORED = IMAGE | {
    "admin": {"address": "0.0.0.0"},
    "monitoring": {"podMonitor": {"enabled": True, "interval": "15s", "labels": {"release": "prom"}},
                   "prometheusRule": {"enabled": True, "labels": {"release": "prom"}},
                   "dashboards": {"enabled": True}},
}
WITHOUT_SWARM = IMAGE | {"swarm": {"enabled": False}}
# What one command installs.
LEAST = {"image": IMAGE["image"]}
CERT_MANAGER = LEAST | {"swarm": {"tls": {"certManager": {"issuer": "nodes", "kind": "ClusterIssuer"}}}}
BY_HAND = IMAGE | {"containerd": {"configure": False}}

REFUSED = [
    ({"mirror": {"lissten": 1}}, "lissten"),
    ({"mirrors": {}}, "mirrors"),
    ({"mirror": {"port": "5050"}}, "/mirror/port"),
    ({"mirror": {"port": None}}, "port"),
    ({"mirror": {"tagFreshness": "soon"}}, "/mirror/tagFreshness"),
    ({"admin": {"port": 65536}}, "/admin/port"),
    ({"log": {"level": "loud"}}, "/log/level"),
    ({"dataDir": "/var/lib/../shoal"}, "/dataDir"),
    ({"registries": {"https://ghcr.io": {}}}, "https://ghcr.io"),
    ({"registries": {"ghcr.io": {"url": "https://user:password@ghcr.io"}}}, "/registries/ghcr.io/url"),
    ({"registries": {"ghcr.io": {"fallbackUrls": ["ghcr.io"]}}}, "/registries/ghcr.io/fallbackUrls/0"),
    ({"registries": {"ghcr.io": {"httpProxy": "https://proxy"}}}, "/registries/ghcr.io/httpProxy"),
    ({"registries": {"ghcr.io": {"allow": ["Library/*"]}}}, "/registries/ghcr.io/allow/0"),
    ({"registries": {"ghcr.io": {"tagFreshness": "sometimes"}}}, "/registries/ghcr.io/tagFreshness"),
    ({"upstream": {"httpProxy": "proxy:3128"}}, "/upstream/httpProxy"),
    ({"swarm": {"cluster": "with space"}}, "/swarm/cluster"),
    ({"discovery": {"extraPeers": ["10.0.0.11"]}}, "/discovery/extraPeers/0"),
    ({"maxUnavailable": 0}, "/maxUnavailable"),
    ({"admin": {"port": 5050}}, "must differ"),
    ({"monitoring": {"podMonitor": {"interval": "often"}}}, "/monitoring/podMonitor/interval"),
    ({"monitoring": {"alerts": {}}}, "alerts"),
    ({"monitoring": {"podMonitor": {"enabled": True}}}, "needs admin.address=0.0.0.0"),
    ({"upstream": {"ca": {"key": "all.pem"}}}, "upstream.ca.existingConfigMap"),
    ({"registries": {"ghcr.io": {"caKey": "one.pem"}}}, "registries.ghcr.io.caKey"),
    ({"image": {"repository": ""}}, "image.repository is required"),
    ({"swarm": {"plaintext": True, "tls": {"certManager": {"issuer": "nodes"}}}}, "contradict each other"),
    ({"swarm": {"tls": {"existingSecret": "a", "certManager": {"issuer": "b"}}}}, "contradict each other"),
    ({"swarm": {"tls": {"certManager": {"kind": "Signer"}}}}, "/swarm/tls/certManager/kind"),
    ({"containerd": {"certsDir": "certs.d"}}, "/containerd/certsDir"),
    ({"containerd": {"registries": ["https://ghcr.io"]}}, "/containerd/registries/0"),
    ({"swarm": {"plaintext": True, "tls": {"existingSecret": "members"}}}, "contradict each other"),
]


def environment() -> dict[str, str]:
    """Ours without what would change an answer: the daemon's variables, a cluster to talk to."""
    left_out = ("SHOAL_", "KUBE", "HELM_")
    return {name: value for name, value in os.environ.items() if not name.startswith(left_out)}


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=60)


def objects_in(text: str) -> list[dict]:
    """The JSON values of a text that holds one after the other."""
    found, decoder = [], json.JSONDecoder()
    while text := text.lstrip():
        value, end = decoder.raw_decode(text)
        found.append(value)
        text = text[end:]
    return found


def paths_in(value, path: str = "") -> set[str]:
    """The path of every key in an object of lists and objects."""
    if isinstance(value, dict):
        children = [(f"{path}.{key}", child) for key, child in value.items()]
        return {name for name, _ in children}.union(*(paths_in(child, name) for name, child in children))
    if isinstance(value, list):
        return set().union(*(paths_in(child, f"{path}[{i}]") for i, child in enumerate(value)))
    return set()


class HelmTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        subprocess.run([REPOSITORY / "scripts" / "install-helm", "--quiet"], check=True)
        tools = Path(os.environ.get("SHOAL_CACHE") or Path.home() / ".cache" / "shoal") / "tools"
        cls.helm, cls.kubectl = tools / "helm", tools / "kubectl"
        cls.shoal = Path(os.environ["SHOAL_BINARY"])
        cls.rendered: dict[str, dict[str, dict]] = {}  # by release and values

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="shoal-helm-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def helm_with(self, values: dict, *command: str) -> subprocess.CompletedProcess[str]:
        file = self.folder / "values.json"
        file.write_text(json.dumps(values))
        return run(self.helm, *command, CHART, "--values", file, "--namespace", NAMESPACE)

    def render(self, values: dict, release: str = "shoal") -> dict[str, dict]:
        """What the chart makes of the values, by kind."""
        key = json.dumps([release, values])
        if key not in self.rendered:
            self.rendered[key] = self.render_anew(values, release)
        return self.rendered[key]

    def render_anew(self, values: dict, release: str) -> dict[str, dict]:
        rendered = self.helm_with(values, "template", release)
        self.assertEqual(rendered.returncode, 0, rendered.stderr)
        file = self.folder / "rendered.yaml"
        file.write_text(rendered.stdout)
        # The way from YAML to JSON that needs no cluster; the label is for kubectl to have something to do.
        read = run(self.kubectl, "label", "--local", "--filename", file, "read=yes", "--output", "json")
        self.assertEqual(read.returncode, 0, read.stderr)
        objects = {self.key_of(each): each for each in objects_in(read.stdout)}
        self.assertEqual(len(objects), rendered.stdout.count("\nkind: "))
        return objects

    @staticmethod
    def key_of(rendered: dict) -> str:
        name = rendered["metadata"]["name"]
        if name.endswith("-dashboards"):
            return "Dashboards"
        return "Authority" if name.endswith("-ca") else rendered["kind"]

    def configuration(self, values: dict, release: str = "shoal") -> dict:
        """What Shoal understands from the rendered shoal.toml, every default filled in."""
        file = self.folder / "shoal.toml"
        file.write_text(self.render(values, release)["ConfigMap"]["data"]["shoal.toml"])
        check = run(self.shoal, "config", "check", "--config", file)
        self.assertEqual(check.returncode, 0, check.stderr + check.stdout + file.read_text())
        printed = run(self.shoal, "config", "print", "--config", file)
        self.assertEqual(printed.returncode, 0, printed.stderr)
        return tomllib.loads(printed.stdout)

    def pod(self, values: dict) -> dict:
        return self.render(values)["DaemonSet"]["spec"]["template"]["spec"]

    def test_lint_has_nothing_to_say(self) -> None:
        for values in (IMAGE, LEAST, CERT_MANAGER, BY_HAND, ALL_VALUES_CHANGED, WITHOUT_SWARM, MONITORED):
            lint = self.helm_with(values, "lint", "--strict")
            self.assertEqual(lint.returncode, 0, lint.stdout + lint.stderr)

    def test_default_configuration_is_that_of_the_daemon(self) -> None:
        file = self.folder / "default.toml"
        file.write_text('data_dir = "/var/lib/shoal"\n[registries."docker.io"]\n[log]\nformat = "json"\n')
        daemon = tomllib.loads(run(self.shoal, "config", "print", "--config", file).stdout)
        daemon["swarm"]["plaintext"] = True
        daemon["discovery"]["dns"] = ["shoal-peers.images.svc:6881"]
        self.assertEqual(self.configuration(IMAGE), daemon)

    def test_every_value_reaches_the_configuration(self) -> None:
        found = self.configuration(ALL_VALUES_CHANGED)
        self.assertEqual(found["data_dir"], "/mnt/fast/shoal")
        self.assertEqual(found["log"], {"level": "debug", "format": "text"})
        self.assertEqual(found["mirror"], {
            "listen": "127.0.0.1:6050", "default_registry": "docker.io", "tag_freshness": "30s",
            "drain_timeout": "90s"})
        self.assertEqual(found["admin"], {"listen": "0.0.0.0:6051"})
        self.assertEqual(found["upstream"], {
            "allow_unconfigured": True, "docker_config": "/etc/shoal/credentials/config.json",
            "extra_ca_file": "/etc/shoal/ca/all.pem", "http_proxy": "http://proxy.example:3128",
            "connections_per_host": 32, "rate": "10MiB",
            "access": "off", "access_ttl": "10m", "access_grace": "2h"})
        plain = {"fallback_urls": [], "ca_file": "", "client_cert_file": "", "client_key_file": "",
                 "http_proxy": "", "allow": [], "deny": [], "tag_freshness": "", "access": ""}
        identity = {"client_cert_file": "/etc/shoal/client/node-id/tls.crt",
                    "client_key_file": "/etc/shoal/client/node-id/tls.key"}
        self.assertEqual(found["registries"], {
            "ghcr.io": {"url": "https://ghcr.io", **plain},
            "other.example": {"url": "https://other.example", **plain, **identity},
            "registry.example:5000": {
                "url": "http://registry.example:5000", "ca_file": "/etc/shoal/ca/one.pem", **identity,
                "fallback_urls": ["https://second.example", "http://10.0.0.9:5000"], "http_proxy": "direct",
                "allow": ["library/*", "team/**"], "deny": ["**/secret"], "tag_freshness": "offline", "access": "shared"}})
        self.assertEqual(found["swarm"], {
            "enabled": True, "listen": "[::]:7881", "cluster": "blue<&>\"\\", "upload_rate": "64MiB",
            "cluster_key": "/etc/shoal/cluster/cluster.key", "neighbours": 32, "dht_port": 7900,
            "download_rate": "1500000000", "upload_slots": 8, "connections": 500, "connections_per_blob": 50, "memory": "64MiB", "memory_per_blob": "8000000", "ban_time": "90m",
            "piece_size": "0", "zone": "", "plaintext": False, "tls": {
                "ca_file": "/etc/shoal/tls/ca.crt", "cert_file": "/etc/shoal/tls/tls.crt",
                "key_file": "/etc/shoal/tls/tls.key"}})
        self.assertEqual(found["discovery"], {
            "peers": ["10.0.0.11:6881", "[2001:db8::7]:6881"], "dns": ["shoal-peers.images.svc:7881"], "file": "",
            "refresh": "5m"})
        self.assertEqual(found["transfer"], {"grace": "500ms"})

    def test_directory_has_the_port_that_the_daemon_takes(self) -> None:
        for swarm, port in (({"plaintext": True, "dhtPort": 7000}, 6881),
                            ({"tls": {"existingSecret": "members"}}, 6882),
                            ({"tls": {"existingSecret": "members"}, "dhtPort": 7000}, 7000)):
            ports = self.pod(IMAGE | {"swarm": swarm})["containers"][0]["ports"]
            self.assertEqual([(p["containerPort"], p["protocol"]) for p in ports if p["name"] == "directory"],
                             [(port, "UDP")])

    def test_without_swarm_there_is_no_service_and_no_peer(self) -> None:
        self.assertNotIn("Service", self.render(WITHOUT_SWARM))
        found = self.configuration(WITHOUT_SWARM)
        self.assertFalse(found["swarm"]["enabled"])
        self.assertEqual(found["discovery"]["dns"], [])
        self.assertNotIn("swarm", [port["name"] for port in self.pod(WITHOUT_SWARM)["containers"][0]["ports"]])

    def test_peers_name_is_that_of_the_service_for_any_release(self) -> None:
        for release in ("shoal", "mirror", "1234", "r" * 53):
            service = self.render(IMAGE, release)["Service"]
            self.assertEqual(service["spec"]["clusterIP"], "None")
            self.assertLessEqual(len(service["metadata"]["name"]), 63)
            self.assertEqual(self.configuration(IMAGE, release)["discovery"]["dns"],
                             [f"{service['metadata']['name']}.{NAMESPACE}.svc:6881"])

    def test_service_selects_the_pods(self) -> None:
        rendered = self.render(IMAGE)
        labels = rendered["DaemonSet"]["spec"]["template"]["metadata"]["labels"]
        self.assertEqual(rendered["Service"]["spec"]["selector"], labels)
        self.assertEqual(rendered["DaemonSet"]["spec"]["selector"]["matchLabels"], labels)

    def test_pod_has_no_rights_it_does_not_need(self) -> None:
        for values in (IMAGE, ALL_VALUES_CHANGED):
            pod = self.pod(values)
            for each in pod["containers"] + pod["initContainers"]:
                container = each["securityContext"]
                self.assertEqual(container["capabilities"], {"drop": ["ALL"]})
                self.assertIs(container["readOnlyRootFilesystem"], True)
                self.assertIs(container["allowPrivilegeEscalation"], False)
            self.assertEqual(pod["securityContext"]["seccompProfile"], {"type": "RuntimeDefault"})
            self.assertIs(pod["automountServiceAccountToken"], False)
            self.assertIs(pod["enableServiceLinks"], False)
            self.assertIs(pod["hostNetwork"], True)
        self.assertIs(self.render(IMAGE)["ServiceAccount"]["automountServiceAccountToken"], False)
        self.assertEqual(self.pod(ALL_VALUES_CHANGED)["securityContext"], {
            "runAsUser": 1000, "runAsGroup": 1000, "runAsNonRoot": True, "fsGroup": 1000,
            "seccompProfile": {"type": "RuntimeDefault"}})

    def test_pod_may_drain_before_it_is_killed(self) -> None:
        self.assertEqual(self.pod(IMAGE)["terminationGracePeriodSeconds"], 45)
        self.assertEqual(self.pod(ALL_VALUES_CHANGED)["terminationGracePeriodSeconds"], 105)

    def test_every_file_of_the_configuration_is_mounted(self) -> None:
        pod = self.pod(ALL_VALUES_CHANGED)
        mounts = {mount["name"]: mount["mountPath"] for mount in pod["containers"][0]["volumeMounts"]}
        self.assertEqual(mounts, {"data": "/mnt/fast/shoal", "config": "/etc/shoal/config",
                                  "credentials": "/etc/shoal/credentials", "tls": "/etc/shoal/tls",
                                  "cluster": "/etc/shoal/cluster", "ca": "/etc/shoal/ca",
                                  "client": "/etc/shoal/client"})
        volumes = {volume["name"]: volume for volume in pod["volumes"]}
        self.assertEqual(volumes.keys(), mounts.keys() | {"certs"})
        self.assertEqual(volumes["data"]["hostPath"]["path"], "/mnt/fast/shoal")
        self.assertEqual(volumes["credentials"]["secret"]["secretName"], "logins")
        self.assertEqual(volumes["credentials"]["secret"]["items"], [{"key": "config.json", "path": "config.json"}])
        self.assertEqual(volumes["tls"]["secret"]["secretName"], "members")
        self.assertEqual(volumes["cluster"]["secret"]["items"], [{"key": "secret.txt", "path": "cluster.key"}])
        self.assertEqual(volumes["ca"]["configMap"]["name"], "authorities")
        [source] = volumes["client"]["projected"]["sources"]
        self.assertEqual(source["secret"], {"name": "node-id", "items": [
            {"key": "tls.crt", "path": "node-id/tls.crt"}, {"key": "tls.key", "path": "node-id/tls.key"}]})
        self.assertEqual({volume["name"] for volume in self.pod(IMAGE)["volumes"]}, {"data", "config", "certs"})

    def test_zone_is_the_label_of_the_pod(self) -> None:
        self.assertEqual(self.pod(IMAGE)["containers"][0]["env"], [{
            "name": "SHOAL_SWARM_ZONE",
            "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['topology.kubernetes.io/zone']"}}}])

    def test_image_is_the_tag_or_the_digest(self) -> None:
        self.assertEqual(self.pod(IMAGE)["containers"][0]["image"], "registry.example/shoal:0.1.0")
        self.assertEqual(self.pod(ALL_VALUES_CHANGED)["containers"][0]["image"],
                         "registry.example:5000/shoal:1.2.3@sha256:" + "a" * 64)

    def test_another_configuration_makes_new_pods(self) -> None:
        def annotations(values: dict) -> dict:
            return self.render(values)["DaemonSet"]["spec"]["template"]["metadata"]["annotations"]

        self.assertEqual(annotations(IMAGE), annotations(IMAGE | {"maxUnavailable": 1}))
        self.assertNotEqual(annotations(IMAGE), annotations(IMAGE | {"log": {"level": "debug"}}))

    def test_kubernetes_knows_every_field_of_the_daemon_set(self) -> None:
        for values in (IMAGE, LEAST, BY_HAND, ALL_VALUES_CHANGED, WITHOUT_SWARM):
            daemon_set = self.render(values)["DaemonSet"]
            file = self.folder / "daemonset.json"
            file.write_text(json.dumps(daemon_set))
            # This command reads into Kubernetes' own types, which lose what they have no field for.
            typed = run(self.kubectl, "set", "image", "--local", "--filename", file, "shoal=other", "--output", "json")
            self.assertEqual(typed.returncode, 0, typed.stderr)
            self.assertEqual(paths_in(daemon_set) - paths_in(json.loads(typed.stdout)), set())

    def test_monitoring_is_there_only_when_asked_for(self) -> None:
        kinds = {"PodMonitor", "PrometheusRule", "Dashboards"}
        self.assertFalse(kinds & self.render(IMAGE).keys())
        self.assertLessEqual(kinds, self.render(MONITORED).keys())
        for kind in ("PodMonitor", "PrometheusRule"):
            self.assertEqual(self.render(MONITORED)[kind]["metadata"]["labels"]["release"], "prom")

    def test_pod_monitor_selects_the_pods_and_their_admin_port(self) -> None:
        rendered = self.render(MONITORED)
        spec = rendered["PodMonitor"]["spec"]
        template = rendered["DaemonSet"]["spec"]["template"]
        self.assertEqual(spec["selector"]["matchLabels"], template["metadata"]["labels"])
        [endpoint] = spec["podMetricsEndpoints"]
        self.assertIn(endpoint["port"], [port["name"] for port in template["spec"]["containers"][0]["ports"]])
        self.assertEqual(endpoint["interval"], "15s")

    def test_rules_and_dashboards_are_those_of_the_repository(self) -> None:
        rendered = self.render(MONITORED)
        alerts = (REPOSITORY / "config/alerts/shoal.yaml").read_text()
        names = [rule.get("alert") or rule["record"] for group in rendered["PrometheusRule"]["spec"]["groups"]
                 for rule in group["rules"]]
        self.assertEqual(names, re.findall(r"- (?:alert|record): (\S+)", alerts))
        self.assertEqual(rendered["Dashboards"]["data"], {
            f"shoal-{file.name}": file.read_text() for file in (REPOSITORY / "config/dashboards").glob("*.json")})
        self.assertEqual(rendered["Dashboards"]["metadata"]["labels"]["grafana_dashboard"], "1")

    def test_package_holds_rules_and_dashboards(self) -> None:
        packed = run(self.helm, "package", CHART, "--destination", self.folder)
        self.assertEqual(packed.returncode, 0, packed.stderr)
        [archive] = self.folder.glob("*.tgz")
        listed = run("tar", "--list", "--file", archive).stdout.splitlines()
        for file in sorted((CHART / "files").glob("*/*")):
            self.assertIn(f"shoal/{file.relative_to(CHART)}", listed)

    def test_container_beside_the_daemon_keeps_the_files_of_containerd(self) -> None:
        for values, folder, words in (
                (IMAGE, "/etc/containerd/certs.d", ["--mirror=http://127.0.0.1:5050", "--every-folder"]),
                (ALL_VALUES_CHANGED, "/var/lib/k3s/certs.d",
                 ["--mirror=http://127.0.0.1:6050", "--registry=docker.io"])):
            pod = self.pod(values)
            [container] = pod["initContainers"]
            self.assertEqual(container["command"],
                             ["shoal", "containerd", "keep", f"--certs-dir={folder}", *words])
            # Without it, it would be one that the pod waits for.
            self.assertEqual(container["restartPolicy"], "Always")
            self.assertEqual(container["volumeMounts"], [{"name": "certs", "mountPath": folder}])
            self.assertEqual(container["securityContext"]["runAsUser"], 0)
            self.assertIn({"name": "certs", "hostPath": {"path": folder, "type": "DirectoryOrCreate"}}, pod["volumes"])
            # The program takes each of these words.
            checked = run(self.shoal, *container["command"][1:], "--help")
            self.assertEqual(checked.returncode, 0, checked.stderr)
        self.assertNotIn("initContainers", self.pod(BY_HAND))
        self.assertNotIn("certs", [volume["name"] for volume in self.pod(BY_HAND)["volumes"]])

    def secret_files(self, rendered: dict[str, dict], kind: str = "Secret") -> Path:
        folder = self.folder / kind
        folder.mkdir(exist_ok=True)
        for name, text in rendered[kind]["data"].items():
            (folder / name).write_bytes(base64.b64decode(text))
        return folder

    def test_certificates_are_made_where_none_are_given(self) -> None:
        rendered = self.render(LEAST)
        files = self.secret_files(rendered)
        self.assertEqual({file.name for file in files.iterdir()}, {"ca.crt", "tls.crt", "tls.key", "cluster.key"})
        self.assertRegex((files / "cluster.key").read_text(), "^[0-9a-f]{64}$")
        for purpose in ("sslserver", "sslclient"):
            verified = run("openssl", "verify", "-purpose", purpose, "-CAfile", files / "ca.crt", files / "tls.crt")
            self.assertEqual(verified.returncode, 0, verified.stderr)
        self.assertIn("DNS:*", run("openssl", "x509", "-in", files / "tls.crt", "-noout", "-ext", "subjectAltName").stdout)
        authority = self.secret_files(rendered, "Authority")
        self.assertEqual((authority / "ca.crt").read_bytes(), (files / "ca.crt").read_bytes())
        volumes = {volume["name"]: volume for volume in self.pod(LEAST)["volumes"]}
        self.assertEqual(volumes["tls"]["secret"]["secretName"], "shoal-tls")
        self.assertEqual(volumes["cluster"]["secret"]["secretName"], "shoal-tls")
        self.assertNotIn("shoal-ca", json.dumps(rendered["DaemonSet"]))
        self.assertEqual(self.configuration(LEAST)["swarm"]["cluster_key"], "/etc/shoal/cluster/cluster.key")
        for values in (IMAGE, ALL_VALUES_CHANGED, CERT_MANAGER, WITHOUT_SWARM):
            self.assertNotIn("Secret", self.render(values))

    def test_daemon_takes_the_certificates_of_the_chart(self) -> None:
        files = self.secret_files(self.render(LEAST))
        os.chmod(files / "cluster.key", 0o640)
        arguments = ["--data-dir", self.folder / "data", "--mirror-listen", "127.0.0.1:0", "--admin-listen",
                     "127.0.0.1:0", "--set", "swarm.listen=127.0.0.1:0", "--set", f"swarm.cluster_key={files}/cluster.key"]
        for key, name in (("ca_file", "ca.crt"), ("cert_file", "tls.crt"), ("key_file", "tls.key")):
            arguments += ["--set", f"swarm.tls.{key}={files / name}"]
        daemon = subprocess.Popen([self.shoal, "serve", *arguments], env=environment(), stderr=subprocess.PIPE,
                                  stdout=subprocess.PIPE, text=True)
        self.addCleanup(daemon.communicate)
        self.addCleanup(daemon.kill)
        said = ""
        for line in daemon.stderr:
            said += line
            if "ready" in line:
                return
        self.fail(said)

    def test_certificates_that_exist_are_kept(self) -> None:
        made = self.render(LEAST)
        with KubernetesWithSecrets(NAMESPACE, made["Secret"], made["Authority"]) as url:
            again = self.helm_with(LEAST, "template", "shoal", "--dry-run=server",
                                   "--disable-openapi-validation", "--kube-apiserver", url)
        self.assertEqual(again.returncode, 0, again.stderr)
        for kind in ("Secret", "Authority"):
            for text in made[kind]["data"].values():
                self.assertIn(text, again.stdout)

    def test_certificates_are_left_to_cert_manager_when_it_is_named(self) -> None:
        rendered = self.render(CERT_MANAGER)
        spec = rendered["Certificate"]["spec"]
        self.assertEqual(spec["issuerRef"], {"name": "nodes", "kind": "ClusterIssuer"})
        self.assertEqual(spec["dnsNames"], ["*"])
        volumes = {volume["name"]: volume for volume in self.pod(CERT_MANAGER)["volumes"]}
        self.assertEqual(volumes["tls"]["secret"]["secretName"], spec["secretName"])
        self.assertNotIn("cluster", volumes)

    def test_wrong_values_are_refused_by_name(self) -> None:
        for values, complaint in REFUSED:
            with self.subTest(values=values):
                rendered = self.helm_with({**IMAGE, **values}, "template", "shoal")
                self.assertNotEqual(rendered.returncode, 0, rendered.stdout)
                self.assertIn(complaint, rendered.stderr)

    def test_notes_give_the_hosts_file_of_the_repository(self) -> None:
        shown = self.helm_with(BY_HAND, "install", "shoal", "--dry-run=client")
        self.assertEqual(shown.returncode, 0, shown.stderr)
        notes = re.sub(r"(?m)^  ", "", shown.stdout)
        hosts = (REPOSITORY / "config" / "hosts.toml").read_text()
        self.assertIn("\n".join(line for line in hosts.splitlines() if line and not line.startswith("#")), notes)
        other_port = self.helm_with(ALL_VALUES_CHANGED, "install", "shoal", "--dry-run=client").stdout
        self.assertIn("--mirror http://127.0.0.1:6050", other_port)


if __name__ == "__main__":
    unittest.main()
