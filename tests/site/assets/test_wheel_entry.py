"""Our entry in Pyodide's lock file is the one that pyodide-build's own command writes.

``pyodide-build`` needs Python 3.12 or newer, so ``tools.pyodide_build`` gives it an environment of its own. Its lock
files do not know the tag of PEP 783 yet, nor kernels that fit every version of Python, so there it is shown the same
wheel under an older name.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import zipfile
from pathlib import Path

import pytest

from tools.pyodide_build import FOLDER as PYODIDE_BUILD
from widgets.site.assets.runtime import lock_file
from widgets.site.assets.wheel import NAME, PLATFORM, make_wheel

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


TOOLS = PYODIDE_BUILD / "bin"
needs_pyodide_build = pytest.mark.skipif(
    not (PYODIDE_BUILD / "installed").exists(),
    reason="pyodide-build did not check the wheel and the lock file: no Python 3.12 or newer was found",
)


@needs_pyodide_build
def test_auditwheel_finds_kernels_that_need_nothing_but_the_memory_of_pyodide(tmp_path: Path) -> None:
    name, data = make_wheel()
    (tmp_path / name).write_bytes(data)
    environment = {**os.environ, "PATH": f"{TOOLS}{os.pathsep}{os.environ.get('PATH', '')}"}

    def audited(question: str) -> dict[str, set[str]]:
        """Ask about each shared library of the wheel: path → the lines below it."""
        command = [str(TOOLS / "pyodide"), "auditwheel", question, str(tmp_path / name)]
        said = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
        blocks = re.split(r"^(\S+\.so):$", said, flags=re.M)[1:]
        return {
            path: {" ".join(line.split()) for line in lines.splitlines() if line.strip()}
            for path, lines in zip(blocks[::2], blocks[1::2], strict=True)
        }

    libraries = {"widgets/engine/engine.so", "widgets/engine/engine-relaxed.so"}
    assert audited("show") == {library: set() for library in libraries}
    assert audited("exports") == {library: {"FUNC engine_kernels", "FUNC engine_run"} for library in libraries}
    given = {"env MEMORY memory"} | {f"env GLOBAL __{what}" for what in ("stack_pointer", "memory_base", "table_base")}
    assert audited("imports") == dict.fromkeys(libraries, given)


@needs_pyodide_build
def test_pyodide_build_writes_the_same_entry(tmp_path: Path) -> None:
    name, data = make_wheel()
    ours = json.loads(lock_file(name, data))
    python = "cp" + "".join(ours["info"]["python"].split(".")[:2])
    shown = tmp_path / name.replace(f"py3-none-{PLATFORM}", f"{python}-{python}-{KNOWN_PLATFORM}")
    assert shown.name != name
    shown.write_bytes(data)
    empty, written = tmp_path / "pyodide-lock.json", tmp_path / "new.json"
    empty.write_text(json.dumps({"info": ours["info"], "packages": {}}), encoding="utf-8")
    command = [str(TOOLS / "pyodide"), "lockfile", "add-wheels", "--input", str(empty)]
    subprocess.run(
        [*command, "--output", str(written), "--base-path", str(tmp_path), str(shown)], check=True, capture_output=True
    )
    theirs = json.loads(written.read_text(encoding="utf-8"))["packages"][NAME]
    assert {**theirs, "file_name": name} == ours["packages"][NAME]
