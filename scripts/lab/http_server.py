"""Small HTTP servers that run in threads of the laboratory's own process."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # A swarm opens many connections at once.
    request_queue_size = 128

    def handle_error(self, request, client_address) -> None:
        """A client that goes away in the middle is part of what is tested."""


class Handler(BaseHTTPRequestHandler):
    """Keep-alive, silent, and with the helpers every server here needs."""

    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        pass

    def answer(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


class LoopbackServer:
    """Serves until it is stopped. `handler` is a class, as http.server wants it."""

    def __init__(self, address: str, handler: type[Handler], port: int = 0) -> None:
        self._address = address
        self._server = _Server((address, port), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def host(self) -> str:
        return f"{self._address}:{self._server.server_port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Service:
    """A server whose GETs and HEADs all go to `serve`. What that needs is set before this begins."""

    def __init__(self, address: str) -> None:
        service = self

        class ServiceHandler(Handler):
            def do_GET(self) -> None:
                service.serve(self)

            do_HEAD = do_GET

        self._server = LoopbackServer(address, ServiceHandler)

    @property
    def url(self) -> str:
        return self._server.url

    def stop(self) -> None:
        self._server.stop()

    def serve(self, handler: Handler) -> None:
        raise NotImplementedError
