"""Provide pyodide-build, with which the tests check our wheel and lock file: ``python -m tools.pyodide_build``.

It needs Python 3.12 or newer, so it has an environment of its own, made by the newest Python of this machine. Where
none is new enough, that is said, and the tests that need it are skipped.
"""

from __future__ import annotations

import subprocess
import sys

from tools.pythons import find_pythons
from tools.virtual_environment import ROOT, provide

FOLDER = ROOT / "build" / "pyodide-build"
NEEDS = (3, 12)


def main() -> int:
    """Make the environment where that is possible, and give the exit status."""
    suited = {version: program for version, program in find_pythons().items() if version >= NEEDS}
    if not suited:
        print("  not run: pyodide-build needs Python 3.12 or newer, and none was found on this machine")
        return 0
    newest = max(suited)
    try:
        provide(FOLDER, suited[newest], ROOT / "requirements" / "pyodide-build.txt")
    except subprocess.CalledProcessError as failed:
        return failed.returncode
    print(f"  pyodide-build runs with Python {'.'.join(map(str, newest))}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
