"""What happens while clients pull. A script is a generator that yields what it waits for; all scripts
of a run advance side by side, in one thread."""

import time
from collections.abc import Callable, Generator, Iterable

Condition = Callable[[], object]
Script = Generator[Condition, None, None]

STEP_SECONDS = 0.05


class Scripts:
    def __init__(self, scripts: Iterable[Script]) -> None:
        self._waiting: list[tuple[Script, Condition]] = []
        for script in scripts:
            self._advance(script)

    @property
    def are_done(self) -> bool:
        return not self._waiting

    def step(self) -> None:
        """Lets every script go on whose condition has come true."""
        waiting, self._waiting = self._waiting, []
        for script, condition in waiting:
            if condition():
                self._advance(script)
            else:
                self._waiting.append((script, condition))

    def _advance(self, script: Script) -> None:
        condition = next(script, None)
        if condition is not None:
            self._waiting.append((script, condition))


def reaches(moment: float) -> Condition:
    """True from that moment on, in seconds since 1970."""
    return lambda: time.time() >= moment
