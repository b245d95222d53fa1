"""Measure the course beside what a reader or an author would use instead: ``python -m benchmarks``, or ``make bench``.

Every measurement is taken in turn with its peers' on the same machine, in one run; a table shows median, range and
ratio of both sides, and whether the goal is reached. A part that fails is reported as such and the others go on. The
whole run writes ``benchmarks/RESULTS.md``; with ``--only`` parts of it are printed alone.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks import builds, first_answer, first_click, first_load, labs, lighthouse, python_start
from benchmarks.browsers import chromium
from benchmarks.engine import run as engine
from benchmarks.measuring import reason
from benchmarks.peers.install import NODE_MODULES, PYTHON, install
from benchmarks.report import Section, results
from widgets.site.sources.folders import ROOT

RESULTS = Path(__file__).with_name("RESULTS.md")
PEER_PACKAGES = (
    "pyodide-mkdocs-theme",
    "markdown-exec",
    "mkdocs-quiz",
    "jupyterlite-core",
    "jupyterlite-pyodide-kernel",
)
PEER_MODULES = ("@jax-js/jax", "@tensorflow/tfjs-core", "lighthouse")

Part = Callable[[Path, int], list[Section]]
"""Built site and number of runs → tables."""


def _first_load(site: Path, runs: int) -> list[Section]:
    with chromium() as (_, browser):
        return first_load.measure(browser, site, runs)


def _first_click(site: Path, runs: int) -> list[Section]:
    with chromium() as (_, browser):
        return [first_click.measure(browser, site, runs)]


def _python_start(site: Path, runs: int) -> list[Section]:
    with chromium() as (playwright, browser):
        return [python_start.measure(playwright, browser, site, runs)]


def _labs(site: Path, runs: int) -> list[Section]:
    with chromium() as (_, browser):
        return [labs.measure(browser, site, runs)]


def _first_answer(site: Path, runs: int) -> list[Section]:
    with chromium() as (_, browser):
        return first_answer.measure(browser, site, runs, 1)


def _engine(_: Path, runs: int) -> list[Section]:
    with chromium() as (_playwright, browser):
        return [engine.measure(browser, runs)]


PARTS: dict[str, Part] = {
    "engine": _engine,
    "labs": _labs,
    "first-click": _first_click,
    "python": _python_start,
    "first-load": _first_load,
    "first-answer": _first_answer,
    "lighthouse": lambda site, _: [lighthouse.measure(site)],
    "build": lambda _site, _runs: [builds.measure()],
}
"""In the order in which they run: what needs the quietest machine comes first."""


def take(name: str, part: Part, site: Path, runs: int) -> list[Section]:
    """Run one part; if it fails, give a section that says why."""
    start = time.perf_counter()
    try:
        sections = part(site, runs)
    except Exception as error:  # whatever happens in one part, the others are measured
        sections = [Section(name, "This part could not be measured.", notes=[reason(error)])]
    print(f"\n→ {name}: {time.perf_counter() - start:.0f} s\n", flush=True)
    for section in sections:
        print(section.markdown(), flush=True)
    return sections


def heading(runs: int, seconds: float) -> list[str]:
    """Say when, on what and with which versions it was measured."""
    load = f"load {os.getloadavg()[0]:.1f} at the end" if hasattr(os, "getloadavg") else "load unknown"
    return [
        "Written by `make bench`; do not edit. Both sides of a line were measured in turn in the same run. A cell",
        "shows the median and, in brackets, the range; ratios are the course's figure divided by the other's.",
        "",
        f"- **When**: {datetime.now(UTC):%d %B %Y, %H:%M} UTC, {seconds / 60:.0f} minutes, {runs} runs of most figures",
        f"- **Machine**: {processor()}, {os.cpu_count()} processors, {platform.system()} {platform.machine()}, {load}",
        f"- **Versions**: {', '.join(versions())}",
    ]


def processor() -> str:
    """Name the processor."""
    information = Path("/proc/cpuinfo")
    lines = information.read_text(encoding="utf-8").splitlines() if information.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown processor"


def versions() -> Iterator[str]:
    """Name the versions of everything that was measured."""
    yield f"Python {platform.python_version()}"
    for package in ("mkdocs", "mkdocs-material"):
        yield f"{package} {version(package)}"
    with chromium() as (_, browser):
        yield f"Chromium {browser.version}"
    for folder, names in ((ROOT / "node_modules", ("pyodide",)), (NODE_MODULES, PEER_MODULES)):
        for name in names:
            file = folder / name / "package.json"
            yield (
                f"{name} {json.loads(file.read_text(encoding='utf-8'))['version']}" if file.is_file() else f"no {name}"
            )
    listed = "import importlib.metadata as m, sys; [print(n, m.version(n)) for n in sys.argv[1:]]"
    for python, packages in ((PYTHON, PEER_PACKAGES), (engine.TORCH_PYTHON, ("torch",))):
        command = [str(python), "-c", listed, *packages]
        if python.is_file():
            yield from subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()


def main() -> int:
    """Measure everything or some parts; 0 unless nothing could be measured at all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure the course beside its peers.")
    parser.add_argument("--site", type=Path, default=ROOT / "site", help="the built site")
    parser.add_argument("--runs", type=int, default=3, help="runs of most figures")
    parser.add_argument("--only", nargs="+", choices=list(PARTS), help="print these parts; RESULTS.md stays as it is")
    options = parser.parse_args()
    if not (options.site / "index.html").is_file():
        print(f"there is no site in {options.site}; run: make site", file=sys.stderr)
        return 1
    problems = install()
    print("\n".join(problems), file=sys.stderr)
    start = time.perf_counter()
    sections: list[Section] = []
    for name in options.only or PARTS:
        sections += take(name, PARTS[name], options.site, options.runs)
        if not options.only:
            RESULTS.write_text(results(heading(options.runs, time.perf_counter() - start), sections), encoding="utf-8")
    return 0 if any(section.rows for section in sections) else 1


if __name__ == "__main__":
    sys.exit(main())
