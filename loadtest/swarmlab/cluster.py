"""Registry, network and nodes of one run."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from lab.authority import Authority
from lab.errors import DeadlineError, LabError
from lab.waiting import wait_until
from lab.workspace import Workspace
from swarmlab.client import Client
from swarmlab.content import Content, make_content
from swarmlab.member import MIRROR, Member
from swarmlab.namespaces import Namespace
from swarmlab.network import NODES_MAX, UPSTREAM_ADDRESS, Network
from swarmlab.plan import Plan
from swarmlab.shaping import FewTimers
from swarmlab.upstream import PORT, Upstream

# A setting of the daemons; without it the nodes have certificates.
PLAINTEXT = "swarm.plaintext=true"
MEMORY_FOLDER = Path("/dev/shm")
# Of the memory that is free, so much may hold what the nodes store.
MEMORY_SHARE_MAX = 0.4
MEETING_SECONDS_MAX = 30.0


class Cluster:
    """Everything of one run; it ends with the workspace, in the opposite order."""

    def __init__(self, workspace: Workspace, plan: Plan, timeout_seconds: float) -> None:
        if plan.nodes > NODES_MAX:
            raise LabError(f"{plan.nodes} nodes are more than the {NODES_MAX} there are addresses for")
        self.folder = workspace.folder
        self.content: Content = make_content(self.folder / "registry", plan.layer_bytes, plan.seed)
        workspace.stopping(FewTimers())
        self.network = workspace.stopping(Network(workspace.stopping(Namespace("bridge"))))
        self.upstream = workspace.stopping(Upstream(
            workspace.stopping(Namespace("upstream")), self.network, self.folder / "nginx", self.content,
            plan.links.upstream, plan.connection_rate, also_lies=plan.has_liar)).start()
        self.members = [workspace.stopping(Member(
            number, workspace.stopping(Namespace(f"n{number + 1}")), self.network,
            self.folder / f"node-{number + 1}", plan.links.node)) for number in range(plan.nodes)]
        mirror = (UPSTREAM_ADDRESS, PORT) if plan.is_baseline else MIRROR
        self.clients = [workspace.stopping(Client(member.name, member.namespace, member.folder, mirror,
                                                  plan.parallel, timeout_seconds))
                        for member in self.members]
        is_plain = PLAINTEXT in plan.settings or plan.is_baseline
        authority = None if is_plain else Authority.make(self.folder / "authority")
        for member in self.members:
            lies = plan.has_liar and member is self.members[-1]
            url = self.upstream.lying_url if lies else self.upstream.url
            member.configure(url, self.members, plan.settings, authority)

    def running(self) -> dict[str, int]:
        """node -> process id of its daemon."""
        return {member.name: member.process.pid for member in self.members
                if member.process and member.process.status is None}

    def wait_until_met(self, members: Sequence[Member]) -> str | None:
        """Returns when each of these daemons knows all others, or says who does not."""
        for member in members:
            member.wait_ready()
        wanted = len(members) - 1
        try:
            wait_until("the members to meet", lambda: all(member.peers() >= wanted for member in members),
                       MEETING_SECONDS_MAX)
        except DeadlineError:
            least = min(members, key=lambda member: member.peers())
            return f"{least.name} knows {least.peers()} of {wanted} others; going on"
        return None

    def keep_logs(self, folder: Path) -> None:
        """Copies what tells the story of the run: configurations, logs and figures."""
        for source in (self.upstream.folder, *(member.folder for member in self.members)):
            target = folder / source.name
            target.mkdir(parents=True, exist_ok=True)
            for file in source.iterdir():
                if file.suffix in (".log", ".json", ".toml", ".conf"):
                    shutil.copy(file, target)


def data_folder(plan: Plan) -> Path | None:
    """Where a run's files go: memory where they fit easily, so that no disk is measured; else None,
    the usual place for temporary files."""
    if plan.data_folder is not None:
        return plan.data_folder
    needed = plan.size_bytes * (plan.nodes + 1)
    return MEMORY_FOLDER if needed < available_memory() * MEMORY_SHARE_MAX else None


def available_memory() -> int:
    if not MEMORY_FOLDER.is_dir():
        return 0
    lines = Path("/proc/meminfo").read_text().splitlines()
    available = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    return min(available, shutil.disk_usage(MEMORY_FOLDER).free)
