"""What a run is to do, decided before it starts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from swarmlab.bound import Links


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
