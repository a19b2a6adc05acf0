"""What each scenario is without flags: a row of the README's table."""

from swarmlab.bound import Links
from swarmlab.content import mixed_sizes
from swarmlab.plan import Plan

MEBIBYTE = 1 << 20
MEGABIT = 10**6

FLASH = Plan("flash", 16, [128 * MEBIBYTE], Links(50 * MEGABIT, 25 * MEGABIT))

PRESETS: dict[str, Plan] = {
    "flash": FLASH,
    "image": Plan("image", 8, mixed_sizes(256 * MEBIBYTE), Links(100 * MEGABIT, 50 * MEGABIT)),
    "slow-origin": Plan("slow-origin", 16, [64 * MEBIBYTE], Links(25 * MEGABIT, 50 * MEGABIT),
                        connection_rate=2 * MEGABIT),
}
