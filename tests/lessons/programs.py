"""Run one listing as a reader would: its text in a file, a fresh Python, an empty folder.

What differs from the reader's machine is outside the program: the hub cache of :mod:`tests.lessons.hub_cache`, no
network, one thread, no GPU.
"""

from __future__ import annotations

import ast
import os
import re
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from widgets.site.sources.folders import ROOT
from widgets.site.sources.listings import Listing

if TYPE_CHECKING:
    from tests.lessons.warm import Server

TIME_LIMIT_S = 1200
"""A program that takes longer than this hangs; the longest needs half a minute of a free core."""

OFFLINE = re.compile(r"LocalEntryNotFoundError|OfflineModeIsEnabled|Couldn't reach|We couldn't connect to")
STACK_OF_LATE = re.compile(r"^Timeout \([\d:.]+\)!$", re.MULTILINE)
"""What faulthandler writes before the stack of a program that took too long."""

ERROR_LINE = re.compile(r"^[A-Za-z_][\w.]*(?:: .*)?$")


@dataclass(frozen=True)
class Outcome:
    """What came of a check.

    Attributes:
        status: ``passed``, ``failed``, or ``unchecked`` when nothing can be said of the listing.
        error: One line that says what went wrong, or "".
        line: The program's line that the error belongs to, counted from 1; 0 if there is none.
        output: What the program printed.
        warnings: Announcements that something used will go away, each once.
        seconds: Wall time.
    """

    status: str
    error: str = ""
    line: int = 0
    output: str = ""
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0


