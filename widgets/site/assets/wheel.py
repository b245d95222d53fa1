"""The wheel with the browser's part of the package: the same files always give the same bytes.

It is written here and not by a build backend because it must hold a part of the package only, must not depend on
the clock, and carries the PEP 783 platform tag once a compiled library is in it.
"""

from __future__ import annotations

import base64
import hashlib
import io
import tomllib
import zipfile
from pathlib import Path

from widgets.browser.bridge import IN_THE_TAB, NOT_IN_THE_TAB
from widgets.engine import build as engine_build
from widgets.site.sources.folders import ROOT

PACKAGE = ROOT / "widgets"

BRIDGE = ("browser/__init__.py", "browser/bridge.py")
"""What travels of ``browser``, and with it the packages that the bridge names."""

BUILD_ONLY = frozenset({".c", ".h", ".pyc", ".yml", ".yaml", ".md"})
COMPILED = frozenset({".so", ".wasm"})
SIDE_MODULES = ("engine.so", "engine-relaxed.so")
PLATFORM = "pyemscripten_2026_0_wasm32"
NAME = "fine-tuning-llms"


def project_version() -> str:
    """Give the version that ``pyproject.toml`` declares."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    return str(version)


def browser_files(package: Path) -> list[Path]:
    """List the files of the package that travel to the browser, sorted, relative to the package."""
    found = [Path("__init__.py"), *(Path(name) for name in BRIDGE)]
    left_behind = {Path(*name.split(".")[1:]).with_suffix(".py") for name in NOT_IN_THE_TAB}
    for name in IN_THE_TAB:
        for path in (package / name).rglob("*"):
            if path.is_file() and path.suffix not in BUILD_ONLY and "__pycache__" not in path.parts:
                found.append(path.relative_to(package))
    found = [path for path in found if path not in left_behind]
    return sorted(found, key=lambda path: path.as_posix())


def side_modules(folder: Path = engine_build.BUILD) -> dict[str, bytes]:
    """Give the engine's kernels for the browser, by their names in the wheel, compiling them first where need be.

    Args:
        folder: Where compiled kernels are kept between builds.
    """
    modules = [folder / name for name in SIDE_MODULES]
    newest = max(engine_build.newest_source(), Path(engine_build.__file__).stat().st_mtime)
    if not all(path.is_file() and path.stat().st_mtime >= newest for path in modules):
        engine_build.build_wasm(folder)
    return {f"widgets/engine/{path.name}": path.read_bytes() for path in modules}


def make_wheel(package: Path = PACKAGE) -> tuple[str, bytes]:
    """Make the wheel.

    Its entries are stored, not compressed: the whole is gzipped later, which packs better, and Python reads it
    faster.

    Args:
        package: Folder of the package ``widgets``.

    Returns:
        The wheel's file name and its bytes.
    """
    contents = {f"widgets/{path.as_posix()}": (package / path).read_bytes() for path in browser_files(package)}
    if package == PACKAGE:
        contents |= side_modules()
    is_compiled = any(Path(name).suffix in COMPILED for name in contents)
    tag = f"py3-none-{PLATFORM if is_compiled else 'any'}"
    version = project_version()
    info = f"{NAME.replace('-', '_')}-{version}.dist-info"
    contents[f"{info}/METADATA"] = f"Metadata-Version: 2.4\nName: {NAME}\nVersion: {version}\n".encode()
    purelib = "false" if is_compiled else "true"
    contents[f"{info}/WHEEL"] = (
        f"Wheel-Version: 1.0\nGenerator: widgets.site.assets.wheel\nRoot-Is-Purelib: {purelib}\nTag: {tag}\n"
    ).encode()
    lines = [f"{name},sha256={_digest(data)},{len(data)}" for name, data in contents.items()]
    contents[f"{info}/RECORD"] = "\n".join([*lines, f"{info}/RECORD,,", ""]).encode()
    return f"{NAME.replace('-', '_')}-{version}-{tag}.whl", stored_zip(contents)


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def stored_zip(contents: dict[str, bytes]) -> bytes:
    """Write a zip archive without compression and without times, so that it is the same every time."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, data in contents.items():
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)
    return buffer.getvalue()
