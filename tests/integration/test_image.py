"""The container image and the chart's pod: built, run as the chart renders it, pulled through, ended."""

import base64
import json
import subprocess
from pathlib import Path

from laboratory import REPOSITORY_NAME, LaboratoryTest
from lab import REPOSITORY, cache_folder
from lab.addresses import free_port
from lab.cluster import NOWHERE
from lab.containerd import Containerd
from lab.debian_root import clean_root
from lab.package import make_package
from lab.pod import start_container
from lab.process import Process, run
from lab.shoal import wait_until_ready
from lab.small_image import TAG
from lab.waiting import wait_until

REPOSITORY_OF_IMAGE = "registry.example/shoal"
IMAGE = f"{REPOSITORY_OF_IMAGE}:0.1.0"
BUILD_SECONDS_MAX = 900.0
LOOPBACK = "127.0.0.1"


class ImageTest(LaboratoryTest):
    def storage(self) -> list[str]:
        """Options of buildah: an image store of the test's own."""
        return ["--root", str(self.workspace.folder / "storage"), "--runroot", str(self.workspace.folder / "run"),
                "--storage-driver", "vfs"]

    def build_image(self) -> Path:
        """The last stage of the Dockerfile, on a base made by debootstrap; returns where its files are."""
        context = self.workspace.folder / "context"
        make_package(context / "packages")
        root = clean_root(self.workspace.folder / "root")
        buildah = ["buildah", *self.storage()]
        base = run([*buildah, "from", "scratch"]).strip()
        run([*buildah, "add", "--quiet", base, root.folder, "/"], BUILD_SECONDS_MAX)
        run([*buildah, "commit", "--quiet", "--rm", base, "localhost/debian:base"], BUILD_SECONDS_MAX)
        run(["rm", "-rf", root.folder])
        head, _, last = (REPOSITORY / "Dockerfile").read_text().rpartition("\nFROM ")
        self.assertIn("scripts/package /packages", head)
        self.assertIn("COPY --from=build /packages/", last)
        (context / "Dockerfile").write_text("ARG BASE\nFROM " + last.replace("--from=build /packages/", "packages/"))
        run([*buildah, "bud", "--isolation", "chroot", "--pull-never", "--build-arg", "BASE=localhost/debian:base",
             "--tag", IMAGE, context], BUILD_SECONDS_MAX)
        container = run([*buildah, "from", "--pull-never", IMAGE]).strip()
        return Path(run([*buildah, "mount", container]).strip())

    def render(self, values: dict) -> list[dict]:
        """The chart's objects."""
        subprocess.run([REPOSITORY / "scripts" / "install-helm", "--quiet"], check=True)
        file = self.workspace.folder / "values.json"
        file.write_text(json.dumps(values))
        tools = cache_folder() / "tools"
        rendered = self.workspace.folder / "rendered.yaml"
        rendered.write_text(run([tools / "helm", "template", "shoal", REPOSITORY / "helm" / "shoal", "--values", file]))
        text = run([tools / "kubectl", "label", "--local", "--filename", rendered, "read=yes", "--output", "json"])
        objects, decoder = [], json.JSONDecoder()
        while text := text.lstrip():
            value, end = decoder.raw_decode(text)
            objects.append(value)
            text = text[end:]
        return objects

    def volumes(self, pod: dict, objects: list[dict]) -> dict[str, Path]:
        """A folder for each volume of the pod, filled as the kubelet would."""
        named = {(each["kind"], each["metadata"]["name"]): each for each in objects}
        folders = {}
        for volume in pod["volumes"]:
            folder = folders[volume["name"]] = self.workspace.folder / "volumes" / volume["name"]
            folder.mkdir(parents=True)
            if "configMap" in volume:
                for name, text in named["ConfigMap", volume["configMap"]["name"]]["data"].items():
                    (folder / name).write_text(text)
            if "secret" in volume:
                data = named["Secret", volume["secret"]["secretName"]]["data"]
                for item in volume["secret"].get("items") or [{"key": key, "path": key} for key in data]:
                    (folder / item["path"]).write_bytes(base64.b64decode(data[item["key"]]))
                    (folder / item["path"]).chmod(volume["secret"]["defaultMode"])
        return folders

    def start(self, container: dict, pod: dict, folders: dict[str, Path]) -> Process:
        security = pod["securityContext"] | container["securityContext"]
        self.assertEqual(security["capabilities"], {"drop": ["ALL"]})
        self.assertEqual(container["image"], IMAGE)
        return self.workspace.stopping(start_container(self.image_root, container, pod, folders,
                                                       self.workspace.folder / f"pod-{container['name']}"))

    def test_pod_of_the_chart_serves_a_pull_and_leaves_the_node_as_it_was(self) -> None:
        registry = self.start_registry()
        self.image_root = self.build_image()
        mirror, admin, swarm = (free_port(LOOPBACK) for _ in range(3))
        objects = self.render({
            "image": {"repository": REPOSITORY_OF_IMAGE}, "mirror": {"port": mirror}, "admin": {"port": admin},
            "swarm": {"port": swarm, "dhtPort": free_port(LOOPBACK)},
            "registries": {"docker.io": None, registry.host: {"url": registry.url}}})
        [pod] = [each["spec"]["template"]["spec"] for each in objects if each["kind"] == "DaemonSet"]
        folders = self.volumes(pod, objects)
        containerd = Containerd(self.workspace.folder / "containerd")
        containerd.folder.mkdir()
        containerd.hosts.symlink_to(folders["certs"])
        self.workspace.stopping(containerd).start()
        users = folders["certs"] / registry.host / "hosts.toml"
        users.parent.mkdir()
        users.write_text(f'server = "{NOWHERE}"')

        [beside] = [self.start(each, pod, folders) for each in pod["initContainers"]]
        wait_until("the mirror to be in containerd's file", lambda: self.names_mirror(users, mirror, beside), 120)
        [daemon] = [self.start(each, pod, folders) for each in pod["containers"]]
        wait_until_ready(daemon, f"http://{LOOPBACK}:{admin}", 120)
        containerd.fetch(f"{registry.host}/{REPOSITORY_NAME}:{TAG}")
        containerd.require_verified(self.image.blobs())
        self.assertEqual(daemon.stop(60), 0, daemon.log_text())
        self.assertEqual(beside.stop(60), 0, beside.log_text())
        self.assertEqual(users.read_text(), f'server = "{NOWHERE}"')
        self.assertEqual([entry.name for entry in folders["certs"].iterdir()], [registry.host])

    @staticmethod
    def names_mirror(hosts: Path, port: int, container: Process) -> bool:
        container.require_running()
        return f":{port}" in hosts.read_text()
