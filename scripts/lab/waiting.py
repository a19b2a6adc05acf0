"""Waiting for a condition with a deadline: the only way anything here waits."""

import time
from collections.abc import Callable
from typing import TypeVar

from lab.errors import DeadlineError

T = TypeVar("T")

POLL_SECONDS = 0.02


def wait_until(what: str, condition: Callable[[], T | None], deadline_seconds: float = 20.0) -> T:
    """Polls until `condition` returns something true, and returns that.

    Raises DeadlineError naming `what`; exceptions of the condition pass through.
    """
    deadline = time.monotonic() + deadline_seconds
    while True:
        outcome = condition()
        if outcome:
            return outcome
        if time.monotonic() >= deadline:
            raise DeadlineError(f"gave up after {deadline_seconds:g} s: {what}")
        time.sleep(POLL_SECONDS)
