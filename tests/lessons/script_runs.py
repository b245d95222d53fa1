"""Run scripts of the script builder: the covering sample as a reader would, and some on two processes.

Every script stands in a folder of its own as ``train.py`` and runs from its first step to its last, unchanged, offline
and on a CPU, in a copy of a process that has imported the libraries (:mod:`tests.lessons.warm`).
"""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.lessons import script_data
from tests.lessons.checking import hub_home
from tests.lessons.environment import Environment, ListingsError
from tests.lessons.programs import TIME_LIMIT_S, announcements, offline, read_error
from tests.lessons.warm import OUTPUT, Job, Server, Warm
from widgets.gallery.script_builder.script.launch import write_config
from widgets.gallery.script_builder.script.program import FILE_NAME, write_program
from widgets.gallery.script_builder.script.settings import Settings


@dataclass(frozen=True)
class Run:
    """What came of running a script.

    Attributes:
        error: One line that says what went wrong, or "".
        output: What it printed, both streams together.
        files: Paths of the files that it left, relative to its folder.
        warnings: Announcements that something used will go away.
        seconds: Wall time.
    """

    error: str
    output: str
    files: tuple[str, ...]
    warnings: tuple[str, ...]
    seconds: float


def lay_out(settings: Settings, folder: Path, home: Path) -> None:
    """Put a script into an empty folder, with what its reader would have there: configuration, rows, reward model."""
    folder.mkdir(parents=True)
    (folder / FILE_NAME).write_text(write_program(settings), encoding="utf-8")
    config = write_config(settings)
    if config:
        (folder / config.name).write_text(config.text, encoding="utf-8")
    if settings.source == "jsonl":
        rows = (json.dumps(script_data.plain_row(settings.format_id, i)) for i in range(script_data.ROWS))
        (folder / settings.dataset).write_text("\n".join(rows) + "\n", encoding="utf-8")
    if settings.way.samples_answers:
        (folder / settings.reward_model).symlink_to(home / "reward-model")


def result_of(folder: Path, status: int, output: str, seconds: float) -> Run:
    """Read what a script has left."""
    error, _ = read_error(output, FILE_NAME)
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    failure = (error or f"ended with status {status}") if status else ""
    return Run(failure, output, tuple(files), announcements(output), seconds)


class ScriptRuns:
    """Runs of scripts, two at a time; :meth:`run_of` waits for one of them."""

    def __init__(self, scripts: Iterable[Settings], warm: Warm) -> None:
        """Begin to run.

        Args:
            scripts: The settings whose scripts are run.
            warm: The processes that run them.
        """
        self.warm = warm
        self._home = warm.submit(self._make_home)
        self._with_data: set[Path] = set()
        self._runs: dict[Settings, Future[Run]] = {
            settings: warm.submit(partial(self._run, settings)) for settings in scripts
        }

    def _make_home(self, server: Server) -> Path:
        """Copy the hub cache of the lessons and add what only these scripts ask for."""
        home = self.warm.folder("hub-of-scripts")
        shutil.copytree(hub_home(self.warm.environment), home)
        try:
            server.run_module("tests.lessons.script_data", self.warm.folder("data"), str(home))
        except ListingsError as error:
            raise ListingsError(f"the data of the scripts could not be made: {error}") from error
        return home

    def _run(self, settings: Settings, server: Server) -> Run:
        home, folder = self._home.result(), self.warm.folder("script")
        if server.home not in self._with_data:
            shutil.copytree(home, server.home, dirs_exist_ok=True)
            self._with_data.add(server.home)
        try:
            lay_out(settings, folder, home)
            status, seconds = server.run(Job(str(folder), FILE_NAME, path=[str(folder)]))
            output = (folder / OUTPUT).read_text(encoding="utf-8", errors="replace")
            return result_of(folder, status, output, seconds)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def run_of(self, settings: Settings) -> Run:
        """Wait for the run of a script."""
        return self._runs[settings].result()

    def launch(self, settings: Settings, commands: Iterable[list[str]]) -> Run:
        """Run commands of a script for several GPUs one after the other, in a folder of their own.

        Args:
            settings: The settings.
            commands: What follows ``python`` in each, as in ``-m accelerate.commands.launch … train.py train``.
        """
        folder, home = self.warm.folder("launch"), self._home.result()
        lay_out(settings, folder, home)
        began, output, status = time.monotonic(), "", 0
        try:
            for command in commands:
                done = subprocess.run(
                    [self.warm.environment.python, *command],
                    cwd=folder,
                    env={**offline(home), "MASTER_PORT": str(free_port())},
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                    errors="replace",
                    timeout=TIME_LIMIT_S,
                    check=False,
                )
                output, status = output + done.stdout, done.returncode
                if status:
                    break
            return result_of(folder, status, output, time.monotonic() - began)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    """Find a port that nobody uses."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def running(scripts: Iterable[Settings], environment: Environment) -> Iterator[ScriptRuns]:
    """Run scripts, and clear up afterwards."""
    with closing(Warm(environment)) as warm:
        yield ScriptRuns(scripts, warm)


def name_of(settings: Settings) -> str:
    """Name a script for messages: what is particular about it."""
    model = settings.model.rpartition("/")[2]
    place = "one GPU" if settings.gpus == 1 else f"{settings.gpus} GPUs {settings.strategy}"
    parts = [settings.method, settings.tuning, model, settings.format_id, settings.source, settings.precision, place]
    if settings.has_adapter:
        parts += [settings.target_modules, "merge" if settings.merge else "no merge"]
    return re.sub(r"\s+", " ", ", ".join(parts))
