"""Debian's Prometheus scrapes a swarm of three under load, and no panel of a dashboard is empty."""

import json
import subprocess
import urllib.request

from lab import REPOSITORY
from lab.addresses import free_port
from lab.cluster import REGISTRY_NAME, Node
from lab.prometheus import Prometheus
from lab.pulling import Pull
from lab.small_image import random_image
from lab.waiting import wait_until
from laboratory import LaboratoryTest

RULES = REPOSITORY / "config/alerts/shoal.yaml"
DASHBOARDS = REPOSITORY / "config/dashboards"
PROMETHEUS_HOST = 9
LAYER_BYTES = (40_000_000, 16_000_000, 6_000_000)
# What Grafana puts in for its variables.
VARIABLES = {"$__rate_interval": "1m", "$__range": "5m", "$instance": ".*", "$registry": ".*", "$price": "0.09"}


def queries() -> list[tuple[str, str, str]]:
    """Dashboard, panel and query, with the variables filled in."""
    found = []
    for file in sorted(DASHBOARDS.glob("*.json")):
        for panel in json.loads(file.read_text())["panels"]:
            for target in panel["targets"]:
                query = target["expr"]
                for name, value in VARIABLES.items():
                    query = query.replace(name, value)
                found.append((file.name, panel["title"], query))
    return found


def holds_a_number(series: list[dict]) -> bool:
    return any(each["value"][1] != "NaN" for each in series)


class PrometheusTest(LaboratoryTest):
    def start_load(self) -> tuple[list[Node], Prometheus]:
        """Three nodes pull an image at once and again, watched from before the first byte."""
        image = random_image(self.workspace.folder / "load", LAYER_BYTES)
        registry = self.start_registry()
        registry.push(image, "team/load")
        nodes = self.start_nodes(3, registry.url)
        address = self.subnet[PROMETHEUS_HOST]
        prometheus = Prometheus(self.workspace.folder / "prometheus", address, free_port(address),
                                [node.shoal for node in nodes], RULES)
        self.workspace.stopping(prometheus).start()
        pulls = [Pull(node.name, node.containerd, f"{REGISTRY_NAME}/team/load:{image.tag}", unpack=False)
                 for node in nodes]
        for pull in pulls:
            pull.start()
        for pull in pulls:
            pull.join()
            pull.require_success()
        layer = max(image.layers(), key=lambda digest: image.layers()[digest])
        for node in nodes:  # once more, from its disk
            status, _, _ = node.shoal.get(f"/v2/team/load/blobs/{layer}?ns={REGISTRY_NAME}")
            self.assertEqual(status, 200)
        return nodes, prometheus

    def test_every_panel_shows_something_and_every_rule_works(self) -> None:
        nodes, prometheus = self.start_load()
        everything = queries()
        self.assertGreater(len(everything), 30)
        for dashboard, panel, query in everything:
            with self.subTest(dashboard=dashboard, panel=panel, query=query):
                wait_until(f"{dashboard}, {panel}: {query}", lambda q=query: holds_a_number(prometheus.query(q)))
        wait_until("all rules to be evaluated", lambda: set(prometheus.rule_health().values()) == {"ok"})
        quiet = prometheus.query('ALERTS{alertstate="firing"}')
        self.assertEqual(quiet, [], "a healthy swarm alarms nobody")
        self.assert_sums_agree(nodes, prometheus)
        for node in nodes:
            self.check_metrics(node)

    def assert_sums_agree(self, nodes: list[Node], prometheus: Prometheus) -> None:
        """What Prometheus has is what the daemons say."""
        said = sum(node.shoal.metric("shoal_blob_bytes_total", source="disk") for node in nodes)
        self.assertGreaterEqual(said, 3 * max(LAYER_BYTES))
        wait_until("Prometheus to have the last scrape", lambda: said == float(
            prometheus.query('sum(shoal_blob_bytes_total{source="disk"})')[0]["value"][1]))

    def test_a_query_of_what_does_not_exist_is_an_empty_panel(self) -> None:
        registry = self.start_registry()
        [node] = self.start_nodes(1, registry.url)
        address = self.subnet[PROMETHEUS_HOST]
        prometheus = Prometheus(self.workspace.folder / "prometheus", address, free_port(address), [node.shoal], RULES)
        self.workspace.stopping(prometheus).start()
        self.assertFalse(holds_a_number(prometheus.query("sum(rate(shoal_no_such_thing_total[1m]))")))
        with self.assertRaisesRegex(AssertionError, "parse error"):
            prometheus.query("sum(rate(")

    def check_metrics(self, node: Node) -> None:
        """promtool's linter has nothing to say about names and types."""
        with urllib.request.urlopen(f"{node.shoal.admin_url}/metrics", timeout=10) as response:
            text = response.read()
        checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, timeout=30, check=False)
        self.assertEqual((checked.returncode, checked.stderr.decode()), (0, ""), checked.stdout.decode())
