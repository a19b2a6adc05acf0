"""A proxy in front of a registry that counts, and that misbehaves when told to."""

import http.client
import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

from lab.http_server import Handler, Service
from lab.waiting import wait_until

CHUNK_BYTES = 64 << 10
BLOB_PATH = re.compile(r"/blobs/(sha256:[0-9a-f]{64})$")
NOT_FORWARDED = ("connection", "content-length", "host", "keep-alive", "transfer-encoding")


@dataclass
class Exchange:
    """One request and what went back for it, until now."""

    method: str
    path: str
    authorization: str | None
    range: str | None
    status: int = 0
    body_bytes: int = 0

    @property
    def blob(self) -> str | None:
        match = BLOB_PATH.search(self.path.partition("?")[0])
        return match.group(1) if match else None


@dataclass
class Faults:
    """What the front does wrong. May be changed while it serves."""

    # Digest -> offset of the byte that is sent with all its bits turned.
    corrupt: dict[str, int] = field(default_factory=dict)
    # Blob bodies stop, without an end, once so many blob bytes were sent in all; None: they do not.
    hold_after_bytes: int | None = None
    # Blob requests are answered with a redirect to this URL + digest.
    redirect_blobs_to: str = ""
    # Manifests are sent with their last byte turned.
    corrupt_manifests: bool = False
    # Every request is answered with this status; 0: they are not.
    status: int = 0


class Front(Service):
    """Listens on a port of its own at `address` and forwards to the registry at `upstream`."""

    def __init__(self, address: str, upstream: str) -> None:
        self.faults = Faults()
        self.exchanges: list[Exchange] = []
        self._upstream = upstream
        self._changed = threading.Condition()
        self._blob_bytes = 0
        super().__init__(address)

    def stop(self) -> None:
        self.release()
        super().stop()

    def release(self) -> None:
        """Lets held bodies go on."""
        with self._changed:
            self.faults.hold_after_bytes = None
            self._changed.notify_all()

    def forget(self) -> None:
        """Counts from now on."""
        with self._changed:
            self.exchanges.clear()
            self._blob_bytes = 0

    def blob_bytes(self, digests: Iterable[str] | None = None) -> int:
        wanted = set(digests) if digests is not None else None
        return sum(exchange.body_bytes for exchange in list(self.exchanges)
                   if exchange.blob and (wanted is None or exchange.blob in wanted))

    def wait_for_blob_bytes(self, count: int, deadline_seconds: float = 20.0) -> None:
        wait_until(f"{count} blob bytes to leave the registry",
                   lambda: self.blob_bytes() >= count, deadline_seconds)

    def serve(self, handler: Handler) -> None:
        exchange = Exchange(handler.command, handler.path, handler.headers.get("Authorization"),
                            handler.headers.get("Range"))
        self.exchanges.append(exchange)
        if self.faults.status:
            exchange.status = self.faults.status
            handler.answer(exchange.status)
        elif exchange.blob and self.faults.redirect_blobs_to:
            exchange.status = 307
            handler.answer(307, headers={"Location": self.faults.redirect_blobs_to + exchange.blob})
        else:
            self._forward(handler, exchange)

    def _forward(self, handler: Handler, exchange: Exchange) -> None:
        upstream = http.client.HTTPConnection(self._upstream, timeout=30)
        try:
            upstream.putrequest(handler.command, handler.path, skip_accept_encoding=True)
            # One by one: a client may send a header, such as Accept, several times.
            for name, value in handler.headers.items():
                if name.lower() not in NOT_FORWARDED:
                    upstream.putheader(name, value)
            upstream.endheaders()
            self._answer(handler, exchange, upstream.getresponse())
        except ConnectionRefusedError:
            handler.answer(502)
        finally:
            upstream.close()

    def _answer(self, handler: Handler, exchange: Exchange, response: http.client.HTTPResponse) -> None:
        exchange.status = response.status
        handler.send_response(response.status)
        for name, value in response.getheaders():
            if name.lower() not in ("connection", "date", "server", "transfer-encoding"):
                handler.send_header(name, value)
        handler.end_headers()
        offset = _first_offset(response)
        while handler.command != "HEAD" and (chunk := response.read(CHUNK_BYTES)):
            if exchange.blob and response.status < 300:
                self._wait_for_release()
                chunk = self._corrupted(exchange.blob, offset, chunk)
            elif self.faults.corrupt_manifests:
                chunk = chunk[:-1] + b"!"
            handler.wfile.write(chunk)
            self._count(exchange, len(chunk))
            offset += len(chunk)

    def _corrupted(self, blob: str, offset: int, chunk: bytes) -> bytes:
        position = self.faults.corrupt.get(blob, -1) - offset
        if not 0 <= position < len(chunk):
            return chunk
        return chunk[:position] + bytes([chunk[position] ^ 0xFF]) + chunk[position + 1:]

    def _wait_for_release(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self.faults.hold_after_bytes is None
                                   or self._blob_bytes < self.faults.hold_after_bytes, timeout=60)

    def _count(self, exchange: Exchange, count: int) -> None:
        with self._changed:
            exchange.body_bytes += count
            if exchange.blob:
                self._blob_bytes += count


def _first_offset(response: http.client.HTTPResponse) -> int:
    match = re.match(r"bytes (\d+)-", response.getheader("Content-Range") or "")
    return int(match.group(1)) if match else 0
