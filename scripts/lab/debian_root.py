"""A clean Debian 12, made by debootstrap once and copied for each test."""

import subprocess
from pathlib import Path

from lab import cache_folder
from lab.locking import exclusive
from lab.process import run

SUITE = "bookworm"
MIRROR = "http://deb.debian.org/debian"
MAKE_SECONDS_MAX = 900.0


def clean_root(folder: Path) -> "DebianRoot":
    """A fresh copy at `folder`, whose packages' index is there."""
    cache = cache_folder() / "debian-root"
    archive = cache / f"{SUITE}.tar"
    with exclusive(cache):
        if not archive.exists():
            made = cache / "making"
            run(["rm", "-rf", made])
            run(["debootstrap", "--variant=minbase", SUITE, made, MIRROR], MAKE_SECONDS_MAX)
            run(["tar", "--create", "--file", archive.with_suffix(".part"), "--directory", made, "."])
            run(["rm", "-rf", made])
            archive.with_suffix(".part").rename(archive)
    folder.mkdir(parents=True)
    run(["tar", "--extract", "--file", archive, "--directory", folder, "--numeric-owner", "--preserve-permissions"])
    (folder / "etc/resolv.conf").write_text(Path("/etc/resolv.conf").read_text())
    return DebianRoot(folder)


class DebianRoot:
    """Programs run in it by chroot, so they share the machine's network and processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __truediv__(self, path: str) -> Path:
        return self.folder / path

    def command(self, *words: str, user: str = "root") -> list[str]:
        return ["chroot", f"--userspec={user}:{user}", str(self.folder), "env", "-i",
                "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8", *words]

    def run(self, *words: str, user: str = "root") -> str:
        return run(self.command(*words, user=user), MAKE_SECONDS_MAX)

    def status(self, *words: str) -> int:
        return subprocess.run(self.command(*words), capture_output=True, check=False).returncode

    def apt(self, *words: str) -> None:
        self.run("apt-get", "--quiet", "--yes", "--no-install-recommends", "--option", "Dpkg::Options::=--force-confold",
                 *words)
