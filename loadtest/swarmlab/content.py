"""What is pulled: an image of seeded noise, laid out as files that a web server can serve as a
registry does."""

import hashlib
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.oci import CHUNK_BYTES, CONFIG_TYPE, LAYER_TYPE, MANIFEST_TYPE

REPOSITORY = "swarm/model"
TAG = "1.0"
# Eight layers as a Python inference image has them: shares of the whole.
MIXED_SHARES = (40, 25, 14, 9, 6, 3, 2, 1)


@dataclass(frozen=True)
class Content:
    """The image in `folder`: manifest and blobs."""

    folder: Path
    manifest_digest: str
    blobs: dict[str, int]  # digest -> size; layers and config

    @property
    def total_bytes(self) -> int:
        return sum(self.blobs.values())

    @property
    def largest_blob(self) -> str:
        return max(self.blobs, key=lambda digest: self.blobs[digest])

    def blob_file(self, digest: str) -> Path:
        return self.folder / "v2" / REPOSITORY / "blobs" / digest


def mixed_sizes(total_bytes: int) -> list[int]:
    """Eight layers, large and small, that are `total_bytes` together."""
    sizes = [total_bytes * share // sum(MIXED_SHARES) for share in MIXED_SHARES]
    sizes[0] += total_bytes - sum(sizes)
    return sizes


def make_content(folder: Path, layer_bytes: Sequence[int], seed: int) -> Content:
    """Writes the registry's tree; the same arguments give the same bytes on every machine."""
    base = folder / "v2" / REPOSITORY
    (base / "blobs").mkdir(parents=True)
    (base / "manifests").mkdir()
    layers = [_write_noise(base / "blobs", count, f"{seed}/{number}")
              for number, count in enumerate(layer_bytes)]
    config = _write_document(base / "blobs", {"architecture": "amd64", "os": "linux", "rootfs": {
        "type": "layers", "diff_ids": [digest for digest, _ in layers]}})
    manifest, _ = _write_document(base / "manifests", {
        "schemaVersion": 2, "mediaType": MANIFEST_TYPE, "config": _descriptor(CONFIG_TYPE, config),
        "layers": [_descriptor(LAYER_TYPE, layer) for layer in layers]})
    (base / "manifests" / TAG).symlink_to(manifest)
    return Content(folder, manifest, dict([*layers, config]))


def _descriptor(media_type: str, blob: tuple[str, int]) -> dict[str, object]:
    return {"mediaType": media_type, "digest": blob[0], "size": blob[1]}


def _write_noise(folder: Path, count: int, seed: str) -> tuple[str, int]:
    generator = random.Random(seed)
    digest = hashlib.sha256()
    partial = folder / "partial"
    with open(partial, "wb") as output:
        for offset in range(0, count, CHUNK_BYTES):
            chunk = generator.randbytes(min(CHUNK_BYTES, count - offset))
            digest.update(chunk)
            output.write(chunk)
    name = f"sha256:{digest.hexdigest()}"
    partial.rename(folder / name)
    return name, count


def _write_document(folder: Path, document: dict[str, object]) -> tuple[str, int]:
    text = json.dumps(document, separators=(",", ":")).encode()
    digest = f"sha256:{hashlib.sha256(text).hexdigest()}"
    (folder / digest).write_bytes(text)
    return digest, len(text)
