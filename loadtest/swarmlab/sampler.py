"""What the run costs, looked at twice a second: processors, memory, links."""

import contextlib
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from swarmlab.network import Network, Traffic

INTERVAL_SECONDS = 0.5
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Usage:
    """Of one process, since its start."""

    cpu_seconds: float = 0.0
    system_seconds: float = 0.0  # of these in the kernel; network and links included
    resident_bytes: int = 0
    anonymous_bytes: int = 0
    resident_bytes_peak: int = 0


@dataclass(frozen=True)
class Sample:
    time: float  # seconds since 1970
    busy: float  # share of all processors since the last sample
    usage: dict[str, Usage]  # by node
    traffic: dict[str, Traffic]  # by port


@dataclass
class Totals:
    """Over all processes that a node's daemon ever was."""

    cpu_seconds: float = 0.0
    system_seconds: float = 0.0
    resident_bytes_peak: int = 0
    anonymous_bytes_peak: int = 0

    def add(self, usage: Usage, last: Usage) -> None:
        """`usage` follows `last`, which is empty for a process that is new."""
        self.cpu_seconds += usage.cpu_seconds - last.cpu_seconds
        self.system_seconds += usage.system_seconds - last.system_seconds
        self.resident_bytes_peak = max(self.resident_bytes_peak, usage.resident_bytes_peak)
        self.anonymous_bytes_peak = max(self.anonymous_bytes_peak, usage.anonymous_bytes)


class Sampler:
    """Samples on a thread of its own between start() and stop()."""

    def __init__(self, network: Network, processes: Callable[[], Mapping[str, int]]) -> None:
        """`processes` names the daemons of the moment: node -> process id."""
        self._network = network
        self._processes = processes
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._last_processor = read_processor()
        self._last_usage: dict[str, tuple[int, Usage]] = {}
        self.samples: list[Sample] = []
        self.totals: dict[str, Totals] = {}

    def start(self) -> None:
        self._sample()
        self._thread.start()

    def stop(self) -> None:
        if not self._stopping.is_set():
            self._stopping.set()
            if self._thread.ident is not None:
                self._thread.join()
            self._sample()

    def _run(self) -> None:
        while not self._stopping.wait(INTERVAL_SECONDS):
            self._sample()

    def _sample(self) -> None:
        processor = read_processor()
        usage = {node: self._usage_of(node, pid) for node, pid in self._processes().items()}
        self.samples.append(Sample(time.time(), busy_share(self._last_processor, processor), usage,
                                   self._network.traffic()))
        self._last_processor = processor

    def _usage_of(self, node: str, pid: int) -> Usage:
        last_pid, last = self._last_usage.get(node, (pid, Usage()))
        if pid != last_pid:
            last = Usage()
        usage = last
        # A process that ended between two samples keeps its last figures.
        with contextlib.suppress(OSError, ValueError, IndexError, KeyError):
            usage = read_usage(pid)
        self._last_usage[node] = (pid, usage)
        self.totals.setdefault(node, Totals()).add(usage, last)
        return usage


def read_usage(pid: int) -> Usage:
    """OSError, ValueError, IndexError or KeyError where the process is gone."""
    return parse_usage(Path(f"/proc/{pid}/stat").read_text(), Path(f"/proc/{pid}/status").read_text())


def parse_usage(stat: str, status: str) -> Usage:
    # The program's name, in brackets, may hold anything.
    fields = stat.rpartition(")")[2].split()
    memory = {name: int(rest.split()[0]) * 1024 for name, _, rest in
              (line.partition(":") for line in status.splitlines()) if name in ("VmRSS", "RssAnon", "VmHWM")}
    system = int(fields[12]) / TICKS_PER_SECOND
    return Usage(int(fields[11]) / TICKS_PER_SECOND + system, system, memory["VmRSS"], memory["RssAnon"],
                 memory["VmHWM"])


def read_processor() -> tuple[int, int]:
    """Ticks of all processors since boot: busy, and all."""
    return parse_processor(Path("/proc/stat").read_text())


def parse_processor(text: str) -> tuple[int, int]:
    # user nice system idle iowait irq softirq steal; guests are counted in user already.
    ticks = [int(word) for word in text.splitlines()[0].split()[1:9]]
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)


def busy_share_now(seconds: float = 0.5) -> float:
    """Of all processors, over so long from now."""
    before = read_processor()
    time.sleep(seconds)
    return busy_share(before, read_processor())


def busy_share(before: tuple[int, int], after: tuple[int, int]) -> float:
    passed = after[1] - before[1]
    return (after[0] - before[0]) / passed if passed > 0 else 0.0
