"""Make a virtual environment, or make it anew for another Python: ``python3.11 -m tools.virtual_environment FOLDER``.

``python -m venv`` leaves the old interpreter in a folder that exists, so a second try with another one would change
nothing.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def make(folder: Path) -> None:
    """Make the environment of the Python that runs this, unless it is there already.

    Args:
        folder: Where; one that another Python made, or that is broken, is removed first.

    Raises:
        subprocess.CalledProcessError: ``venv`` could not make it; it has said why.
    """
    if folder.exists() and version_in(folder) != ".".join(map(str, sys.version_info[:3])):
        shutil.rmtree(folder)
    if not folder.exists():
        # Not this program itself: it may belong to the folder that was just removed.
        program = getattr(sys, "_base_executable", None) or sys.executable
        subprocess.run([program, "-m", "venv", str(folder)], check=True)


def version_in(folder: Path) -> str:
    """Ask an environment's Python for its version; empty if it does not answer or has no pip."""
    asked = "import pip, sys; print('.'.join(map(str, sys.version_info[:3])))"
    try:
        done = subprocess.run([str(folder / "bin" / "python"), "-c", asked], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()


def provide(folder: Path, program: Path, requirements: Path) -> None:
    """Make an environment with everything that a file of requirements names, unless it is there already.

    Args:
        folder: Where.
        program: The Python that makes it.
        requirements: The file; those in its folder that it is on top of count, too.

    Raises:
        subprocess.CalledProcessError: A step failed; it has said why.
    """
    files = sorted(requirements.parent.glob("*.txt"))
    wanted = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
    installed = folder / "installed"
    if installed.exists() and installed.read_text(encoding="utf-8") == wanted:
        return
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    for command in (
        [str(program), "-m", "tools.virtual_environment", str(folder)],
        [*pip, "--no-compile", "-r", str(requirements)],
    ):
        subprocess.run(command, cwd=ROOT, check=True)
    installed.write_text(wanted, encoding="utf-8")


if __name__ == "__main__":
    try:
        make(Path(sys.argv[1]))
    except subprocess.CalledProcessError as failed:
        sys.exit(failed.returncode)
