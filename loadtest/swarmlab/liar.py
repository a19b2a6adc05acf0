"""The member that lies. $SHOAL_LIAR names a program that takes the daemon's command line and sends
wrong bytes on purpose; without one, the node's disk is made to rot under the real daemon."""

import os
from pathlib import Path

from lab.errors import LabError

# In every piece of the smallest size at least one byte is wrong.
ROT_EVERY_BYTES = 1 << 20


def liar_binary() -> Path | None:
    configured = os.environ.get("SHOAL_LIAR")
    if not configured:
        return None
    if not Path(configured).exists():
        raise LabError(f"SHOAL_LIAR: {configured} does not exist")
    return Path(configured)


def rot(data_folder: Path, size_bytes: int) -> int:
    """Spoils the stored blobs of at least this size, with the daemon stopped; returns how many."""
    blobs = [file for file in (data_folder / "blobs").rglob("*")
             if file.is_file() and file.stat().st_size >= size_bytes]
    for blob in blobs:
        with open(blob, "r+b") as file:
            for offset in range(0, blob.stat().st_size, ROT_EVERY_BYTES):
                file.seek(offset)
                wrong = bytes([file.read(1)[0] ^ 0xFF])
                file.seek(offset)
                file.write(wrong)
    return len(blobs)
