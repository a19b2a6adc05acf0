"""Every scenario by its name: what happens, and when."""

import random
import time
from collections.abc import Callable

from lab.errors import LabError
from lab.waiting import wait_until
from swarmlab.access_log import covered_bytes
from swarmlab.client import Client
from swarmlab.member import Member, received_by_source
from swarmlab.script import Script, reaches
from swarmlab.stage import Stage, start_clients, start_daemons, start_together

Conductor = Callable[[Stage], list[Script]]

CHURN_SHARE = 0.25
# When daemons are killed, as shares of the bound; and how long they are away.
CHURN_FROM, CHURN_UNTIL = 0.15, 0.75
CHURN_AWAY_SECONDS = 3.0
# Nodes judge when their own download has matched.
BAN_SECONDS_MAX = 10.0
# How often the registry's log is looked at while an outage is being waited for.
LOOK_SECONDS = 0.5


def flash(stage: Stage) -> list[Script]:
    """All nodes pull in the same instant."""
    return start_together(stage)


def stagger(stage: Stage) -> list[Script]:
    """Clients start one after another, spread over one bound; all daemons are there before."""
    return start_together(stage, spread_seconds=stage.plan.bound.seconds)


def rolling(stage: Stage) -> list[Script]:
    """Nodes join one after another: daemon and client start together, spread over one bound."""
    stage.begin()
    interval = stage.plan.bound.seconds / stage.plan.nodes
    stage.bound_seconds = stage.plan.bound_seconds(interval * (stage.plan.nodes - 1))
    return [_join(stage, member, client, stage.start + interval * member.number)
            for member, client in zip(stage.cluster.members, stage.cluster.clients)]


def churn(stage: Stage) -> list[Script]:
    """A quarter of the nodes is killed while it pulls, and comes back with what it had."""
    scripts = start_together(stage)
    dice = random.Random(stage.plan.seed)
    pairs = list(zip(stage.cluster.members, stage.cluster.clients))
    victims = dice.sample(pairs, max(1, round(stage.plan.nodes * CHURN_SHARE)))
    for member, client in victims:
        moment = stage.start + stage.plan.bound.seconds * dice.uniform(CHURN_FROM, CHURN_UNTIL)
        scripts.append(_die_and_return(stage, member, client, moment))
    return scripts


def outage(stage: Stage) -> list[Script]:
    """The registry dies as soon as one copy of the image is in the cluster."""
    return [*start_together(stage), _cut_upstream(stage)]


def poison(stage: Stage) -> list[Script]:
    """All nodes pull in the same instant; the last one's registry gives it wrong bytes, and it vouches
    for them. Every other must end with the right ones, and ban that one and nobody else."""
    liar = stage.cluster.members[-1]
    stage.outsiders.add(liar.name)
    start_together(stage)
    *honest, _ = stage.cluster.clients
    return [*(_pulls_again(stage, client) for client in honest), _is_banned(stage, liar)]


def _pulls_again(stage: Stage, client: Client) -> Script:
    """A client that had read on before the truth was known is told by the digest, as containerd is,
    and the kubelet then asks for the pull again."""
    yield lambda: client.is_done
    if not client.result().verified:
        stage.note(f"{client.name} was given bad bytes, and pulls again")
        client.start(time.time())


def _is_banned(stage: Stage, liar: Member) -> Script:
    *honest, liars_client = stage.cluster.clients
    yield lambda: all(client.is_done and client.result().verified for client in honest)
    # It cannot end well, so it need not end.
    liars_client.stop()
    deadline = time.time() + BAN_SECONDS_MAX
    others = [member for member in stage.cluster.members if member is not liar]
    yield lambda: time.time() > deadline or all(member.bans() == 1 for member in others)
    bans = {member.name: member.bans() for member in others}
    wrong = ", ".join(f"{name} banned {count}" for name, count in bans.items() if count != 1)
    if wrong:
        raise LabError(f"every node should have banned {liar.name} alone, but {wrong}")
    stage.note(f"all {len(bans)} others have banned {liar.name}, and nobody else")


def _join(stage: Stage, member: Member, client: Client, moment: float) -> Script:
    yield reaches(moment)
    stage.note_start(client, time.time())
    if not stage.plan.is_baseline:
        member.start()
        yield member.is_ready
    client.start(time.time())


def _die_and_return(stage: Stage, member: Member, client: Client, moment: float) -> Script:
    yield reaches(moment)
    if client.is_done:
        stage.note(f"{member.name} was done before it could be killed")
        return
    if stage.plan.is_baseline:
        client.stop()
    else:
        member.kill()
    stage.note(f"{member.name} killed")
    yield reaches(moment + CHURN_AWAY_SECONDS)
    if not stage.plan.is_baseline:
        member.start()
        yield member.is_ready
    yield lambda: client.is_done
    stage.note(f"{member.name} is back")
    client.start(time.time())


def _cut_upstream(stage: Stage) -> Script:
    cluster = stage.cluster

    def has_one_copy() -> bool:
        answers = cluster.upstream.answers()
        return all(covered_bytes(answers, digest) == size for digest, size in cluster.content.blobs.items())

    moment = stage.start
    while True:
        yield reaches(moment)
        if all(client.is_done for client in cluster.clients):
            raise LabError("all clients were done before the registry had sent one copy")
        if has_one_copy():
            break
        moment = time.time() + LOOK_SECONDS
    # What has left the registry may still be on its way.
    yield lambda: _received_from_upstream(stage) >= stage.plan.size_bytes
    cluster.upstream.cut()
    stage.note("one copy is in the cluster: the registry is gone")
    stage.cut_at = time.time()


def _received_from_upstream(stage: Stage) -> int:
    try:
        return sum(received_by_source(member.metrics()).get("upstream", 0)
                   for member in stage.cluster.members)
    except OSError:
        return 0


CONDUCTORS: dict[str, Conductor] = {
    "flash": flash,
    "stagger": stagger,
    "rolling": rolling,
    "churn": churn,
    "outage": outage,
    "poison": poison,
    "slow-origin": flash,
    "image": flash,
    "model": flash,
}
