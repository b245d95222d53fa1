"""Run scripts of the script builder: the covering sample as a reader would, and some on two processes.

Every script stands in a folder of its own as ``train.py`` and runs from its first step to its last, unchanged, offline
and on a CPU. To save the ten seconds that the libraries take to import, it runs in a copy of a process that has done
so (:mod:`tests.lessons.scripts_server`); two such processes share the work.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import TextIO

from tests.lessons import script_data
from tests.lessons.checking import WORK, hub_home, last_line
from tests.lessons.environment import Environment, ListingsError
from tests.lessons.programs import TIME_LIMIT_S, announcements, offline, read_error
from widgets.gallery.script_builder.script.launch import write_config
from widgets.gallery.script_builder.script.program import FILE_NAME, write_program
from widgets.gallery.script_builder.script.settings import Settings
from widgets.site.sources.folders import ROOT

WORKERS = 2


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


def make_home(environment: Environment, folder: Path) -> Path:
    """Copy the hub cache of the lessons and add what only these scripts ask for.

    Raises:
        ListingsError: If it cannot be built.
    """
    home = folder / "hub"
    shutil.copytree(hub_home(environment), home)
    command = [environment.python, "-m", "tests.lessons.script_data", home]
    result = subprocess.run(command, cwd=ROOT, env=offline(home), capture_output=True, text=True, check=False)
    if result.returncode:
        why = last_line(result.stderr, result.returncode)
        raise ListingsError(f"the data of the scripts could not be made: {why}")
    return home


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


class Server:
    """A process that runs scripts in copies of itself."""

    def __init__(self, python: Path, home: Path) -> None:
        """Start it; ``home`` is its own copy of the hub cache, beside which it writes its own messages."""
        self.messages = home.with_name(f"{home.name}.txt")
        with self.messages.open("w", encoding="utf-8") as messages:
            self.process = self._start(python, home, messages)

    @staticmethod
    def _start(python: Path, home: Path, messages: TextIO) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [python, Path(__file__).with_name("scripts_server.py")],
            env=offline(home),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=messages,
            text=True,
        )

    def run(self, folder: Path) -> Run:
        """Run the script in a folder from its first step to its last.

        Raises:
            ListingsError: If the process has ended, as it does where a library cannot be imported.
        """
        assert self.process.stdin
        assert self.process.stdout
        began = time.monotonic()
        with suppress(BrokenPipeError):  # if it has ended, reading says so
            self.process.stdin.write(json.dumps({"folder": str(folder), "arguments": []}) + "\n")
            self.process.stdin.flush()
        reply = self.process.stdout.readline()
        if not reply:
            why = last_line(self.messages.read_text(encoding="utf-8"), self.process.wait())
            raise ListingsError(f"no script could be run: {why}")
        status = json.loads(reply)
        output = (folder / "output.txt").read_text(encoding="utf-8", errors="replace")
        return result_of(folder, status, output, time.monotonic() - began)

    def close(self) -> None:
        """End it."""
        assert self.process.stdin
        assert self.process.stdout
        with suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait(timeout=60)
        self.process.stdout.close()


class ScriptRuns:
    """Runs of scripts, two at a time; :meth:`run_of` waits for one of them."""

    def __init__(self, scripts: Iterable[Settings], environment: Environment, work: Path | None = None) -> None:
        """Begin to run.

        Args:
            scripts: The settings whose scripts are run.
            environment: Where the libraries are.
            work: Folder in which programs run; it is emptied first.

        Raises:
            ListingsError: If the data cannot be made.
        """
        self.environment = environment
        self.work = work or WORK / f"scripts-{os.getpid()}"
        shutil.rmtree(self.work, ignore_errors=True)
        self.home = make_home(environment, self.work)
        self._servers: SimpleQueue[Server] = SimpleQueue()
        self._all = []
        for number in range(WORKERS):
            own = self.work / f"hub-{number}"  # datasets writes intermediate results beside its data
            shutil.copytree(self.home, own)
            self._all.append(Server(environment.python, own))
            self._servers.put(self._all[-1])
        self._pool = ThreadPoolExecutor(WORKERS)
        self._runs: dict[Settings, Future[Run]] = {}
        for number, settings in enumerate(scripts):
            self._runs[settings] = self._pool.submit(self._run, settings, self.work / f"script-{number}")

    def _run(self, settings: Settings, folder: Path) -> Run:
        server = self._servers.get()
        try:
            lay_out(settings, folder, self.home)
            return server.run(folder)
        finally:
            self._servers.put(server)
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
        folder = self.work / f"launch-{time.monotonic_ns()}"
        lay_out(settings, folder, self.home)
        began, output, status = time.monotonic(), "", 0
        try:
            for command in commands:
                done = subprocess.run(
                    [self.environment.python, *command],
                    cwd=folder,
                    env={**offline(self.home), "MASTER_PORT": str(free_port())},
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

    def close(self) -> None:
        """Stop what has not begun and clear the working folder."""
        self._pool.shutdown(cancel_futures=True)
        for server in self._all:
            server.close()
        shutil.rmtree(self.work, ignore_errors=True)


def free_port() -> int:
    """Find a port that nobody uses."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def running(scripts: Iterable[Settings], environment: Environment) -> Iterator[ScriptRuns]:
    """Run scripts, and clear up afterwards."""
    runs = ScriptRuns(scripts, environment)
    try:
        yield runs
    finally:
        runs.close()


def name_of(settings: Settings) -> str:
    """Name a script for messages: what is particular about it."""
    model = settings.model.rpartition("/")[2]
    place = "one GPU" if settings.gpus == 1 else f"{settings.gpus} GPUs {settings.strategy}"
    parts = [settings.method, settings.tuning, model, settings.format_id, settings.source, settings.precision, place]
    if settings.has_adapter:
        parts += [settings.target_modules, "merge" if settings.merge else "no merge"]
    return re.sub(r"\s+", " ", ", ".join(parts))
