"""A laboratory for Shoal: real registries, container runtimes and images, in one temporary folder.

Used by the demo, the measurements and the integration tests. Everything listens on 127.0.0.0/8,
every process is stopped by the id it was started with, and every wait is for a condition with a
deadline.
"""

import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def cache_folder() -> Path:
    """What is made once and used again: $SHOAL_CACHE, else ~/.cache/shoal."""
    configured = os.environ.get("SHOAL_CACHE")
    return Path(configured) if configured else Path.home() / ".cache" / "shoal"
