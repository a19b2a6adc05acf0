"""Every scenario by its name."""

from collections.abc import Callable

from swarmlab.scenario import Stage, start_together
from swarmlab.script import Script

Conductor = Callable[[Stage], list[Script]]

CONDUCTORS: dict[str, Conductor] = {
    "flash": start_together,
    "slow-origin": start_together,
    "image": start_together,
}
