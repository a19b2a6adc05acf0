"""The daemon under test: its settings, its life, and what it says about itself."""

import http.client
import json
import os
import re
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from lab import REPOSITORY
from lab.errors import LabError
from lab.process import Process
from lab.waiting import wait_until

MIRROR_PORT = 5050
ADMIN_PORT = 5051
SWARM_PORT = 6881
# Longer than the daemon gives itself.
DRAIN_SECONDS_MAX = 40.0

METRIC_LINE = re.compile(r"^([a-z_]+)(?:\{(.*)\})? (\S+)$")


def shoal_binary() -> Path:
    """$SHOAL_BINARY, else the everyday build."""
    path = Path(os.environ.get("SHOAL_BINARY") or REPOSITORY / "build/dev/src/shoal")
    if not path.exists():
        raise LabError(f"{path} does not exist: build it, or set SHOAL_BINARY")
    return path


@dataclass
class Shoal:
    """One daemon on its own loopback address."""

    folder: Path
    address: str
    registries: dict[str, dict[str, str]]  # name -> url, ca_file
    peers: list[str] = field(default_factory=list)  # host:port of the other daemons' swarm sockets
    cluster: str = "laboratory"
    tls: Path | None = None  # a folder of `shoal pki issue`; None: plain traffic
    store: dict[str, object] = field(default_factory=dict)
    mirror: dict[str, object] = field(default_factory=dict)
    upstream: dict[str, object] = field(default_factory=dict)
    log: dict[str, object] = field(default_factory=dict)
    process: Process | None = field(default=None, init=False)

    @property
    def mirror_url(self) -> str:
        return f"http://{self.address}:{MIRROR_PORT}"

    @property
    def mirror_host(self) -> str:
        return f"{self.address}:{MIRROR_PORT}"

    @property
    def admin_url(self) -> str:
        return f"http://{self.address}:{ADMIN_PORT}"

    @property
    def swarm_host(self) -> str:
        return f"{self.address}:{SWARM_PORT}"

    @property
    def data_folder(self) -> Path:
        return self.folder / "data"

    @property
    def config_file(self) -> Path:
        return self.folder / "shoal.toml"

    @property
    def log_file(self) -> Path:
        return self.folder / "shoal.log"

    def start(self, deadline_seconds: float = 20.0) -> "Shoal":
        """Returns when it says that it is ready."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.config_file.write_text(to_toml(self._settings()))
        self.process = Process(f"shoal on {self.address}",
                               [shoal_binary(), "serve", "--config", self.config_file], self.log_file)
        wait_until_ready(self.process, self.admin_url, deadline_seconds)
        return self

    def stop(self) -> int:
        """SIGTERM; returns the exit status, 0 where there is nothing to stop."""
        return self.process.stop(DRAIN_SECONDS_MAX) if self.process else 0

    def kill(self) -> None:
        """SIGKILL: no drain, no farewell."""
        self._running().kill()
        self.process = None

    def metrics(self) -> dict[str, float]:
        """'name' or 'name{labels}' -> value, exactly as it prints them."""
        with urllib.request.urlopen(f"{self.admin_url}/metrics", timeout=10) as response:
            lines = response.read().decode().splitlines()
        return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2])
                for line in lines if METRIC_LINE.match(line)}

    def metric(self, name: str, **labels: str) -> float:
        """The sum over all series of this name that carry these labels."""
        found = {series: value for series, value in self.metrics().items()
                 if series.partition("{")[0] == name}
        # A series with labels comes with the first event; one without is there from the start.
        if not found and not labels:
            raise LabError(f"shoal on {self.address} has no metric {name}")
        return sum(value for series, value in found.items()
                   if all(f'{key}="{wanted}"' in series for key, wanted in labels.items()))

    def received_bytes(self, source: str) -> int:
        return int(self.metric("shoal_received_bytes_total", source=source))

    def wait_for_metric(self, name: str, at_least: float, deadline_seconds: float = 20.0,
                        **labels: str) -> None:
        wait_until(f"{name} of {self.address} to reach {at_least:g}",
                   lambda: self.metric(name, **labels) >= at_least, deadline_seconds)

    def resident_bytes_peak(self) -> int:
        """The most that it had in memory since it started."""
        return self._running().resident_bytes_peak()

    def get(self, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
        """One request to the mirror: status, headers in lower case, body."""
        connection = http.client.HTTPConnection(self.mirror_host, timeout=30)
        try:
            connection.request(method, path, headers=headers)
            response = connection.getresponse()
            return (response.status,
                    {name.lower(): value for name, value in response.getheaders()},
                    response.read())
        finally:
            connection.close()

    def _running(self) -> Process:
        if not self.process:
            raise LabError(f"shoal on {self.address} was never started")
        return self.process

    def _settings(self) -> dict[str, object]:
        return {
            "data_dir": str(self.data_folder),
            "store": self.store,
            "log": self.log,
            "mirror": {"listen": self.mirror_host, **self.mirror},
            "admin": {"listen": f"{self.address}:{ADMIN_PORT}"},
            "upstream": self.upstream,
            "registries": self.registries,
            "swarm": {"listen": self.swarm_host, "cluster": self.cluster, **trust(self.tls)},
            "discovery": {"peers": self.peers},
        }


def wait_until_ready(daemon: Process, admin_url: str, deadline_seconds: float = 20.0) -> None:
    """Until it says so; LabError with its log where it ends before."""
    def is_ready() -> bool:
        daemon.require_running()
        try:
            with urllib.request.urlopen(f"{admin_url}/readyz", timeout=5) as response:
                return response.status == 200
        except OSError:
            return False

    wait_until(f"{daemon.name} to be ready", is_ready, deadline_seconds)


def trust(tls: Path | None) -> dict[str, object]:
    """The swarm's settings with the files of `shoal pki issue` in that folder; None: plain traffic."""
    if not tls:
        return {"plaintext": True}
    return {"cluster_key": str(tls / "cluster.key"),
            "tls": {"ca_file": str(tls / "ca.pem"), "cert_file": str(tls / "node.pem"),
                    "key_file": str(tls / "node.key")}}


def to_toml(settings: dict[str, object], path: str = "") -> str:
    """TOML of nested tables; strings, numbers, booleans and lists are written as JSON writes them."""
    plain = {key: value for key, value in settings.items() if not isinstance(value, dict)}
    text = "".join(f"{key} = {json.dumps(value)}\n" for key, value in plain.items())
    for key, table in settings.items():
        if isinstance(table, dict):
            inner = f"{path}{json.dumps(key) if not key.isidentifier() else key}"
            text += f"\n[{inner}]\n" + to_toml(table, f"{inner}.")
    return text
