"""A small image for quick tests: three layers, two platforms, made in a second without packages."""

import os
import random
import shutil
from collections.abc import Sequence
from pathlib import Path

from lab.oci import Image, Layer, Layout

TAG = "1.0"
# Part of the cached image's name: raise it when what is built changes.
RECIPE = 1
# Many pieces of the smallest size, and one layer of a single piece.
LAYER_BYTES = {"weights": 9_000_000, "vocabulary": 2_000_000, "settings": 200}


def small_image(cache: Path) -> Image:
    """The image from the cache, or built into it. Its bytes are the same on every machine."""
    finished = cache / f"small-image-{RECIPE}"
    if not finished.exists():
        partial = cache / f"small-image-{RECIPE}.{os.getpid()}"
        shutil.rmtree(partial, ignore_errors=True)
        layout = Layout(partial / "layout")
        layers = [_layer(layout, partial / name, name, count) for name, count in LAYER_BYTES.items()]
        other = _layer(layout, partial / "other", "other", 300_000)
        amd64 = layout.add_image(layers, "amd64", ["/weights"])
        arm64 = layout.add_image([other], "arm64", ["/other"])
        layout.finish({TAG: layout.add_index([amd64, arm64])})
        try:
            os.rename(partial / "layout", finished)
        except OSError:
            # Another process was quicker; what it made is the same.
            if not finished.exists():
                raise
        shutil.rmtree(partial)
    return Image(finished, TAG)


def random_image(folder: Path, layer_bytes: Sequence[int]) -> Image:
    """One platform, and layers of about so many bytes that do not compress. Not cached."""
    layout = Layout(folder / "layout")
    trees = folder / "trees"
    layers = [_layer(layout, trees / str(number), f"weights-{number}", count)
              for number, count in enumerate(layer_bytes)]
    layout.finish({TAG: layout.add_index([layout.add_image(layers, "amd64", ["/weights-0"])])})
    shutil.rmtree(trees)
    return Image(folder / "layout", TAG)


def _layer(layout: Layout, tree: Path, name: str, count: int) -> Layer:
    tree.mkdir(parents=True)
    generator = random.Random(name)
    with open(tree / name, "wb") as output:
        while count > 0:
            output.write(generator.randbytes(min(count, 1 << 20)))
            count -= 1 << 20
    # Nothing is gained by trying hard on bytes that do not compress.
    return layout.add_layer(tree, level=1)
