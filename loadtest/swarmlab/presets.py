"""What each scenario is without flags, and the rows of the README's table."""

from dataclasses import replace

from swarmlab.bound import Links
from swarmlab.content import mixed_sizes
from swarmlab.plan import Plan

MEBIBYTE = 1 << 20
GIBIBYTE = 1 << 30
MEGABIT = 10**6
UNSHAPED = Links(None, None)

# The registry's link is the limit.
FLASH = Plan("flash", 16, [128 * MEBIBYTE], Links(50 * MEGABIT, 25 * MEGABIT))

PRESETS: dict[str, Plan] = {
    "flash": FLASH,
    "stagger": replace(FLASH, scenario="stagger"),
    "rolling": replace(FLASH, scenario="rolling"),
    "churn": replace(FLASH, scenario="churn"),
    "outage": replace(FLASH, scenario="outage"),
    "poison": replace(FLASH, scenario="poison", nodes=8, layer_bytes=[64 * MEBIBYTE]),
    "image": Plan("image", 8, mixed_sizes(256 * MEBIBYTE), Links(100 * MEGABIT, 50 * MEGABIT)),
    "slow-origin": Plan("slow-origin", 16, [64 * MEBIBYTE], Links(25 * MEGABIT, 50 * MEGABIT),
                        connection_rate=2 * MEGABIT),
    "model": Plan("model", 4, [4 * GIBIBYTE], UNSHAPED),
}

TABLE: list[Plan] = [
    FLASH,
    replace(FLASH, links=Links(50 * MEGABIT, 50 * MEGABIT)),  # balanced
    replace(FLASH, links=Links(50 * MEGABIT, 200 * MEGABIT)),  # the nodes' links are the limit
    Plan("flash", 32, [64 * MEBIBYTE], Links(12_500_000, 25 * MEGABIT)),
    *(PRESETS[name] for name in ("image", "slow-origin", "churn", "outage", "poison", "model")),
]
