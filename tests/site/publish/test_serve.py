"""The server of ``make serve`` serves a built site as published, and says what is wrong when it cannot."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from widgets.__main__ import main
from widgets.core.errors import BuildError
from widgets.site.publish.serve import make_server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "index.html").write_text("<p>home</p>", encoding="utf-8")
    (tmp_path / "404.html").write_text("<p>not here</p>", encoding="utf-8")
    (tmp_path / "a.js").write_text("1", encoding="utf-8")
    (tmp_path / "a.wasm").write_bytes(b"\0asm")
    (tmp_path / "a.whl.gz").write_bytes(b"\x1f\x8b")
    return tmp_path


@pytest.fixture
def address(folder: Path) -> Iterator[str]:
    server = make_server(folder, 0)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_files_come_with_their_types_and_are_checked_for_changes(address: str) -> None:
    for name, kind in {"": "text/html", "a.js": "text/javascript", "a.wasm": "application/wasm"}.items():
        with urlopen(address + name) as answer:
            assert answer.headers["Content-Type"].startswith(kind)
            assert answer.headers["Cache-Control"] == "no-cache"


def test_packed_files_are_not_announced_as_an_encoding(address: str) -> None:
    with urlopen(address + "a.whl.gz") as answer:
        assert answer.headers["Content-Encoding"] is None
        assert answer.read() == b"\x1f\x8b"


def test_a_missing_page_is_answered_with_the_sites_own(address: str) -> None:
    with pytest.raises(HTTPError) as error:
        urlopen(address + "no/such/page.html")
    assert error.value.code == 404
    assert error.value.read() == b"<p>not here</p>"
    error.value.close()


def test_nothing_outside_the_folder_is_served(address: str, folder: Path) -> None:
    (folder.parent / "secret.txt").write_text("secret", encoding="utf-8")
    with pytest.raises(HTTPError) as error:
        urlopen(address + "..%2fsecret.txt")
    error.value.close()


def test_a_port_that_is_taken_is_said_with_what_to_do(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert main(["serve", "--folder", str(folder), "--port", str(port)]) == 1
    said = capsys.readouterr().err
    assert f"port {port} cannot be used" in said
    assert f"make serve PORT={port + 1}" in said


def test_a_folder_without_a_site_is_said_with_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(BuildError, match="make site"):
        make_server(tmp_path, 0)
    assert main(["serve", "--folder", str(tmp_path)]) == 1
    assert "holds no site" in capsys.readouterr().err
