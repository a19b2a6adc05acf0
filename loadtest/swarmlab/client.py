"""What pulls on a node: loadtest/pull, as containerd would."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from lab import REPOSITORY as SOURCE
from lab.errors import LabError
from lab.process import Process
from swarmlab.content import REPOSITORY, TAG
from swarmlab.namespaces import Namespace
from swarmlab.upstream import REGISTRY_NAME


def pull_binary() -> Path:
    """$SHOAL_PULL, else the one that was built with the everyday build."""
    path = Path(os.environ.get("SHOAL_PULL") or SOURCE / "build/dev/loadtest/pull")
    if not path.exists():
        raise LabError(f"{path} does not exist: build it, or set SHOAL_PULL")
    return path


@dataclass(frozen=True)
class PullResult:
    """What one client saw; times count from its start."""

    seconds: float
    verified: bool
    bytes: int = 0
    first_byte_seconds: float | None = None
    resumes: int = 0
    error: str | None = None
    timeline: list[tuple[float, int]] = field(default_factory=list)


class Client:
    """One pull, in a process of its own on the node."""

    def __init__(self, name: str, namespace: Namespace, folder: Path, mirror: tuple[str, int],
                 parallel: int, timeout_seconds: float) -> None:
        self.name = name
        self._namespace = namespace
        self._folder = folder
        self._options = ["--mirror", f"{mirror[0]}:{mirror[1]}", "--ns", REGISTRY_NAME,
                         "--parallel", str(parallel), "--timeout", f"{timeout_seconds:.0f}s",
                         "--step-timeout", f"{timeout_seconds:.0f}s"]
        self.process: Process | None = None
        self._attempt = 0
        self.start_at = 0.0

    def start(self, start_at: float) -> None:
        """Begins at that moment, in seconds since 1970; again after an earlier attempt has ended."""
        self._attempt += 1
        self.start_at = start_at
        self.process = Process(f"the client of {self.name}", self._namespace.command([
            pull_binary(), *self._options, "--start-at", f"{start_at:.6f}",
            "--json", self._result_file, f"{REPOSITORY}:{TAG}"]), self._folder / "pull.log")

    @property
    def attempts(self) -> int:
        return self._attempt

    @property
    def is_done(self) -> bool:
        return self.process is not None and self.process.status is not None

    def result(self) -> PullResult:
        """After it is done. A client that left no figures failed, with the last line of its log."""
        assert self.process
        try:
            return parse_result(self._result_file.read_text())
        except (OSError, ValueError):
            lines = self.process.log_text().strip().splitlines()
            return PullResult(0.0, False, error=lines[-1] if lines else
                              f"ended with status {self.process.status}")

    def stop(self) -> None:
        if self.process:
            self.process.kill()

    @property
    def _result_file(self) -> Path:
        return self._folder / f"pull-{self._attempt}.json"


def parse_result(text: str) -> PullResult:
    """The figures that pull wrote; ValueError for what is none of its."""
    try:
        mirror = json.loads(text)["mirrors"][0]
        error = mirror["error"]
        return PullResult(
            seconds=mirror["seconds"], verified=mirror["verified"], bytes=mirror["bytes"],
            first_byte_seconds=mirror["first_byte_seconds"], resumes=mirror["resumes"],
            error=f"{error['code']}: {error['message']}" if error else None,
            timeline=[(seconds, count) for seconds, count in mirror["timeline"]])
    except (KeyError, IndexError, TypeError) as error:
        raise ValueError(f"not the figures of a pull: {error}") from error
