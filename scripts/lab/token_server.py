"""The token server of a registry: checks credentials, signs what its client may do."""

import base64
import json
import subprocess
import time
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from lab.certificates import Certificate
from lab.http_server import Handler, LoopbackServer
from lab.registry import TokenAuth

SERVICE = "laboratory-registry"
ISSUER = "laboratory-tokens"
LIFETIME_SECONDS = 300


@dataclass(frozen=True)
class TokenRequest:
    method: str
    user: str | None
    scopes: tuple[str, ...]
    granted: bool


class TokenServer:
    """Gives tokens to one user, by GET with Basic credentials and by OAuth2's POST."""

    def __init__(self, address: str, certificate: Certificate, user: str, password: str) -> None:
        self.requests: list[TokenRequest] = []
        self._certificate = certificate
        self._user = user
        self._password = password

        class TokenHandler(Handler):
            tokens = self

            def do_GET(self) -> None:
                query = parse_qs(urlsplit(self.path).query)
                self.tokens._serve(self, query, *_basic(self.headers.get("Authorization", "")))

            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", "0"))
                form = parse_qs(self.rfile.read(length).decode())
                self.tokens._serve(self, form, form.get("username", [None])[0],
                                   form.get("password", [None])[0])

        self._server = LoopbackServer(address, TokenHandler)

    @property
    def auth(self) -> TokenAuth:
        """What the registry has to be told."""
        return TokenAuth(f"{self._server.url}/token", SERVICE, ISSUER, self._certificate.certificate)

    def stop(self) -> None:
        self._server.stop()

    def issue(self, scopes: tuple[str, ...]) -> str:
        """A token for them, as the user would get it."""
        now = int(time.time())
        header = {"typ": "JWT", "alg": "RS256", "x5c": [self._certificate_der()]}
        claims = {"iss": ISSUER, "aud": SERVICE, "sub": self._user, "jti": str(now),
                  "iat": now, "nbf": now - 10, "exp": now + LIFETIME_SECONDS,
                  "access": [_access(scope) for scope in scopes]}
        signed = f"{_url_base64(json.dumps(header).encode())}.{_url_base64(json.dumps(claims).encode())}"
        signature = subprocess.run(
            ["openssl", "dgst", "-sha256", "-sign", self._certificate.key],
            input=signed.encode(), stdout=subprocess.PIPE, check=True).stdout
        return f"{signed}.{_url_base64(signature)}"

    def _serve(self, handler: Handler, query: dict[str, list[str]], user: str | None,
               password: str | None) -> None:
        scopes = tuple(scope for value in query.get("scope", []) for scope in value.split())
        granted = user == self._user and password == self._password
        self.requests.append(TokenRequest(handler.command, user, scopes, granted))
        if not granted:
            handler.answer(401, b'{"errors": [{"code": "UNAUTHORIZED"}]}')
            return
        token = self.issue(scopes)
        body = {"token": token, "access_token": token, "expires_in": LIFETIME_SECONDS}
        handler.answer(200, json.dumps(body).encode(), {"Content-Type": "application/json"})

    def _certificate_der(self) -> str:
        lines = self._certificate.certificate.read_text().splitlines()
        return "".join(line for line in lines if not line.startswith("-----"))


def _basic(header: str) -> tuple[str | None, str | None]:
    kind, _, encoded = header.partition(" ")
    if kind.lower() != "basic":
        return None, None
    user, _, password = base64.b64decode(encoded).decode().partition(":")
    return user, password


def _access(scope: str) -> dict:
    kind, _, rest = scope.partition(":")
    name, _, actions = rest.rpartition(":")
    return {"type": kind, "name": name, "actions": actions.split(",")}


def _url_base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
