"""The pictures of one run."""

from collections.abc import Callable

from swarmlab.chart import Chart, Line, Mark, Points, legend_html
from swarmlab.figures import Figures, NodeFigures
from swarmlab.network import PAYLOAD_SHARE, Traffic, port_name
from swarmlab.sampler import Sample
from swarmlab.units import show_bytes, show_mebibytes, show_rate
from swarmlab.upstream import UPSTREAM_PORT_NAME

MEBIBYTE = 1 << 20
RESIDENT_MEBIBYTES_PROMISED = 64.0
SOURCES = {"upstream": "from the registry", "peer": "from other nodes", "disk": "from its own disk"}


def arrival_chart(figures: Figures) -> str:
    """What had come in on each node's link, against a node that finishes exactly at the bound."""
    return _progress(figures, lambda node: _arrived(figures, node))


def client_chart(figures: Figures) -> str:
    """What each client had been given, from the image's first byte on."""
    return _progress(figures, lambda node: [(node.start, 0), *node.timeline])


def _progress(figures: Figures, points_of: Callable[[NodeFigures], Points]) -> str:
    slowest = max(figures.nodes, key=lambda node: node.start + node.seconds)
    lines = [Line(_mebibytes(points_of(node)), "slowest" if node is slowest else "node",
                  f"{node.name}: {node.seconds:.1f} s")
             for node in sorted(figures.nodes, key=lambda node: node is slowest)]
    legend = [("slowest", f"the last one, {slowest.name}")]
    if len(figures.nodes) > 1:
        legend.insert(0, ("node", "the other nodes"))
    if figures.bound_seconds:
        bound = [(0.0, 0.0), (figures.bound_seconds, float(figures.content_bytes))]
        lines.insert(0, Line(_mebibytes(bound), "bound", "the bound"))
        legend.append(("bound", f"the lower bound, {figures.bound_seconds:.1f} s"))
    top = max(figures.content_bytes / MEBIBYTE, *(y for line in lines for _, y in line.points))
    return Chart(lines, x_max_of(figures), top * 1.02, show_mebibytes, legend, _marks(figures)).svg()


def links_chart(figures: Figures) -> str:
    """How busy the links were: where one is the limit, it should be full until the end."""
    plan = figures.plan
    ports = [port for port in figures.samples[-1].traffic if port.startswith("node")]
    lines, legend, top = [], [], 0.0
    for style, words, rate, value in (
            ("upstream", "registry sends", plan.links.upstream, lambda sample: sample.traffic[UPSTREAM_PORT_NAME].up),
            ("download", "a node receives, on average", plan.links.node,
             lambda sample: _mean(sample.traffic, ports, "down")),
            ("upload", "a node sends, on average", plan.links.node,
             lambda sample: _mean(sample.traffic, ports, "up"))):
        points = [(x, y * 8 / (rate or 1)) for x, y in _growth(figures, value)]
        top = max([top, *(y for _, y in points)])
        lines.append(Line(points, style, words))
        legend.append((style, f"{words} (of {show_rate(rate)})" if rate else words))
    is_share = plan.links.node is not None and plan.links.upstream is not None
    show = (lambda value: f"{value:.0%}") if is_share else show_rate
    return Chart(lines, x_max_of(figures), max(1.05 if is_share else 1.0, top * 1.05), show, legend,
                 _marks(figures)).svg()


def processor_chart(figures: Figures) -> str:
    """The whole machine, and the daemons' part of it."""
    machine = [(sample.time - figures.start, sample.busy) for sample in figures.samples[1:]]
    processors = figures.processors
    lines = [Line(machine, "machine", "the machine"),
             Line([(x, y / processors) for x, y in _daemons_processors(figures)], "daemons", "all daemons")]
    return Chart(lines, x_max_of(figures), 1.05, lambda value: f"{value:.0%}",
                 [("machine", f"the machine, {processors} processors"), ("daemons", "all daemons together")],
                 _marks(figures)).svg()


def memory_chart(figures: Figures) -> str:
    lines = []
    for node in figures.nodes:
        points = [(sample.time - figures.start, sample.usage[node.name].resident_bytes / MEBIBYTE)
                  for sample in figures.samples if node.name in sample.usage]
        lines.append(Line(points, "node", f"{node.name}: {show_bytes(node.totals.resident_bytes_peak)} at most"))
    top = max(figures.resident_bytes_peak / MEBIBYTE, RESIDENT_MEBIBYTES_PROMISED) * 1.1
    x_max = x_max_of(figures)
    promise = [(0.0, RESIDENT_MEBIBYTES_PROMISED), (x_max, RESIDENT_MEBIBYTES_PROMISED)]
    lines.append(Line(promise, "bound", "promised"))
    return Chart(lines, x_max, top, show_mebibytes, [
        ("node", "each daemon's resident memory"),
        ("bound", f"promised: below {RESIDENT_MEBIBYTES_PROMISED:.0f} MiB")], _marks(figures)).svg()


def sources_bars(figures: Figures) -> str:
    """A bar for each node: where its bytes came from."""
    widest = max((sum(node.sources.values()) for node in figures.nodes), default=0) or 1
    rows = "".join(f'<div class="name">{node.name}</div><div class="bar">{_segments(node, widest)}</div>'
                   f'<div class="number">{show_bytes(sum(node.sources.values()))}</div>' for node in figures.nodes)
    legend = legend_html([(source, words) for source, words in SOURCES.items()])
    return f'<figure><div class="bars">{rows}</div>{legend}</figure>'


def x_max_of(figures: Figures) -> float:
    return max(figures.last_seconds, figures.bound_seconds) * 1.03


def _segments(node: NodeFigures, widest: int) -> str:
    return "".join(f'<i class="{source}" style="width:{100 * node.sources.get(source, 0) / widest:.2f}%" '
                   f'title="{show_bytes(node.sources.get(source, 0))} {words}"></i>'
                   for source, words in SOURCES.items() if node.sources.get(source))


def _arrived(figures: Figures, node: NodeFigures) -> Points:
    """By the link's counter. The share of headers is taken off; what acknowledges uploads is not."""
    port = port_name(node.number)
    before = [sample for sample in figures.samples if sample.time <= figures.start]
    first = (before or figures.samples)[-1 if before else 0].traffic[port].down
    return [(0.0, 0.0)] + [(sample.time - figures.start, (sample.traffic[port].down - first) * PAYLOAD_SHARE)
                           for sample in figures.samples if sample.time > figures.start]


def _mebibytes(points: Points) -> Points:
    return [(x, y / MEBIBYTE) for x, y in points]


def _daemons_processors(figures: Figures) -> Points:
    """How many processors all daemons together kept busy. One that was started anew begins at 0."""
    points = []
    for before, after in zip(figures.samples, figures.samples[1:]):
        spent = sum(max(0.0, usage.cpu_seconds - before.usage[node].cpu_seconds)
                    for node, usage in after.usage.items() if node in before.usage)
        points.append((after.time - figures.start, spent / max(after.time - before.time, 1e-3)))
    return points


def _marks(figures: Figures) -> list[Mark]:
    return [Mark(float(event.partition(" s:")[0]), event) for event in figures.events]


def _mean(traffic: dict[str, Traffic], ports: list[str], direction: str) -> float:
    return sum(getattr(traffic[port], direction) for port in ports) / len(ports)


def _growth(figures: Figures, read: Callable[[Sample], float]) -> Points:
    """How fast a counter grew between samples, a second."""
    pairs = zip(figures.samples, figures.samples[1:])
    return [(after.time - figures.start, (read(after) - read(before)) / (after.time - before.time))
            for before, after in pairs if after.time > before.time]
