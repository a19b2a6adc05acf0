"""Bytes that are not what their digest says never pass for whole."""

import http.client

from laboratory import REFERENCE, LaboratoryTest, blob_path
from lab.errors import LabError
from lab.shoal import Shoal

# Inside the largest layer, and past its first pieces.
OFFSET = 4_321_000


class CorruptionTest(LaboratoryTest):
    def test_corrupt_blob_is_never_served_whole_and_never_stored(self) -> None:
        digest = self.largest_layer()
        registry = self.start_registry()
        front = self.start_front(registry)
        front.faults.corrupt[digest] = OFFSET
        shoal = self.start_shoal(front.url)
        for _ in range(2):
            self.require_no_whole_answer(shoal, digest)
        self.assertEqual(shoal.metric("shoal_store_blobs"), 0)
        self.assertGreaterEqual(shoal.metric("shoal_corrupt_downloads_total"), 1)

    def test_blob_is_served_once_upstream_is_sound_again(self) -> None:
        digest = self.largest_layer()
        registry = self.start_registry()
        front = self.start_front(registry)
        front.faults.corrupt[digest] = OFFSET
        shoal = self.start_shoal(front.url)
        self.require_no_whole_answer(shoal, digest)
        front.faults.corrupt.clear()
        status, _, body = shoal.get(blob_path(digest))
        self.assertEqual(status, 200)
        self.assertEqual(body, self.blob(digest))

    def test_restart_does_not_make_corrupt_bytes_whole(self) -> None:
        digest = self.largest_layer()
        registry = self.start_registry()
        front = self.start_front(registry)
        front.faults.corrupt[digest] = OFFSET
        shoal = self.start_shoal(front.url)
        self.require_no_whole_answer(shoal, digest)
        shoal.kill()
        shoal.start()
        self.require_no_whole_answer(shoal, digest)
        front.faults.corrupt.clear()
        self.assertEqual(shoal.get(blob_path(digest))[2], self.blob(digest))

    def test_pull_fails_while_upstream_is_corrupt_and_works_after(self) -> None:
        digest = self.largest_layer()
        registry = self.start_registry()
        front = self.start_front(registry)
        front.faults.corrupt[digest] = OFFSET
        [node] = self.start_nodes(1, front.url)
        with self.assertRaises(LabError):
            node.containerd.fetch(REFERENCE)
        self.assertFalse(node.containerd.has(digest))
        front.faults.corrupt.clear()
        node.containerd.forget_failed_pulls()
        node.containerd.fetch(REFERENCE)
        self.require_image(node)

    def test_corrupt_manifest_is_not_served(self) -> None:
        registry = self.start_registry()
        front = self.start_front(registry)
        front.faults.corrupt_manifests = True
        [node] = self.start_nodes(1, front.url)
        with self.assertRaises(LabError):
            node.containerd.fetch(REFERENCE)
        front.faults.corrupt_manifests = False
        node.containerd.forget_failed_pulls()
        node.containerd.fetch(REFERENCE)
        self.require_image(node)

    def test_second_node_gets_nothing_corrupt_from_the_first(self) -> None:
        digest = self.largest_layer()
        registry = self.start_registry()
        front = self.start_front(registry)
        front.faults.corrupt[digest] = OFFSET
        nodes = self.start_nodes(2, front.url)
        for node in nodes:
            with self.assertRaises(LabError):
                node.containerd.fetch(REFERENCE)
        front.faults.corrupt.clear()
        for node in reversed(nodes):
            node.containerd.forget_failed_pulls()
            node.containerd.fetch(REFERENCE)
            self.require_image(node)

    def require_no_whole_answer(self, shoal: Shoal, digest: str) -> None:
        """An error, or a body that ends early."""
        try:
            status, _, _ = shoal.get(blob_path(digest))
        except http.client.IncompleteRead:
            return
        self.assertGreaterEqual(status, 500)
