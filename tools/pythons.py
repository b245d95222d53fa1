"""Find the Pythons of this machine with which the course is to be tried: the oldest and the newest supported one."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

Version = tuple[int, ...]

PROJECT = Path(__file__).parents[1] / "pyproject.toml"
NEWEST_TRIED = (3, 13)
"""The newest Python with which the whole of the course was tried; a newer one that is found is tried all the same."""

PLACES = (
    "{pyenv}/versions/*/bin/python",
    "{home}/.local/share/uv/python/*/bin/python3",
    "{tools}/Python/*/*/bin/python",
    "/opt/homebrew/bin/python3.*",
    "/usr/local/bin/python3.*",
)
"""Where Pythons lie beside those of the search path: pyenv's, uv's, those of GitHub's machines, and Homebrew's."""

ASK = """
import ensurepip, platform, sys, sysconfig, venv
print(sys.version_info[3], platform.python_implementation(), sysconfig.get_config_var("Py_GIL_DISABLED") or 0,
      *sys.version_info[:3])
"""


def oldest_supported() -> Version:
    """Read the oldest Python that the course supports.

    >>> oldest_supported()[:2]
    (3, 11)
    """
    stated = re.search(r'requires-python = ">=([\d.]+)"', PROJECT.read_text(encoding="utf-8"))
    assert stated is not None, "pyproject.toml states no oldest Python"
    return tuple(map(int, stated[1].split(".")))


def find_pythons(environment: dict[str, str] | None = None) -> dict[Version, Path]:
    """Find every supported Python that can make a virtual environment: version → program.

    Args:
        environment: Environment variables; those of this process if None.
    """
    found: dict[Version, Path] = {}
    for path in _candidates(environment or dict(os.environ)):
        version = _version_of(path)
        if version and version >= oldest_supported():
            found.setdefault(version, path)
    return dict(sorted(found.items()))


def ends(found: dict[Version, Path]) -> list[Version]:
    """Return the oldest and the newest version; one if they are the same.

    >>> ends({(3, 11, 7): Path("a"), (3, 12, 1): Path("b"), (3, 13, 0): Path("c")})
    [(3, 11, 7), (3, 13, 0)]
    >>> ends({(3, 12, 1): Path("b")})
    [(3, 12, 1)]
    """
    return sorted({min(found), max(found)}) if found else []


def not_found(found: dict[Version, Path]) -> list[str]:
    """Say which end of what the course supports was not found here.

    >>> not_found({(3, 12, 1): Path("b")})
    ['Python 3.11.2, the oldest supported', 'Python 3.13, the newest tried']
    """
    oldest = oldest_supported()
    missing = [] if oldest in found else [f"Python {_text(oldest)}, the oldest supported"]
    if not any(version >= NEWEST_TRIED for version in found):
        missing.append(f"Python {_text(NEWEST_TRIED)}, the newest tried")
    return missing


def _candidates(environment: dict[str, str]) -> list[Path]:
    home = Path(environment.get("HOME", "/"))
    pyenv = Path(environment.get("PYENV_ROOT") or home / ".pyenv")
    tools = environment.get("RUNNER_TOOL_CACHE") or "/nowhere"
    folders = [Path(folder) for folder in environment.get("PATH", "").split(os.pathsep) if folder]
    found = [path for folder in folders if pyenv not in folder.parents for path in _programs_in(folder)]
    for place in PLACES:
        pattern = place.format(pyenv=pyenv, home=home, tools=tools)
        found.extend(sorted(Path("/").glob(pattern.lstrip("/"))))
    return [path for path in found if re.fullmatch(r"python(3(\.\d+)?)?", path.name)]


def _programs_in(folder: Path) -> list[Path]:
    """List the Pythons of a folder of the search path, unless it belongs to a virtual environment."""
    if (folder.parent / "pyvenv.cfg").exists():
        return []
    return sorted(folder.glob("python3*"))


def _version_of(path: Path) -> Version | None:
    """Ask a Python for its version; None unless it is a finished release of CPython that can make environments."""
    try:
        said = subprocess.run([str(path), "-c", ASK], capture_output=True, text=True, check=True, timeout=20).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    level, implementation, has_no_gil, *numbers = said.split()
    is_wanted = (level, implementation, has_no_gil) == ("final", "CPython", "0")
    return tuple(map(int, numbers)) if is_wanted else None


def _text(version: Version) -> str:
    return ".".join(map(str, version))
