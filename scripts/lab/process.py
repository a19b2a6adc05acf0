"""Child processes with a log file each, stopped by the id they were started with."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from lab.errors import LabError
from lab.waiting import wait_until

LOG_TAIL_LINES = 25


def run(command: Sequence[str | Path], timeout_seconds: float = 300.0, **options) -> str:
    """Runs a command to its end and returns what it printed; LabError with its last lines if it fails."""
    words = [str(word) for word in command]
    try:
        done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=timeout_seconds,
                              start_new_session=True, check=False, **options)
    except FileNotFoundError as error:
        raise LabError(f"{words[0]} is not installed: run scripts/install-dependencies") from error
    except subprocess.TimeoutExpired as error:
        raise LabError(f"still running after {timeout_seconds:g} s: {' '.join(words)}") from error
    if done.returncode != 0:
        raise LabError(f"status {done.returncode} from: {' '.join(words)}\n{tail(done.stdout)}")
    return done.stdout


def tail(text: str, lines: int = LOG_TAIL_LINES) -> str:
    return "\n".join(text.splitlines()[-lines:])


def our_environment() -> dict[str, str]:
    """Ours without SHOAL_*: the daemon reads those as settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith("SHOAL_")}


class Process:
    """One long-running child. It has a session of its own, so that Ctrl-C in the terminal reaches
    only the laboratory, which then stops its children in order."""

    def __init__(self, name: str, command: Sequence[str | Path], log: Path,
                 environment: Mapping[str, str] | None = None) -> None:
        self.name = name
        self.command = [str(word) for word in command]
        self.log = log
        with open(log, "ab") as output:
            self._child = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True, env={**our_environment(), **(environment or {})})

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def status(self) -> int | None:
        """The exit status; None while it runs; negative where a signal ended it."""
        return self._child.poll()

    def require_running(self) -> None:
        if self.status is not None:
            raise LabError(f"{self.name} ended with status {self.status}:\n{tail(self.log_text())}")

    def log_text(self) -> str:
        return self.log.read_text(errors="replace")

    def send(self, number: signal.Signals) -> None:
        if self.status is None:
            self._child.send_signal(number)

    def wait(self, deadline_seconds: float = 20.0) -> int:
        wait_until(f"{self.name} to end", lambda: self.status is not None, deadline_seconds)
        return self._child.returncode

    def stop(self, deadline_seconds: float = 10.0) -> int:
        """SIGTERM, and SIGKILL for one that does not listen; returns the exit status."""
        self.send(signal.SIGTERM)
        try:
            return self._child.wait(deadline_seconds)
        except subprocess.TimeoutExpired:
            return self.kill()

    def kill(self) -> int:
        self.send(signal.SIGKILL)
        return self._child.wait(10.0)

    def resident_bytes_peak(self) -> int:
        """The most it had resident since it started."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
        raise LabError(f"{self.name} has ended: its memory is unknown")
