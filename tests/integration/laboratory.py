"""What the integration tests share: a laboratory for each test, gone when the test ends."""

import sys
import unittest
from pathlib import Path

from lab import cache_folder
from lab.addresses import Subnet, free_port
from lab.authority import Authority
from lab.cluster import REGISTRY_NAME, Node, make_nodes
from lab.front import Front
from lab.oci import Image
from lab.process import tail
from lab.registry import Htpasswd, Registry, TokenAuth
from lab.shoal import Shoal
from lab.small_image import TAG, small_image
from lab.workspace import Workspace

REPOSITORY_NAME = "team/small"
REFERENCE = f"{REGISTRY_NAME}/{REPOSITORY_NAME}:{TAG}"
REGISTRY_HOST = 10


def blob_path(digest: str) -> str:
    return f"/v2/{REPOSITORY_NAME}/blobs/{digest}?ns={REGISTRY_NAME}"


def manifest_path(reference: str) -> str:
    return f"/v2/{REPOSITORY_NAME}/manifests/{reference}?ns={REGISTRY_NAME}"


class LaboratoryTest(unittest.TestCase):
    """Each test has `workspace` and `subnet` of its own. When one fails, the daemons' last log lines
    are printed before everything is gone."""

    image: Image
    workspace: Workspace
    subnet: Subnet
    daemons: list[Shoal]

    @classmethod
    def setUpClass(cls) -> None:
        cls.image = small_image(cache_folder())

    def run(self, result: unittest.TestResult | None = None) -> unittest.TestResult | None:
        with Workspace("test") as self.workspace:
            self.subnet = Subnet()
            self.daemons = []
            troubles = _troubles(result)
            outcome = super().run(result)
            if _troubles(outcome) > troubles:
                _print_logs(self.workspace.folder)
            return outcome

    def tearDown(self) -> None:
        """A daemon that crashed, or one that a sanitizer complained about, fails the test."""
        for daemon in self.daemons:
            self.assertEqual(daemon.stop(), 0, f"exit status of the daemon at {daemon.address}")

    def start_registry(self, auth: Htpasswd | TokenAuth | None = None, credentials: str = "",
                       **options) -> Registry:
        """A registry that holds the small image."""
        address = self.subnet[REGISTRY_HOST]
        registry = Registry(self.workspace.folder / "registry", address, free_port(address),
                            self.workspace.folder / "registry" / "storage", auth, **options)
        self.workspace.stopping(registry).start()
        registry.push(self.image, REPOSITORY_NAME, credentials)
        return registry

    def start_front(self, registry: Registry) -> Front:
        return self.workspace.stopping(Front(self.subnet[REGISTRY_HOST], registry.host))

    def start_nodes(self, count: int, registry_url: str, **options) -> list[Node]:
        nodes = make_nodes(self.workspace, self.subnet, count, registry_url, **options)
        self.daemons += [node.shoal for node in nodes]
        return nodes

    def start_shoal(self, registry_url: str, **options) -> Shoal:
        """A daemon alone, for tests that need no containerd."""
        shoal = Shoal(self.workspace.folder / "shoal", self.subnet[11],
                      {REGISTRY_NAME: {"url": registry_url}}, **options)
        if not shoal.tls:
            authority = Authority.make(self.workspace.folder / "shoal-authority")
            shoal.tls = authority.issue(shoal.folder / "tls", "node")
        self.daemons.append(self.workspace.stopping(shoal).start())
        return shoal

    def require_image(self, node: Node) -> None:
        """containerd has the whole image, byte for byte."""
        node.containerd.require_verified(self.image.blobs())

    def largest_layer(self) -> str:
        layers = self.image.layers()
        return max(layers, key=lambda digest: layers[digest])

    def blob(self, digest: str) -> bytes:
        return self.image.blob_path(digest).read_bytes()


def _troubles(result: unittest.TestResult | None) -> int:
    return len(result.failures) + len(result.errors) if result else 0


def _print_logs(folder: Path) -> None:
    for log in sorted(folder.glob("**/shoal.log")):
        print(f"\n--- the end of {log}\n{tail(log.read_text(errors='replace'))}", file=sys.stderr)
