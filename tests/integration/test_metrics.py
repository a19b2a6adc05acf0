"""What the daemon exports is what docs/metrics.md says, and adds up."""

import urllib.request

from lab import REPOSITORY
from lab.cluster import REGISTRY_NAME, Node
from lab.exposition import described, documented, exported
from laboratory import REFERENCE, LaboratoryTest

PAGE = REPOSITORY / "docs" / "metrics.md"


def metrics_text(node: Node) -> str:
    with urllib.request.urlopen(f"{node.shoal.admin_url}/metrics", timeout=10) as response:
        return response.read().decode()


class MetricsTest(LaboratoryTest):
    maxDiff = None

    def test_table_names_what_is_exported_and_nothing_else(self) -> None:
        registry = self.start_registry()
        first, second = self.start_nodes(2, registry.url)
        for node in (first, second):
            node.containerd.fetch(REFERENCE)
        metrics_text(first)  # the first scrape counts itself only for the second
        found = exported(metrics_text(first)) | exported(metrics_text(second))
        expected = {name: family for name, family in documented(PAGE).items()
                    if name in found or not family.conditional}
        self.assertEqual(described(found), described(expected))

    def test_blob_bytes_add_up_to_the_image_on_every_node(self) -> None:
        registry = self.start_registry()
        nodes = self.start_nodes(2, registry.url)
        for node in nodes:
            node.containerd.fetch(REFERENCE)
        by_source = [{source: node.shoal.metric("shoal_blob_bytes_total", registry=REGISTRY_NAME, source=source)
                      for source in ("upstream", "peer")} for node in nodes]
        blobs = self.image.blob_bytes()
        self.assertEqual(by_source, [{"upstream": blobs, "peer": 0}, {"upstream": 0, "peer": blobs}])

    def test_what_a_client_asks_for_makes_no_series(self) -> None:
        registry = self.start_registry()
        [node] = self.start_nodes(1, registry.url)
        node.shoal.get("/v2/")
        before = node.shoal.metrics().keys()
        for number in range(5):
            status, _, _ = node.shoal.get(f"/v2/team/{number}/manifests/latest?ns=made-up-{number}.example")
            self.assertEqual(status, 404)
        new = node.shoal.metrics().keys() - before
        self.assertFalse([series for series in new if "made-up" in series or "team" in series], new)
