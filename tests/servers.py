"""Loopback HTTP servers that behave, or misbehave as the net does."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple


class Request(NamedTuple):
    """What was asked for, and how many bytes of a body were sent."""

    path: str
    range: str | None
    sent: int


class Handler(BaseHTTPRequestHandler):
    """Answers one request by the next step of the path's script, or else as a good server."""

    server: "Server"

    def do_GET(self) -> None:  # noqa: N802
        steps = self.server.script.get(self.path, [])
        step = steps.pop(0) if steps else serve
        sent = step(self, self.server.files.get(self.path.lstrip("/")))
        self.server.log.append(Request(self.path, self.headers.get("Range"), sent))

    def log_message(self, *arguments: object) -> None:
        """Be silent."""

    def start(self, status: int, length: int, **headers: str) -> None:
        """Send status line and headers."""
        self.send_response(status)
        self.send_header("Content-Length", str(length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()


Step = Callable[[Handler, bytes | None], int]
"""Answers a request for a file (None: there is none); returns the number of bytes sent."""


class Server(ThreadingHTTPServer):
    """Serves `files` (path -> content); `script` has, per request path, steps that come first."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.script: dict[str, list[Step]] = {}
        self.log: list[Request] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/"


@contextmanager
def running() -> Iterator[Server]:
    """A server for the length of a test."""
    server = Server()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def serve(handler: Handler, content: bytes | None) -> int:
    """Behave: ranges, 404, 416."""
    if content is None:
        return status(404)(handler, None)
    wanted = handler.headers.get("Range")
    first = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
    if first >= len(content) > 0:
        handler.start(416, 0, Content_Range=f"bytes */{len(content)}")
        return 0
    span = f"bytes {first}-{len(content) - 1}/{len(content)}"
    handler.start(206 if wanted else 200, len(content) - first, Content_Range=span)
    handler.wfile.write(content[first:])
    return len(content) - first


def ignore_range(handler: Handler, content: bytes | None) -> int:
    """Send the whole file with status 200, whatever was asked for."""
    return body(content or b"")(handler, None)


def drop(after: int) -> Step:
    """Promise the whole file, send some bytes and hang up."""

    def step(handler: Handler, content: bytes | None) -> int:
        assert content is not None
        handler.start(200, len(content))
        handler.wfile.write(content[:after])
        handler.close_connection = True
        return after

    return step


def stall(after: int, until: threading.Event) -> Step:
    """Promise the whole file, send some bytes and say no more."""

    def step(handler: Handler, content: bytes | None) -> int:
        sent = drop(after)(handler, content)
        handler.wfile.flush()
        until.wait(30)
        return sent

    return step


def status(code: int, **headers: str) -> Step:
    """Answer with an error and an HTML page, as servers do."""

    def step(handler: Handler, content: bytes | None) -> int:
        page = b"<html>no</html>"
        handler.start(code, len(page), **headers)
        handler.wfile.write(page)
        return len(page)

    return step


def body(content: bytes) -> Step:
    """Answer with status 200 and these bytes in place of the file."""

    def step(handler: Handler, _: bytes | None) -> int:
        handler.start(200, len(content))
        handler.wfile.write(content)
        return len(content)

    return step
