"""Processes that have imported the libraries, and run programs in copies of themselves: seconds saved for each program.

Importing torch, transformers, trl and peft takes longer than most programs of the lessons. So two processes do it
once (:mod:`tests.lessons.warm_server`), and whatever the tests run is a copy of one of them (fork), two at a time for
the whole session, so that no core waits. What differs from a fresh Python: modules that a program does not import are
there already, and nothing is done at its exit. `make listings`, from which the stamps come, starts each program afresh.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TextIO, TypeVar

from tests.lessons.checking import WORK, WORKERS, hub_home, last_line
from tests.lessons.environment import Environment, ListingsError
from tests.lessons.programs import TIME_LIMIT_S, offline
from widgets.site.sources.folders import ROOT

Result = TypeVar("Result")
OUTPUT, ERRORS = "output.txt", "errors.txt"


@dataclass(frozen=True)
class Job:
    """A program to run.

    Attributes:
        folder: Where it runs.
        program: Its file, or the name of a module.
        arguments: What follows it on the command line.
        is_module: Whether it is a module.
        path: What stands first among the places that it imports from.
        variables: Environment variables that it gets beside those of the process.
        input: The file that it reads as standard input.
        output, errors: The files that get what it prints.
        limit_seconds: When it is ended, its stack printed.
    """

    folder: str
    program: str
    arguments: Sequence[str] = ()
    is_module: bool = False
    path: Sequence[str] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    input: str = os.devnull
    output: str = OUTPUT
    errors: str = OUTPUT
    limit_seconds: float = TIME_LIMIT_S


class Server:
    """A process that runs programs in copies of itself."""

    def __init__(self, python: Path, home: Path) -> None:
        """Start it; ``home`` is its own copy of the hub cache, beside which it writes its own messages."""
        self.home = home
        self.messages = home.with_name(f"{home.name}.txt")
        with self.messages.open("w", encoding="utf-8") as messages:
            self.process = self._start(python, home, messages)

    @staticmethod
    def _start(python: Path, home: Path, messages: TextIO) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [python, Path(__file__).with_name("warm_server.py")],
            env=offline(home),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=messages,
            text=True,
        )

    def run(self, job: Job) -> tuple[int, float]:
        """Run a program from its first step to its last.

        Returns:
            Its exit status, and the seconds that it took.

        Raises:
            ListingsError: If the process has ended, as it does where a library cannot be imported.
        """
        assert self.process.stdin
        assert self.process.stdout
        began = time.monotonic()
        with suppress(BrokenPipeError):  # if it has ended, reading says so
            self.process.stdin.write(json.dumps(asdict(job)) + "\n")
            self.process.stdin.flush()
        reply = self.process.stdout.readline()
        if not reply:
            why = last_line(self.messages.read_text(encoding="utf-8"), self.process.wait())
            raise ListingsError(f"no program could be run: {why}")
        return json.loads(reply), time.monotonic() - began

    def run_module(self, name: str, folder: Path, *arguments: str, given: str = "") -> str:
        """Run a module of this repository in an empty folder; give what it prints.

        Args:
            name: The module.
            folder: Where it runs; made if missing.
            arguments: What follows it on the command line.
            given: What it reads as standard input.

        Raises:
            ListingsError: If it fails; the message is the last line that it wrote.
        """
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "input.txt").write_text(given, encoding="utf-8")
        job = Job(str(folder), name, arguments, True, [str(ROOT)], input="input.txt", errors=ERRORS)
        status, _ = self.run(job)
        if status:
            raise ListingsError(last_line((folder / ERRORS).read_text(encoding="utf-8"), status))
        return (folder / OUTPUT).read_text(encoding="utf-8")

    def close(self) -> None:
        """End it."""
        assert self.process.stdin
        assert self.process.stdout
        with suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait(timeout=60)
        self.process.stdout.close()


class Warm:
    """Two such processes, and the queue of what they are to do."""

    def __init__(self, environment: Environment, work: Path | None = None) -> None:
        """Start them.

        Args:
            environment: Where the libraries are.
            work: Folder for their hub caches and their programs; it is emptied first.

        Raises:
            ListingsError: If the hub cache cannot be built.
        """
        self.environment = environment
        self.work = work or WORK / f"warm-{os.getpid()}"
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir(parents=True)
        self.servers = []
        self._free: SimpleQueue[Server] = SimpleQueue()
        for number in range(WORKERS):
            home = self.work / f"hub-{number}"  # datasets writes intermediate results beside its data
            shutil.copytree(hub_home(environment), home)
            self.servers.append(Server(environment.python, home))
            self._free.put(self.servers[-1])
        self._pool = ThreadPoolExecutor(WORKERS)
        self._folders = iter(range(1_000_000))

    def folder(self, name: str) -> Path:
        """Name a folder that nobody has used yet."""
        return self.work / f"{name}-{next(self._folders)}"

    def submit(self, work: Callable[[Server], Result]) -> Future[Result]:
        """Let a function work with the first process that is free, after what was asked for before."""
        return self._pool.submit(self._work, work)

    def _work(self, work: Callable[[Server], Result]) -> Result:
        server = self._free.get()
        try:
            return work(server)
        finally:
            self._free.put(server)

    def answer_of(self, program: str, given: str = "") -> Any:
        """Run the text of a program and give the JSON value in the last line that it prints.

        Args:
            program: The text.
            given: What it reads as standard input.

        Raises:
            ListingsError: If it fails; the message ends its errors.
        """
        folder = self.folder("asked")
        folder.mkdir()
        (folder / "program.py").write_text(program, encoding="utf-8")
        (folder / "input.txt").write_text(given, encoding="utf-8")
        job = Job(str(folder), "program.py", path=[str(folder)], input="input.txt", errors=ERRORS)
        status, _ = self.submit(lambda server: server.run(job)).result()
        if status:
            raise ListingsError((folder / ERRORS).read_text(encoding="utf-8")[-2000:])
        return json.loads((folder / OUTPUT).read_text(encoding="utf-8").splitlines()[-1])

    def close(self) -> None:
        """Stop what has not begun, end the processes and clear the folder."""
        self._pool.shutdown(cancel_futures=True)
        for server in self.servers:
            server.close()
        shutil.rmtree(self.work, ignore_errors=True)
