"""The registry, or the daemon, is gone at the worst moment."""

from laboratory import REFERENCE, REPOSITORY_NAME, LaboratoryTest, manifest_path
from lab.cluster import REGISTRY_NAME
from lab.errors import LabError
from lab.small_image import TAG, random_image

OTHER_REGISTRY = "elsewhere.example:5000"
# A layer large enough that the daemon notes its progress on the way, how much of it has come when the
# daemon is killed, and how much must not be fetched again.
LARGE_LAYER_BYTES = 180_000_000
KILL_AFTER_BYTES = 160_000_000
KEPT_BYTES_MIN = 60_000_000
LARGE_REPOSITORY = "team/large"


class OutageTest(LaboratoryTest):
    def test_node_that_never_saw_an_image_pulls_its_tag_without_the_registry(self) -> None:
        registry = self.start_registry()
        first, second = self.start_nodes(2, registry.url)
        first.containerd.fetch(REFERENCE)
        registry.stop()
        second.containerd.fetch(REFERENCE)
        self.require_image(second)

    def test_so_does_one_that_asks_by_digest(self) -> None:
        registry = self.start_registry()
        first, second = self.start_nodes(2, registry.url)
        first.containerd.fetch(REFERENCE)
        registry.stop()
        second.containerd.fetch(f"{REGISTRY_NAME}/{REPOSITORY_NAME}@{self.image.index_digest}")
        self.require_image(second)

    def test_tag_outlives_the_registry_and_the_node_that_asked_it(self) -> None:
        registry = self.start_registry()
        first, second, third = self.start_nodes(3, registry.url)
        # The second has all of the image, but was never asked for its tag.
        first.containerd.fetch(REFERENCE)
        second.containerd.fetch(f"{REGISTRY_NAME}/{REPOSITORY_NAME}@{self.image.index_digest}")
        third.shoal.wait_for_metric("shoal_directory_records", 2)
        first.shoal.kill()
        registry.stop()
        status, headers, _ = third.shoal.get(manifest_path(TAG))
        self.assertEqual(status, 200)
        self.assertEqual(headers["docker-content-digest"], self.image.index_digest)
        self.assertIn("299", headers["warning"])
        third.containerd.fetch(REFERENCE)
        self.require_image(third)

    def test_answer_without_the_registry_carries_a_warning(self) -> None:
        registry = self.start_registry()
        [node] = self.start_nodes(1, registry.url)
        node.containerd.fetch(REFERENCE)
        registry.stop()
        status, headers, _ = node.shoal.get(manifest_path(TAG))
        self.assertEqual(status, 200)
        self.assertEqual(headers["docker-content-digest"], self.image.index_digest)
        self.assertIn("299", headers["warning"])

    def test_registry_comes_back_and_new_tags_are_seen(self) -> None:
        registry = self.start_registry()
        [node] = self.start_nodes(1, registry.url)
        registry.stop()
        with self.assertRaises(LabError):
            node.containerd.fetch(REFERENCE)
        registry.start()
        node.containerd.fetch(REFERENCE)
        self.require_image(node)

    def test_containerd_moves_on_where_shoal_knows_nothing(self) -> None:
        registry = self.start_registry()
        [node] = self.start_nodes(1, registry.url)
        node.containerd.use_hosts(OTHER_REGISTRY, registry.url, node.shoal.mirror_url)
        node.containerd.fetch(f"{OTHER_REGISTRY}/{REPOSITORY_NAME}:{TAG}")
        self.require_image(node)
        self.assertEqual(node.shoal.received_bytes("upstream"), 0)

    def test_containerd_moves_on_when_shoal_is_dead(self) -> None:
        registry = self.start_registry()
        [node] = self.start_nodes(1, registry.url, fallback=registry.url)
        node.shoal.kill()
        node.containerd.fetch(REFERENCE)
        self.require_image(node)

    def test_image_that_nobody_has_is_404(self) -> None:
        registry = self.start_registry()
        [node] = self.start_nodes(1, registry.url)
        for path in (manifest_path("missing"), manifest_path(f"sha256:{'0' * 64}")):
            status, headers, body = node.shoal.get(path)
            self.assertEqual(status, 404, path)
            self.assertEqual(headers["content-type"], "application/json")
            self.assertIn(b"MANIFEST_UNKNOWN", body)

    def test_daemon_killed_in_the_middle_goes_on_where_it_was(self) -> None:
        image = random_image(self.workspace.folder / "large", [LARGE_LAYER_BYTES])
        registry = self.start_registry()
        registry.push(image, LARGE_REPOSITORY)
        reference = f"{REGISTRY_NAME}/{LARGE_REPOSITORY}:{image.tag}"
        front = self.start_front(registry)
        front.faults.hold_after_bytes = KILL_AFTER_BYTES
        [node] = self.start_nodes(1, front.url)
        fetch = node.containerd.start_fetch(reference, self.workspace.folder / "fetch.log")
        node.shoal.wait_for_metric("shoal_received_bytes_total", KILL_AFTER_BYTES * 0.9,
                                   source="upstream")
        node.shoal.kill()
        self.assertNotEqual(fetch.wait(), 0)
        front.release()
        front.forget()
        node.shoal.start()
        node.containerd.fetch(reference)
        node.containerd.require_verified(image.blobs())
        self.assertLessEqual(front.blob_bytes(), image.blob_bytes() - KEPT_BYTES_MIN)

    def test_peer_killed_in_the_middle_is_replaced_by_the_registry(self) -> None:
        registry = self.start_registry()
        first, second = self.start_nodes(2, registry.url)
        first.containerd.fetch(REFERENCE)
        first.shoal.kill()
        second.containerd.fetch(REFERENCE)
        self.require_image(second)
