"""One run from an empty machine to its figures."""

import contextlib
import os
import time
from pathlib import Path

from lab.errors import LabError
from lab.terminal import Terminal, bar
from lab.workspace import Workspace
from swarmlab.calibrate import calibration
from swarmlab.client import Client
from swarmlab.cluster import Cluster, data_folder
from swarmlab.figures import Figures, NodeFigures, Reference
from swarmlab.member import Member, received_by_source
from swarmlab.model import measure_reference
from swarmlab.namespaces import remove_abandoned_namespaces
from swarmlab.plan import Plan
from swarmlab.sampler import Sampler, Totals, busy_share_now
from swarmlab.stage import Stage
from swarmlab.scenarios import CONDUCTORS
from swarmlab.script import STEP_SECONDS, Scripts
from swarmlab.units import show_bytes
from swarmlab.upstream import UPSTREAM_PORT_NAME

# A run that takes so many times its bound is not worth waiting for.
TIMEOUT_BOUNDS = 8
TIMEOUT_SECONDS_MIN = 60.0
UNSHAPED_BYTES_PER_SECOND_MIN = 20e6
SHOW_SECONDS = 1.0
# Above this, others are at work on the machine, and what is measured says less.
BUSY_SHARE_QUIET = 0.15


def timeout_of(plan: Plan) -> float:
    if plan.timeout_seconds is not None:
        return plan.timeout_seconds
    unshaped = plan.nodes * plan.size_bytes / UNSHAPED_BYTES_PER_SECOND_MIN
    alone = plan.size_bytes * 8 / plan.connection_rate if plan.connection_rate else 0.0
    return TIMEOUT_SECONDS_MIN + max(TIMEOUT_BOUNDS * plan.bound_seconds(), unshaped, 2 * alone)


def execute(plan: Plan, terminal: Terminal, kept_logs: Path | None = None,
            is_verbose: bool = False) -> Figures:
    """Builds the cluster, lets the scenario play, collects, and leaves nothing behind."""
    remove_abandoned_namespaces()
    timeout_seconds = timeout_of(plan)
    busy_before = busy_share_now()
    if busy_before > BUSY_SHARE_QUIET:
        terminal.line("caution", f"the machine is {busy_before:.0%} busy before anything has started")
    with Workspace("swarm", data_folder(plan)) as workspace:
        terminal.line("files", f"{show_bytes(plan.size_bytes)} in {len(plan.layer_bytes)} layers, "
                               f"{workspace.folder}")
        cluster = Cluster(workspace, plan, timeout_seconds)
        stage = Stage(plan, cluster, lambda text: terminal.line("cluster", text))
        sampler = Sampler(cluster.network, cluster.running)
        try:
            if is_verbose:
                terminal.line("calibration", calibration(cluster, plan))
            reference = None
            if plan.scenario == "model":
                terminal.live([("reference", "nginx with TLS to curl, alone on the machine")])
                reference = measure_reference(cluster)
            scripts = Scripts(CONDUCTORS[plan.scenario](stage))
            sampler.start()
            workspace.stopping(sampler)
            _play(stage, scripts, timeout_seconds, terminal)
            sampler.stop()
            return _collect(stage, sampler, busy_before, reference)
        finally:
            if kept_logs is not None:
                cluster.keep_logs(kept_logs)


def _play(stage: Stage, scripts: Scripts, timeout_seconds: float, terminal: Terminal) -> None:
    """Until every client is done and every script at its end."""
    deadline = stage.start + timeout_seconds
    shown = 0.0
    while not (scripts.are_done and all(client.is_done for client in stage.cluster.clients)):
        if time.time() > deadline:
            unfinished = [client.name for client in stage.cluster.clients if not client.is_done]
            raise LabError(f"gave up after {timeout_seconds:.0f} s; not done: {', '.join(unfinished)}")
        scripts.step()
        if time.time() - shown > SHOW_SECONDS:
            shown = time.time()
            terminal.live([(f"{max(0.0, shown - stage.start):.0f} s", _progress(stage))])
        time.sleep(STEP_SECONDS)


def _progress(stage: Stage) -> str:
    """By the links' counters: nobody has to be asked."""
    traffic = stage.cluster.network.traffic()
    size = stage.plan.size_bytes
    shares = [traffic[member.port_name].down for member in stage.cluster.members]
    done = sum(client.is_done for client in stage.cluster.clients)
    return (f"{bar(min(shares), size)} slowest, {bar(max(shares), size)} fastest, {done} of "
            f"{len(shares)} done, upstream sent {traffic[UPSTREAM_PORT_NAME].up / size:.2f} x")


def _collect(stage: Stage, sampler: Sampler, busy_before: float, reference: Reference | None) -> Figures:
    cluster = stage.cluster
    nodes = [_node_figures(stage, member, client, sampler)
             for member, client in zip(cluster.members, cluster.clients)
             if member.name not in stage.outsiders]
    # Requests under way are in the registry's log only when they have ended.
    for member in cluster.members:
        member.kill()
    cluster.upstream.drain()
    plan = stage.plan
    return Figures(
        plan=plan, bound_seconds=stage.bound_seconds, start=stage.start, nodes=nodes,
        upstream_bytes=cluster.upstream.sent_blob_bytes(stage.start),
        content_bytes=cluster.content.total_bytes, samples=sampler.samples,
        processors=os.cpu_count() or 1,
        busy_share_before=busy_before, events=stage.notes, cut_at=stage.cut_at, reference=reference)


def _node_figures(stage: Stage, member: Member, client: Client, sampler: Sampler) -> NodeFigures:
    result = client.result()
    first_start = stage.first_starts[member.name]
    offset = client.start_at - stage.start
    sources: dict[str, int] = {}
    if member.process:
        with contextlib.suppress(OSError):
            sources = received_by_source(member.metrics())
    return NodeFigures(
        name=member.name, number=member.number, start=first_start - stage.start,
        seconds=client.start_at + result.seconds - first_start, verified=result.verified,
        error=result.error, attempts=client.attempts, first_byte_seconds=result.first_byte_seconds,
        timeline=[(round(seconds + offset, 3), count) for seconds, count in result.timeline],
        sources=sources, totals=sampler.totals.get(member.name, Totals()))
