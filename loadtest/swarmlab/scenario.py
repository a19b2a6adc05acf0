"""The scenarios: what each sets up before the start, and what happens after it."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from swarmlab.bound import lower_bound
from swarmlab.client import Client
from swarmlab.cluster import Cluster
from swarmlab.member import Member
from swarmlab.plan import Plan
from swarmlab.script import Script, reaches

# Long enough for the clients' processes to be there when the clock starts.
START_SECONDS = 1.0
START_SECONDS_PER_NODE = 0.04


@dataclass
class Stage:
    """A cluster with its plan, and what has happened on it."""

    plan: Plan
    cluster: Cluster
    say: Callable[[str], None]
    start: float = 0.0  # of the first client, in seconds since 1970
    first_starts: dict[str, float] = field(default_factory=dict)  # by node
    notes: list[str] = field(default_factory=list)
    bound_seconds: float | None = None  # where the scenario has a bound of its own
    extra: dict[str, float] = field(default_factory=dict)  # figures that only this scenario has

    @property
    def random(self) -> random.Random:
        return random.Random(self.plan.seed)

    def note(self, text: str) -> None:
        """An event worth a line, with the second in which it happened."""
        self.notes.append(f"{time.time() - self.start:.1f} s: {text}")
        self.say(self.notes[-1])

    def start_client(self, client: Client, moment: float) -> None:
        self.first_starts.setdefault(client.name, moment)
        client.start(moment)


def start_daemons(stage: Stage, members: list[Member]) -> None:
    """Starts them and waits until they know each other."""
    if stage.plan.is_baseline:
        return
    for member in members:
        member.start()
    complaint = stage.cluster.wait_until_met(members)
    stage.say(complaint or f"{len(members)} daemons know each other")


def start_together(stage: Stage) -> list[Script]:
    start_daemons(stage, stage.cluster.members)
    stage.start = time.time() + START_SECONDS + START_SECONDS_PER_NODE * stage.plan.nodes
    for client in stage.cluster.clients:
        stage.start_client(client, stage.start)
    return []


def bound_seconds(stage: Stage) -> float:
    return lower_bound(stage.plan.nodes, stage.plan.size_bytes, stage.plan.links).seconds
