"""Make what the pages load: the page's script and styles, the client of the worker, Python itself, the wheel.

Everything lands in ``docs/assets/course/``. What the page loads on demand has its content's hash in its name, so a
browser may keep it for ever. What Python needs is gzipped here and unpacked in the browser, so it is small from any
server. ``manifest.json`` lists all files with their sizes, for the tests.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from widgets.core.errors import BuildError
from widgets.site.assets.licences import licences
from widgets.site.assets.runtime import PYODIDE, lock_file, standard_library
from widgets.site.assets.wheel import make_wheel
from widgets.site.node import node_command
from widgets.site.sources.folders import COURSE_ASSETS, ROOT

SOURCES = ROOT / "widgets" / "browser"
ESBUILD = ROOT / "node_modules" / "esbuild" / "bin" / "esbuild"
HASH_LENGTH = 10
PLOT = "plot.js"


@dataclass(frozen=True)
class Asset:
    """A file that the browser loads.

    Attributes:
        name: The name under which the code asks for it, for example ``pyodide.asm.wasm``.
        file: The name under which the site serves it, for example ``pyodide.asm-1f2e3d4c5b.wasm.gz``.
        data: Its bytes as served.
    """

    name: str
    file: str
    data: bytes

    def described(self) -> dict[str, Any]:
        """Give what the page's code must know of the file."""
        return {"name": self.name, "file": self.file, "bytes": len(self.data)}


def hashed(name: str, data: bytes) -> Asset:
    """Name a file by its content, to be served as it is."""
    return Asset(name, _hashed_name(name, data), data)


def packed(name: str, data: bytes) -> Asset:
    """Name a file by its content and gzip it, always to the same bytes."""
    return Asset(name, f"{_hashed_name(name, data)}.gz", gzip.compress(data, 9, mtime=0))


def _hashed_name(name: str, data: bytes) -> str:
    stem, dot, ending = name.rpartition(".")
    return f"{stem}-{hashlib.sha256(data).hexdigest()[:HASH_LENGTH]}{dot}{ending}"


def snapshot_key(assets: Sequence[Asset]) -> str:
    """Give the key under which browsers keep a memory snapshot: another one whenever anything in it is another."""
    return hashlib.sha256("\n".join(asset.file for asset in assets).encode()).hexdigest()[: 2 * HASH_LENGTH]


def build_assets(out: Path = COURSE_ASSETS) -> None:
    """Build all assets into a folder, which is replaced when everything is there.

    Args:
        out: The folder.

    Raises:
        BuildError: If the npm packages are not installed or a script has an error.
    """
    if not ESBUILD.is_file() or not PYODIDE.is_dir():
        raise BuildError("the npm packages are not installed; run: python -m widgets npm ci")
    out = out.resolve()
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".assets-") as scratch:
        fresh = Path(scratch) / "fresh"
        fresh.mkdir()
        assets = make_assets(Path(scratch))
        for asset in assets:
            (fresh / asset.file).write_bytes(asset.data)
        listing = json.dumps([asset.described() for asset in assets], indent=1)
        (fresh / "manifest.json").write_text(f"{listing}\n", encoding="utf-8")
        shutil.rmtree(out, ignore_errors=True)
        fresh.rename(out)


def make_assets(scratch: Path) -> list[Asset]:
    """Make every asset, those first whose names the others must know.

    Args:
        scratch: Folder for what the bundler writes.
    """
    wheel_name, wheel = make_wheel()
    runtime = [
        packed("pyodide.asm.wasm", (PYODIDE / "pyodide.asm.wasm").read_bytes()),
        packed("python_stdlib.zip", standard_library()),
        packed(wheel_name, wheel),
        packed("pyodide-lock.json", lock_file(wheel_name, wheel)),
    ]
    worker = packed("worker.js", bundle("worker/worker.js", scratch, {"format": "esm"}))
    names = {
        "WORKER_PROGRAM": worker.described(),
        "RUNTIME_FILES": [asset.described() for asset in runtime],
        "SNAPSHOT": snapshot_key([worker, *runtime]),
    }
    client = hashed("python.js", bundle("python/python.js", scratch, {"format": "esm"}, names))
    plot = packed(PLOT, bundle(f"chart/{PLOT}", scratch, {"format": "iife", "global-name": "ftPlot"}))
    conversation = hashed("conversation.js", bundle("python/conversation.js", scratch, {"format": "esm"}))
    offline = hashed("offline.js", bundle("offline/offline.js", scratch, {"format": "esm"}))
    notice = hashed("file-notice.js", bundle("page/file-notice.js", scratch, {"format": "iife"}))
    names = {
        "CLIENT_FILE": client.file,
        "CONVERSATION_FILE": conversation.file,
        "PLOT_FILE": plot.file,
        "OFFLINE_FILE": offline.file,
        "FILE_NOTICE_FILE": notice.file,
    }
    page = bundle("page/course.js", scratch, {"format": "iife"}, names)
    early = bundle("page/early.js", scratch, {"format": "iife"})
    styles = bundle("styles/course.css", scratch, {})
    service = bundle("offline/service-worker.js", scratch, {"format": "iife"})
    plain = {
        "course.js": page,
        "early.js": early,
        "course.css": styles,
        "service-worker.js": service,
        "licences.txt": licences().encode(),
    }
    on_demand = (client, conversation, plot, offline, notice)
    return [*(Asset(name, name, data) for name, data in plain.items()), *on_demand, worker, *runtime]


def bundle(
    entry: str, scratch: Path, options: Mapping[str, str], definitions: Mapping[str, object] | None = None
) -> bytes:
    """Bundle and minify a script or a style sheet with everything it imports.

    Args:
        entry: The file, relative to ``widgets/browser``.
        scratch: Folder for the result.
        options: Further options of esbuild.
        definitions: Names in the code that stand for these JSON values.

    Raises:
        BuildError: If the bundler reports an error; it has then printed file and line.
    """
    written = scratch / Path(entry).name
    arguments = [
        str(ESBUILD),
        str(SOURCES / entry),
        f"--outfile={written}",
        "--bundle",
        "--minify",
        "--target=es2022",
        "--charset=utf8",
        "--legal-comments=none",
        "--log-level=warning",
        "--external:node:*",  # Pyodide imports these in Node only
        "--external:ws",
        *(f"--{name}={value}" for name, value in options.items()),
        *(f"--define:{name}={json.dumps(value)}" for name, value in (definitions or {}).items()),
    ]
    if subprocess.run([*node_command(), *arguments], check=False).returncode != 0:
        raise BuildError(f"widgets/browser/{entry} could not be bundled; the lines above say why")
    return written.read_bytes()
