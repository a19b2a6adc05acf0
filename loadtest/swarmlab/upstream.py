"""The registry: nginx in a namespace of its own, serving an image's files."""

import contextlib
import http.client
import signal
from pathlib import Path

from lab.errors import DeadlineError, LabError
from lab.oci import MANIFEST_TYPE
from lab.process import Process
from lab.waiting import wait_until
from swarmlab.access_log import NGINX_FORMAT, BlobAnswer, parse_access_log
from swarmlab.content import REPOSITORY, TAG, Content
from swarmlab.namespaces import Namespace
from swarmlab.network import UPSTREAM_ADDRESS, Network
from swarmlab.nginx import nginx_config
from swarmlab.spoiled import spoil

PORT = 80
# Where it gives wrong bytes, if it is to.
LYING_PORT = 81
# Its end at the bridge.
UPSTREAM_PORT_NAME = "upstream"
DRAIN_SECONDS_MAX = 5.0
# The name under which nodes know it.
REGISTRY_NAME = "registry.test"


class Upstream:
    """Counts in its access log what it sends, also of answers that were broken off."""

    def __init__(self, namespace: Namespace, network: Network, folder: Path, content: Content,
                 rate: int | None, connection_rate: int | None = None, also_lies: bool = False) -> None:
        self.folder = folder
        self.namespace = namespace
        self._content = content
        self._connection_rate = connection_rate
        self._spoiled = spoil(content, folder.parent / "spoiled") if also_lies else None
        self.process: Process | None = None
        network.attach(self.namespace, UPSTREAM_PORT_NAME, UPSTREAM_ADDRESS, rate)

    @property
    def url(self) -> str:
        return f"http://{UPSTREAM_ADDRESS}:{PORT}"

    @property
    def lying_url(self) -> str:
        """What is sent there is not counted."""
        return f"http://{UPSTREAM_ADDRESS}:{LYING_PORT}"

    @property
    def access_log(self) -> Path:
        return self.folder / "access.log"

    def start(self) -> "Upstream":
        self.folder.mkdir(parents=True, exist_ok=True)
        config = self.folder / "nginx.conf"
        servers = _server(PORT, self._content, self._connection_rate)
        if self._spoiled:
            servers += _server(LYING_PORT, self._spoiled, self._connection_rate, "access_log off;")
        config.write_text(_registry_config(self.folder, servers))
        # What waits in a socket counts as sent: little of it may wait.
        limit = "/proc/sys/net/ipv4/tcp_notsent_lowat"
        with self.namespace.entered():
            Path(limit).write_text("65536")
        self.process = Process("nginx", self.namespace.command(["nginx", "-p", self.folder, "-c", config]),
                               self.folder / "nginx.log")
        wait_until("nginx to answer", self._answers)
        return self

    def answers(self) -> list[BlobAnswer]:
        return parse_access_log(self.access_log_text())

    def access_log_text(self) -> str:
        return self.access_log.read_text() if self.access_log.exists() else ""

    def sent_blob_bytes(self, since: float = 0.0) -> int:
        """By answers that ended since that moment, in seconds since 1970."""
        return sum(answer.sent for answer in self.answers() if answer.time >= since)

    def drain(self) -> None:
        """Ends nginx when all its clients are gone, so that its log is complete."""
        if self.process:
            self.process.send(signal.SIGQUIT)
            with contextlib.suppress(DeadlineError):
                self.process.wait(DRAIN_SECONDS_MAX)
            self.kill()

    def cut(self) -> None:
        """The registry is gone: its address stays and refuses connections."""
        self.kill()

    def kill(self) -> None:
        if self.process:
            self.process.stop()
            self.process = None

    def stop(self) -> None:
        self.kill()

    def _answers(self) -> bool:
        assert self.process
        self.process.require_running()
        try:
            connection = http.client.HTTPConnection(UPSTREAM_ADDRESS, PORT)
            connection.sock = self.namespace.connect((UPSTREAM_ADDRESS, PORT), 5.0)
        except OSError:
            return False
        try:
            connection.request("HEAD", f"/v2/{REPOSITORY}/manifests/{TAG}")
            response = connection.getresponse()
            if response.getheader("Docker-Content-Digest") != self._content.manifest_digest:
                raise LabError(f"nginx answers {response.status} and not the manifest")
            return True
        finally:
            connection.close()


def _registry_config(folder: Path, servers: str) -> str:
    """Static trees, and an access log that is written at once."""
    return nginx_config(folder, f"""
  log_format bytes '{NGINX_FORMAT}';
  access_log {folder}/access.log bytes;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000;
{servers}""")


def _server(port: int, content: Content, connection_rate: int | None, more: str = "") -> str:
    limit = f"limit_rate {connection_rate // 8};" if connection_rate else ""
    return f"""
  server {{
    listen {UPSTREAM_ADDRESS}:{port} backlog=4096;
    root {content.folder};
    {limit} {more}
    location = /v2/ {{ add_header Docker-Distribution-API-Version registry/2.0 always; return 200; }}
    location ~ ^/v2/.+/manifests/ {{
      default_type {MANIFEST_TYPE};
      add_header Docker-Content-Digest {content.manifest_digest};
    }}
    location ~ "^/v2/.+/blobs/(sha256:[0-9a-f]+)$" {{
      default_type application/octet-stream;
      add_header Docker-Content-Digest $1;
    }}
  }}
"""