def offline(home: Path) -> dict[str, str]:
    """Make the environment variables of a program that may use neither a network nor a GPU."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "PYTHON", "PYTEST"))}
    return {
        **kept,
        "HF_HOME": str(home),
        "HF_HUB_OFFLINE": "1",
        "OMP_NUM_THREADS": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "CUDA_VISIBLE_DEVICES": "",
        "PYTHONWARNINGS": "default",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def program_environment(listing: Listing, home: Path) -> dict[str, str]:
    """Make the environment variables of a listing's program.

    Programs of the lessons see no module of this repository; those on pages about it do.
    """
    return offline(home) | ({} if listing.page.startswith("lessons/") else {"PYTHONPATH": str(ROOT)})


def run_program(
    listing: Listing, python: Path, folder: Path, home: Path, time_limit_s: float = TIME_LIMIT_S
) -> Outcome:
    """Run a listing's program in a folder.

    Args:
        listing: The listing; its program is saved under its title.
        python: The interpreter, of the environment with the libraries.
        folder: Where it runs; what earlier listings of the page wrote there is still there.
        home: The hub cache.
        time_limit_s: When to give up, in seconds; the stack is then printed, so that the line is known.
    """
    try:
        ast.parse(listing.program)
    except SyntaxError as error:
        return Outcome("failed", f"SyntaxError: {error.msg}", error.lineno or 1)
    file = folder / listing.file_name
    file.write_text(listing.program + "\n", encoding="utf-8")
    began = time.monotonic()
    process = subprocess.Popen(
        [python, "-X", "faulthandler", file.name],
        cwd=folder,
        env=program_environment(listing, home),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    late = ""
    try:
        output, errors = process.communicate(timeout=time_limit_s)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGABRT)
        output, errors = process.communicate()
        late = f"TimeoutError: not finished after {time_limit_s:.0f} s"
    return outcome_of(process.returncode, output, errors, file.name, time.monotonic() - began, late)


def run_in_copy(listing: Listing, server: Server, folder: Path, time_limit_s: float = TIME_LIMIT_S) -> Outcome:
    """Run a listing's program in a folder, in a copy of a process that has imported the libraries.

    Args:
        listing: The listing; its program is saved under its title.
        server: That process.
        folder: Where it runs; what earlier listings of the page wrote there is still there.
        time_limit_s: When to give up, in seconds; the stack is then printed, so that the line is known.
    """
    from tests.lessons.warm import Job

    try:
        ast.parse(listing.program)
    except SyntaxError as error:
        return Outcome("failed", f"SyntaxError: {error.msg}", error.lineno or 1)
    file = folder / listing.file_name
    file.write_text(listing.program + "\n", encoding="utf-8")
    beside = [] if listing.page.startswith("lessons/") else [str(ROOT)]
    streams = [folder.with_name(f"{folder.name}.{name}") for name in ("output", "errors")]
    for stream in streams:
        stream.unlink(missing_ok=True)
    job = Job(
        str(folder),
        file.name,
        path=[str(folder), *beside],
        output=str(streams[0]),
        errors=str(streams[1]),
        limit_seconds=time_limit_s,
    )
    status, seconds = server.run(job)
    output, errors = (stream.read_text(encoding="utf-8", errors="replace") for stream in streams)
    late = f"TimeoutError: not finished after {time_limit_s:.0f} s" if STACK_OF_LATE.search(errors) else ""
    return outcome_of(status, output, errors, file.name, seconds, late)


def outcome_of(status: int, output: str, errors: str, file_name: str, seconds: float, late: str = "") -> Outcome:
    """Say what came of a program.

    Args:
        status: Its exit status; minus the signal's number if one ended it.
        output, errors: What it wrote to its two streams.
        file_name: Name of its file.
        seconds: How long it took.
        late: What to say if it was ended because it took too long.
    """
    warnings = announcements(errors)
    if status == 0:
        return Outcome("passed", output=output, warnings=warnings, seconds=seconds)
    message, line = read_error(errors, file_name)
    found = "unchecked" if OFFLINE.search(message) else "failed"
    return Outcome(found, late or message or ended_by(status), line, output, warnings, seconds)


def read_error(errors: str, file_name: str) -> tuple[str, int]:
    """Find the error and the program's own line in what Python wrote.

    Returns:
        The error in one line, and the innermost line of the file in the last traceback (0 if it is in none).

    >>> text = '''Traceback (most recent call last):
    ...   File "/x/a.py", line 3, in <module>
    ...     f(1)
    ...   File "/lib/b.py", line 9, in f
    ... TypeError: no'''
    >>> read_error(text, "a.py")
    ('TypeError: no', 3)
    """
    lines = re.split(r"[\r\n]+", errors)
    starts = [
        number
        for number, line in enumerate(lines)
        if line.startswith(("Traceback (most recent call last)", "Fatal Python error"))
        or line.endswith("(most recent call first):")
    ]
    if not starts:
        return next((line.strip() for line in reversed(lines) if line.strip()), ""), 0
    last = lines[starts[-1] :]
    own = [
        int(found) for found in re.findall(rf'File "(?:[^"]*/)?{re.escape(file_name)}", line (\d+)', "\n".join(last))
    ]
    crashed = last[0].endswith("(most recent call first):")
    after = [number for number, line in enumerate(last[1:], 1) if ERROR_LINE.match(line)]
    if crashed:
        message = next((line for line in lines if line.startswith("Fatal Python error")), "")
    else:
        message = " ".join(line.strip() for line in last[after[0] :] if line.strip())[:400] if after else ""
    if not own:
        return message, 0
    return message, own[0] if crashed else own[-1]


def ended_by(status: int) -> str:
    """Say how a program ended that wrote no error."""
    if status < 0:
        return f"the program was ended by signal {signal.Signals(-status).name}"
    return f"the program ended with status {status}"


def announcements(errors: str) -> tuple[str, ...]:
    """Collect the warnings that something a program uses will go away.

    >>> announcements("/lib/x.py:3: FutureWarning: `a` will be removed\\n  a()")
    ('FutureWarning: `a` will be removed',)
    """
    found = re.findall(r"\b((?:Future|Deprecation|PendingDeprecation)Warning: [^\r\n]+)", errors)
    return tuple(dict.fromkeys(found))
