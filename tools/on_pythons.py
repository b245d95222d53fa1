"""Set the course up, check it and run its unit tests on the oldest and the newest Python of this machine.

``python -m tools.on_pythons``, as ``make test-pythons`` runs it with the Python of .venv, which the other tests run
with; what that one has shown is not repeated. What was not found is named. The environments stay in build/pythons.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from tools.pythons import Version, ends, find_pythons, not_found
from tools.virtual_environment import ROOT, provide

ENVIRONMENTS = ROOT / "build" / "pythons"
REQUIREMENTS = ROOT / "requirements" / "unit.txt"
FUZZ_CASES = "100"
"""Cases of each fuzz test: the other Python has looked at thousands; here the version is what may differ."""

LEFT_OUT = (
    *("tests/lessons", "tests/components", "tests/e2e", "tests/test_browsers.py", "tests/journeys.py"),
    *("tests/browser", "tests/engine/test_wasm.py", "tests/benchmarks"),
    *("tests/recipes/test_preference_figures.py", "tests/gallery/labs/test_what_lessons_suggest.py"),
)
"""Tests of what another Python does not change: browsers, JavaScript, WebAssembly, torch, long training in C."""


def main() -> int:
    """Try the course on each of the two; give the status of the first that fails."""
    found = find_pythons()
    for missing in not_found(found):
        print(f"  not found on this machine, so not tried: {missing}", flush=True)
    for version in ends(found):
        if version == sys.version_info[:3]:
            print(f"  Python {_text(version)}: every other test has run with it", flush=True)
            continue
        status = try_on(version, found[version])
        if status:
            return status
    return 0


def try_on(version: Version, program: Path) -> int:
    """Set up, check and test with one Python, and say how long it took.

    Args:
        version: Its version.
        program: Its path.

    Returns:
        The exit status of the first command that failed, or 0.
    """
    print(f"  Python {_text(version)} ({program})", flush=True)
    start = time.monotonic()
    folder = ENVIRONMENTS / _text(version)
    try:
        provide(folder, program, REQUIREMENTS)
        for command in trial(str(folder / "bin" / "python")):
            subprocess.run(command, cwd=ROOT, env=_environment(folder), check=True)
    except subprocess.CalledProcessError as failed:
        print(f"  Python {_text(version)}: this failed: {' '.join(failed.cmd[1:])}", flush=True)
        return failed.returncode
    print(f"  Python {_text(version)}: well, {time.monotonic() - start:.0f} s", flush=True)
    return 0


def trial(python: str) -> list[list[str]]:
    """List the commands with which the course is tried once it is set up."""
    ignored = [f"--ignore={path}" for path in LEFT_OUT]
    return [
        [python, "-m", "widgets", "npm", "version", "--silent"],
        [python, "-m", "widgets", "check"],
        [python, "-m", "pytest", "-p", "no:cacheprovider", "--numprocesses=auto", *ignored],
    ]


def _environment(folder: Path) -> dict[str, str]:
    path = f"{folder / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    return {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "FT_FUZZ_CASES": FUZZ_CASES}


def _text(version: Version) -> str:
    return ".".join(map(str, version))


if __name__ == "__main__":
    sys.exit(main())
