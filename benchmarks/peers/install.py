"""Install the peers into ``build/peers``: ``python -m benchmarks.peers.install``.

They come from the package registries, pinned in ``requirements.txt`` and ``package-lock.json`` beside this file, into
an environment and a folder of their own, so that nothing of the course depends on them.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from widgets.core.errors import BuildError
from widgets.site.sources.folders import ROOT

HERE = Path(__file__).parent
PEERS = ROOT / "build" / "peers"
NODE_MODULES = PEERS / "node_modules"
PYTHON = PEERS / "venv" / "bin" / "python"
WHEELS = PEERS / "wheels"
"""Pure Python packages that Pyodide's own distribution would hold, from the package index."""


def install() -> list[str]:
    """Install what is not installed yet.

    Returns:
        One sentence for each part that could not be installed; the benchmark then reports those peers as missing.
    """
    PEERS.mkdir(parents=True, exist_ok=True)
    problems = []
    for name, sources, step in (
        ("python", ("requirements.txt", "wheels.txt"), _install_python),
        ("node", ("package.json", "package-lock.json"), _install_node),
    ):
        digest = hashlib.sha256(b"".join((HERE / source).read_bytes() for source in sources)).hexdigest()
        stamp = PEERS / f"{name}.installed"
        if stamp.is_file() and stamp.read_text(encoding="utf-8") == digest:
            continue
        try:
            step()
            stamp.write_text(digest, encoding="utf-8")
        except (BuildError, OSError, subprocess.SubprocessError) as error:
            problems.append(f"the {name} packages of the peers could not be installed: {error}")
    return problems


def _install_python() -> None:
    venv = PEERS / "venv"
    if not PYTHON.is_file():
        _run([sys.executable, "-m", "venv", str(venv)])
    pip = [str(PYTHON), "-m", "pip", "--quiet", "--disable-pip-version-check"]
    _run([*pip, "install", "-r", str(HERE / "requirements.txt")])
    WHEELS.mkdir(exist_ok=True)
    _run(
        [
            *pip,
            "download",
            "--no-deps",
            "--ignore-requires-python",
            "--dest",
            str(WHEELS),
            "-r",
            str(HERE / "wheels.txt"),
        ]
    )


def _install_node() -> None:
    for name in ("package.json", "package-lock.json"):
        shutil.copy2(HERE / name, PEERS / name)
    shutil.copy2(ROOT / ".npmrc", PEERS / ".npmrc")
    _run([sys.executable, "-m", "widgets", "npm", "ci", "--prefix", str(PEERS), "--loglevel=error"])


def _run(command: list[str]) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=900)
    if done.returncode:
        raise BuildError((done.stderr.strip().splitlines() or ["it failed and said nothing"])[-1])


if __name__ == "__main__":
    found = install()
    print("\n".join(found) or f"the peers are installed in {PEERS.relative_to(ROOT)}/")
    sys.exit(1 if found else 0)
