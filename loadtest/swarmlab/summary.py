"""What a run came to, in one line, and many runs as a table."""

from collections.abc import Iterator, Sequence

from swarmlab.figures import Figures
from swarmlab.units import show_bytes, show_rate


def summary_line(figures: Figures) -> str:
    """All that counts, in one line."""
    plan = figures.plan
    parts = [f"{name_of(figures)}: {plan.nodes} nodes at {show_rate(plan.links.node)}, upstream "
             f"{show_rate(plan.links.upstream)}, {show_bytes(plan.size_bytes)}"]
    if figures.bound_seconds:
        parts.append(f"bound {figures.bound_seconds:.2f} s")
    parts.append(f"last {_over(figures, figures.last_seconds)}")
    parts.append(f"median {_over(figures, figures.median_seconds)}")
    parts.append(f"upstream {figures.upstream_copies:.3f} copies")
    if figures.sources():
        parts.append("bytes from " + ", ".join(f"{source} {show_bytes(count)}" for source, count
                                               in sorted(figures.sources().items()) if count))
    if not plan.is_baseline:
        parts.append(f"RSS {show_bytes(figures.resident_bytes_peak)} at most "
                     f"({show_bytes(figures.anonymous_bytes_peak)} anonymous)")
        parts.append(f"daemons' CPU {figures.cpu_seconds:.1f} s ({figures.system_seconds:.1f} s in the kernel)")
    parts.append(f"machine {figures.busy_share:.0%} busy ({figures.busy_share_before:.0%} before)")
    parts.append(f"verified {'yes' if figures.are_verified else 'NO'}")
    return "; ".join([*parts, *_remarks(figures)])


def name_of(figures: Figures) -> str:
    plan = figures.plan
    return f"{plan.scenario} without Shoal" if plan.is_baseline else plan.scenario


def markdown_table(runs: Sequence[Figures]) -> str:
    """One row a run."""
    header = ("scenario", "nodes", "image", "node link", "upstream", "bound s", "last s", "over bound", "median s",
              "upstream copies", "peak RSS", "CPU s / GB", "machine busy", "verified")
    rows = [(name_of(figures), str(figures.plan.nodes), show_bytes(figures.plan.size_bytes),
             show_rate(figures.plan.links.node), show_rate(figures.plan.links.upstream),
             f"{figures.bound_seconds:.1f}" if figures.bound_seconds else "", f"{figures.last_seconds:.1f}",
             f"{figures.ratio:.3f}" if figures.ratio else "", f"{figures.median_seconds:.1f}",
             f"{figures.upstream_copies:.3f}", show_bytes(figures.resident_bytes_peak),
             f"{figures.cpu_seconds_per_gigabyte:.1f}", f"{figures.busy_share:.0%}",
             "yes" if figures.are_verified else "NO") for figures in runs]
    lines = [f"| {' | '.join(row)} |" for row in (header, ("---",) * len(header), *rows)]
    remarks = [f"- {name_of(figures)}: {remark}" for figures in runs for remark in _remarks(figures)]
    return "\n".join([*lines, "", *remarks])


def _over(figures: Figures, seconds: float) -> str:
    ratio = f" ({seconds / figures.bound_seconds:.3f} x)" if figures.bound_seconds else ""
    return f"{seconds:.2f} s{ratio}"


def _remarks(figures: Figures) -> Iterator[str]:
    """What only some scenarios have to say."""
    plan = figures.plan
    if plan.connection_rate is not None:
        alone = plan.size_bytes * 8 / plan.connection_rate
        yield f"one connection alone would take {alone:.0f} s, {alone / figures.last_seconds:.1f} x as long"
    after_cut = figures.upstream_bytes_after_cut()
    if after_cut is not None:
        yield f"the registry's link carried {show_bytes(after_cut)} after the cut"
    if figures.reference is not None:
        plain = figures.reference
        speed = figures.bytes_per_second / plain.bytes_per_second
        cost = figures.cpu_seconds_per_gigabyte / plain.cpu_seconds_per_gigabyte
        yield (f"{figures.bytes_per_second / 1e6:.0f} MB/s over all nodes are {speed:.2f} x what nginx with TLS "
               f"to curl did ({plain.bytes_per_second / 1e6:.0f} MB/s), {figures.cpu_seconds_per_gigabyte:.2f} s "
               f"of CPU a GB are {cost:.2f} x ({plain.cpu_seconds_per_gigabyte:.2f} s)")
