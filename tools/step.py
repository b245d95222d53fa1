"""Run one step of the Makefile, and say what made it fail: ``python -m tools.step NAME COMMAND [ADVICE]``.

What the command prints is shown as it comes. If it fails, the cause is read from that text (:mod:`tools.causes`);
the step's own advice is given only where nothing there names a cause.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import deque

from tools.causes import cause_of

KEPT_LINES = 400
"""How many of the last lines a cause is looked for in."""


def run_step(name: str, command: str, advice: str = "") -> int:
    """Run a command of the shell, show what it prints, and explain a failure.

    Args:
        name: The step's name, as the reader sees it.
        command: The command line, for bash.
        advice: What to do if it fails for a reason that its text does not name.

    Returns:
        The command's exit status; 128 and the signal's number if a signal ended it.
    """
    print(f"→ {name}", flush=True)
    shown: deque[str] = deque(maxlen=KEPT_LINES)
    process = subprocess.Popen(
        ["bash", "-eu", "-o", "pipefail", "-c", command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "PYTHONUNBUFFERED": "1", **_colours()},
    )
    signal.signal(signal.SIGINT, lambda *_: None)  # the command gets it too, and ends by itself
    assert process.stdout is not None
    for line in process.stdout:
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
        shown.append(line.decode("utf-8", "replace"))
    status = process.wait()
    if status < 0:
        status = 128 - status
    if status not in (0, 128 + signal.SIGINT):
        print(f"\n{failure(name, list(shown), status, advice)}", file=sys.stderr)
    return status


def failure(name: str, shown: list[str], status: int, advice: str) -> str:
    """Put into words which step failed, and why.

    >>> print(failure("site", ["docs/index.md:3: no such quiz\\n"], 1, "The lines above name file and line."))
    ✗ The step “site” failed. The lines above name file and line.
    >>> print(failure("site", ["OSError: [Errno 28] No space left on device\\n"], 1, ""))
    ✗ The step “site” failed. The disk is full. Make room and run the command again.
    """
    text = cause_of("".join(shown), status) or advice or "The lines above say what went wrong."
    return f"✗ The step “{name}” failed. {text}"


def _colours() -> dict[str, str]:
    """Ask for colours where the reader's own screen would have had them."""
    return {"FORCE_COLOR": "1"} if sys.stdout.isatty() and "NO_COLOR" not in os.environ else {}


if __name__ == "__main__":
    sys.exit(run_step(*sys.argv[1:4]))
