"""Pulls in the background, so that the foreground can show how far they are."""

import threading
import time
from collections.abc import Sequence

from lab.cluster import Node, Traffic
from lab.containerd import Containerd
from lab.errors import LabError
from lab.terminal import Terminal, bar, megabytes

REFRESH_SECONDS = 0.2


class Pull(threading.Thread):
    """One pull of an image by one containerd, unpacked if wanted. A daemon thread: an interrupted
    run does not wait for it."""

    def __init__(self, label: str, containerd: Containerd, reference: str,
                 unpack: bool = True) -> None:
        super().__init__(daemon=True)
        self.label = label
        self.containerd = containerd
        self.seconds = 0.0
        self._reference = reference
        self.unpack = unpack
        self._error: Exception | None = None

    def run(self) -> None:
        started = time.monotonic()
        try:
            work = self.containerd.pull if self.unpack else self.containerd.fetch
            work(self._reference)
        except Exception as error:  # handed to whoever waits
            self._error = error
        self.seconds = time.monotonic() - started

    def require_success(self) -> None:
        if self._error:
            raise LabError(f"{self.label}: the pull failed: {self._error}")


def pull_and_show(pulls: Sequence[Pull], image_bytes: int, terminal: Terminal) -> None:
    """Runs pulls at the same time and shows each one's progress until all are done."""
    for pull in pulls:
        pull.start()
    started = time.monotonic()
    while any(pull.is_alive() for pull in pulls):
        terminal.live([(pull.label, _progress(pull, image_bytes, started)) for pull in pulls])
        next(pull for pull in pulls if pull.is_alive() or pull is pulls[-1]).join(REFRESH_SECONDS)
    for pull in pulls:
        pull.require_success()


def pull_through_shoal(nodes: Sequence[Node], reference: str, image_bytes: int,
                       terminal: Terminal) -> list[Traffic]:
    """Pulls on these nodes at the same time."""
    before = [node.received_bytes() for node in nodes]
    pulls = [Pull(node.name, node.containerd, reference) for node in nodes]
    pull_and_show(pulls, image_bytes, terminal)
    after = [node.received_bytes() for node in nodes]
    return [Traffic(pull.seconds, new[0] - old[0], new[1] - old[1])
            for pull, old, new in zip(pulls, before, after)]


def _progress(pull: Pull, image_bytes: int, started: float) -> str:
    if not pull.is_alive():
        return f"{bar(1, 1)}  done in {pull.seconds:.1f} s"
    received = pull.containerd.received_bytes()
    last_step = "unpacking" if pull.unpack else "finishing"
    step = last_step if received >= image_bytes else megabytes(received)
    return f"{bar(received, image_bytes)}  {step}, {time.monotonic() - started:.0f} s"
