"""Build the peers' smallest sites, and find what they would fetch from elsewhere among the installed packages."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import tempfile
from pathlib import Path

from benchmarks.peers.install import HERE, NODE_MODULES, PEERS, PYTHON, WHEELS
from benchmarks.slow_link import Finder, files_below
from widgets.core.errors import BuildError

SITES = PEERS / "sites"
MKDOCS_PEERS = ("pyodide-mkdocs-theme", "markdown-exec", "mkdocs-quiz")

ELSEWHERE = {
    "https://cdn.jsdelivr.net/": "{origin}/cdn/cdn.jsdelivr.net/",
    "https://cdnjs.cloudflare.com/": "{origin}/cdn/cdnjs.cloudflare.com/",
    "integrity": "unchecked",
}
"""Where the peers load their libraries from → where the benchmark's server has them. For a reader each further origin
costs a name look-up and a handshake; here it costs nothing. The hashes that pages state for their libraries are no
longer true of files with other addresses in them, so they are not looked at."""

PACKAGES = (
    (re.compile(r"cdn/cdn\.jsdelivr\.net/pyodide/v(?P<version>[\d.]+)/full/(?P<path>.+)"), "pyodide-{version}/{path}"),
    (re.compile(r"cdn/cdn\.jsdelivr\.net/npm/jquery@[\d.]+"), "jquery/dist/jquery.min.js"),
    (re.compile(r"cdn/cdn\.jsdelivr\.net/npm/(?P<name>[^/]+)@[\d.]+/(?P<path>.+)"), "{name}/{path}"),
    (
        re.compile(r"cdn/cdnjs\.cloudflare\.com/ajax/libs/ace/1\.16\.0/(?P<path>.+)"),
        "ace-builds-1.16/src-min-noconflict/{path}",
    ),
    (
        re.compile(r"cdn/cdnjs\.cloudflare\.com/ajax/libs/highlight\.js/[\d.]+/(?P<path>.+)"),
        "@highlightjs/cdn-assets/{path}",
    ),
)


def package_file(name: str) -> Path | None:
    """Find a file of a foreign origin among the npm packages and the wheels.

    The npm package of Pyodide holds its core; a wheel of its distribution is taken from the package index.
    """
    for pattern, place in PACKAGES:
        match = pattern.fullmatch(name)
        if match:
            file = NODE_MODULES / place.format(**match.groupdict())
            if file.name == "pyodide-lock.json":
                return lock_file(file)
            return file if file.is_file() else wheel(file.name)
    return None


def lock_file(original: Path) -> Path:
    """Write Pyodide's lock file with the hashes of the wheels that are served, and give its path.

    Pyodide builds its wheels itself; those of the package index have the same content and another hash.
    """
    lock = json.loads(original.read_text(encoding="utf-8"))
    for package in lock["packages"].values():
        file = wheel(package["file_name"])
        if file:
            package["sha256"] = hashlib.sha256(file.read_bytes()).hexdigest()
    written = PEERS / "locks" / original.parent.name / original.name
    written.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(lock)
    if not written.is_file() or written.read_text(encoding="utf-8") != text:
        written.write_text(text, encoding="utf-8")
    return written


def wheel(name: str) -> Path | None:
    """Find a downloaded wheel of the same name and version."""
    start = "-".join(name.split("-")[:2]).lower()
    found = sorted(path for path in WHEELS.glob("*.whl") if path.name.lower().startswith(f"{start}-"))
    return found[0] if found and name.endswith(".whl") else None


def finder(site: Path) -> Finder:
    """Find the files of a peer's site, and those that it takes from elsewhere."""
    own = files_below(site)
    return lambda name: package_file(name) if name.startswith("cdn/") else own(name)


def build_peer(name: str) -> Path:
    """Build a peer's site.

    Args:
        name: One of :data:`MKDOCS_PEERS`, or ``jupyterlite``.

    Returns:
        Its folder.

    Raises:
        BuildError: If the peer is not installed, or its build fails.
    """
    if not PYTHON.is_file():
        raise BuildError("the peers are not installed; run: python -m benchmarks.peers.install")
    site = SITES / name
    with tempfile.TemporaryDirectory() as scratch:
        if name == "jupyterlite":
            command = ["jupyterlite_core.app", "build", "--apps", "repl", "--lite-dir", scratch]
            command += ["--output-dir", str(site)]
            # Its kernel asks the package index for this one, which no lock file holds; so the site brings it.
            command += [f"--piplite-wheels={path}" for path in sorted(WHEELS.glob("comm-*.whl"))]
        else:
            command = ["mkdocs", "--quiet", "build", "--site-dir", str(site)]
        done = subprocess.run(
            [str(PYTHON), "-m", *command],
            cwd=HERE / "sites" / name if name in MKDOCS_PEERS else scratch,
            env={**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
    if done.returncode:
        raise BuildError(f"{name} could not be built: {(done.stderr.strip().splitlines() or ['?'])[-1]}")
    return site
