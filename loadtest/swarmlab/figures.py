"""What a run came to."""

import statistics
from dataclasses import dataclass, field

from swarmlab.plan import Plan
from swarmlab.sampler import Sample, Totals
from swarmlab.upstream import UPSTREAM_PORT_NAME


@dataclass(frozen=True)
class NodeFigures:
    name: str
    number: int  # from 0
    start: float  # seconds since the run's start
    seconds: float  # from its own start until its image was there and checked
    verified: bool
    error: str | None
    attempts: int
    first_byte_seconds: float | None
    timeline: list[tuple[float, int]]  # seconds since the run's start, bytes
    sources: dict[str, int]  # bytes by source
    totals: Totals


@dataclass(frozen=True)
class Reference:
    """What nginx with TLS and curl that writes a file did, one after the other with the run."""

    bytes_per_second: float
    cpu_seconds_per_gigabyte: float  # of both


@dataclass(frozen=True)
class Figures:
    plan: Plan
    bound_seconds: float  # of the last node; 0 where no link has a limit
    start: float  # seconds since 1970
    nodes: list[NodeFigures]
    upstream_bytes: int
    content_bytes: int
    samples: list[Sample]
    processors: int
    busy_share_before: float  # of all processors, when everything stood still; others' work
    events: list[str] = field(default_factory=list)
    cut_at: float | None = None  # when the registry was taken away, in seconds since 1970
    reference: Reference | None = None  # a plain download on the same machine

    @property
    def last_seconds(self) -> float:
        """From the first start until the last node was done."""
        return max(node.start + node.seconds for node in self.nodes)

    @property
    def median_seconds(self) -> float:
        return statistics.median(node.start + node.seconds for node in self.nodes)

    @property
    def ratio(self) -> float | None:
        """None where no link has a limit."""
        return self.last_seconds / self.bound_seconds if self.bound_seconds else None

    @property
    def upstream_copies(self) -> float:
        return self.upstream_bytes / self.content_bytes

    @property
    def are_verified(self) -> bool:
        return all(node.verified for node in self.nodes)

    @property
    def resident_bytes_peak(self) -> int:
        return max((node.totals.resident_bytes_peak for node in self.nodes), default=0)

    @property
    def anonymous_bytes_peak(self) -> int:
        return max((node.totals.anonymous_bytes_peak for node in self.nodes), default=0)

    @property
    def cpu_seconds(self) -> float:
        return sum(node.totals.cpu_seconds for node in self.nodes)

    @property
    def system_seconds(self) -> float:
        """Of these in the kernel, where links and sockets are."""
        return sum(node.totals.system_seconds for node in self.nodes)

    @property
    def busy_share(self) -> float:
        """Of all processors of the machine, while clients pulled."""
        inside = [sample.busy for sample in self.samples
                  if self.start + 0.5 <= sample.time <= self.start + self.last_seconds]
        return statistics.fmean(inside) if inside else 0.0

    @property
    def bytes_per_second(self) -> float:
        """That arrived at all nodes together."""
        return self.content_bytes * len(self.nodes) / self.last_seconds

    @property
    def cpu_seconds_per_gigabyte(self) -> float:
        """Of all daemons, for each that arrived at a node."""
        return self.cpu_seconds / (self.content_bytes * len(self.nodes) / 1e9)

    def upstream_bytes_after_cut(self) -> int | None:
        """On the registry's link, headers included, from a second after it was taken away."""
        if self.cut_at is None:
            return None
        sent = [sample.traffic[UPSTREAM_PORT_NAME].up for sample in self.samples
                if sample.time > self.cut_at + 1.0]
        return sent[-1] - sent[0] if sent else 0

    def sources(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for node in self.nodes:
            for source, count in node.sources.items():
                found[source] = found.get(source, 0) + count
        return found
