"""The cluster's network: one bridge, and for everybody a link that is shaped both ways.

A node's upload is shaped where it leaves the node (the veth inside its namespace), its download where
it leaves the bridge (the veth's other end). Queues hold 30 ms. Nothing here reaches the machine's own
network: the bridge stands in a namespace of its own.
"""

from dataclasses import dataclass
from pathlib import Path

from lab.errors import LabError
from swarmlab.namespaces import Namespace
from swarmlab.shaping import shape

PREFIX_LENGTH = 16
UPSTREAM_ADDRESS = "10.77.0.2"
NODES_MAX = 200

# Linux's default, whatever this machine is set to: figures shall mean the same everywhere.
CONGESTION_CONTROL = "cubic"

# Of 1514 bytes on the wire, 1448 are payload: Ethernet, IP, and TCP with time stamps take the rest.
PAYLOAD_SHARE = 1448 / 1514

# Where the kernel module br_netfilter is loaded, a bridge takes every packet through the firewall's hooks.
BRIDGE_FILTERS = Path("/proc/sys/net/bridge")


def port_name(number: int) -> str:
    """A node's end of its link at the bridge."""
    return f"node{number + 1}"


def node_address(number: int) -> str:
    return f"10.77.1.{number + 10}"


@dataclass(frozen=True)
class Traffic:
    """What has passed a link so far, headers included, in bytes."""

    up: int
    down: int


class Network:
    """The bridge in its namespace; whoever made the namespaces removes them."""

    def __init__(self, bridge: Namespace) -> None:
        self._bridge = bridge
        self._bridge.ip(["link set lo up", "link add bridge type bridge forward_delay 0 mcast_snooping 0",
                         "link set bridge up"])
        self._pass_unfiltered()
        self._counters = None

    def _pass_unfiltered(self) -> None:
        """A switch spends none of its nodes' processor time on packets; this bridge as little as can be."""
        with self._bridge.entered():
            for setting in BRIDGE_FILTERS.glob("bridge-nf-call-*"):
                setting.write_text("0")

    def attach(self, member: Namespace, port: str, address: str, rate: int | None) -> None:
        """Gives `member` the interface eth0 with this address; `port` names its end at the bridge."""
        self._bridge.ip([f"link add {port} type veth peer name eth0 netns {member.name}",
                         f"link set {port} master bridge",
                         f"link set {port} up"])
        member.ip(["link set lo up",
                   f"address add {address}/{PREFIX_LENGTH} dev eth0",
                   "link set eth0 up",
                   f"route change 10.77.0.0/{PREFIX_LENGTH} dev eth0 src {address} "
                   f"congctl {CONGESTION_CONTROL}"])
        if rate is not None:
            shape(member, "eth0", rate)
            shape(self._bridge, port, rate)

    def traffic(self) -> dict[str, Traffic]:
        """By port, seen from the member. One short read for all links: it does not disturb them."""
        if self._counters is None:
            with self._bridge.entered():
                self._counters = open("/proc/thread-self/net/dev")
        self._counters.seek(0)
        return parse_counters(self._counters.read())

    def stop(self) -> None:
        if self._counters is not None:
            self._counters.close()


def parse_counters(text: str) -> dict[str, Traffic]:
    """/proc/net/dev of the bridge's namespace: what a port receives is what its member sent."""
    found = {}
    for line in text.splitlines()[2:]:
        name, separator, fields = line.partition(":")
        words = fields.split()
        if not separator or len(words) < 16:
            raise LabError(f"cannot read the counters of a link: {line!r}")
        found[name.strip()] = Traffic(up=int(words[0]), down=int(words[8]))
    return found
