"""The large image: what a Python inference service is made of, from Debian's packages."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lab.locking import exclusive
from lab.oci import Image, Layout
from lab.packages import PackageArchive, unpack
from lab.process import run

TAG = "1.0"
# Part of the cached image's name: raise it when what is built changes.
RECIPE = 1

LAYERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("base system", (
        "base-files", "base-passwd", "bash", "coreutils", "dash", "debianutils", "diffutils",
        "findutils", "grep", "gzip", "hostname", "libc-bin", "ncurses-base", "sed", "tar", "tzdata")),
    ("python", ("python3",)),
    ("numpy and scipy", ("python3-numpy", "python3-scipy", "libopenblas0-pthread")),
    ("pandas and scikit-learn", ("python3-pandas", "python3-sklearn")),
    ("opencv", ("python3-opencv",)),
    ("pytorch", ("python3-torch",)),
)
FOLDERS_IN_USR = ("bin", "lib", "lib64", "sbin")
# Documentation and what only compilers read, as slim images do.
LEFT_OUT = (
    "usr/share/doc", "usr/share/man", "usr/share/info", "usr/share/locale", "usr/share/lintian",
    "usr/include", "usr/lib/gcc", "usr/lib/libtorch-test")
LIBRARY_FOLDER = "usr/lib/x86_64-linux-gnu"
# update-alternatives would choose these when the packages are configured.
ALTERNATIVES = {
    "libblas.so.3": "openblas-pthread/libblas.so.3",
    "liblapack.so.3": "openblas-pthread/liblapack.so.3",
    "libopenblas.so.0": "openblas-pthread/libopenblas.so.0",
}
SERVICE = """\
import time

started = time.monotonic()
import numpy
import torch

product = torch.from_numpy(numpy.eye(64, dtype=numpy.float32)) @ torch.ones(64, 64)
assert float(product.sum()) == 64 * 64
print(f"numpy {numpy.__version__}, torch {torch.__version__}")
"""
COMMAND = ["python3", "/srv/service.py"]

Progress = Callable[[str], None]


@dataclass(frozen=True)
class _Trees:
    """The folders an image is made in: one a layer, and all of them on top of each other."""

    folder: Path
    archive: PackageArchive

    @property
    def merged(self) -> Path:
        return self.folder / "merged"

    def layer(self, number: int) -> Path:
        return self.folder / f"layer-{number}"


def inference_image(cache: Path, progress: Progress) -> Image:
    """The image from the cache, or built into it: a few minutes and 3 GB of disk in passing."""
    finished = cache / f"inference-image-{RECIPE}"
    with exclusive(cache):
        if not finished.exists():
            partial = cache / f"inference-image-{RECIPE}.partial"
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir(parents=True)
            trees = _Trees(partial / "trees", PackageArchive(cache / "packages"))
            _build(trees, Layout(partial / "layout"), progress)
            os.rename(partial / "layout", finished)
            shutil.rmtree(partial)
    return Image(finished, TAG)


def _build(trees: _Trees, layout: Layout, progress: Progress) -> None:
    layers = []
    have: set[str] = set()
    roots: list[str] = []
    make_folders_in_usr(trees.merged)
    for number, (name, packages) in enumerate(LAYERS):
        progress(f"packing layer {number + 1} of {len(LAYERS) + 1}: {name}")
        roots += packages
        files = [file for file in trees.archive.closure(roots) if file not in have]
        have.update(files)
        source = trees.archive.download(roots)
        tree = trees.layer(number)
        make_folders_in_usr(tree)
        for file in files:
            unpack(source / file, tree)
        _finish_tree(tree, trees.merged, is_base=number == 0)
        layers.append(layout.add_layer(tree))
    progress(f"packing layer {len(LAYERS) + 1} of {len(LAYERS) + 1}: the service")
    layers.append(layout.add_layer(_service_tree(trees)))
    amd64 = layout.add_image(layers, "amd64", COMMAND)
    other = layout.add_image([layout.add_layer(_notice_tree(trees.folder))], "arm64", ["/notice"])
    layout.finish({TAG: layout.add_index([amd64, other])})


def make_folders_in_usr(tree: Path) -> None:
    """/bin and its kind are links into /usr, as in every Debian since 12."""
    for name in FOLDERS_IN_USR:
        (tree / "usr" / name).mkdir(parents=True, exist_ok=True)
        (tree / name).symlink_to(f"usr/{name}")


def _finish_tree(tree: Path, merged: Path, is_base: bool) -> None:
    for name in LEFT_OUT:
        shutil.rmtree(tree / name, ignore_errors=True)
    for static_library in (tree / "usr/lib").rglob("*.a"):
        static_library.unlink()
    if is_base:
        for name in ("passwd", "group"):
            shutil.copy(tree / f"usr/share/base-passwd/{name}.master", tree / "etc" / name)
    else:
        for name in FOLDERS_IN_USR:
            (tree / name).unlink()
    run(["cp", "--archive", "--link", "--force", f"{tree}/.", merged])


def _service_tree(trees: _Trees) -> Path:
    """What configuring the packages would have done, and the service itself."""
    libraries = trees.merged / LIBRARY_FOLDER
    tree = trees.layer(len(LAYERS))
    (tree / LIBRARY_FOLDER).mkdir(parents=True)
    for link, target in ALTERNATIVES.items():
        for folder in (libraries, tree / LIBRARY_FOLDER):
            (folder / link).unlink(missing_ok=True)
            (folder / link).symlink_to(target)
    run(["ldconfig", "-r", trees.merged])
    (tree / "etc").mkdir()
    shutil.copy(trees.merged / "etc/ld.so.cache", tree / "etc/ld.so.cache")
    (tree / "srv").mkdir()
    (tree / "srv/service.py").write_text(SERVICE)
    return tree


def _notice_tree(folder: Path) -> Path:
    tree = folder / "notice"
    tree.mkdir()
    (tree / "notice").write_text("This platform is here to make the image a multi-platform one.\n")
    return tree
