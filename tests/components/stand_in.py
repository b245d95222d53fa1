"""A stand-in for the browser's Python: the same bridge in CPython, asked by the page through the tests' server.

The page's worker is replaced by ``stand_in_worker.js``, which costs next to nothing; what it is asked it hands to the
server (:class:`StandIn`). Each worker gets a CPython of its own, forked from one that has imported everything already
(``python -m tests.components.stand_in``), as each page has a Python of its own.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

WORKER = (Path(__file__).parent / "stand_in_worker.js").read_bytes()
PROGRAM = "assets/course/worker-*.js.gz"
RUNTIME = ("pyodide.asm-*", "python_stdlib-*", "pyodide-lock-*", "fine_tuning_llms-*")
"""Files that Python needs and the stand-in does not: they are asked for all the same, so that they can fail."""


class Pythons:
    """A CPython from which others are forked."""

    def __init__(self, folder: Path) -> None:
        self._socket = str(folder / "stand-in")
        program = [sys.executable, "-m", __name__, self._socket]
        self._process = subprocess.Popen(program, stdout=subprocess.PIPE)
        assert self._process.stdout
        self._process.stdout.readline()  # written when it listens

    def fork(self, kept: str) -> socket.socket:
        """Fork one that keeps trained models in a folder; each line sent to it is a call, each line back the answer."""
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(self._socket)
        connection.sendall(f"{kept}\n".encode())
        return connection

    def close(self) -> None:
        """End it; the others have ended with their connections."""
        self._process.terminate()
        self._process.wait()
        assert self._process.stdout
        self._process.stdout.close()


@dataclass
class StandIn:
    """What answers for Python at one server.

    Attributes:
        kept: The folder in which trained models are kept, from page to page.
        steps: How many more steps of runs may be taken; None for as many as there are.
    """

    pythons: Pythons
    kept: str
    steps: int | None = None
    _may_step: threading.Condition = field(default_factory=threading.Condition)
    _workers: dict[str, tuple[socket.socket, Any, threading.Lock]] = field(default_factory=dict)
    _is_closed: bool = False

    def body(self, name: str) -> bytes | None:
        """Give the worker in place of Python's, and next to nothing in place of what that loads."""
        if fnmatch(name, PROGRAM):
            return WORKER
        return b"stand-in" if any(fnmatch(name, f"assets/course/{pattern}") for pattern in RUNTIME) else None

    def answer(self, question: bytes) -> bytes:
        """Answer a call: JSON ``{"worker", "call", "given"}`` → JSON as the bridge gives it."""
        asked = json.loads(question)
        if asked["call"] == "advance":
            self._wait_for_step()
        with self._may_step:
            if asked["worker"] not in self._workers:
                connection = self.pythons.fork(self.kept)
                self._workers[asked["worker"]] = (connection, connection.makefile("rb"), threading.Lock())
            connection, answers, lock = self._workers[asked["worker"]]
        with lock:
            connection.sendall(json.dumps([asked["call"], *asked["given"]]).encode() + b"\n")
            return bytes(answers.readline())

    def allow(self, steps: int | None) -> None:
        """Let runs take so many more steps, or, for None, go on to their ends."""
        with self._may_step:
            self.steps = steps
            self._may_step.notify_all()

    def _wait_for_step(self) -> None:
        with self._may_step:
            self._may_step.wait_for(lambda: self.steps != 0 or self._is_closed)
            if self.steps is not None:
                self.steps -= 1

    def close(self) -> None:
        """End every Python."""
        with self._may_step:
            self._is_closed = True
            self._may_step.notify_all()
        for connection, answers, _ in self._workers.values():
            connection.shutdown(socket.SHUT_RDWR)
            answers.close()
            connection.close()


@contextmanager
def standing_in(pythons: Pythons) -> Iterator[StandIn]:
    """Stand in for Python until the block is left."""
    with tempfile.TemporaryDirectory(prefix="kept-") as kept:
        stand_in = StandIn(pythons, kept)
        try:
            yield stand_in
        finally:
            stand_in.close()


def serve(address: str) -> None:
    """Import everything, then fork for each connection, until the process is ended."""
    from widgets.browser import bridge

    bridge.prepare()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the children
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(address)
    listening.listen()
    print("listening", flush=True)
    while True:
        connection, _ = listening.accept()
        if os.fork() == 0:
            listening.close()
            talk(connection)
            os._exit(0)
        connection.close()


def talk(connection: socket.socket) -> None:
    """Answer calls of the bridge's functions over a connection, until it ends."""
    from widgets.browser import bridge

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with connection, connection.makefile("rwb") as lines:
        os.environ["FT_KEPT"] = lines.readline().decode().rstrip("\n")
        for line in lines:
            call, *given = json.loads(line)
            answer = getattr(bridge, call)(*given) or "{}"
            lines.write(answer.encode("utf-8", "surrogatepass") + b"\n")
            lines.flush()


if __name__ == "__main__":
    serve(sys.argv[1])
