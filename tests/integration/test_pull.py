"""containerd and skopeo pull through Shoal, and the registry sends each byte once."""

import shutil

from laboratory import REFERENCE, REPOSITORY_NAME, LaboratoryTest, blob_path
from lab.cluster import REGISTRY_NAME
from lab.containerd import Containerd
from lab.process import run
from lab.pulling import Pull
from lab.small_image import TAG, random_image

UPSTREAM_FACTOR_MAX = 1.10
# Three nodes share out pieces: of so small an image as the others pull, each is more than 1 %.
LAYER_BYTES = (40_000_000, 16_000_000, 6_000_000, 2_000_000)
THREE_REPOSITORY = "team/three"


class PullTest(LaboratoryTest):
    def test_pull_by_tag_brings_the_whole_image(self) -> None:
        registry = self.start_registry()
        [node] = self.start_nodes(1, registry.url)
        mark = registry.mark()
        node.containerd.pull(REFERENCE)
        self.require_image(node)
        self.assertEqual(node.containerd.image_digest(REFERENCE), self.image.index_digest)
        self.assertEqual(registry.sent_blob_bytes(mark), self.image.blob_bytes())
        self.assertGreaterEqual(node.shoal.received_bytes("upstream"), self.image.blob_bytes())

    def test_pull_by_digest_brings_the_whole_image(self) -> None:
        registry = self.start_registry()
        [node] = self.start_nodes(1, registry.url)
        name = f"{REGISTRY_NAME}/{REPOSITORY_NAME}@{self.image.manifest_digest()}"
        node.containerd.fetch(name)
        self.require_image(node)

    def test_all_platforms_of_an_index_come_through(self) -> None:
        registry = self.start_registry()
        [node] = self.start_nodes(1, registry.url)
        node.containerd.fetch(REFERENCE, "--all-platforms")
        self.assertEqual(node.containerd.index_platforms(self.image.index_digest), ["amd64", "arm64"])
        self.require_image(node)
        node.containerd.require_verified(self.image.blobs("arm64"))

    def test_second_node_takes_every_blob_from_the_first(self) -> None:
        registry = self.start_registry()
        first, second = self.start_nodes(2, registry.url)
        first.containerd.fetch(REFERENCE)
        mark = registry.mark()
        second.containerd.fetch(REFERENCE)
        self.require_image(second)
        self.assertEqual(registry.sent_blob_bytes(mark), 0)
        self.assertGreaterEqual(second.shoal.received_bytes("peer"), self.image.blob_bytes())

    def test_three_nodes_at_once_cost_the_registry_one_image(self) -> None:
        image = random_image(self.workspace.folder / "three", LAYER_BYTES)
        registry = self.start_registry()
        registry.push(image, THREE_REPOSITORY)
        nodes = self.start_nodes(3, registry.url)
        mark = registry.mark()
        reference = f"{REGISTRY_NAME}/{THREE_REPOSITORY}:{image.tag}"
        pulls = [Pull(node.name, node.containerd, reference) for node in nodes]
        for pull in pulls:
            pull.start()
        for pull in pulls:
            pull.join()
            pull.require_success()
        for node in nodes:
            node.containerd.require_verified(image.blobs())
        self.assertLessEqual(registry.sent_body_bytes(mark),
                             UPSTREAM_FACTOR_MAX * image.total_bytes())

    def test_second_pull_on_a_node_is_served_from_its_disk(self) -> None:
        registry = self.start_registry()
        [node] = self.start_nodes(1, registry.url)
        node.containerd.fetch(REFERENCE)
        mark = registry.mark()
        another = self.workspace.stopping(Containerd(self.workspace.folder / "another").start())
        shutil.copytree(node.containerd.hosts, another.hosts, dirs_exist_ok=True)
        another.fetch(REFERENCE)
        another.require_verified(self.image.blobs())
        self.assertEqual(registry.sent_blob_bytes(mark), 0)
        self.assertGreaterEqual(node.shoal.received_bytes("disk"), self.image.blob_bytes())

    def test_skopeo_copies_all_platforms_through_the_mirror(self) -> None:
        registry = self.start_registry()
        [node] = self.start_nodes(1, registry.url)
        copy = self.workspace.folder / "copy"
        run(["skopeo", "copy", "--quiet", "--all", "--preserve-digests", "--src-tls-verify=false",
             f"docker://{node.shoal.mirror_host}/{REPOSITORY_NAME}:{TAG}", f"oci:{copy}:{TAG}"])
        for digest in (self.image.index_digest, *self.image.blobs(), *self.image.blobs("arm64")):
            copied = copy / "blobs" / "sha256" / digest.removeprefix("sha256:")
            self.assertEqual(copied.read_bytes(), self.blob(digest))

    def test_many_ranges_of_one_blob_share_one_download(self) -> None:
        registry = self.start_registry()
        [node] = self.start_nodes(1, registry.url)
        digest = self.largest_layer()
        whole = self.blob(digest)
        mark = registry.mark()
        step = len(whole) // 40
        for first in range(0, len(whole), step):
            wanted = whole[first:first + step]
            status, headers, body = node.shoal.get(
                blob_path(digest), Range=f"bytes={first}-{first + len(wanted) - 1}")
            self.assertEqual(status, 206)
            self.assertEqual(headers["content-range"],
                             f"bytes {first}-{first + len(wanted) - 1}/{len(whole)}")
            self.assertEqual(body, wanted)
        self.assertEqual(registry.sent_blob_bytes(mark), len(whole))
