"""containerd with a root, a state folder and a socket of its own, next to any other."""

import hashlib
import json
import secrets
import subprocess
import tempfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from lab.errors import LabError
from lab.process import Process, run
from lab.waiting import wait_until

CONFIG = """\
version = 2
root = "{folder}/root"
state = "{folder}/state"
disabled_plugins = [{disabled}]

[grpc]
  address = "{socket}"

[ttrpc]
  address = "{socket}.ttrpc"

[plugins."io.containerd.grpc.v1.cri".registry]
  config_path = "{hosts}"
"""
# Only `ctr` talks to it: without Kubernetes's interface it starts at once and needs no network set up.
DISABLED = ("io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt",
            "io.containerd.tracing.processor.v1.otlp", "io.containerd.snapshotter.v1.aufs",
            "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper",
            "io.containerd.snapshotter.v1.zfs")


@cache
def best_snapshotter() -> str:
    """overlayfs where the kernel can mount one here, else native, which copies."""
    with tempfile.TemporaryDirectory(prefix="shoal-overlay-") as folder:
        for name in ("lower", "upper", "work", "merged"):
            Path(folder, name).mkdir()
        options = f"lowerdir={folder}/lower,upperdir={folder}/upper,workdir={folder}/work"
        target = f"{folder}/merged"
        mounted = subprocess.run(["mount", "-t", "overlay", "overlay", "-o", options, target],
                                 stderr=subprocess.DEVNULL, check=False)
        if mounted.returncode != 0:
            return "native"
        run(["umount", target])
        return "overlayfs"


@dataclass
class Containerd:
    folder: Path
    _process: Process | None = field(default=None, init=False)

    @property
    def socket(self) -> Path:
        return self.folder / "containerd.sock"

    @property
    def hosts(self) -> Path:
        return self.folder / "hosts"

    def start(self) -> "Containerd":
        self.hosts.mkdir(parents=True, exist_ok=True)
        config = self.folder / "config.toml"
        config.write_text(CONFIG.format(folder=self.folder, socket=self.socket, hosts=self.hosts,
                                        disabled=", ".join(f'"{name}"' for name in DISABLED)))
        self._process = Process("containerd", ["containerd", "--config", config],
                                self.folder / "containerd.log")
        wait_until(f"containerd on {self.socket}", self._answers)
        return self

    def stop(self) -> None:
        if self._process:
            self._process.stop()

    def use_hosts(self, registry: str, server: str, *mirrors: str) -> None:
        """Writes hosts.toml: ask the mirrors in this order, `server` last."""
        text = f'server = "{server}"\n'
        # A file without any host table is one that containerd 1.6 cannot read.
        for host in mirrors or (server,):
            text += f'\n[host."{host}"]\n  capabilities = ["pull", "resolve"]\n'
        (self.hosts / registry).mkdir(exist_ok=True)
        (self.hosts / registry / "hosts.toml").write_text(text)

    def pull(self, reference: str, *options: str, timeout_seconds: float = 240.0) -> None:
        """Fetches and unpacks; LabError with containerd's words if it fails."""
        self._ctr("images", "pull", "--hosts-dir", self.hosts, "--snapshotter", best_snapshotter(),
                  *options, reference, timeout_seconds=timeout_seconds)

    def fetch(self, reference: str, *options: str, timeout_seconds: float = 240.0) -> None:
        """Fetches without unpacking: what a test of the transfer needs."""
        self._ctr("content", "fetch", "--hosts-dir", self.hosts, *options, reference,
                  timeout_seconds=timeout_seconds)

    def start_fetch(self, reference: str, log: Path) -> Process:
        """A fetch that goes on in the background."""
        return Process("ctr content fetch", self._command("content", "fetch", "--hosts-dir",
                                                          self.hosts, reference), log)

    def run(self, reference: str, name: str, *command: str) -> str:
        """Runs a command in a container of the image, through runc; returns what it printed."""
        # runc's state and control groups are the machine's: no other laboratory has this name, and
        # a group at the top takes none of containerd's ("/default") along into being.
        identity = f"shoal-{name}-{secrets.token_hex(4)}"
        return self._ctr("run", "--rm", "--snapshotter", best_snapshotter(),
                         "--cgroup", f"/{identity}", reference, identity, *command)

    def forget_failed_pulls(self) -> None:
        """What came of a failed pull is kept, and taken up again, until the next garbage collection:
        this runs one. The end of a lease is what makes containerd do it at once."""
        lease = self._ctr("leases", "create").strip()
        self._ctr("leases", "delete", "--sync", lease)
        wait_until("containerd to drop unfinished downloads",
                   lambda: not list((self._content() / "ingest").iterdir()))

    def image_digest(self, reference: str) -> str:
        """What the name points at here."""
        for line in self._ctr("images", "ls").splitlines():
            if line.startswith(reference + " "):
                return line.split()[2]
        raise LabError(f"containerd has no image {reference}")

    def require_verified(self, blobs: dict[str, int]) -> None:
        """Reads every one of these blobs from containerd's store again and hashes it."""
        for digest, size in blobs.items():
            path = self._blob_path(digest)
            if not path.exists():
                raise LabError(f"containerd has no {digest}")
            with open(path, "rb") as blob:
                found = "sha256:" + hashlib.file_digest(blob, "sha256").hexdigest()
            if found != digest or path.stat().st_size != size:
                raise LabError(f"containerd holds {found} ({path.stat().st_size} bytes) as {digest}")

    def has(self, digest: str) -> bool:
        return self._blob_path(digest).exists()

    def received_bytes(self) -> int:
        """Whole blobs and those still coming in, for showing progress."""
        store = self._content()
        total = 0
        for pattern in ("blobs/sha256/*", "ingest/*/data"):
            for path in store.glob(pattern):
                try:
                    total += path.stat().st_size
                except FileNotFoundError:
                    continue  # renamed as it became whole
        return total

    def index_platforms(self, digest: str) -> list[str]:
        index = json.loads(self._blob_path(digest).read_text())
        return [entry["platform"]["architecture"] for entry in index["manifests"]]

    def _content(self) -> Path:
        return self.folder / "root" / "io.containerd.content.v1.content"

    def _blob_path(self, digest: str) -> Path:
        return self._content() / "blobs" / "sha256" / digest.removeprefix("sha256:")

    def _answers(self) -> bool:
        assert self._process
        self._process.require_running()
        probe = subprocess.run(self._command("version"), stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, check=False)
        return probe.returncode == 0

    def _ctr(self, *words: str | Path, timeout_seconds: float = 240.0) -> str:
        try:
            return run(self._command(*words), timeout_seconds)
        except LabError as error:
            # The rest are progress bars, drawn over and over.
            said = [line for line in str(error).splitlines() if line.startswith(("ctr:", "time="))]
            raise LabError("\n".join(said) or str(error)) from None

    def _command(self, *words: str | Path) -> list[str]:
        return ["ctr", "--address", str(self.socket), *(str(word) for word in words)]
