"""The image as a registry gives it that lies: same names, other bytes."""

import shutil
from pathlib import Path

from swarmlab.content import Content

# In every piece of a layer, of whatever size, at least one byte is wrong.
WRONG_EVERY_BYTES = 1 << 16


def spoil(content: Content, folder: Path) -> Content:
    """Copies the tree; in the copy all blobs but the smallest, the image's config, have wrong bytes."""
    shutil.copytree(content.folder, folder, symlinks=True)
    spoiled = Content(folder, content.manifest_digest, content.blobs)
    config = min(content.blobs, key=lambda digest: content.blobs[digest])
    for digest in content.blobs.keys() - {config}:
        _spoil_file(spoiled.blob_file(digest))
    return spoiled


def _spoil_file(path: Path) -> None:
    with open(path, "r+b") as file:
        for offset in range(0, path.stat().st_size, WRONG_EVERY_BYTES):
            file.seek(offset)
            wrong = bytes([file.read(1)[0] ^ 0xFF])
            file.seek(offset)
            file.write(wrong)
