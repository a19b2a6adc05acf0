"""What a run is to do, decided before it starts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from swarmlab.bound import Bound, Links, lower_bound


@dataclass(frozen=True)
class Plan:
    scenario: str
    nodes: int
    layer_bytes: Sequence[int]
    links: Links
    parallel: int = 3  # layers at a time, as containerd's default
    connection_rate: int | None = None  # what the registry gives each connection, in bits a second
    seed: int = 1
    is_baseline: bool = False  # without Shoal: every client straight to the registry
    settings: Sequence[str] = field(default_factory=tuple)  # further KEY=VALUE for the daemons
    timeout_seconds: float | None = None
    data_folder: Path | None = None

    @property
    def size_bytes(self) -> int:
        return sum(self.layer_bytes)

    @property
    def has_liar(self) -> bool:
        """Whether the last node's registry gives it wrong bytes, which it passes on."""
        return self.scenario == "poison"

    @property
    def bound(self) -> Bound:
        return lower_bound(self.nodes, self.size_bytes, self.links)

    def bound_seconds(self, last_start: float = 0.0) -> float:
        """From the first start until the last node can be done, where the last one starts so late;
        0 where no link has a limit."""
        bound = self.bound
        # Without Shoal every copy leaves the registry.
        together = max(self.nodes * bound.origin, bound.node) if self.is_baseline else bound.seconds
        return max(together, last_start + bound.node) if bound.node else together
