"""Run the script and the notebook of each lesson, two at a time, offline like the listings themselves."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from tests.lessons.checking import WORKERS, hub_home
from tests.lessons.environment import Environment
from tests.lessons.programs import TIME_LIMIT_S, Outcome, program_environment, run_program
from widgets.site.sources.listings import Listing

NOTEBOOK_CLIENT = Path(__file__).with_name("notebook_client.py").resolve()

Wanted = tuple[Path, Listing]
"""A file that the build has made, and a listing of its lesson."""


def run_script(file: Path, listing: Listing, python: Path, folder: Path, home: Path) -> Outcome:
    """Run a lesson's script as a program of its own."""
    text = file.read_text(encoding="utf-8")
    whole = Listing(listing.page, 1, file.name, "run", "", text, text, tuple(range(1, text.count("\n") + 2)))
    return run_program(whole, python, folder, home)


def run_notebook(file: Path, listing: Listing, python: Path, folder: Path, home: Path) -> Outcome:
    """Run a lesson's notebook in a kernel of its own."""
    jupyter = {name: str(folder / ".jupyter") for name in ("JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR")}
    result = subprocess.run(
        [python, NOTEBOOK_CLIENT, file],
        cwd=folder,
        env={**program_environment(listing, home), **jupyter, "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT_S,
        check=False,
    )
    error = (result.stderr.strip().splitlines() or [f"status {result.returncode}"])[-1]
    return Outcome("failed", error) if result.returncode else Outcome("passed", output=result.stdout)


class WholeLessons:
    """The runs of some files in one environment; :meth:`outcome` waits for one of them."""

    def __init__(self, wanted: Iterable[Wanted], environment: Environment, work: Path) -> None:
        """Begin to run, the files that take longest first.

        Args:
            wanted: The files.
            environment: Where the libraries are.
            work: An empty folder.
        """
        self._home = hub_home(environment)
        self._pool = ThreadPoolExecutor(WORKERS)
        self._runs: dict[str, Future[Outcome]] = {
            file.name: self._pool.submit(self._run, file, listing, environment.python, work / file.name)
            for file, listing in wanted
        }

    def _run(self, file: Path, listing: Listing, python: Path, folder: Path) -> Outcome:
        home = folder / "hub-cache"  # its own copy: datasets writes intermediate results beside its data
        try:
            (folder / "program").mkdir(parents=True)
            shutil.copytree(self._home, home)
            run = run_script if file.suffix == ".py" else run_notebook
            return run(file, listing, python, folder / "program", home)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def outcome(self, name: str) -> Outcome:
        """Wait for the outcome of a file."""
        return self._runs[name].result()

    def close(self) -> None:
        """Stop what has not begun."""
        self._pool.shutdown(cancel_futures=True)
