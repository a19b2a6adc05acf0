"""What every scenario stands on: a plan, its cluster, the common start, and notes of what happened."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from swarmlab.client import Client
from swarmlab.cluster import Cluster
from swarmlab.member import Member
from swarmlab.plan import Plan
from swarmlab.script import Script

# Long enough for the clients' processes to be there when the clock starts.
START_SECONDS = 1.0
START_SECONDS_PER_NODE = 0.04


@dataclass
class Stage:
    plan: Plan
    cluster: Cluster
    say: Callable[[str], None]
    start: float = 0.0  # of the first client, in seconds since 1970
    first_starts: dict[str, float] = field(default_factory=dict)  # by node
    notes: list[str] = field(default_factory=list)
    bound_seconds: float = 0.0  # of the last node, from `start` on; 0 where no link has a limit
    outsiders: set[str] = field(default_factory=set)  # nodes that do not count
    cut_at: float | None = None  # when the registry was taken away, in seconds since 1970

    def begin(self) -> None:
        """The clock starts a little later than now."""
        self.start = time.time() + START_SECONDS + START_SECONDS_PER_NODE * self.plan.nodes

    def note(self, text: str) -> None:
        """An event worth a line, with the second in which it happened."""
        self.notes.append(f"{time.time() - self.start:.1f} s: {text}")
        self.say(self.notes[-1])

    def note_start(self, client: Client, moment: float) -> None:
        """A node's time counts from its first start."""
        self.first_starts.setdefault(client.name, moment)


def start_daemons(stage: Stage, members: Sequence[Member], with_running: Sequence[Member] = ()) -> None:
    """Starts them, and waits until they and those that run already know each other."""
    if stage.plan.is_baseline:
        return
    for member in members:
        member.start()
    everybody = [*members, *with_running]
    complaint = stage.cluster.wait_until_met(everybody)
    stage.say(complaint or f"{len(everybody)} daemons know each other")


def start_together(stage: Stage, spread_seconds: float = 0.0) -> list[Script]:
    """All daemons first, then all clients, spread over so many seconds."""
    start_daemons(stage, stage.cluster.members)
    start_clients(stage, stage.cluster.clients, spread_seconds)
    return []


def start_clients(stage: Stage, clients: Sequence[Client], spread_seconds: float = 0.0) -> None:
    stage.begin()
    interval = spread_seconds / max(1, len(clients) - 1)
    for number, client in enumerate(clients):
        moment = stage.start + interval * number
        stage.note_start(client, moment)
        client.start(moment)
    stage.bound_seconds = stage.plan.bound_seconds(spread_seconds)
