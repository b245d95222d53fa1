"""Compile the kernels: a native shared library, and a WebAssembly side module for Pyodide.

Both come from the same C files (`kernels/*.c`), compiled by Clang out of the PyPI wheel `ziglang`, so no compiler
needs to be installed. Run ``python -m widgets.engine.build`` to put both under ``build/engine/``.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from widgets.core.errors import EngineError

KERNELS = Path(__file__).with_name("kernels")
BUILD = Path(__file__).parents[2] / "build" / "engine"

# -fno-math-errno lets sqrt be one instruction. No -ffast-math: it may assume that there is no NaN, and a NaN is how a
# diverging run is noticed; the kernels spell out the vector reductions that it would have allowed.
FLAGS = ("-O3", "-g0", "-std=c11", "-fno-math-errno", "-fno-trapping-math", "-Wall", "-Wextra", "-Wno-unknown-pragmas")
WASM_TARGET = ("-target", "wasm32-freestanding", "-fPIC", "-nostdlib")


def native_name() -> str:
    """Return the file name of the native library on this platform."""
    return {"win32": "engine.dll", "darwin": "libengine.dylib"}.get(sys.platform, "libengine.so")


def sources() -> list[Path]:
    """Return the C files, in a fixed order."""
    return sorted(KERNELS.glob("*.c"))


def newest_source() -> float:
    """Return the modification time of the newest C file or header, in seconds since 1970."""
    return max(path.stat().st_mtime for path in KERNELS.iterdir())


def _zig(*arguments: str) -> None:
    command = [sys.executable, "-m", "ziglang", *arguments]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise EngineError(f"compiling the kernels failed: {' '.join(arguments)}\n{result.stderr.strip()}")


def build_native(out: Path, *, portable: bool = False) -> Path:
    """Compile the kernels for this machine.

    Args:
        out: The folder to write to; made if missing.
        portable: Use only what every 64-bit machine of this kind has, for a library that will be copied elsewhere.

    Returns:
        The library's path.

    Raises:
        EngineError: The compiler failed; the message holds what it wrote.
    """
    out.mkdir(parents=True, exist_ok=True)
    library = out / native_name()
    target = () if portable else ("-mcpu=native",)
    position = () if sys.platform == "win32" else ("-fPIC",)
    with tempfile.TemporaryDirectory(dir=out) as folder:  # replaced in one step: never loaded half-written
        fresh = Path(folder) / library.name
        files = [str(path) for path in sources()]
        _zig("cc", *FLAGS, *target, *position, "-fvisibility=hidden", "-shared", *files, "-o", str(fresh))
        fresh.replace(library)
    return library


def build_wasm(out: Path) -> list[Path]:
    """Compile the kernels to the side modules that Pyodide loads with ``ctypes.CDLL``.

    Two files: `engine.so` needs WebAssembly SIMD, which every current browser has; `engine-relaxed.so` uses the fused
    multiply-add of relaxed SIMD too, which Safari lacks.

    Args:
        out: The folder to write to; made if missing.

    Returns:
        The two paths.

    Raises:
        EngineError: The compiler or the linker failed; the message holds what it wrote.
    """
    out.mkdir(parents=True, exist_ok=True)
    return [
        _build_side_module(out / "engine.so", "generic+simd128"),
        _build_side_module(out / "engine-relaxed.so", "generic+simd128+relaxed_simd"),
    ]


def _build_side_module(module: Path, cpu: str) -> Path:
    with tempfile.TemporaryDirectory(dir=module.parent) as folder:
        objects = []
        for source in sources():
            objects.append(str(Path(folder) / f"{source.stem}.o"))
            target = (*WASM_TARGET, f"-mcpu={cpu}", "-fvisibility=hidden")
            _zig("cc", *target, *FLAGS, "-c", str(source), "-o", objects[-1])
        fresh = Path(folder) / module.name
        _zig("wasm-ld", "-shared", "--experimental-pic", "--no-entry", "--strip-all", *objects, "-o", str(fresh))
        fresh.replace(module)
    return module


def main(arguments: Sequence[str] | None = None) -> None:
    """Build both libraries; the command line's entry point."""
    parser = argparse.ArgumentParser(prog="python -m widgets.engine.build", description=main.__doc__)
    parser.add_argument("--out", type=Path, default=BUILD, help="folder to write to (default: build/engine)")
    parser.add_argument("--portable", action="store_true", help="a native library that runs on other machines too")
    options = parser.parse_args(arguments)
    for path in [build_native(options.out, portable=options.portable), *build_wasm(options.out)]:
        print(f"{path}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
