"""Python for the browser: Pyodide's own files, less what the course does not use, and the list of packages."""

from __future__ import annotations

import hashlib
import json
import subprocess
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from widgets.core.errors import BuildError
from widgets.site.assets.wheel import NAME, project_version, stored_zip
from widgets.site.node import node_command
from widgets.site.sources.folders import ROOT

PYODIDE = ROOT / "node_modules" / "pyodide"
KEPT = ROOT / "build" / "library"
STRIP = tuple(Path(__file__).with_name(f"strip_library.{ending}") for ending in ("mjs", "py"))

UNUSED = frozenset(
    """
    __hello__ __phello__ _pyio _pyrepl _sysconfigdata__emscripten_wasm32-emscripten antigravity bdb cProfile cmd code
    colorsys compileall doctest filecmp fileinput ftplib getopt getpass graphlib idlelib imaplib mailbox modulefinder
    multiprocessing netrc nturl2path optparse pdb pickletools plistlib poplib profile pstats pty pyclbr pydoc
    pydoc_data rlcompleter sched shelve smtplib socketserver sqlite3 sre_compile sre_constants sre_parse symtable
    tabnanny this timeit trace tracemalloc tty turtle unittest wave webbrowser wsgiref xml xmlrpc zipapp zoneinfo
    """.split()
)
"""Modules of the standard library that neither Pyodide nor the course imports in the tab."""

ENCODINGS = frozenset(
    "__init__ aliases ascii charmap cp437 hex_codec idna latin_1 punycode raw_unicode_escape unicode_escape utf_16 "
    "utf_16_be utf_16_le utf_32 utf_8 utf_8_sig".split()
)
"""Text encodings that stay; all tables of older ones go."""


def is_used(name: str) -> bool:
    """Say whether an entry of the standard library's archive stays.

    >>> is_used("json/decoder.py"), is_used("unittest/mock.py"), is_used("encodings/cp1252.py")
    (True, False, False)
    """
    top, _, rest = name.partition("/")
    if top == "encodings":
        return rest.removesuffix(".py") in ENCODINGS
    return top.removesuffix(".py") not in UNUSED and not name.endswith("/")


def standard_library(source: Path = PYODIDE / "python_stdlib.zip", kept: Path = KEPT) -> bytes:
    """Give Pyodide's standard library without what is not used: modules, comments and docstrings.

    Entries are stored so that the whole packs better.

    Args:
        source: Pyodide's archive.
        kept: Folder in which the result is kept, since it takes some seconds to make.

    Raises:
        BuildError: If Pyodide could not be run under Node.
    """
    with zipfile.ZipFile(source) as archive:
        used = stored_zip({name: archive.read(name) for name in sorted(archive.namelist()) if is_used(name)})
    digest = hashlib.sha256(used + b"".join(path.read_bytes() for path in STRIP)).hexdigest()
    result = kept / f"library-{digest[:20]}.zip"
    if not result.is_file():
        kept.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept) as scratch:
            (Path(scratch) / "used.zip").write_bytes(used)
            script, program = (str(path) for path in STRIP)
            command = [*node_command(), script, str(PYODIDE), program, "used.zip", "stripped.zip"]
            if subprocess.run(command, cwd=scratch, check=False).returncode != 0:
                raise BuildError("the standard library could not be made smaller; the lines above say why")
            (Path(scratch) / "stripped.zip").rename(result)
    return result.read_bytes()


def lock_file(wheel_name: str, wheel: bytes, source: Path = PYODIDE / "pyodide-lock.json") -> bytes:
    """Give Pyodide's lock file with one package only: the course's own.

    Args:
        wheel_name: File name of the wheel.
        wheel: Its bytes.
        source: Pyodide's lock file, from which the description of the platform is taken.
    """
    original: dict[str, Any] = json.loads(source.read_text(encoding="utf-8"))
    package = {
        "depends": [],
        "file_name": wheel_name,
        "imports": ["widgets"],
        "install_dir": "site",
        "name": NAME,
        "package_type": "package",
        "sha256": hashlib.sha256(wheel).hexdigest(),
        "tool": {},
        "unvendored_tests": False,
        "version": project_version(),
    }
    lock = {"info": original["info"], "packages": {NAME: package}}
    return json.dumps(lock, separators=(",", ":"), sort_keys=True).encode()
