"""All figures and timelines of runs as one JSON document."""

import json
from collections.abc import Sequence
from dataclasses import asdict

from swarmlab.figures import Figures, NodeFigures
from swarmlab.sampler import Sample


def json_of(runs: Sequence[Figures]) -> str:
    return json.dumps({"runs": [_run(figures) for figures in runs]}, indent=1) + "\n"


def _run(figures: Figures) -> dict[str, object]:
    plan = figures.plan
    return {
        "scenario": plan.scenario,
        "baseline": plan.is_baseline,
        "nodes": plan.nodes,
        "layer_bytes": list(plan.layer_bytes),
        "link_bits_per_second": plan.links.node,
        "upstream_bits_per_second": plan.links.upstream,
        "connection_bits_per_second": plan.connection_rate,
        "parallel": plan.parallel,
        "seed": plan.seed,
        "settings": list(plan.settings),
        "bound_seconds": figures.bound_seconds,
        "last_seconds": figures.last_seconds,
        "median_seconds": figures.median_seconds,
        "ratio": figures.ratio,
        "content_bytes": figures.content_bytes,
        "upstream_bytes": figures.upstream_bytes,
        "upstream_copies": figures.upstream_copies,
        "upstream_link_bytes_after_cut": figures.upstream_bytes_after_cut(),
        "bytes_by_source": figures.sources(),
        "bytes_per_second": figures.bytes_per_second,
        "resident_bytes_peak": figures.resident_bytes_peak,
        "anonymous_bytes_peak": figures.anonymous_bytes_peak,
        "cpu_seconds": figures.cpu_seconds,
        "cpu_seconds_in_kernel": figures.system_seconds,
        "cpu_seconds_per_gigabyte": figures.cpu_seconds_per_gigabyte,
        "reference": asdict(figures.reference) if figures.reference else None,
        "machine_busy_share": figures.busy_share,
        "machine_busy_share_before": figures.busy_share_before,
        "verified": figures.are_verified,
        "events": figures.events,
        "members": [_node(node) for node in figures.nodes],
        "samples": [_sample(sample, figures.start) for sample in figures.samples],
    }


def _node(node: NodeFigures) -> dict[str, object]:
    return {
        "name": node.name,
        "start_seconds": round(node.start, 3),
        "seconds": node.seconds,
        "verified": node.verified,
        "error": node.error,
        "attempts": node.attempts,
        "first_byte_seconds": node.first_byte_seconds,
        "bytes_by_source": node.sources,
        "cpu_seconds": node.totals.cpu_seconds,
        "cpu_seconds_in_kernel": node.totals.system_seconds,
        "resident_bytes_peak": node.totals.resident_bytes_peak,
        "anonymous_bytes_peak": node.totals.anonymous_bytes_peak,
        "timeline": node.timeline,
    }


def _sample(sample: Sample, start: float) -> dict[str, object]:
    return {
        "seconds": round(sample.time - start, 3),
        "machine_busy_share": round(sample.busy, 4),
        "resident_bytes": {node: usage.resident_bytes for node, usage in sample.usage.items()},
        "anonymous_bytes": {node: usage.anonymous_bytes for node, usage in sample.usage.items()},
        "cpu_seconds": {node: round(usage.cpu_seconds, 2) for node, usage in sample.usage.items()},
        # Headers included, since the links exist: [sent, received] of the member behind the port.
        "link_bytes": {port: [traffic.up, traffic.down] for port, traffic in sample.traffic.items()},
    }
