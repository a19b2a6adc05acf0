"""Measures what the README states. Run by scripts/measure; prints Markdown tables."""

import argparse
import sys
from collections.abc import Callable
from typing import TypeVar

from lab import cache_folder
from lab.addresses import Subnet
from lab.cluster import REGISTRY_NAME, Node, make_nodes
from lab.containerd import Containerd
from lab.errors import LabError
from lab.inference_image import inference_image
from lab.oci import Image
from lab.pulling import Pull, pull_and_show
from lab.registry import Registry
from lab.small_image import random_image
from lab.terminal import Terminal, megabytes
from lab.workspace import Workspace

REGISTRY_HOST = 10
REPOSITORY_NAME = "measured"
LARGE_BLOB_BYTES = 2 << 30
RESIDENT_BYTES_MAX = 64 << 20

T = TypeVar("T")


def reference(image: Image) -> str:
    return f"{REGISTRY_NAME}/{REPOSITORY_NAME}:{image.tag}"


class Measurement:
    """One registry with one image; every scenario starts with empty nodes of its own."""

    def __init__(self, workspace: Workspace, image: Image, terminal: Terminal) -> None:
        self._image = image
        self._terminal = terminal
        self._subnet = Subnet()
        self._registry = Registry(workspace.folder / "registry", self._subnet[REGISTRY_HOST], 5000,
                                  workspace.folder / "registry" / "storage")
        workspace.stopping(self._registry).start()
        self._registry.push(image, REPOSITORY_NAME)

    def direct(self, unpack: bool) -> float:
        """Seconds without Shoal."""
        with Workspace("measure") as workspace:
            containerd = workspace.stopping(Containerd(workspace.folder / "direct").start())
            containerd.use_hosts(REGISTRY_NAME, self._registry.url)
            return self._pull("direct", [containerd], unpack)

    def one_after_another(self, unpack: bool) -> tuple[float, float]:
        """Seconds on the first node, and then on the second."""
        def scenario(nodes: list[Node]) -> tuple[float, float]:
            return (self._pull("first node", [nodes[0].containerd], unpack),
                    self._pull("second node", [nodes[1].containerd], unpack))
        return self._with_nodes(2, scenario)

    def at_once(self, unpack: bool) -> tuple[float, int]:
        """Seconds until the last of three nodes has it, and the bytes that the registry sent."""
        def scenario(nodes: list[Node]) -> tuple[float, int]:
            mark = self._registry.mark()
            seconds = self._pull("three at once", [node.containerd for node in nodes], unpack)
            return seconds, self._registry.sent_body_bytes(mark)
        return self._with_nodes(3, scenario)

    def memory(self) -> list[int]:
        """The most that each of two daemons had resident: one read upstream, one its peer."""
        def scenario(nodes: list[Node]) -> list[int]:
            for node in nodes:
                self._pull(node.name, [node.containerd], unpack=False)
            return [node.shoal.resident_bytes_peak() for node in nodes]
        return self._with_nodes(2, scenario)

    def _with_nodes(self, count: int, scenario: Callable[[list[Node]], T]) -> T:
        with Workspace("measure") as workspace:
            return scenario(make_nodes(workspace, self._subnet, count, self._registry.url))

    def _pull(self, label: str, containerds: list[Containerd], unpack: bool) -> float:
        pulls = [Pull(label, containerd, reference(self._image), unpack) for containerd in containerds]
        pull_and_show(pulls, self._image.total_bytes(), self._terminal)
        return max(pull.seconds for pull in pulls)


def measure_times(workspace: Workspace, terminal: Terminal) -> None:
    image = inference_image(cache_folder(), lambda step: terminal.live([("image", step)]))
    measurement = Measurement(workspace, image, terminal)
    rows = [_times(measurement, unpack=False), _times(measurement, unpack=True)]
    sent = rows[0][1]
    terminal.text(f"{len(image.layers())} layers, {megabytes(image.total_bytes())}, "
                  f"the largest {megabytes(max(image.layers().values()))}; seconds:")
    _print_markdown(("", "no mirror", "first node", "second node", "three nodes at once"),
                    [("fetched", *rows[0][0]), ("fetched and unpacked", *rows[1][0])])
    terminal.text(f"Three nodes at once: the registry sent {megabytes(sent)}, "
                  f"{sent / image.total_bytes():.3f} x the image.")


def _times(measurement: Measurement, unpack: bool) -> tuple[tuple[str, ...], int]:
    direct = measurement.direct(unpack)
    first, second = measurement.one_after_another(unpack)
    together, sent = measurement.at_once(unpack)
    return tuple(f"{seconds:.1f}" for seconds in (direct, first, second, together)), sent


def measure_memory(workspace: Workspace, terminal: Terminal, count: int) -> None:
    terminal.live([("image", f"making a blob of {count >> 20} MiB")])
    image = random_image(workspace.folder / "image", [count])
    peaks = Measurement(workspace, image, terminal).memory()
    terminal.text(f"One blob of {count >> 20} MiB; the most that a daemon had resident:")
    _print_markdown(("daemon", "peak RSS"), [
        (name, f"{peak / (1 << 20):.1f} MiB")
        for name, peak in zip(("reads the registry, serves the peer", "reads its peer"), peaks)])
    if max(peaks) > RESIDENT_BYTES_MAX:
        raise LabError(f"a daemon had {max(peaks) >> 20} MiB resident; "
                       f"promised are {RESIDENT_BYTES_MAX >> 20} MiB")


def _print_markdown(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    print()
    for row in (header, ("---",) * len(header), *rows):
        print(f"| {' | '.join(row)} |")
    print(flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/measure", description=__doc__)
    parser.add_argument("--only", choices=["times", "memory"],
                        help="times: pulls of the demo's image; memory: of the daemons while a large "
                             "blob passes through (default: both)")
    parser.add_argument("--blob-mib", type=int, default=LARGE_BLOB_BYTES >> 20,
                        help="size of the large blob (default: %(default)s)")
    options = parser.parse_args()
    terminal = Terminal()
    try:
        if options.only != "memory":
            with Workspace("measure") as workspace:
                measure_times(workspace, terminal)
        if options.only != "times":
            with Workspace("measure") as workspace:
                measure_memory(workspace, terminal, options.blob_mib << 20)
        return 0
    except LabError as error:
        terminal.failure(f"measure: {error}")
        return 1
    except KeyboardInterrupt:
        terminal.failure("measure: interrupted; everything is cleaned up")
        return 130


if __name__ == "__main__":
    sys.exit(main())
