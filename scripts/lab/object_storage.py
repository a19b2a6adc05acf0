"""Where a redirecting registry sends its clients."""

import re

from lab.front import Exchange
from lab.http_server import Handler, LoopbackServer
from lab.oci import Image


class ObjectStorage:
    """Serves an image's blobs. Needs a signature in the URL, and refuses requests that carry a
    registry's credentials, as the object stores of the clouds do."""

    SIGNATURE = "signature=laboratory"

    def __init__(self, address: str, image: Image) -> None:
        self.exchanges: list[Exchange] = []

        class StorageHandler(Handler):
            storage = self

            def do_GET(self) -> None:
                self.storage._serve(self, image)

            do_HEAD = do_GET

        self._server = LoopbackServer(address, StorageHandler)

    @property
    def redirect_prefix(self) -> str:
        return f"{self._server.url}/storage?{self.SIGNATURE}&digest="

    def stop(self) -> None:
        self._server.stop()

    def _serve(self, handler: Handler, image: Image) -> None:
        exchange = Exchange(handler.command, handler.path, handler.headers.get("Authorization"),
                            handler.headers.get("Range"))
        self.exchanges.append(exchange)
        path = image.blob_path(handler.path.rpartition("digest=")[2])
        if exchange.authorization is not None:
            exchange.status = 400
        elif self.SIGNATURE not in handler.path:
            exchange.status = 403
        elif not path.is_file():
            exchange.status = 404
        if exchange.status:
            handler.answer(exchange.status)
            return
        body = path.read_bytes()
        headers = {"Content-Type": "application/octet-stream", "Accept-Ranges": "bytes"}
        exchange.status = 200
        if match := re.fullmatch(r"bytes=(\d+)-(\d*)", exchange.range or ""):
            first, last = int(match[1]), min(int(match[2] or len(body)), len(body) - 1)
            headers["Content-Range"] = f"bytes {first}-{last}/{len(body)}"
            body, exchange.status = body[first:last + 1], 206
        exchange.body_bytes = len(body)
        handler.answer(exchange.status, body, headers)
