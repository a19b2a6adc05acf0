"""The report: one page that needs nothing else, in the light or the dark as the reader likes it."""

import html
from collections.abc import Sequence
from pathlib import Path

from swarmlab.figures import Figures
from swarmlab.pictures import (arrival_chart, client_chart, links_chart, memory_chart, processor_chart,
                               sources_bars)
from swarmlab.units import show_bytes, show_rate

BUSY_SHARE_DOUBTFUL = 0.9


def html_of(runs: Sequence[Figures]) -> str:
    style = (Path(__file__).parent / "report.css").read_text()
    sections = "".join(_section(figures) for figures in runs)
    return ("<!doctype html><html lang='en'><head><meta charset='utf-8'>"
            "<meta name='viewport' content='width=device-width, initial-scale=1'>"
            f"<title>Shoal: {html.escape(_title(runs))}</title><style>{style}</style></head>"
            f"<body><main>{sections}</main></body></html>\n")


def _title(runs: Sequence[Figures]) -> str:
    names = dict.fromkeys(figures.plan.scenario for figures in runs)
    return "swarm load test, " + ", ".join(names)


def _section(figures: Figures) -> str:
    plan = figures.plan
    name = plan.scenario + (", without Shoal" if plan.is_baseline else "")
    layers = f" in {len(plan.layer_bytes)} layers" if len(plan.layer_bytes) > 1 else ""
    what = (f"{len(figures.nodes)} nodes at {show_rate(plan.links.node)} pull {show_bytes(plan.size_bytes)}{layers}; "
            f"the registry has {show_rate(plan.links.upstream)}")
    if plan.connection_rate:
        what += f", {show_rate(plan.connection_rate)} for each connection"
    return (f"<section><header><h1>{html.escape(name)}</h1><p>{html.escape(what)}.</p></header>"
            f"{_cards(figures)}{_pictures(figures)}{_events(figures)}</section>")


def _cards(figures: Figures) -> str:
    over = f"{figures.ratio:.3f} × bound" if figures.ratio else f"{figures.bytes_per_second / 1e6:.0f} MB/s in all"
    cards = [("last node", f"{figures.last_seconds:.1f} s", over, False),
             ("median node", f"{figures.median_seconds:.1f} s", "", False),
             ("registry sent", f"{figures.upstream_copies:.3f} ×", show_bytes(figures.upstream_bytes), False)]
    if not figures.plan.is_baseline:
        cards += [("memory, most", show_bytes(figures.resident_bytes_peak),
                   f"{show_bytes(figures.anonymous_bytes_peak)} anonymous", False),
                  ("daemons' CPU", f"{figures.cpu_seconds:.1f} s",
                   f"{figures.cpu_seconds_per_gigabyte:.2f} s for a GB", False)]
    is_doubtful = figures.busy_share > BUSY_SHARE_DOUBTFUL
    cards += [("machine busy", f"{figures.busy_share:.0%}",
               "it was the limit" if is_doubtful else f"{figures.busy_share_before:.0%} before", is_doubtful),
              ("verified", "all" if figures.are_verified else "not all",
               f"{sum(node.verified for node in figures.nodes)} of {len(figures.nodes)}", not figures.are_verified)]
    return "<div class='cards'>" + "".join(
        f"<div class='card{' bad' if is_bad else ''}'><h3>{label}</h3><b>{value}</b><small>{remark}</small></div>"
        for label, value, remark, is_bad in cards) + "</div>"


def _pictures(figures: Figures) -> str:
    pictures = [("What had arrived at each node", arrival_chart(figures)),
                ("How full the links were", links_chart(figures)),
                ("What each client had been given, first byte first", client_chart(figures))]
    if not figures.plan.is_baseline:
        pictures.append(("Where the bytes came from", sources_bars(figures)))
    pictures.append(("Processors", processor_chart(figures)))
    if not figures.plan.is_baseline:
        pictures.append(("Memory", memory_chart(figures)))
    return "".join(f"<h2>{title}</h2>{picture}" for title, picture in pictures)


def _events(figures: Figures) -> str:
    errors = [f"{node.name}: {node.error}" for node in figures.nodes if node.error]
    items = "".join(f"<li>{html.escape(text)}</li>" for text in [*figures.events, *errors])
    return f"<h2>What happened</h2><ul>{items}</ul>" if items else ""
