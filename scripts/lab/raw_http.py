"""HTTP/1.1 as bytes: what a client library would hide or mend, a conformance test has to see."""

import re
import socket
from dataclasses import dataclass

RECEIVE_BYTES = 65536


@dataclass(frozen=True)
class RawResponse:
    status_line: str
    head: str      # header lines in their order, with Date and X-Request-Id taken out once checked
    body: bytes

    @property
    def status(self) -> int:
        return int(self.status_line.split(" ")[1])

    def header(self, name: str) -> str | None:
        for line in self.head.split("\r\n"):
            key, _, value = line.partition(": ")
            if key.lower() == name.lower():
                return value
        return None


class RawClient:
    """One connection. Requests go out as they are given."""

    def __init__(self, host: str, port: int, timeout_seconds: float = 30.0) -> None:
        self._socket = socket.create_connection((host, port), timeout_seconds)
        self._received = b""

    def __enter__(self) -> "RawClient":
        return self

    def __exit__(self, *_) -> None:
        self._socket.close()

    def ask(self, method: str, target: str, *lines: str) -> RawResponse:
        """A request with these header lines, and the one response that comes back."""
        self.send("\r\n".join([f"{method} {target} HTTP/1.1", "Host: node", *lines, "", ""]).encode())
        return self.response(method)

    def send(self, request: bytes) -> None:
        self._socket.sendall(request)

    def response(self, method: str = "GET") -> RawResponse:
        while b"\r\n\r\n" not in self._received:
            self._receive()
        head, _, self._received = self._received.partition(b"\r\n\r\n")
        status_line, _, lines = head.decode("ascii").partition("\r\n")
        response = RawResponse(status_line, _without_moving_parts(lines), b"")
        length = int(response.header("Content-Length") or 0)
        if method == "HEAD" or response.status == 304:
            length = 0
        while len(self._received) < length:
            self._receive()
        body, self._received = self._received[:length], self._received[length:]
        return RawResponse(status_line, response.head, body)

    def _receive(self) -> None:
        chunk = self._socket.recv(RECEIVE_BYTES)
        if not chunk:
            raise ConnectionError(f"the connection ended after {self._received[-200:]!r}")
        self._received += chunk


def _without_moving_parts(lines: str) -> str:
    """Every response has one Date and one X-Request-Id of the right form; their values differ."""
    for pattern in (r"Date: \w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} GMT", r"X-Request-Id: [0-9a-f]{16}"):
        lines, count = re.subn(rf"(?:^|\r\n){pattern}(?=\r\n|$)", "", lines)
        if count != 1:
            raise ValueError(f"{count} lines are like {pattern} in {lines!r}")
    return lines
