"""Find the compiled kernels, load them, and run them.

Every kernel takes one array of 64-bit words (see `kernels/kernels.h`), so a call is: pack the arguments into the
array, call `engine_run`. While a `Program` is being recorded, the packed words are kept as well; replaying them is
one call for a whole training step. (A `ctypes` call costs about 2 µs in the browser, and Python around it more.)
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from struct import Struct
from typing import Final

from widgets.core.errors import EngineError

WORDS_PER_CALL: Final = 16
CALL_BYTES: Final = 8 * WORDS_PER_CALL
_FORMATS: Final = {"p": "q", "n": "q", "f": "d"}  # pointer, integer, number


class Library:
    """The loaded kernels.

    Attributes:
        path: The file they were loaded from.
        signatures: For each kernel, its letters of arguments: ``p`` pointer, ``n`` integer, ``f`` number.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        handle = ctypes.CDLL(str(path))
        handle.engine_kernels.restype = ctypes.c_char_p
        table = handle.engine_kernels().decode().split()
        self.signatures = dict(zip(table[::2], table[1::2], strict=True))
        self._packers: dict[str, tuple[int, Callable[..., None]]] = {}
        for index, (name, signature) in enumerate(self.signatures.items()):
            packer = Struct("<q" + "".join(_FORMATS[letter] for letter in signature))
            self._packers[name] = (index, packer.pack_into)
        self._call = bytearray(CALL_BYTES)
        self._call_address = ctypes.addressof(ctypes.c_char.from_buffer(self._call))
        self._engine_run = handle.engine_run
        self._engine_run.argtypes = (ctypes.c_void_p, ctypes.c_int)
        self._engine_run.restype = None
        self.recording: bytearray | None = None

    def run(self, kernel: str, *arguments: float) -> None:
        """Run one kernel, and add the call to the recording if there is one.

        Args:
            kernel: The kernel's name in `kernels.h`.
            arguments: Addresses, integers and numbers, in the order of its signature.
        """
        index, pack_into = self._packers[kernel]
        pack_into(self._call, 0, index, *arguments)
        self._engine_run(self._call_address, 1)
        if self.recording is not None:
            self.recording += self._call

    def replay(self, address: int, count: int) -> None:
        """Run `count` recorded calls that lie in memory at `address`."""
        self._engine_run(address, count)


def _native_path() -> Path:
    """Return the newest native library, compiling it first where sources and compiler are at hand."""
    from importlib.util import find_spec

    from widgets.engine import build  # not at the top: the browser never compiles, and need not load a compiler driver

    beside = Path(__file__).with_name(build.native_name())
    if beside.exists():
        return beside
    built = build.BUILD / build.native_name()
    is_current = built.exists() and built.stat().st_mtime >= build.newest_source()
    if not is_current and find_spec("ziglang"):
        return build.build_native(build.BUILD)
    if built.exists():
        return built
    raise EngineError(
        f"the compiled kernels are missing: looked for {beside} and {built}. "
        "Install the wheel `ziglang` and run: python -m widgets.engine.build"
    )


def _load_wasm() -> Library:
    """Load the side module with fused multiply-add where the browser can, and the plain one elsewhere."""
    for name in ("engine-relaxed.so", "engine.so"):
        path = Path(__file__).with_name(name)
        if not path.exists():
            continue
        try:
            return Library(path)
        except (OSError, AttributeError):
            # AttributeError: Pyodide has tried it while installing the package, and left an empty entry for it.
            continue
    raise EngineError(f"no WebAssembly kernels that this browser can load lie beside {__file__}")


@cache
def library() -> Library:
    """Return the loaded kernels, loading them on first use.

    Raises:
        EngineError: No compiled library was found, or none can be loaded.
    """
    return _load_wasm() if sys.platform == "emscripten" else Library(_native_path())


def run(kernel: str, *arguments: float) -> None:
    """Run one kernel of the library; see `Library.run`."""
    library().run(kernel, *arguments)
