"""Line charts as SVG, without a library: lines over one x axis, in colours that the page decides."""

import html
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

WIDTH, HEIGHT = 960, 340
LEFT, RIGHT, TOP, BOTTOM = 62, 16, 14, 34
TICKS_WANTED = 6

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Line:
    """`style` is a class of report.css: node, slowest, bound, upstream, peer, limit, machine ..."""

    points: Points
    style: str
    title: str = ""  # shown where the pointer rests


@dataclass(frozen=True)
class Mark:
    """A moment worth a vertical line."""

    x: float
    title: str


@dataclass
class Chart:
    lines: list[Line]
    x_max: float
    y_max: float
    show_y: Callable[[float], str]
    legend: list[tuple[str, str]] = field(default_factory=list)  # style, words
    marks: list[Mark] = field(default_factory=list)

    def svg(self) -> str:
        """One <figure>: the picture and its legend."""
        parts = [f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img">', *self._grid(), *self._marks()]
        parts += [self._path(line) for line in self.lines]
        parts.append("</svg>")
        return f"<figure>{''.join(parts)}{legend_html(self.legend)}</figure>"

    def _x(self, value: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * value / self.x_max

    def _y(self, value: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / self.y_max

    def _grid(self) -> list[str]:
        parts = []
        for value in ticks(self.y_max):
            y = self._y(value)
            parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
                         f'<text class="y" x="{LEFT - 8}" y="{y + 4:.1f}">{html.escape(self.show_y(value))}</text>')
        for value in ticks(self.x_max):
            parts.append(f'<text class="x" x="{self._x(value):.1f}" y="{HEIGHT - BOTTOM + 20}">{value:g} s</text>')
        return parts

    def _marks(self) -> list[str]:
        return [f'<line class="mark" x1="{self._x(mark.x):.1f}" x2="{self._x(mark.x):.1f}" y1="{TOP}" '
                f'y2="{HEIGHT - BOTTOM}"><title>{html.escape(mark.title)}</title></line>'
                for mark in self.marks if 0 <= mark.x <= self.x_max]

    def _path(self, line: Line) -> str:
        inside = [(x, min(y, self.y_max)) for x, y in line.points if 0 <= x <= self.x_max]
        steps = " ".join(f"{'M' if not index else 'L'}{self._x(x):.1f} {self._y(y):.1f}"
                         for index, (x, y) in enumerate(thinned(inside)))
        return f'<path class="line {line.style}" d="{steps}"><title>{html.escape(line.title)}</title></path>'


def legend_html(entries: Sequence[tuple[str, str]]) -> str:
    items = "".join(f'<span><i class="key {style}"></i>{html.escape(words)}</span>' for style, words in entries)
    return f"<figcaption>{items}</figcaption>" if items else ""


def thinned(points: Points, most: int = 300) -> Points:
    """Not more than about `most` points, the last one among them."""
    step = math.ceil(len(points) / most) or 1
    return [*points[:-1:step], *points[-1:]]


def ticks(top: float) -> list[float]:
    """Round values from 0 to at most `top`, about as many as a reader wants."""
    if top <= 0:
        return [0.0]
    rough = top / TICKS_WANTED
    power = 10 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough)
    return [round(step * number, 10) for number in range(int(top / step + 1e-9) + 1)]
