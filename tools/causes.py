"""Say in a sentence or two what made a command fail, read from what it printed, and what to do about it.

Each cause is looked for in the words with which pip, npm, venv or Python really announce it. Where nothing is
recognised there is no cause: a guess that is wrong costs more than none.
"""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Callable
from pathlib import Path

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
OTHER_PYTHON = "Take another Python: make HOST_PYTHON=python3.13 …"
AGAIN = "Run the command again when it can be reached."


def cause_of(output: str, status: int) -> str | None:
    """Return what made a command fail and what to do; None if its text does not tell.

    Args:
        output: The last lines that it printed.
        status: Its exit status.

    >>> cause_of("ERROR: No matching distribution found for ruff==9.9\\n", 1)
    'The package index that pip asks has no ruff==9.9. Ask the one that has it: PIP_INDEX_URL=…'
    >>> cause_of("all well so far\\n", 1) is None
    True
    """
    text = COLOUR.sub("", output)
    found = next((cause for look in LOOKS if (cause := look(text))), None)
    if found is None and status == 127:
        missing = re.findall(r"(?m)^(?:bash: )?(?:line \d+: )?(\S+): (?:command not found|No such file)", text)
        return f"{missing[-1]} is not installed." if missing else None
    if found is None and status == 137:
        return "It was killed; mostly the memory was too small for it."
    return found


def _failing_test(text: str) -> str | None:
    """Name the first test of pytest's summary; whatever stands above it belongs to the tests."""
    tests = re.findall(r"(?m)^(?:FAILED|ERROR) (\S+\.(?:py|md)\S*)", text)
    if not tests:
        return None
    more = f" and {len(tests) - 1} more" if len(tests) > 1 else ""
    return f"Failing: {tests[0]}{more}. One alone: .venv/bin/python -m pytest '{tests[0]}'"


def _wants_another_python(text: str) -> str | None:
    """Read pip's refusal of a version that this Python is too old or too new for."""
    missing = re.search(r"No matching distribution found for ([\w.-]+)==([\w.+!-]+)", text)
    if not missing:
        return None
    name, version = missing.groups()
    kept_out = re.search(
        rf"require a different python version: .*?\b{re.escape(version)} Requires-Python ([^;\n]+)", text
    )
    if not kept_out:
        return None
    return (
        f"{name} {version} needs Python {kept_out[1]}, and this is Python {platform.python_version()}. {OTHER_PYTHON}"
    )


UNREACHED = (
    (r"CERTIFICATE_VERIFY_FAILED|SELF_SIGNED_CERT|UNABLE_TO_(?:VERIFY|GET)\w*", "its certificate is not trusted here"),
    (r"ProxyError|Tunnel connection failed|E407", "the proxy refused"),
    (
        r"Name or service not known|name resolution|getaddrinfo|nodename nor servname|ENOTFOUND|EAI_AGAIN",
        "no such name",
    ),
    (r"Connection refused|ECONNREFUSED", "the connection was refused"),
    (r"Network is unreachable|No route to host|ENETUNREACH|EHOSTUNREACH", "there is no network"),
    (r"[Tt]imed out|ETIMEDOUT|ERR_SOCKET_TIMEOUT|timeout", "it did not answer in time"),
    (r"ECONNRESET|Connection reset|RemoteDisconnected|Connection aborted", "the connection broke off"),
)
"""How pip and npm put what stood between them and a server; what that is in plain words."""


def _unreachable(text: str) -> str | None:
    """Read that pip or npm did not get through to the server that it asked."""
    pip = re.findall(r"(?m)^(?:WARNING: Retrying .*|ERROR: .*(?:Max retries|HTTPSConnectionPool|connection).*)$", text)
    npm = re.findall(r"(?m)^npm (?:error|ERR!) .*$", text)
    for who, said in (("The package index", "\n".join(pip)), ("The npm registry", "\n".join(npm))):
        for pattern, meaning in UNREACHED:
            if said and re.search(pattern, said):
                host = re.search(r"host='([^']+)'|https?://([^/\s:'\"]+)", said)
                named = f" {host[1] or host[2]}" if host else ""
                return f"{who}{named} could not be reached: {meaning}. {AGAIN}"
    return None


