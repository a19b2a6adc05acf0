"""What a run came to."""

import statistics
from dataclasses import dataclass, field

from swarmlab.bound import Bound
from swarmlab.plan import Plan
from swarmlab.sampler import Sample, Totals
from swarmlab.units import show_bytes, show_rate


@dataclass(frozen=True)
class NodeFigures:
    name: str
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
class Figures:
    plan: Plan
    bound: Bound
    bound_seconds: float  # with what the scenario adds to it
    start: float  # seconds since 1970
    nodes: list[NodeFigures]
    upstream_bytes: int
    content_bytes: int
    samples: list[Sample]
    events: list[str] = field(default_factory=list)
    extra: dict[str, float] = field(default_factory=dict)

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
    def busy_share(self) -> float:
        """Of all processors of the machine, while clients pulled."""
        inside = [sample.busy for sample in self.samples
                  if self.start + 0.5 <= sample.time <= self.start + self.last_seconds]
        return statistics.fmean(inside) if inside else 0.0

    def sources(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for node in self.nodes:
            for source, count in node.sources.items():
                found[source] = found.get(source, 0) + count
        return found


def summary_line(figures: Figures) -> str:
    """All that counts, in one line."""
    plan = figures.plan
    name = f"{plan.scenario} without Shoal" if plan.is_baseline else plan.scenario
    over = (lambda seconds: f"{seconds:.2f} s ({seconds / figures.bound_seconds:.3f} x)"
            if figures.bound_seconds else f"{seconds:.2f} s")
    sources = ", ".join(f"{source} {show_bytes(count)}"
                        for source, count in sorted(figures.sources().items()) if count)
    return (f"{name}: {plan.nodes} nodes at {show_rate(plan.links.node)}, upstream "
            f"{show_rate(plan.links.upstream)}, {show_bytes(plan.size_bytes)}; bound "
            f"{figures.bound_seconds:.2f} s, last {over(figures.last_seconds)}, median "
            f"{over(figures.median_seconds)}, upstream {figures.upstream_copies:.3f} copies; "
            + (f"bytes from {sources}; " if sources else "")
            + (f"RSS {show_bytes(figures.resident_bytes_peak)} at most "
               f"({show_bytes(figures.anonymous_bytes_peak)} anonymous), daemons' CPU "
               f"{figures.cpu_seconds:.1f} s; " if not plan.is_baseline else "")
            + f"machine {figures.busy_share:.0%} busy; verified "
            + ("yes" if figures.are_verified else "NO"))
