"""docker-registry as the upstream, and what it says it has sent."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lab.certificates import Certificate
from lab.errors import LabError
from lab.oci import Image
from lab.process import Process, run
from lab.waiting import wait_until


@dataclass(frozen=True)
class Htpasswd:
    """The registry asks for Basic credentials."""

    user: str
    password: str

    def write_file(self, path: Path) -> None:
        path.write_text(run(["htpasswd", "-nbB", self.user, self.password]))

    def settings(self, folder: Path) -> dict:
        self.write_file(folder / "htpasswd")
        return {"htpasswd": {"realm": "laboratory", "path": str(folder / "htpasswd")}}


@dataclass(frozen=True)
class TokenAuth:
    """The registry sends its clients to a token server whose signatures it trusts."""

    realm_url: str
    service: str
    issuer: str
    certificate: Path

    def settings(self, _folder: Path) -> dict:
        return {"token": {"realm": self.realm_url, "service": self.service,
                          "issuer": self.issuer, "rootcertbundle": str(self.certificate)}}


@dataclass(frozen=True)
class Sent:
    """One answer of the registry, from its own log."""

    method: str
    path: str
    status: int
    body_bytes: int

    @property
    def is_blob(self) -> bool:
        return "/blobs/sha256:" in self.path


@dataclass
class Registry:
    """A docker-registry process. `storage` may outlive it."""

    folder: Path
    address: str
    port: int
    storage: Path
    auth: Htpasswd | TokenAuth | None = None
    certificate: Certificate | None = None
    _process: Process | None = field(default=None, init=False)
    # The log goes on when the registry is started again.
    _log_start: int = field(default=0, init=False)

    @property
    def host(self) -> str:
        return f"{self.address}:{self.port}"

    @property
    def url(self) -> str:
        return f"{'https' if self.certificate else 'http'}://{self.host}"

    def start(self) -> "Registry":
        self.folder.mkdir(parents=True, exist_ok=True)
        settings = {
            "version": "0.1",
            "log": {"level": "info", "formatter": "json", "accesslog": {"disabled": True}},
            "storage": {"filesystem": {"rootdirectory": str(self.storage)}},
            "http": {"addr": self.host, "secret": "laboratory", **self._tls()},
            **({"auth": self.auth.settings(self.folder)} if self.auth else {}),
        }
        # JSON is YAML.
        config = self.folder / "config.yml"
        config.write_text(json.dumps(settings, indent=2))
        log = self.folder / "registry.log"
        self._log_start = log.stat().st_size if log.exists() else 0
        self._process = Process("docker-registry", ["docker-registry", "serve", config],
                                log, {"OTEL_TRACES_EXPORTER": "none"})
        wait_until(f"docker-registry on {self.host}", self._is_listening)
        return self

    def stop(self) -> None:
        if self._process:
            self._process.stop()

    def push(self, image: Image, repository: str, credentials: str = "") -> None:
        """Copies all platforms of the image, and keeps its digests."""
        run(["skopeo", "copy", "--quiet", "--all", "--preserve-digests", "--dest-tls-verify=false",
             *(["--dest-creds", credentials] if credentials else []),
             f"oci:{image.folder}:{image.tag}",
             f"docker://{self.host}/{repository}:{image.tag}"])

    def mark(self) -> int:
        """Now, for counting what is sent from here on."""
        return len(self._log())

    def sent(self, since: int = 0) -> Iterator[Sent]:
        """What it has answered since a mark, by its own log."""
        for line in self._log()[since:].splitlines():
            entry = json.loads(line) if line.startswith(b"{") else {}
            if "http.response.written" in entry:
                yield Sent(entry["http.request.method"], entry["http.request.uri"],
                           entry["http.response.status"], entry["http.response.written"])

    def sent_body_bytes(self, since: int = 0) -> int:
        return sum(answer.body_bytes for answer in self.sent(since))

    def sent_blob_bytes(self, since: int = 0) -> int:
        return sum(answer.body_bytes for answer in self.sent(since) if answer.is_blob)

    def _tls(self) -> dict:
        if not self.certificate:
            return {}
        return {"tls": {"certificate": str(self.certificate.certificate),
                        "key": str(self.certificate.key)}}

    def _log(self) -> bytes:
        if not self._process:
            raise LabError("the registry was never started")
        return self._process.log.read_bytes()

    def _is_listening(self) -> bool:
        assert self._process
        self._process.require_running()
        # Its own word for it: a port that answers may be somebody else's.
        return f"listening on {self.host}" in self._process.log_text()[self._log_start:]
