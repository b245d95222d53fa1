"""What made a step fail is read from what was really printed, and a wrong cause is never named."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import pytest

from tools.causes import cause_of

THIS = f"this is Python {platform.python_version()}"

PYTHON_TOO_OLD = """
ERROR: Ignored the following versions that require a different python version: 13.0 Requires-Python >=3.11.5; 13.1 \
Requires-Python >=3.11.6; 13.1.1 Requires-Python >=3.11.7
ERROR: Could not find a version that satisfies the requirement pymdown-extensions==13.1 (from versions: 12.2, 12.3)
ERROR: No matching distribution found for pymdown-extensions==13.1
"""
REFUSED = """
WARNING: Retrying (Retry(total=0, connect=None)) after connection broken by 'NewConnectionError('<pip._vendor.urllib3.\
connection.HTTPSConnection object at 0x7f>: Failed to establish a new connection: [Errno 111] Connection refused')': \
/simple/attrs/
ERROR: Could not find a version that satisfies the requirement attrs==26.1.0 (from versions: none)
ERROR: No matching distribution found for attrs==26.1.0
"""
NOT_THERE = """
ERROR: Could not find a version that satisfies the requirement torch==2.13.0 (from versions: none)
ERROR: No matching distribution found for torch==2.13.0
"""
NO_NAME = """
npm error code EAI_AGAIN
npm error syscall getaddrinfo
npm error request to https://registry.example/esbuild failed, reason: getaddrinfo EAI_AGAIN registry.example
"""
OUT_OF_STEP = """
npm error code EUSAGE
npm error `npm ci` can only install packages when your package.json and package-lock.json are in sync.
"""
DEBIAN = """
The virtual environment was not created successfully because ensurepip is not
available.  On Debian/Ubuntu systems, you need to install the python3-venv
package using the following command.

    apt install python3.11-venv
"""
OUR_EXCEPTION = f"""
Traceback (most recent call last):
  File "/usr/lib/python3.13/runpy.py", line 198, in _run_module_as_main
    return _run_code(code, main_globals)
  File "{Path.cwd()}/widgets/cli/commands.py", line 77, in _add_settings
    help=texts[field.name]
KeyError: 'steps'
"""
LIBRARY_EXCEPTION = """
Traceback (most recent call last):
  File "/usr/lib/python3.13/json/decoder.py", line 337, in decode
    obj, end = self.raw_decode(s)
json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)
"""
FAILING_TEST = f"""
E   ConnectionRefusedError: [Errno 111] Connection refused
{OUR_EXCEPTION}
npm error code EAI_AGAIN
=========================== short test summary info ============================
FAILED tests/site/test_a.py::test_one[a] - AssertionError
FAILED tests/site/test_b.py::test_two
"""
NOT_BUILT = "error: command 'gcc' failed: No such file or directory\nERROR: Failed building wheel for greenlet\n"


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        (PYTHON_TOO_OLD, f"pymdown-extensions 13.1 needs Python >=3.11.6, and {THIS}. Take another Python"),
        (REFUSED, "The package index could not be reached: the connection was refused."),
        (REFUSED.replace("Errno 111] Connection refused", "Errno -2] Name or service not known"), "no such name"),
        (REFUSED.replace("Connection refused", "CERTIFICATE_VERIFY_FAILED"), "certificate is not trusted"),
        (NOT_THERE, "The package index that pip asks has no torch==2.13.0."),
        (NO_NAME, "The npm registry registry.example could not be reached: no such name."),
        (OUT_OF_STEP, "package.json and package-lock.json do not fit together"),
        ("npm error code EWHATEVER\n", "npm stopped with EWHATEVER"),
        (DEBIAN, "sudo apt-get install python3.11-venv"),
        ("/usr/bin/python3: No module named venv\n", "apt-get install python3."),
        (
            OUR_EXCEPTION,
            "in the course's own code, not in your set-up: KeyError: 'steps' (widgets/cli/commands.py, line 77",
        ),
        (LIBRARY_EXCEPTION, "json.decoder.JSONDecodeError: Expecting value"),
        (NOT_BUILT, "greenlet has no ready-made package for Python"),
        ("OSError: [Errno 28] No space left on device\n", "The disk is full."),
        ("PermissionError: [Errno 13] Permission denied: 'site/index.html'\n", "site/index.html may not be written"),
        (FAILING_TEST, "Failing: tests/site/test_a.py::test_one[a] and 1 more."),
        (f"\x1b[31m{NOT_THERE}\x1b[0m", "has no torch==2.13.0"),
    ],
)
def test_the_cause_is_taken_from_what_was_printed(printed: str, said: str) -> None:
    assert said in (cause_of(printed, 1) or "")


@pytest.mark.parametrize(
    "printed",
    [
        "",
        "docs/lessons/lora.md:71: unknown widget 'lora-rnak'\nerror: 1 mistake\n",
        "widgets/core/html.py:12: error: Incompatible types  [arg-type]\nFound 1 error in 1 file\n",
        f"{OUR_EXCEPTION}and it went on\nline after line\nwithout caring\nabout that\nand ended\n",
        "the listing says: Connection refused\n",
    ],
    ids=["nothing", "an author's mistake", "a wrong type", "an exception that was caught", "a text about networks"],
)
def test_no_cause_is_guessed(printed: str) -> None:
    assert cause_of(printed, 1) is None


def test_a_status_alone_can_tell() -> None:
    assert cause_of("bash: line 1: ruff: command not found\n", 127) == "ruff is not installed."
    assert "memory was too small" in (cause_of("", 137) or "")


@pytest.mark.parametrize("tool", ["pip"])
def test_pip_itself_is_understood(tool: str, tmp_path: Path) -> None:
    """Ask pip, as it is installed here, for what it cannot have: from nobody, and from a folder that lacks it."""
    python = [sys.executable, "-m", tool, "install", "--disable-pip-version-check", "--quiet", "--dry-run"]
    environment = {"PATH": "/usr/bin", "PIP_CONFIG_FILE": "/dev/null", "PIP_DEFAULT_TIMEOUT": "1"}

    def said_to(*arguments: str) -> str:
        done = subprocess.run(
            [*python, *arguments, "no-such-thing==1.0"], capture_output=True, text=True, check=False, env=environment
        )
        assert done.returncode != 0
        return cause_of(done.stdout + done.stderr, done.returncode) or ""

    refused = ("--retries", "1", "--index-url", "http://127.0.0.1:9/simple")
    assert said_to(*refused).startswith("The package index")
    assert "the connection was refused" in said_to(*refused)
    assert "has no no-such-thing==1.0" in said_to("--no-index", "--find-links", str(tmp_path))
