"""One node: a namespace with its link, and the Shoal daemon in it."""

import contextlib
import http.client
from collections.abc import Mapping, Sequence
from pathlib import Path

from lab.authority import Authority
from lab.errors import LabError
from lab.process import Process
from lab.shoal import METRIC_LINE, shoal_binary, to_toml, trust
from lab.waiting import wait_until
from swarmlab.content import REPOSITORY
from swarmlab.namespaces import Namespace
from swarmlab.network import Network, node_address, port_name
from swarmlab.upstream import REGISTRY_NAME

MIRROR = ("127.0.0.1", 5050)
ADMIN = ("127.0.0.1", 5051)
SWARM_PORT = 6881
ANSWER_SECONDS_MAX = 10.0


class Member:
    """The daemon's mirror listens on the namespace's own loopback, as it does on a real node."""

    def __init__(self, number: int, namespace: Namespace, network: Network, folder: Path,
                 rate: int | None) -> None:
        self.number = number
        self.name = f"node-{number + 1}"
        self.address = node_address(number)
        self.port_name = port_name(number)
        self.folder = folder
        self.namespace = namespace
        self.process: Process | None = None
        network.attach(self.namespace, self.port_name, self.address, rate)
        folder.mkdir(parents=True)

    @property
    def log_file(self) -> Path:
        return self.folder / "shoal.log"

    def configure(self, upstream_url: str, members: Sequence["Member"], settings: Sequence[str],
                  authority: Authority | None) -> None:
        """Writes the daemon's configuration; `settings` are further KEY=VALUE, as its --set takes.
        Without an authority the traffic is plain."""
        tls = authority.issue(self.folder / "tls", self.name) if authority else None
        self._settings = [word for setting in settings for word in ("--set", setting)]
        (self.folder / "shoal.toml").write_text(
            to_toml(daemon_settings(self.folder / "data", self.address, upstream_url, members, tls)))

    def start(self) -> None:
        """Does not wait; see wait_ready."""
        self.process = Process(f"the daemon of {self.name}", self.namespace.command(
            [shoal_binary(), "serve", "--config", self.folder / "shoal.toml", *self._settings]), self.log_file)

    def wait_ready(self, deadline_seconds: float = 60.0) -> None:
        wait_until(f"{self.name} to be ready", self.is_ready, deadline_seconds)

    def metrics(self) -> dict[str, float]:
        """'name' or 'name{labels}' -> value. OSError where it does not answer."""
        status, text = self._get("/metrics")
        if status != 200:
            raise LabError(f"{self.name} answers {status} for its metrics")
        return parse_metrics(text)

    def peers(self) -> int:
        """How many other members it knows."""
        return int(self.metrics().get("shoal_peers", 0))

    def bans(self) -> int:
        """How many members it has banned."""
        return int(sum(value for series, value in self.metrics().items()
                       if series.startswith("shoal_peers_banned_total")))

    def kill(self) -> None:
        """SIGKILL: no drain, no farewell; its data stays."""
        if self.process:
            self.process.kill()

    def stop(self) -> None:
        # Its state goes with the run: there is nothing worth a drain.
        self.kill()

    def is_ready(self) -> bool:
        assert self.process
        self.process.require_running()
        with contextlib.suppress(OSError):
            return self._get("/readyz")[0] == 200
        return False

    def _get(self, path: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection(*ADMIN)
        connection.sock = self.namespace.connect(ADMIN, ANSWER_SECONDS_MAX)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()
        except http.client.HTTPException as error:
            raise ConnectionError(f"{self.name}: {error}") from error
        finally:
            connection.close()


def daemon_settings(data: Path, address: str, upstream_url: str,
                    members: Sequence[Member], tls: Path | None) -> Mapping[str, object]:
    """The configuration of a node's daemon; the one place where the load test decides it."""
    return {
        "data_dir": str(data),
        "mirror": {"listen": f"{MIRROR[0]}:{MIRROR[1]}"},
        "admin": {"listen": f"{ADMIN[0]}:{ADMIN[1]}"},
        "registries": {REGISTRY_NAME: {"url": upstream_url}},
        "swarm": {"listen": f"{address}:{SWARM_PORT}", "cluster": f"load-{REPOSITORY.replace('/', '-')}",
                  **trust(tls)},
        "discovery": {"peers": [f"{member.address}:{SWARM_PORT}" for member in members]},
    }


def parse_metrics(text: str) -> dict[str, float]:
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2])
            for line in text.splitlines() if METRIC_LINE.match(line)}


def received_by_source(metrics: Mapping[str, float]) -> dict[str, int]:
    """shoal_received_bytes_total: source -> bytes."""
    prefix = 'shoal_received_bytes_total{source="'
    return {series.removeprefix(prefix).removesuffix('"}'): int(value)
            for series, value in metrics.items() if series.startswith(prefix)}
