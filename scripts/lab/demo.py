"""The demonstration: one image, three nodes, one trip to the registry. Run by scripts/demo."""

import argparse
import sys
import time
from dataclasses import dataclass

from lab import cache_folder
from lab.addresses import Subnet
from lab.cluster import REGISTRY_NAME, Node, Traffic, make_nodes
from lab.containerd import Containerd
from lab.demo_keep import explain_kept, stop_kept
from lab.errors import LabError
from lab.inference_image import COMMAND, TAG, inference_image
from lab.locking import exclusive
from lab.oci import Image
from lab.process import tail
from lab.pulling import Pull, pull_and_show, pull_through_shoal
from lab.registry import Registry
from lab.terminal import Terminal, megabytes
from lab.workspace import Workspace

REPOSITORY_NAME = "inference"
REFERENCE = f"{REGISTRY_NAME}/{REPOSITORY_NAME}:{TAG}"
NODE_COUNT = 3
REGISTRY_HOST = 10
# The registry may send this much more than the image once, for all nodes together.
UPSTREAM_FACTOR_MAX = 1.10


@dataclass(frozen=True)
class Row:
    """One line of the final table."""

    name: str
    traffic: Traffic
    verified: str
    printed: str

    def cells(self) -> list[str]:
        return [self.name, f"{self.traffic.seconds:.1f}", megabytes(self.traffic.upstream_bytes),
                megabytes(self.traffic.peer_bytes), self.verified, self.printed]


class Demo:
    def __init__(self, workspace: Workspace, terminal: Terminal) -> None:
        self._workspace = workspace
        self._terminal = terminal
        self.nodes: list[Node] = []
        self._subnet = Subnet.lowest()

    def run(self) -> None:
        image = self._image()
        registry = self._registry(image)
        direct = self._pull_directly(registry, image)
        self._start_nodes(registry)
        rows = [direct, *self._pull_everywhere(registry, image)]
        self._terminal.table(
            ["node", "seconds", "from upstream", "from peers", "verified", "in the container"],
            [row.cells() for row in rows])

    def _image(self) -> Image:
        started = time.monotonic()
        image = inference_image(
            cache_folder(),
            lambda step: self._terminal.live([("image", f"{step}, {time.monotonic() - started:.0f} s")]))
        layers = image.layers()
        self._terminal.line("image", f"{REFERENCE}: {megabytes(image.total_bytes())} in {len(layers)} "
                            f"layers, the largest {megabytes(max(layers.values()))}")
        return image

    def _registry(self, image: Image) -> Registry:
        registry = Registry(self._workspace.folder / "registry", self._subnet[REGISTRY_HOST], 5000,
                            storage=cache_folder() / "registry")
        self._workspace.stopping(registry).start()
        self._terminal.live([("registry", "pushing the image")])
        with exclusive(cache_folder()):
            registry.push(image, REPOSITORY_NAME)
        self._terminal.line("registry", f"docker-registry at {registry.url}")
        return registry

    def _pull_directly(self, registry: Registry, image: Image) -> Row:
        """For comparison: a containerd that knows no mirror, gone again before the others start."""
        folder = self._workspace.folder / "direct"
        containerd = self._workspace.stopping(Containerd(folder).start())
        containerd.use_hosts(REGISTRY_NAME, registry.url)
        mark = registry.mark()
        pull = Pull("no mirror", containerd, REFERENCE)
        pull_and_show([pull], image.total_bytes(), self._terminal)
        traffic = Traffic(pull.seconds, registry.sent_body_bytes(mark), 0)
        row = self._finished("no mirror", containerd, traffic, image)
        containerd.stop()
        return row

    def _start_nodes(self, registry: Registry) -> None:
        self._terminal.live([("nodes", "starting")])
        self.nodes = make_nodes(self._workspace, self._subnet, NODE_COUNT, registry.url)
        addresses = ", ".join(node.shoal.address for node in self.nodes)
        self._terminal.line("nodes", f"{NODE_COUNT} x containerd and shoal at {addresses}")

    def _pull_everywhere(self, registry: Registry, image: Image) -> list[Row]:
        start = registry.mark()
        rows = self._pull_on(self.nodes[:1], image)
        second = registry.mark()
        rows += self._pull_on(self.nodes[1:], image)
        self._require_promises(image, registry.sent_body_bytes(start), registry.sent_blob_bytes(second))
        return rows

    def _pull_on(self, nodes: list[Node], image: Image) -> list[Row]:
        traffic = pull_through_shoal(nodes, REFERENCE, image.total_bytes(), self._terminal)
        return [self._finished(node.name, node.containerd, its, image)
                for node, its in zip(nodes, traffic)]

    def _finished(self, name: str, containerd: Containerd, traffic: Traffic, image: Image) -> Row:
        self._terminal.live([(name, "hashing all blobs again, running a container")])
        containerd.require_verified(image.blobs())
        printed = containerd.run(REFERENCE, "service", *COMMAND).strip()
        self._terminal.line(name, f"pulled in {traffic.seconds:.1f} s; "
                            f"{megabytes(traffic.upstream_bytes)} from upstream, "
                            f"{megabytes(traffic.peer_bytes)} from peers")
        return Row(name, traffic, "yes", printed)

    def _require_promises(self, image: Image, sent: int, sent_blobs_late: int) -> None:
        factor = sent / image.total_bytes()
        self._terminal.line("registry", f"sent {megabytes(sent)} to the three nodes by its own count: "
                            f"{factor:.2f} x the image; {sent_blobs_late} bytes of layers after node 1")
        if factor > UPSTREAM_FACTOR_MAX:
            raise LabError(f"three nodes cost the registry {factor:.2f} x the image; "
                           f"promised are at most {UPSTREAM_FACTOR_MAX:.2f} x")
        if sent_blobs_late:
            raise LabError(f"nodes 2 and 3 took {sent_blobs_late} bytes of layers from the registry; "
                           "node 1 had them all")


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__)
    parser.add_argument("--keep", action="store_true",
                        help="leave everything running, and say how to look at it")
    parser.add_argument("--stop", action="store_true", help="end what --keep left running")
    options = parser.parse_args()
    terminal = Terminal()
    if options.stop:
        stop_kept(terminal)
        return 0
    try:
        with Workspace("demo") as workspace:
            _run(workspace, terminal, options.keep)
        return 0
    except LabError as error:
        terminal.failure(f"demo: {error}")
        return 1
    except KeyboardInterrupt:
        terminal.failure("demo: interrupted; everything is cleaned up")
        return 130


def _run(workspace: Workspace, terminal: Terminal, keep: bool) -> None:
    started = time.monotonic()
    demo = Demo(workspace, terminal)
    try:
        demo.run()
    except LabError:
        for node in demo.nodes:
            if node.shoal.log_file.exists():
                terminal.text(f"the end of {node.name}'s log:")
                terminal.text(tail(node.shoal.log_file.read_text(errors="replace")))
        raise
    except KeyboardInterrupt:
        terminal.line("interrupted", "stopping everything and deleting it; a few seconds")
        raise
    terminal.text(f"all as promised, in {time.monotonic() - started:.0f} s")
    if keep:
        workspace.keep()
        explain_kept(workspace.folder, demo.nodes, terminal)


if __name__ == "__main__":
    sys.exit(main())
