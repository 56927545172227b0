"""Loopback HTTP servers that behave well, or misbehave as real ones do."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:c6f94b25\nsize 72862\n"
PAGE = b"<!DOCTYPE html>\n<html><body>This repository is over its data quota.</body></html>"


@dataclass
class Request:
    """A request, and how many bytes of a body were sent."""

    path: str
    range: str | None = None
    sent: int = 0


class Handler(BaseHTTPRequestHandler):
    """Answers one request by the next step of the path's script, otherwise by `serve`."""

    server: "Server"
    entry: Request

    def do_GET(self) -> None:
        self.entry = Request(self.path, self.headers.get("Range"))
        self.server.log.append(self.entry)
        steps = self.server.script.get(self.path, [])
        step = steps.pop(0) if steps else serve
        step(self, self.server.files.get(self.path.lstrip("/")))

    def log_message(self, *arguments: object) -> None:
        """Be silent."""

    def answer(self, status: int, body: bytes, length: int | None = None, **headers: str) -> None:
        """Send an answer; `length` is that of its header."""
        self.entry.sent = len(body)  # before it is sent: the test may read the log at once
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)


Step = Callable[[Handler, bytes | None], None]
"""Answers a request for a file (None: there is none)."""


class Server(ThreadingHTTPServer):
    """Serves `files` (path -> content), after the steps of `script` (request path -> steps)."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.script: dict[str, list[Step]] = {}
        self.log: list[Request] = []
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    def server_close(self) -> None:
        self.shutdown()
        super().server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/"


def serve(handler: Handler, content: bytes | None) -> None:
    """Answer as HTTP requires: ranges, 404, 416."""
    if content is None:
        return status(404)(handler, None)
    wanted = handler.headers.get("Range")
    first = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
    if wanted and first >= len(content):
        return handler.answer(416, b"", Content_Range=f"bytes */{len(content)}")
    span = f"bytes {first}-{len(content) - 1}/{len(content)}"
    handler.answer(206 if wanted else 200, content[first:], Content_Range=span)


def ignore_range(handler: Handler, content: bytes | None) -> None:
    """Send the complete file with status 200, whatever the request."""
    handler.answer(200, content or b"")


def drop(after: int) -> Step:
    """Announce the complete file, send some bytes and hang up."""
    return lambda handler, content: handler.answer(200, (content or b"")[:after], len(content or b""))


def stall(after: int, until: threading.Event) -> Step:
    """Announce the complete file, send some bytes and wait."""

    def step(handler: Handler, content: bytes | None) -> None:
        drop(after)(handler, content)
        handler.wfile.flush()
        until.wait(30)

    return step


def status(code: int) -> Step:
    """Answer with an error and an HTML page, as servers do."""
    return lambda handler, content: handler.answer(code, b"<html>no</html>")


def body(instead: bytes) -> Step:
    """Answer with status 200 and these bytes in place of the file."""
    return lambda handler, content: handler.answer(200, instead)
