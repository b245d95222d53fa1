"""Where torch comes from is chosen by asking pip; stand-ins take the place of the package indexes."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pip
import pytest

from tests.lessons import environment
from tests.lessons.environment import ListingsError, choose_index, install

TORCH = "torch==2.13.0"
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
NOBODY = "http://127.0.0.1:9/simple"
"""An address at which nothing answers."""


class Index:
    """A stand-in for a package index.

    Attributes:
        address: What pip is told.
        asked: Paths that were asked for.
    """

    def __init__(self, folder: Path, server: ThreadingHTTPServer, asked: list[str]) -> None:
        self._folder = folder
        self.address = f"http://127.0.0.1:{server.server_address[1]}/"
        self.asked = asked

    def put(self, name: str, version: str, *needs: str) -> None:
        """Publish a package that holds nothing, with what pip reads before it downloads."""
        metadata = "\n".join(
            ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *(f"Requires-Dist: {n}" for n in needs)]
        )
        folder = self._folder / name
        folder.mkdir()
        wheel = folder / f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
        information = f"{name.replace('-', '_')}-{version}.dist-info"
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr(f"{information}/METADATA", metadata)
            archive.writestr(f"{information}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            archive.writestr(f"{information}/RECORD", "")
        wheel.with_name(f"{wheel.name}.metadata").write_text(metadata, encoding="utf-8")
        digest = hashlib.sha256(metadata.encode()).hexdigest()
        link = f'<a href="{wheel.name.replace("+", "%2B")}" data-core-metadata="sha256={digest}">{wheel.name}</a>'
        (folder / "index.html").write_text(f"<!doctype html><body>{link}</body>", encoding="utf-8")

    @property
    def downloaded(self) -> list[str]:
        """Packages that were fetched, not only asked about."""
        return [path for path in self.asked if path.endswith(".whl")]


@contextmanager
def indexed(folder: Path) -> Iterator[Index]:
    folder.mkdir()
    asked: list[str] = []

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            asked.append(self.path)

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield Index(folder, server, asked)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    """Give the index that pip asks anyway, and nothing else that this machine's settings name."""
    for name in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL", "FT_TORCH_INDEX", "FT_TORCH_CUDA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    with indexed(tmp_path / "own") as index:
        monkeypatch.setenv("PIP_INDEX_URL", index.address)
        yield index


@pytest.fixture
def cpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    """Give the index of CPU builds."""
    with indexed(tmp_path / "cpu") as index:
        monkeypatch.setattr(environment, "CPU_INDEX", index.address)
        index.put("torch", "2.13.0+cpu")
        yield index


def make_environment(folder: Path) -> None:
    """Make an environment with the pip that runs here: the stand-ins have none to give."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    [libraries] = folder.glob("lib/python*/site-packages")
    for part in Path(pip.__file__).parents[1].glob("pip*"):
        shutil.copytree(part, libraries / part.name)


def put_gpu_build(index: Index) -> None:
    index.put("torch", "2.13.0", "nvidia-cublas-cu13", "triton")
    index.put("nvidia-cublas-cu13", "13.1")
    index.put("triton", "3.7.1")


@pytest.mark.parametrize("version", ["2.13.0+cpu", "2.13.0"])
def test_pips_own_index_is_taken_where_it_has_a_build_for_cpus(own: Index, cpu: Index, version: str) -> None:
    own.put("torch", version)
    assert choose_index(PIP, TORCH) == []
    assert cpu.asked == []


def test_where_it_would_send_gpu_libraries_pytorchs_index_is_taken(own: Index, cpu: Index) -> None:
    put_gpu_build(own)
    assert choose_index(PIP, TORCH) == ["--index-url", cpu.address]
    assert own.asked
    assert own.downloaded == cpu.downloaded == []


def test_where_it_has_no_torch_at_all_pytorchs_index_is_taken(own: Index, cpu: Index) -> None:
    assert choose_index(PIP, TORCH) == ["--index-url", cpu.address]


def test_where_neither_will_do_one_sentence_says_so(own: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    put_gpu_build(own)
    monkeypatch.setattr(environment, "CPU_INDEX", NOBODY)
    with pytest.raises(ListingsError) as raised:
        choose_index(PIP, TORCH)
    said = str(raised.value)
    assert "\n" not in said
    assert "pip's own index would send 2 packages for NVIDIA GPUs with it, several GB" in said
    assert "the connection was refused" in said
    assert "FT_TORCH_INDEX=ADDRESS" in said
    assert own.downloaded == []


def test_the_gpu_build_comes_when_it_is_asked_for(own: Index, cpu: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    put_gpu_build(own)
    monkeypatch.setenv("FT_TORCH_CUDA", "1")
    assert choose_index(PIP, TORCH) == []
    assert cpu.asked == []


def test_an_index_that_is_named_is_the_only_one_asked(own: Index, cpu: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    own.put("torch", "2.13.0")
    monkeypatch.setenv("FT_TORCH_INDEX", cpu.address)
    assert choose_index(PIP, TORCH) == ["--index-url", cpu.address]
    monkeypatch.setenv("FT_TORCH_INDEX", NOBODY)
    with pytest.raises(ListingsError, match=r"127\.0\.0\.1"):
        choose_index(PIP, TORCH)
    assert own.asked == []


def test_the_build_for_cpus_is_what_is_installed(
    own: Index, cpu: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_gpu_build(own)
    own.put("peft", "0.21.2", "torch>=1.13.0")
    pins = tmp_path / "torch.txt"
    pins.write_text(f"peft==0.21.2\n{TORCH}\n", encoding="utf-8")
    monkeypatch.setattr(environment, "REQUIREMENTS", pins)
    monkeypatch.setattr(environment, "LIBRARIES", ("torch", "peft"))
    make_environment(tmp_path / "environment")
    install(tmp_path / "environment")
    found = environment.read_environment(tmp_path / "environment").versions
    assert (found["torch"], found["peft"]) == ("2.13.0+cpu", "0.21.2")
    assert not {"nvidia-cublas-cu13", "triton"} & set(found)
    assert [path.split("/")[1] for path in own.downloaded] == ["peft"]
    assert environment.differences_from_pins(environment.read_environment(tmp_path / "environment")) == []
