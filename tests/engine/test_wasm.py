"""The WebAssembly side module, loaded by the real Pyodide under Node, gives what the native library gives."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from widgets.engine.build import BUILD
from widgets.site.assets.wheel import side_modules as compiled_side_modules

ROOT = Path(__file__).parents[2]
PROGRAM = Path(__file__).with_name("training_run.py")


def run(command: list[str]) -> dict[str, Any]:
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout.strip().splitlines()[-1])


@pytest.fixture(scope="module")
def side_modules() -> list[Path]:
    """Give the modules that the site is built with, compiled anew if their sources have changed."""
    return [BUILD / Path(name).name for name in compiled_side_modules()]


@pytest.mark.skipif(not shutil.which("node"), reason="needs Node.js")
@pytest.mark.skipif(not (ROOT / "node_modules/pyodide").is_dir(), reason="needs the npm packages: npm ci")
def test_twenty_steps_in_pyodide_have_the_native_losses(side_modules: list[Path]) -> None:
    native = run([sys.executable, "-c", f"import sys; sys.path.insert(0, '.'); exec(open({str(PROGRAM)!r}).read())"])
    script = str(Path(__file__).with_name("run_in_pyodide.mjs"))
    wasm = run(["node", script, str(PROGRAM), str(ROOT), str(side_modules[0])])
    assert wasm["losses"] == pytest.approx(native["losses"], abs=1e-4)
    assert native["losses"][-1] < 0.8 * native["losses"][0]
    assert len(wasm["answers"][0]) == len(native["answers"][0]) == 8


def test_the_side_modules_need_nothing_that_pyodide_does_not_give(side_modules: list[Path]) -> None:
    """Their only imports are memory, stack pointer and bases: no C library."""
    for module in side_modules:
        data = module.read_bytes()
        assert data[:4] == b"\0asm"
        assert b"dylink.0" in data[:32]
        imports = data[: data.index(b"engine_run")]
        for name in (b"memcpy", b"memset", b"expf", b"malloc", b"GOT."):
            assert name not in imports
