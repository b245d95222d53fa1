"""A step shows what its command prints, ends with its status, and says what failed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from widgets.site.sources.folders import ROOT


def start(command: str, advice: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tools.step", "a step", command, advice],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def run(command: str, advice: str = "") -> tuple[int, str, str]:
    process = start(command, advice)
    shown, said = process.communicate(timeout=60)
    return process.returncode, shown, said


def test_a_step_that_goes_well_says_nothing_more() -> None:
    assert run("echo one; echo two >&2") == (0, "→ a step\none\ntwo\n", "")


def test_the_status_is_the_commands_and_its_advice_is_given() -> None:
    status, shown, said = run("echo wrong; exit 3", "The line above says what.")
    assert (status, shown) == (3, "→ a step\nwrong\n")
    assert said == "\n✗ The step “a step” failed. The line above says what.\n"


def test_a_cause_that_was_printed_takes_the_place_of_the_advice() -> None:
    _, _, said = run("echo 'ERROR: No matching distribution found for x==1' >&2; exit 1", "Check the connection.")
    assert "has no x==1" in said
    assert "Check the connection" not in said


@pytest.mark.parametrize("command", ["false; true", "false | true", "echo $nothing_of_that_name"])
def test_no_part_of_a_command_fails_unseen(command: str) -> None:
    assert run(command)[0] != 0


def test_a_step_that_the_reader_stops_is_no_failure() -> None:
    # The command says itself that it has begun: between two commands of its own, bash may lose the signal.
    process = start(f"""exec "{sys.executable}" -c 'import time; print("begun", flush=True); time.sleep(60)'""")
    assert process.stdout is not None
    assert [process.stdout.readline(), process.stdout.readline()] == ["→ a step\n", "begun\n"]
    before = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert said == ""
    assert time.monotonic() - before < 30
