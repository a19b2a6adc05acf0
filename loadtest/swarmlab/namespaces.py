"""Network namespaces that belong to this run, and sockets inside them."""

import contextlib
import ctypes
import os
import re
import signal
import socket
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from lab.errors import LabError
from lab.process import run

NETNS_FOLDER = Path("/run/netns")
PREFIX = "swarm"
NAME = re.compile(rf"{PREFIX}-(\d+)-[a-z0-9]+")
CLONE_NEWNET = 0x40000000

# Python 3.11 has no os.setns yet.
_libc = ctypes.CDLL(None, use_errno=True)


class Namespace:
    """One network namespace; its name carries our process id, so that two runs never meet."""

    def __init__(self, role: str) -> None:
        self.name = f"{PREFIX}-{os.getpid()}-{role}"
        run(["ip", "netns", "add", self.name])

    def command(self, words: Sequence[str | Path]) -> list[str]:
        """The command inside the namespace. nsenter becomes it: the process id is the program's."""
        return ["nsenter", f"--net={NETNS_FOLDER / self.name}", "--", *map(str, words)]

    def ip(self, lines: Sequence[str]) -> None:
        """Many ip commands in one go."""
        self._batch("ip", lines)

    def tc(self, lines: Sequence[str]) -> None:
        self._batch("tc", lines)

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """This thread alone is inside; what it opens there stays there after it has left."""
        with open("/proc/thread-self/ns/net") as home, open(NETNS_FOLDER / self.name) as there:
            _setns(there.fileno())
            try:
                yield
            finally:
                _setns(home.fileno())

    def connect(self, address: tuple[str, int], timeout_seconds: float) -> socket.socket:
        """OSError where nobody answers."""
        with self.entered():
            connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            connection.settimeout(timeout_seconds)
            connection.connect(address)
        except OSError:
            connection.close()
            raise
        return connection

    def stop(self) -> None:
        """Removes it; its links go with it."""
        remove_namespace(self.name)

    def _batch(self, program: str, lines: Sequence[str]) -> None:
        # No shell and no temporary file: -batch reads standard input.
        run_batch(["ip", "netns", "exec", self.name, program, "-batch", "-"], lines)


def run_batch(command: Sequence[str], lines: Sequence[str]) -> None:
    """LabError with what the program said."""
    done = subprocess.run(command, input="\n".join(lines) + "\n", text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
    if done.returncode != 0:
        raise LabError(f"status {done.returncode} from {' '.join(command)}:\n{done.stdout}")


def remove_namespace(name: str) -> None:
    """Ends what still runs in it, then deletes it."""
    with contextlib.suppress(LabError):
        for pid in run(["ip", "netns", "pids", name]).split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
    with contextlib.suppress(LabError):
        run(["ip", "netns", "delete", name])


def remove_abandoned_namespaces() -> None:
    """Those of runs that were killed before they could clean up."""
    if not NETNS_FOLDER.is_dir():
        return
    for entry in NETNS_FOLDER.iterdir():
        match = NAME.fullmatch(entry.name)
        if match and not Path("/proc", match.group(1)).exists():
            remove_namespace(entry.name)


def _setns(descriptor: int) -> None:
    if _libc.setns(descriptor, CLONE_NEWNET) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"setns: {os.strerror(code)}")
