"""A static server behind one slow link that all connections share, so that workers are slowed like the page.

The throttle of the browser's developer tools does not reach workers; a limit for each connection would let a page that
opens six of them be six times as fast.
"""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from mimetypes import guess_type
from pathlib import Path
from urllib.parse import unquote, urlsplit

BITS_PER_SECOND = 1_600_000
LATENCY_SECONDS = 0.150
CHUNK = 8_192
TEXTS = (".html", ".css", ".js", ".mjs", ".json", ".svg", ".xml", ".txt", ".webmanifest", ".map")
COMPRESSED = (*TEXTS, ".wasm")
"""What web servers and CDNs compress; the other files are sent as they are."""
KINDS = {".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm", ".gz": "application/gzip"}


@dataclass
class Link:
    """What all answers of a server go through.

    Attributes:
        bytes_per_second: Its speed; None for as fast as it goes.
        latency: Seconds before each answer.
        sent: Bytes of bodies that went through it.
        names: What was asked for, in order.
        missing: What of it was not there.
    """

    bytes_per_second: float | None = None
    latency: float = 0.0
    sent: int = 0
    names: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _free_at: float = 0.0

    def slow_down(self) -> None:
        """Make it a slow mobile link: 1.6 Mbit/s and 150 ms."""
        self.bytes_per_second, self.latency = BITS_PER_SECOND / 8, LATENCY_SECONDS

    def hurry(self) -> None:
        """Make it as fast as it goes."""
        self.bytes_per_second, self.latency = None, 0.0

    def carry(self, size: int) -> None:
        """Wait until so many bytes have gone through, behind those that were there before."""
        with self._lock:
            self.sent += size
            if not self.bytes_per_second:
                return
            start = max(self._free_at, time.monotonic())
            self._free_at = start + size / self.bytes_per_second
            until = self._free_at
        time.sleep(max(0.0, until - time.monotonic()))


@dataclass(frozen=True)
class Served:
    """A running server: its address, and the link before it."""

    url: str
    link: Link


Finder = Callable[[str], Path | None]
"""Path asked for → file, or None."""


def files_below(folder: Path) -> Finder:
    """Find files below a folder; a folder stands for its ``index.html``."""

    def find(name: str) -> Path | None:
        file = folder / (f"{name}index.html" if name == "" or name.endswith("/") else name)
        return file if file.is_file() else None

    return find


@lru_cache(maxsize=512)
def body_of(file: Path, changed: float, replaced: tuple[tuple[str, str], ...]) -> bytes:
    """Give a file's bytes, texts in it replaced; ``changed`` (the file's time) keeps the cache true."""
    data = file.read_bytes()
    if file.suffix in TEXTS:
        for old, new in replaced:
            data = data.replace(old.encode(), new.encode())
    return data


@lru_cache(maxsize=512)
def compressed(data: bytes) -> bytes:
    """Compress as a web server does (gzip, level 6)."""
    return gzip.compress(data, 6)


def compress_early(files: Iterable[Path]) -> None:
    """Compress large files before anybody asks for them, as a CDN has done."""
    for file in files:
        compressed(body_of(file, file.stat().st_mtime, ()))


@contextmanager
def serving(find: Finder, replaced: Mapping[str, str] | None = None, *, compresses: bool = True) -> Iterator[Served]:
    """Serve files at a free port until the block is left.

    Args:
        find: Path asked for → file.
        replaced: Text → what stands for it in every text file; ``{origin}`` in it is this server's address.
        compresses: Texts are sent gzipped to browsers that can unpack them, as most web servers do.
    """
    link = Link()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            pass

        def handle(self) -> None:
            with suppress(ConnectionError):  # a page that is left closes its connections
                super().handle()

        def do_GET(self) -> None:
            name = unquote(urlsplit(self.path).path).lstrip("/")
            link.names.append(name)
            time.sleep(link.latency)
            file = find(name)
            if file is None:
                link.missing.append(name)
                self._send(404, "text/plain", b"there is no such file", packed=False)
                return
            texts = (
                ()
                if file.suffix not in TEXTS
                else tuple((old, new.replace("{origin}", url.rstrip("/"))) for old, new in (replaced or {}).items())
            )
            data = body_of(file, file.stat().st_mtime, texts)
            packed = compresses and file.suffix in COMPRESSED and "gzip" in self.headers.get("Accept-Encoding", "")
            kind = KINDS.get(file.suffix) or guess_type(file.name)[0] or "application/octet-stream"
            self._send(200, kind, compressed(data) if packed else data, packed=packed)

        def _send(self, status: int, kind: str, body: bytes, *, packed: bool) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Access-Control-Allow-Origin", "*")
            if packed:
                self.send_header("Content-Encoding", "gzip")
            self.end_headers()
            for start in range(0, len(body), CHUNK):
                chunk = body[start : start + CHUNK]
                link.carry(len(chunk))
                self.wfile.write(chunk)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    url = f"http://127.0.0.1:{server.server_address[1]}/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield Served(url, link)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
