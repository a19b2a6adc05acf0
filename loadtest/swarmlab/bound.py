"""The time that no way of distributing bytes can beat."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Links:
    """What everything may send and receive, in bits a second; None is without a limit."""

    node: int | None  # each way, of each node
    upstream: int | None


@dataclass(frozen=True)
class Bound:
    """Seconds of payload over link rate; headers and acknowledgements come on top."""

    origin: float  # one copy leaves the registry
    node: float  # one copy enters a node
    together: float  # all copies leave the registry and the nodes together

    @property
    def seconds(self) -> float:
        return max(self.origin, self.node, self.together)


def lower_bound(nodes: int, size_bytes: int, links: Links) -> Bound:
    """max(S/u_up, S/d_node, N S/(u_up + N u_node)); parts without a limit are 0."""
    bits = size_bytes * 8
    has_all = links.node is not None and links.upstream is not None
    return Bound(
        origin=bits / links.upstream if links.upstream else 0.0,
        node=bits / links.node if links.node else 0.0,
        together=nodes * bits / (links.upstream + nodes * links.node) if has_all else 0.0)
