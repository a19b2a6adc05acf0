"""Nodes of a cluster: a containerd each, and the Shoal it asks first."""

from dataclasses import dataclass
from pathlib import Path

from lab.addresses import Subnet
from lab.authority import Authority
from lab.containerd import Containerd
from lab.shoal import SWARM_PORT, Shoal
from lab.workspace import Workspace

# What images are called in the laboratory: a name that leads nowhere but through hosts.toml.
REGISTRY_NAME = "registry.example:5000"
# An address that nobody listens on: for nodes that must get everything through their mirror.
NOWHERE = "http://127.0.0.1:9"
FIRST_HOST = 11


@dataclass(frozen=True)
class Traffic:
    """What one node did for one pull."""

    seconds: float
    upstream_bytes: int
    peer_bytes: int


@dataclass
class Node:
    name: str
    shoal: Shoal
    containerd: Containerd

    def received_bytes(self) -> tuple[int, int]:
        """What its daemon has taken in so far: from upstream, from peers."""
        return self.shoal.received_bytes("upstream"), self.shoal.received_bytes("peer")


def make_nodes(workspace: Workspace, subnet: Subnet, count: int, registry_url: str,
               fallback: str = NOWHERE, plaintext: bool = False, **shoal_options) -> list[Node]:
    """Nodes that know each other, started and connected. `fallback`: where containerd goes when its
    mirror has no answer. `plaintext`: without certificates. `shoal_options`: fields of Shoal."""
    shoal_options.setdefault("registries", {REGISTRY_NAME: {"url": registry_url}})
    # For clients that do not say which registry they mean.
    shoal_options.setdefault("mirror", {"default_registry": REGISTRY_NAME})
    nodes = [_node(workspace.folder, subnet, number, count, shoal_options) for number in range(count)]
    if not plaintext:
        authority = Authority.make(workspace.folder / "authority")
        for node in nodes:
            node.shoal.tls = authority.issue(node.shoal.folder / "tls", node.name)
    for node in nodes:
        workspace.stopping(node.shoal).start()
        workspace.stopping(node.containerd).start()
        node.containerd.use_hosts(REGISTRY_NAME, fallback, node.shoal.mirror_url)
    for node in nodes:
        node.shoal.wait_for_metric("shoal_peers", count - 1)
    return nodes


def _node(folder: Path, subnet: Subnet, number: int, count: int, shoal_options: dict) -> Node:
    name = f"node-{number + 1}"
    peers = [f"{subnet[FIRST_HOST + other]}:{SWARM_PORT}" for other in range(count) if other != number]
    shoal = Shoal(folder / name / "shoal", subnet[FIRST_HOST + number], peers=peers,
                  cluster=folder.name, **shoal_options)
    return Node(name, shoal, Containerd(folder / name / "containerd"))
