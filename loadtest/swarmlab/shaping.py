"""What makes a link slow: Linux's HTB, one class per link end.

A shaper sets a timer for each packet that must wait. Where 32 nodes are busy both ways that is some
40,000 interrupts a second, more than half of what two processors can do, and the machine is measured
instead of the swarm. HTB can let a class run into debt by its burst, and wait until that is paid: then
there is one timer for each burst, and the rate over all of them is the same. The switch for this is a
parameter of the kernel's module, so it is turned while a run lasts, and turned back.
"""

import fcntl
from pathlib import Path
from typing import TextIO

from swarmlab.namespaces import Namespace

QUEUE_MILLISECONDS = 30
# What may leave at once: small against the queue, large enough for a packet before it is cut up.
BURST_BYTES = 16 * 1024
# A packet has at most so many segments, so that all of it fits into the burst. With one segment two
# processors do not carry 16 busy nodes; the usual 64 KiB would make a shaped link stutter.
SEGMENTS_MAX = 10
HYSTERESIS = Path("/sys/module/sch_htb/parameters/htb_hysteresis")


def shape(namespace: Namespace, interface: str, rate: int) -> None:
    """What leaves by this interface: so many bits a second, headers included."""
    limit = BURST_BYTES + rate * QUEUE_MILLISECONDS // 8000
    namespace.ip([f"link set {interface} gso_max_segs {SEGMENTS_MAX}"])
    # The quantum says how classes share; there is only one, and without it the kernel complains.
    namespace.tc([f"qdisc add dev {interface} root handle 1: htb default 1",
                  f"class add dev {interface} parent 1: classid 1:1 htb rate {rate}bit "
                  f"burst {BURST_BYTES} cburst {BURST_BYTES} quantum {BURST_BYTES}",
                  f"qdisc add dev {interface} parent 1:1 bfifo limit {limit}"])


class FewTimers:
    """HTB counts in bursts from here until stop(). Nothing else of it changes, for others neither.

    Where that cannot be had (no such parameter, or it is on already), links are as right as before and
    only cost more. Of several runs on one machine the first turns it on, and off when it ends.
    """

    def __init__(self, parameter: Path = HYSTERESIS) -> None:
        self._parameter: TextIO | None = None
        try:
            opened = open(parameter, "r+")
        except OSError:
            return
        if not _turned_on(opened):
            opened.close()
            return
        self._parameter = opened

    def stop(self) -> None:
        if self._parameter is None:
            return
        _write(self._parameter, "0")
        self._parameter.close()
        self._parameter = None


def _turned_on(parameter: TextIO) -> bool:
    try:
        fcntl.flock(parameter, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if int(parameter.read()) != 0:
            return False
        _write(parameter, "1")
    except (OSError, ValueError):
        return False
    return True


def _write(parameter: TextIO, value: str) -> None:
    parameter.seek(0)
    parameter.write(value)
    parameter.flush()
