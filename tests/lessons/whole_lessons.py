"""Run the notebook of each lesson, offline like the listings themselves.

The script of a lesson holds the same statements in the same order, which is compared without running it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from concurrent.futures import Future
from functools import partial
from pathlib import Path

from tests.lessons.programs import Outcome
from tests.lessons.warm import ERRORS, OUTPUT, Job, Server, Warm

NOTEBOOK_CLIENT = Path(__file__).with_name("notebook_client.py").resolve()


class WholeLessons:
    """The runs of some notebooks; :meth:`outcome` waits for one of them."""

    def __init__(self, files: Iterable[Path], warm: Warm) -> None:
        """Begin to run, in the order given.

        Args:
            files: The notebooks.
            warm: The processes that run them.
        """
        self._warm = warm
        self._runs: dict[str, Future[Outcome]] = {file.name: warm.submit(partial(self._run, file)) for file in files}

    def _run(self, file: Path, server: Server) -> Outcome:
        folder = self._warm.folder("notebook")
        folder.mkdir()
        own = ("JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR")
        variables = {name: str(folder / ".jupyter") for name in own}
        try:
            job = Job(str(folder), str(NOTEBOOK_CLIENT), [str(file)], variables=variables, errors=ERRORS)
            status, seconds = server.run(job)
            output, errors = (
                (folder / name).read_text(encoding="utf-8", errors="replace") for name in (OUTPUT, ERRORS)
            )
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        if status:
            return Outcome("failed", (errors.strip().splitlines() or [f"status {status}"])[-1])
        return Outcome("passed", output=output, seconds=seconds)

    def outcome(self, name: str) -> Outcome:
        """Wait for the outcome of a notebook."""
        return self._runs[name].result()
