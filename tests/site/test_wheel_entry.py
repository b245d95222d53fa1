"""Our entry in Pyodide's lock file is the one that pyodide-build's own command writes.

``pyodide-build`` needs Python 3.12 or newer; the published workflow has it. It does not know the tag of PEP 783 yet,
so it is shown the same wheel under the platform's older name.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from widgets.site.runtime import lock_file
from widgets.site.wheel import NAME, PLATFORM, make_wheel

KNOWN_PLATFORM = "emscripten_5_0_3_wasm32"


def test_the_record_of_the_wheel_names_every_file_with_its_digest(tmp_path: Path) -> None:
    name, data = make_wheel()
    path = tmp_path / name
    path.write_bytes(data)
    with zipfile.ZipFile(path) as archive:
        record = next(entry for entry in archive.namelist() if entry.endswith("/RECORD"))
        named = [line.split(",")[0] for line in archive.read(record).decode().splitlines()]
        assert sorted(named) == sorted(archive.namelist())
        assert archive.testzip() is None


def test_the_same_sources_give_the_same_wheel() -> None:
    assert make_wheel() == make_wheel()


def test_the_lock_file_names_the_wheel_with_its_digest() -> None:
    name, data = make_wheel()
    lock = json.loads(lock_file(name, data))
    assert list(lock["packages"]) == [NAME]
    assert lock["packages"][NAME]["sha256"] == hashlib.sha256(data).hexdigest()


@pytest.mark.skipif(sys.version_info < (3, 12), reason="pyodide-build for today's lock file needs Python 3.12")
def test_pyodide_build_writes_the_same_entry(tmp_path: Path) -> None:
    name, data = make_wheel()
    ours = json.loads(lock_file(name, data))
    shown = tmp_path / name.replace(PLATFORM, KNOWN_PLATFORM)
    shown.write_bytes(data)
    empty, written = tmp_path / "pyodide-lock.json", tmp_path / "new.json"
    empty.write_text(json.dumps({"info": ours["info"], "packages": {}}), encoding="utf-8")
    command = [str(Path(sys.executable).with_name("pyodide")), "lockfile", "add-wheels", "--input", str(empty)]
    subprocess.run(
        [*command, "--output", str(written), "--base-path", str(tmp_path), str(shown)], check=True, capture_output=True
    )
    theirs = json.loads(written.read_text(encoding="utf-8"))["packages"][NAME]
    assert {**theirs, "file_name": name} == ours["packages"][NAME]
