"""Debian packages as material for images: apt works out what belongs together, fetches and checks."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from lab.errors import LabError
from lab.process import run


class PackageArchive:
    """Packages of this machine's Debian release, resolved as for an empty machine: what is
    installed here makes no difference. Nothing is installed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._status = folder / "status"
        self._archives = folder / "archives"
        # apt leaves out what it has already fetched when it prints, so it prints for this one.
        self._nothing = folder / "nothing"
        for archives in (self._archives, self._nothing):
            (archives / "partial").mkdir(parents=True, exist_ok=True)
        self._status.touch()

    def closure(self, roots: Sequence[str]) -> list[str]:
        """File names of these packages and of all they depend on."""
        printed = self._apt("--print-uris", self._nothing, roots)
        # 'http://host/pool/name.deb' name_version_architecture.deb size hash
        return sorted(line.split()[1] for line in printed.splitlines() if line.startswith("'"))

    def download(self, roots: Sequence[str]) -> Path:
        """Fetches the closure; returns the folder of .deb files. Fetched ones are kept."""
        self._apt("--download-only", self._archives, roots)
        return self._archives

    def _apt(self, action: str, archives: Path, roots: Sequence[str]) -> str:
        command = [
            "apt-get", "-q", "-y", action,
            "-o", f"Dir::State::status={self._status}",
            "-o", f"Dir::Cache::archives={archives}",
            # The folder may lie where the user _apt cannot look; signatures are checked all the same.
            "-o", "APT::Sandbox::User=root",
            # The lock is dpkg's, and dpkg's state is not touched.
            "-o", "Debug::NoLocking=1",
            "-o", "APT::Install-Recommends=0",
            "install", *roots]
        try:
            return run(command, timeout_seconds=1800)
        except LabError:
            # The lists of packages may be missing or too old to fetch by.
            run(["apt-get", "-q", "update"], timeout_seconds=600)
            return run(command, timeout_seconds=1800)


def unpack(package: Path, target: Path) -> None:
    """Unpacks a package's files over `target`, through the symbolic links that are there: /bin and
    /lib of old packages land in /usr."""
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE) as source:
        done = subprocess.run(
            ["tar", "--extract", "--directory", target, "--keep-directory-symlink",
             "--numeric-owner", "--preserve-permissions"],
            stdin=source.stdout, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0 or source.returncode != 0:
        raise LabError(f"cannot unpack {package.name}: {done.stderr.strip()}")