def _not_on_the_index(text: str) -> str | None:
    missing = re.findall(r"No matching distribution found for (\S+)", text)
    if not missing:
        return None
    return f"The package index that pip asks has no {missing[-1]}. Ask the one that has it: PIP_INDEX_URL=…"


def _not_built(text: str) -> str | None:
    """Read that pip found no ready-made package, and could not make one."""
    broken = re.search(
        r"Failed to build ([\w.-]+)|Could not build wheels for ([\w.-]+)|Failed building wheel for (\S+)", text
    )
    if not broken:
        return None
    name = next(filter(None, broken.groups()))
    machine = f"Python {platform.python_version()} on {sys.platform} {platform.machine()}"
    return f"{name} has no ready-made package for {machine}, and making one failed. {OTHER_PYTHON}"


def _no_ensurepip(text: str) -> str | None:
    if not re.search(r"ensurepip is not\s+available|No module named '?(?:ensurepip|venv)\b", text):
        return None
    named = re.search(r"apt(?:-get)? install (python[\w.]*-venv)", text)
    package = named[1] if named else f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    return f"This Python came without venv and pip. On Debian and Ubuntu: sudo apt-get install {package}"


NPM = {
    "EUSAGE": "package.json and package-lock.json do not fit together; npm's lines above say where.",
    "ETARGET": "The npm registry has no such version; npm's lines above name it.",
    "E404": "The npm registry has no such package; npm's lines above name it.",
    "EBADENGINE": "This Node.js is too old for a package; npm's lines above name it.",
    "EINTEGRITY": "What the npm registry sent is not what package-lock.json names; npm's lines above say which.",
    "EACCES": "npm may not write there; its lines above name the folder.",
}


def _npm(text: str) -> str | None:
    code = re.search(r"(?m)^npm (?:error|ERR!) code (\w+)", text)
    return NPM.get(code[1], f"npm stopped with {code[1]}; its lines above say why.") if code else None


def _disk_full(text: str) -> str | None:
    full = re.search(r"No space left on device|\bENOSPC\b", text)
    return "The disk is full. Make room and run the command again." if full else None


def _not_allowed(text: str) -> str | None:
    refused = re.search(r"(?:Permission denied|Read-only file system):? '([^']+)'", text)
    return f"{refused[1]} may not be written or read by you." if refused else None


def _exception(text: str) -> str | None:
    """Read an exception that nobody caught, and say whose code raised it."""
    *_, traceback = ["", *text.split("Traceback (most recent call last):\n")[1:]]
    ends = re.search(r"(?m)^([A-Za-z_][\w.]*(?:: .*)?)$", traceback)
    if not ends or traceback[ends.end() :].strip().count("\n") > 2:
        return None
    missing = re.match(r"ModuleNotFoundError: No module named '([\w.]+)'", ends[1])
    if missing and not (Path(missing[1].split(".")[0]).is_dir()):
        return f"The Python package {missing[1]} is not installed. Set up anew: rm -rf build/stamps"
    frames = re.findall(r'(?m)^  File "([^"]+)", line (\d+)', traceback)
    for path, line in reversed(frames):
        own = _own_path(path)
        if own:
            where = f"{own}, line {line}; Python {platform.python_version()}"
            return f"A mistake in the course's own code, not in your set-up: {ends[1]} ({where})."
    return f"{ends[1]}." if frames else None


def _own_path(path: str) -> str | None:
    """Give a file's path in the project; None for one of a library."""
    try:
        inside = Path(path).resolve().relative_to(Path.cwd())
    except ValueError:
        return None
    return None if inside.parts[0].startswith(".venv") or "site-packages" in inside.parts else str(inside)


LOOKS: tuple[Callable[[str], str | None], ...] = (
    _failing_test,
    _no_ensurepip,
    _disk_full,
    _wants_another_python,
    _unreachable,
    _not_on_the_index,
    _not_built,
    _npm,
    _exception,
    _not_allowed,
)
"""Looked through in this order: pip says “No matching distribution” also where it reached no index at all."""
