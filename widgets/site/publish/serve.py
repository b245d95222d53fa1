"""A static server for reading the built site on one's own machine, exactly as it would be published."""

from __future__ import annotations

import functools
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from widgets.core.errors import BuildError


class Handler(SimpleHTTPRequestHandler):
    """Serves files, answers missing ones with the site's 404 page, and keeps quiet."""

    extensions_map = {  # noqa: RUF012 - the base class declares it so
        **SimpleHTTPRequestHandler.extensions_map,
        ".js": "text/javascript",
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
        ".webmanifest": "application/manifest+json",
    }

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing about requests."""

    def end_headers(self) -> None:
        """Ask the browser to check for changes, so that a rebuilt site is seen at once."""
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer a missing page with the site's own page for that."""
        page = Path(self.directory) / "404.html"
        if code != 404 or not page.is_file():
            super().send_error(code, message, explain)
            return
        body = page.read_bytes()
        self.send_response(404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def make_server(folder: Path, port: int) -> ThreadingHTTPServer:
    """Make a server for a folder; port 0 takes a free one.

    Raises:
        BuildError: If the folder holds no site, or the port is taken.
    """
    if not (folder / "index.html").is_file():
        raise BuildError(f"{folder} holds no site; build one with: make site")
    try:
        return ThreadingHTTPServer(("127.0.0.1", port), functools.partial(Handler, directory=str(folder)))
    except OSError as error:
        raise BuildError(f"port {port} cannot be used ({error.strerror}); try: make serve PORT={port + 1}") from error


def serve(folder: Path, port: int) -> None:
    """Serve a folder until interrupted, saying where."""
    server = make_server(folder, port)
    print(f"The course is at http://127.0.0.1:{server.server_address[1]}/  (stop with Ctrl+C)", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print()
    finally:
        server.server_close()
