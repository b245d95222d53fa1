"""Measure Python's start in a page of the built site, and a training step, in every installed browser engine.

``python -m benchmarks.engine.engines --site site --runs 5``. For each engine: the first visit, with nothing stored,
then further starts from the memory snapshot that it has left, in the same page (``self_test.js`` says why); then the
workload with each build of the kernels. Files come from this machine, so only work is measured. Run nothing else
meanwhile.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

from benchmarks import slow_link
from benchmarks.engine.run import IN_PYODIDE, PAGE, WORKLOAD, engine_files, find
from tests.browsers import ENGINES
from tests.e2e.driver import Driver
from tests.e2e.self_test import fill
from tests.e2e.start import start
from tests.site_server import serving
from widgets.engine.build import BUILD, build_wasm
from widgets.site.sources.folders import ROOT

LESSON = "course/lessons/lora.html"
START_AGAIN = "async (script, site, times) => (await import(script)).startAgain(site, times)"
LATER_VISITS = 2
"""Of each first one."""


@contextmanager
def installed_engines() -> Iterator[Iterator[Driver]]:
    """Give the browsers of the engines that are installed, each running only while it is used."""
    found = {name: programs for name, engine in ENGINES.items() if (programs := engine.programs())}
    with sync_playwright() as playwright:

        def one_by_one() -> Iterator[Driver]:
            for name, programs in found.items():
                driver = start(name, programs, playwright)
                yield driver
                driver.close()

        yield one_by_one()


def boots_ms(driver: Driver, folder: Path) -> tuple[float, list[float]]:
    """Boot once with nothing stored, then several times from the snapshot; give the times in milliseconds."""
    with serving(folder) as server:
        driver.open(server.url + LESSON)
        arguments = (f"{server.url}self_test.js", f"{server.url}course/", LATER_VISITS)
        first, *later = driver.evaluate(START_AGAIN, *arguments)
    assert all(start["isRestored"] for start in later)
    return first["milliseconds"], [start["milliseconds"] for start in later]


def steps_ms(driver: Driver, modules: Iterable[Path]) -> dict[str, float | None]:
    """Measure a training step with each side module, in milliseconds; None where the browser cannot run it."""
    program = f"/{WORKLOAD.relative_to(ROOT).as_posix()}"
    steps: dict[str, float | None] = {}
    with slow_link.serving(find) as served:
        for module in modules:
            driver.open(served.url + PAGE)
            try:
                measured = json.loads(
                    driver.evaluate(f"(...all) => ({IN_PYODIDE})(all)", engine_files(module), program)
                )
                steps[module.name] = measured["step_ms"]
            except Exception as error:
                if "no WebAssembly kernels" not in str(error):
                    raise
                steps[module.name] = None
    return steps


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print one JSON line for each engine."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engine.engines", description=main.__doc__)
    parser.add_argument("--site", type=Path, default=ROOT / "site", help="the built site (default: site)")
    parser.add_argument("--runs", type=int, default=5, help="first visits in each engine (default: 5)")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, installed_engines() as engines:
        fill(Path(folder), options.site)
        for driver in engines:
            visits = [boots_ms(driver, Path(folder)) for _ in range(options.runs)]
            first, later = [one for one, _ in visits], [one for _, many in visits for one in many]
            row: dict[str, object] = {"engine": driver.name, "version": driver.version}
            for name, times in (("first_visit_ms", first), ("later_visit_ms", later)):
                row[name] = [round(time) for time in (min(times), statistics.median(times), max(times))]
            row["training_step_ms"] = steps_ms(driver, build_wasm(BUILD))
            print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
