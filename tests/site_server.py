"""A static server for the tests: it does not compress, can be slow, and can go wrong on purpose."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from fnmatch import fnmatch
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from mimetypes import guess_type
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

CHUNK = 16_384
FAULTS = ("404", "500", "truncated", "garbage", "never")
OWN_PATH = urlsplit(os.environ.get("SITE_URL", "")).path or "/"
"""The path for which the site was built; only the page for missing pages names it."""

HELD = "held"
"""A fault that ends: what is asked for is answered as soon as the fault is taken away."""
LOOK_SECONDS = 0.02
PATIENCE_SECONDS = 45.0


class Instead(Protocol):
    """What a server gives in place of files, and how it answers what is posted to it."""

    def body(self, name: str) -> bytes | None:
        """Give what is sent for a path, or None for the file itself."""

    def answer(self, question: bytes) -> bytes:
        """Answer what was posted."""


@dataclass
class StaticServer:
    """A running server.

    Attributes:
        folder: What it serves.
        prefix: Path under which it serves it, with slashes at both ends.
        faults: Pattern for the file's path → one of :data:`FAULTS`, or :data:`HELD`; may be changed at any time.
        bytes_per_second: Speed of each answer, or None for as fast as it goes.
        delay: Seconds before each answer.
        page_start: HTML that is put at the start of each page's head.
        instead: Takes the place of some files, and answers what is posted.
        requested: Paths asked for, in order, relative to the prefix.
        sent: Bytes of bodies sent for each path.
    """

    folder: Path
    prefix: str = "/"
    faults: dict[str, str] = field(default_factory=dict)
    bytes_per_second: float | None = None
    delay: float = 0.0
    page_start: str = ""
    instead: Instead | None = None
    requested: list[str] = field(default_factory=list)
    sent: dict[str, int] = field(default_factory=dict)
    url: str = ""
    _closing: threading.Event = field(default_factory=threading.Event)

    def fault_of(self, path: str) -> str | None:
        """Give the fault that is to happen for a path."""
        return next((fault for pattern, fault in [*self.faults.items()] if fnmatch(path, pattern)), None)


def until_asked(server: StaticServer, pattern: str, times: int = 1) -> None:
    """Wait until a server has been asked so often for files that a pattern fits.

    Raises:
        AssertionError: It never was.
    """
    end = time.monotonic() + PATIENCE_SECONDS
    while sum(fnmatch(name, pattern) for name in [*server.requested]) < times:
        assert time.monotonic() < end, f"{pattern} was not asked for {times} times: {server.requested[-20:]}"
        time.sleep(LOOK_SECONDS)


@contextmanager
def serving(folder: Path, prefix: str = "/") -> Iterator[StaticServer]:
    """Serve a folder at a free port until the block is left."""
    state = StaticServer(folder, prefix)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            pass

        def handle(self) -> None:
            with suppress(ConnectionResetError):  # a page that is left closes its connections
                super().handle()

        def do_GET(self) -> None:
            if state._closing.is_set():  # a connection that was kept open outlives the server otherwise
                self.close_connection = True
                return
            try:
                answer(self, state)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def do_POST(self) -> None:
            if state.instead is None or state._closing.is_set():
                self.close_connection = True
                return
            answered = state.instead.answer(self.rfile.read(int(self.headers["Content-Length"])))
            with suppress(BrokenPipeError, ConnectionResetError):
                send(self, state, "posted", 200, "application/json", answered)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_address[1]}{prefix}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield state
    finally:
        state._closing.set()
        server.shutdown()
        thread.join()
        server.server_close()


def answer(handler: BaseHTTPRequestHandler, state: StaticServer) -> None:
    """Answer one request as the server's settings say."""
    path = unquote(urlsplit(handler.path).path)
    prefix = OWN_PATH if OWN_PATH != "/" and path.startswith(OWN_PATH) else state.prefix
    inside = path.startswith(prefix)
    name = path.removeprefix(prefix) if inside else path
    name = f"{name}index.html" if name == "" or name.endswith("/") else name
    state.requested.append(name)
    if state.delay:
        time.sleep(state.delay)
    while (fault := state.fault_of(name)) == HELD and not state._closing.wait(LOOK_SECONDS):
        pass
    file = state.folder / name
    if fault == "never":
        state._closing.wait()
        handler.close_connection = True
        return
    if fault in ("404", "500") or not inside or not file.is_file():
        send(handler, state, name, int(fault or 404), "text/plain", b"no")
        return
    body = (state.instead.body(name) if state.instead else None) or file.read_bytes()
    if name.endswith(".html") and state.page_start:
        body = body.replace(b"<head>", b"<head>" + state.page_start.encode(), 1)
    if fault == "garbage":
        body = b"<!doctype html><title>something else</title>"
    kind = "application/gzip" if name.endswith(".gz") else guess_type(name)[0] or "application/octet-stream"
    length = len(body)
    send(handler, state, name, 200, kind, body[: length // 2] if fault == "truncated" else body, length)
    if fault == "truncated":
        handler.close_connection = True


def send(
    handler: BaseHTTPRequestHandler,
    state: StaticServer,
    name: str,
    status: int,
    kind: str,
    body: bytes,
    length: int | None = None,
) -> None:
    """Send an answer, at the server's speed."""
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(body) if length is None else length))
    handler.end_headers()
    for start in range(0, len(body), CHUNK):
        chunk = body[start : start + CHUNK]
        handler.wfile.write(chunk)
        state.sent[name] = state.sent.get(name, 0) + len(chunk)
        if state.bytes_per_second:
            time.sleep(len(chunk) / state.bytes_per_second)
