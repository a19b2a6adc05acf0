"""Programs other than containerd that read through Shoal, each as it comes."""

import json
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from laboratory import REFERENCE, REPOSITORY_NAME, LaboratoryTest, blob_path
from lab.addresses import free_port
from lab.cluster import REGISTRY_NAME
from lab.process import Process, run
from lab.raw_http import RawClient
from lab.shoal import MIRROR_PORT, Shoal
from lab.small_image import TAG
from lab.waiting import wait_until

CHUNK_BYTES = 1_000_000
READERS = 8
REGISTRIES_CONF = """\
unqualified-search-registries = []
[[registry]]
location = "{registry}"
insecure = true
[[registry.mirror]]
location = "{mirror}"
insecure = true
"""


class ClientsTest(LaboratoryTest):
    def setUp(self) -> None:
        self.registry = self.start_registry()

    def start_default(self) -> Shoal:
        """For clients that do not say which registry they mean."""
        return self.start_shoal(self.registry.url, mirror={"default_registry": REGISTRY_NAME})

    def registries_conf(self, shoal: Shoal) -> Path:
        """Says that the registry's content is at our mirror. The registry's own name leads nowhere."""
        conf = self.workspace.folder / "registries.conf"
        conf.write_text(REGISTRIES_CONF.format(registry=REGISTRY_NAME, mirror=shoal.mirror_host))
        return conf

    def require_copy(self, layout: Path) -> None:
        """A layout on disk has all platforms of the image, byte for byte."""
        for digest in (self.image.index_digest, *self.image.blobs(), *self.image.blobs("arm64")):
            copied = layout / "blobs" / "sha256" / digest.removeprefix("sha256:")
            self.assertEqual(copied.read_bytes(), self.blob(digest))

    def test_skopeo_lists_tags(self) -> None:
        shoal = self.start_default()
        listed = json.loads(run(["skopeo", "list-tags", "--tls-verify=false",
                                 f"docker://{shoal.mirror_host}/{REPOSITORY_NAME}"]))
        self.assertEqual(listed["Tags"], [TAG])

    def test_skopeo_inspects(self) -> None:
        shoal = self.start_default()
        raw = run(["skopeo", "inspect", "--raw", "--tls-verify=false",
                   f"docker://{shoal.mirror_host}/{REPOSITORY_NAME}:{TAG}"])
        self.assertEqual(raw.encode(), self.blob(self.image.index_digest))
        told = json.loads(run(["skopeo", "inspect", "--tls-verify=false",
                               f"docker://{shoal.mirror_host}/{REPOSITORY_NAME}:{TAG}"]))
        self.assertEqual(told["RepoTags"], [TAG])
        self.assertEqual(told["Digest"], self.image.index_digest)

    def test_registries_conf_sends_clients_to_the_mirror(self) -> None:
        """What podman, CRI-O and skopeo share."""
        shoal = self.start_default()
        conf = self.registries_conf(shoal)
        copy = self.workspace.folder / "copy"
        run(["skopeo", f"--registries-conf={conf}", "copy", "--quiet", "--all", "--preserve-digests",
             f"docker://{REFERENCE}", f"oci:{copy}:{TAG}"])
        self.require_copy(copy)

    def test_podman_pulls(self) -> None:
        """podman itself, into a storage of its own."""
        shoal = self.start_default()
        folder = self.workspace.folder / "podman"
        podman = ["podman", "--root", folder / "root", "--runroot", folder / "run", "--tmpdir", folder / "tmp",
                  "--storage-driver", "vfs", "--events-backend", "none",
                  "--registries-conf", self.registries_conf(shoal)]
        mark = self.registry.mark()
        run([*podman, "pull", "--quiet", "--arch", "amd64", REFERENCE])
        [told] = json.loads(run([*podman, "image", "inspect", REFERENCE]))
        manifest = self.image.document(self.image.manifest_digest())
        self.assertEqual(f"sha256:{told['Id']}", manifest["config"]["digest"])
        self.assertEqual(self.registry.sent_blob_bytes(mark), self.image.blob_bytes())

    def test_curl_resumes_and_takes_parts(self) -> None:
        shoal = self.start_shoal(self.registry.url)
        digest = self.largest_layer()
        whole = self.blob(digest)
        url = f"{shoal.mirror_url}{blob_path(digest)}"
        target = self.workspace.folder / "blob"
        run(["curl", "--fail", "--silent", "--range", "0-2999999", "--output", target, url])
        self.assertEqual(target.read_bytes(), whole[:3_000_000])
        run(["curl", "--fail", "--silent", "--continue-at", "-", "--output", target, url])
        self.assertEqual(target.read_bytes(), whole)
        parts = self.workspace.folder / "parts"
        run(["curl", "--fail", "--silent", "--range", "0-99,5000000-5000099", "--output", parts, url])
        self.assertIn(whole[5_000_000:5_000_100], parts.read_bytes())
        self.assertEqual(parts.read_bytes().count(b"Content-Range: bytes "), 2)

    def test_docker_registry_in_front_pulls_through(self) -> None:
        shoal = self.start_default()
        address = self.subnet[20]
        folder = self.workspace.folder / "front"
        folder.mkdir()
        host = f"{address}:{free_port(address)}"
        config = folder / "config.yml"
        config.write_text(json.dumps({
            "version": "0.1", "storage": {"filesystem": {"rootdirectory": str(folder / "storage")}},
            "http": {"addr": host, "secret": "laboratory"},
            "proxy": {"remoteurl": shoal.mirror_url}}))
        front = self.workspace.stopping(Process(
            "docker-registry in front", ["docker-registry", "serve", config], folder / "log",
            {"OTEL_TRACES_EXPORTER": "none"}))
        wait_until("docker-registry in front", lambda: f"listening on {host}" in front.log_text())
        copy = self.workspace.folder / "copy"
        run(["skopeo", "copy", "--quiet", "--all", "--preserve-digests", "--src-tls-verify=false",
             f"docker://{host}/{REPOSITORY_NAME}:{TAG}", f"oci:{copy}:{TAG}"])
        self.require_copy(copy)

    def test_parallel_readers_that_ask_for_all_and_hang_up(self) -> None:
        """containerd 2.1: each chunk is asked for open-ended, read, and the connection dropped."""
        shoal = self.start_shoal(self.registry.url)
        digest = self.largest_layer()
        whole = self.blob(digest)
        mark = self.registry.mark()

        def read_chunk(first: int) -> bytes:
            wanted = min(CHUNK_BYTES, len(whole) - first)
            with socket.create_connection((shoal.address, MIRROR_PORT), 60) as connection:
                connection.sendall((f"GET {blob_path(digest)} HTTP/1.1\r\nHost: node\r\n"
                                    f"Range: bytes={first}-\r\n\r\n").encode())
                received = b""
                while b"\r\n\r\n" not in received:
                    received += connection.recv(65536)
                head, _, body = received.partition(b"\r\n\r\n")
                self.assertTrue(head.startswith(b"HTTP/1.1 206 "), head)
                while len(body) < wanted:
                    body += connection.recv(65536)
                return body[:wanted]

        with ThreadPoolExecutor(READERS) as pool:
            chunks = list(pool.map(read_chunk, range(0, len(whole), CHUNK_BYTES)))
        self.assertTrue(b"".join(chunks) == whole)
        self.assertEqual(self.registry.sent_blob_bytes(mark), len(whole))

    def test_lazy_readers_patterns(self) -> None:
        """stargz-snapshotter, SOCI, nydusd and overlaybd: what each asks first, and how it goes on."""
        shoal = self.start_shoal(self.registry.url)
        digest = self.largest_layer()
        whole = self.blob(digest)
        with RawClient(shoal.address, MIRROR_PORT) as client:
            probe = client.ask("GET", blob_path(digest), "Range: bytes=0-1")
            self.assertEqual((probe.status, probe.body), (206, whole[:2]))
            self.assertEqual(probe.header("Content-Type"), "application/octet-stream")
            self.assertEqual(probe.header("Accept-Ranges"), "bytes")
            size = int(client.ask("HEAD", blob_path(digest)).header("Content-Length") or 0)
            self.assertEqual(size, len(whole))
            asked = ",".join(f"{first}-{first + 49_999}" for first in range(0, 1_000_000, 100_000))
            parts = client.ask("GET", blob_path(digest), f"Range: bytes={asked}")
            self.assertEqual(parts.status, 206)
            self.assertEqual(parts.body.count(b"Content-Range: "), 10)
            for first in range(0, 1_000_000, 100_000):
                self.assertIn(whole[first:first + 50_000], parts.body)
            one = client.ask("GET", blob_path(digest), "Range: bytes=0-0")
            self.assertEqual((one.status, one.header("Content-Range")), (206, f"bytes 0-0/{size}"))
