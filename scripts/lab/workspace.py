"""The temporary folder of a laboratory, and the promise that nothing of it outlives the run."""

import contextlib
import os
import signal
import subprocess
import tempfile
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, NoReturn, Protocol, TypeVar

from lab.waiting import wait_until


# How the names of a laboratory's programs begin; containerd starts its shims itself.
PROGRAMS = ("containerd", "ctr", "docker-registry", "shoal")

# In a laboratory's folder: the process that made it, and that it shall stay.
OWNER_FILE = "owner"
KEPT_FILE = "kept"


class Stoppable(Protocol):
    def stop(self) -> object: ...


S = TypeVar("S", bound=Stoppable)


class Workspace:
    """A folder; what was started in it stops in reverse order when the `with` block is left, by
    whatever way: a return, an exception, SIGINT, SIGTERM or SIGHUP.

    Signals are turned into exceptions, so workspaces are opened in the main thread. They may nest.
    """

    def __init__(self, name: str, parent: Path | None = None) -> None:
        """The folder is made in `parent`, else where temporary files go."""
        remove_abandoned(name, parent)
        self.folder = Path(tempfile.mkdtemp(prefix=f"shoal-{name}-", dir=parent))
        (self.folder / OWNER_FILE).write_text(str(os.getpid()))
        self._stack = contextlib.ExitStack()
        self._handlers: dict[signal.Signals, Any] = {}
        self.kept = False

    def __enter__(self) -> "Workspace":
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            self._handlers[number] = signal.signal(number, _interrupt)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        # A second Ctrl-C must not leave half of it behind.
        for number in self._handlers:
            signal.signal(number, signal.SIG_IGN)
        try:
            if not self.kept:
                self.clean_up()
        finally:
            for number, handler in self._handlers.items():
                signal.signal(number, handler)

    def stopping(self, part: S) -> S:
        """Has `part` stopped with the workspace; returns it."""
        self._stack.callback(part.stop)
        return part

    def keep(self) -> None:
        """Leaves everything running and the folder in place."""
        self.kept = True
        (self.folder / KEPT_FILE).touch()
        self._stack.pop_all()

    def clean_up(self) -> None:
        try:
            self._stack.close()
        finally:
            remove_laboratory(self.folder)


def kept_laboratories(name: str) -> list[Path]:
    return [marker.parent for marker in _temporary().glob(f"shoal-{name}-*/{KEPT_FILE}")]


def remove_abandoned(name: str, parent: Path | None = None) -> None:
    """Removes what a run that was killed could not: folders whose process is gone, unless kept."""
    for owner in (parent or _temporary()).glob(f"shoal-{name}-*/{OWNER_FILE}"):
        with contextlib.suppress(OSError, ValueError):
            is_running = Path("/proc", str(int(owner.read_text()))).exists()
            if not is_running and not (owner.parent / KEPT_FILE).exists():
                remove_laboratory(owner.parent)


def remove_laboratory(folder: Path) -> None:
    """Ends every process whose command line names this folder, unmounts what is mounted under it,
    and deletes it. The folder's random name makes sure that these are ours."""
    _end_processes(folder)
    for mount in _mounts_under(folder):
        subprocess.run(["umount", "-l", mount], check=False, stderr=subprocess.DEVNULL)
    if _mounts_under(folder):
        raise OSError(f"cannot unmount what is mounted under {folder}; it is left in place")
    # The file systems of images have tens of thousands of files, and a disk that discards freed
    # blocks at once is slow for one deleter: rm, and one for each part.
    deleters = [subprocess.Popen(["rm", "-rf", "--one-file-system", part])
                for part in folder.iterdir() if part.name != OWNER_FILE]
    for deleter in deleters:
        deleter.wait()
    # Last: a removal that is cut short is finished by a later run.
    (folder / OWNER_FILE).unlink(missing_ok=True)
    folder.rmdir()


def _temporary() -> Path:
    return Path(tempfile.gettempdir())


def _interrupt(number: int, _frame: FrameType | None) -> NoReturn:
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    raise SystemExit(128 + number)


def _processes_of(folder: Path) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                words = (entry / "cmdline").read_bytes().split(b"\0")
                if _is_ours(words, os.fsencode(folder) + b"/"):
                    found.append(int(entry.name))
    return found


def _is_ours(words: list[bytes], marker: bytes) -> bool:
    """Both the program and an argument must match: somebody may be reading a log in the folder."""
    program = os.path.basename(os.fsdecode(words[0]))
    return program.startswith(PROGRAMS) and any(word.startswith(marker) for word in words[1:])


def _end_processes(folder: Path) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in _processes_of(folder):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        with contextlib.suppress(Exception):
            wait_until("processes to end", lambda: not _processes_of(folder), 5.0)
            return


def _mounts_under(folder: Path) -> list[str]:
    """Innermost first."""
    lines = Path("/proc/self/mounts").read_text().splitlines()
    points = [line.split()[1].encode().decode("unicode_escape") for line in lines]
    return [point for point in reversed(points) if point.startswith(f"{folder}/")]
