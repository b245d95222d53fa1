"""Check listings: run what is to be run, two pages at a time, and compare calls with the installed signatures.

Listings of one page share a folder and run in their order, so that a program finds what an earlier one saved, as
it would for the reader. Of a program in several parts only the whole is run; its outcome counts for every part.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.lessons import hub_cache
from tests.lessons.environment import LIBRARIES, Environment, ListingsError
from tests.lessons.programs import Outcome, ended_by, run_in_copy, run_program
from widgets.site.sources.folders import ROOT
from widgets.site.sources.listings import Listing
from widgets.site.sources.pins import libraries_of

if TYPE_CHECKING:
    from tests.lessons.warm import Server, Warm

WORK = ROOT / "build" / "lessons"
WORKERS = 2
LONG_PAGES = ("lessons/pre-training.md", "lessons/dpo.md", "lessons/rlhf.md", "lessons/qlora.md")
"""Begun first, so that the two workers end at about the same time."""


def hub_home(environment: Environment) -> Path:
    """Give the hub cache for an environment; it is built once for its versions and for the builder's text.

    Raises:
        ListingsError: If it cannot be built.
    """
    recipe = Path(hub_cache.__file__).read_text(encoding="utf-8") + json.dumps(environment.versions, sort_keys=True)
    home = WORK / f"hub-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"
    if not home.exists():
        home.parent.mkdir(parents=True, exist_ok=True)
        command = [environment.python, "-m", "tests.lessons.hub_cache", home]
        result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if result.returncode:
            why = last_line(result.stderr, result.returncode)
            raise ListingsError(f"the hub cache could not be built: {why}")
    return home


def wholes(listings: Iterable[Listing]) -> list[Listing]:
    """Keep, of programs in several parts, the last part, which holds the whole program."""
    last = {(item.page, item.title or item.line): item for item in listings}
    return sorted(last.values(), key=lambda item: (item.page, item.line))


def misfits(
    programs: Mapping[str, str], environment: Environment, warm: Warm | None = None
) -> dict[str, list[tuple[int, str]]]:
    """Compare the calls of programs with the installed libraries: key → line and problem of what does not fit.

    Args:
        programs: Key → program.
        environment: Where the libraries are.
        warm: Processes that have imported them; None for a fresh one.

    Raises:
        ListingsError: If they cannot be compared.
    """
    if warm:
        folder = warm.folder("calls")
        given = json.dumps(programs)
        return read_misfits(
            warm.submit(lambda server: server.run_module("tests.lessons.signatures", folder, given=given)).result()
        )
    result = subprocess.run(
        [environment.python, "-W", "ignore", "-m", "tests.lessons.signatures"],
        cwd=ROOT,
        input=json.dumps(programs),
        env={**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise ListingsError(f"the calls could not be checked: {last_line(result.stderr, result.returncode)}")
    return read_misfits(result.stdout)


def read_misfits(output: str) -> dict[str, list[tuple[int, str]]]:
    """Read the answer of :mod:`tests.lessons.signatures`: its last line, for libraries may print before it."""
    answer: dict[str, list[list[Any]]] = json.loads(output.splitlines()[-1])
    return {key: [(line, message) for line, message in found] for key, found in answer.items()}


def last_line(errors: str, status: int) -> str:
    """Give the last line that a program wrote before it ended, which says why."""
    return (errors.strip().splitlines() or [ended_by(status)])[-1]


def stand_ins_of(listing: Listing) -> list[str]:
    """Name the models and data for which something stands in, in a listing or in those whose results it loads."""
    programs = (listing.program, *listing.needed.values())
    return [name for name in hub_cache.names() if any(f'"{name}"' in text for text in programs)]


def sharpen(outcome: Outcome, problems: Iterable[tuple[int, str]]) -> Outcome:
    """Name the keyword's own line, and the nearest match, where a run failed at a call that does not fit.

    Python itself names the line on which the call begins.
    """
    for line, message in problems:
        keyword = re.search(r"unexpected keyword argument '\w+'", message)
        if keyword and keyword.group(0) in outcome.error:
            return replace(outcome, line=line, error=outcome.error + message.partition(keyword.group(0))[2])
    return outcome


class Checks:
    """The checks of some listings in one environment; :meth:`outcome` waits for one of them."""

    def __init__(
        self,
        listings: Iterable[Listing],
        environment: Environment,
        work: Path | None = None,
        warm: Warm | None = None,
    ) -> None:
        """Begin to check.

        Args:
            listings: What to check; included listings only have to parse.
            environment: Where the libraries are.
            work: Folder in which programs run; it is emptied first.
            warm: Processes that have imported the libraries, to run programs in copies of them; None for fresh ones.

        Raises:
            ListingsError: If the hub cache cannot be built.
        """
        self.listings = list(listings)
        self.environment = environment
        self.work = work or WORK / f"run-{os.getpid()}"
        self._home = hub_home(environment)
        shutil.rmtree(self.work, ignore_errors=True)
        self._pool = ThreadPoolExecutor(WORKERS)
        self._warm = warm
        self._calls = self._pool.submit(self._check_calls)
        self._runs: dict[tuple[str, str | int], Future[Outcome]] = {}
        to_run = wholes(item for item in self.listings if item.kind == "run")
        pages = [(page, list(items)) for page, items in groupby(to_run, key=lambda item: item.page)]
        pages.sort(key=lambda found: LONG_PAGES.index(found[0]) if found[0] in LONG_PAGES else len(LONG_PAGES))
        for page, items in pages:
            futures: list[Future[Outcome]] = [Future() for _ in items]
            self._runs |= {
                (item.page, item.title or item.line): future for item, future in zip(items, futures, strict=True)
            }
            if warm:
                warm.submit(partial(self._run_page_warm, page, items, futures))
            else:
                self._pool.submit(self._run_page, page, items, futures)

    def _check_calls(self) -> dict[str, list[tuple[int, str]]]:
        programs = {item.key: item.program for item in self.listings if item.kind != "included"}
        return misfits(programs, self.environment, self._warm)

    def _run_page_warm(self, page: str, items: list[Listing], futures: list[Future[Outcome]], server: Server) -> None:
        folder = self.work / page.replace("/", "-").removesuffix(".md")
        try:
            folder.mkdir(parents=True)
            for item, future in zip(items, futures, strict=True):
                future.set_result(run_in_copy(item, server, folder))
        except BaseException as error:
            for future in futures:
                if not future.done():
                    future.set_exception(error)
            raise
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _run_page(self, page: str, items: list[Listing], futures: list[Future[Outcome]]) -> None:
        folder = self.work / page.replace("/", "-").removesuffix(".md")
        home = folder / "hub-cache"  # its own copy: datasets writes intermediate results beside its data
        try:
            (folder / "program").mkdir(parents=True)
            shutil.copytree(self._home, home)
            for item, future in zip(items, futures, strict=True):
                future.set_result(run_program(item, self.environment.python, folder / "program", home))
        except BaseException as error:
            for future in futures:
                if not future.done():
                    future.set_exception(error)
            raise
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def outcome(self, listing: Listing) -> Outcome:
        """Wait for the outcome of a listing."""
        if listing.kind == "included":
            try:
                ast.parse(listing.program)
            except SyntaxError as error:
                return Outcome("failed", f"SyntaxError: {error.msg}", error.lineno or 1)
            return Outcome("passed")
        problems = self._calls.result()[listing.key]
        misfit = Outcome("failed", problems[0][1], problems[0][0]) if problems else Outcome("passed")
        if listing.kind == "parsed":
            return misfit
        outcome = self._runs[listing.page, listing.title or listing.line].result()
        if outcome.status == "passed":
            return replace(misfit, output=outcome.output, warnings=outcome.warnings, seconds=outcome.seconds)
        return sharpen(outcome, problems)

    def finished(self) -> list[tuple[Listing, Outcome]]:
        """Give the outcomes that are there, without waiting; included listings do not count."""
        if not self._calls.done() or self._calls.cancelled() or self._calls.exception():
            return []
        runs = {key for key, run in self._runs.items() if run.done() and not run.cancelled() and not run.exception()}
        return [
            (listing, self.outcome(listing))
            for listing in self.listings
            if listing.kind == "parsed" or (listing.page, listing.title or listing.line) in runs
        ]

    def entry(self, listing: Listing, outcome: Outcome, day: date) -> dict[str, Any]:
        """Make the entry of the report for a listing whose outcome says something of it."""
        entry = {
            "page": listing.page,
            "title": listing.title,
            "mode": listing.kind,
            "status": outcome.status,
            "checked": day.isoformat(),
            "python": self.environment.python_version,
            "versions": self.versions_of(listing.program) if outcome.status == "passed" else self.versions,
            "after": list(listing.needed),
            "stand_ins": stand_ins_of(listing),
        }
        if outcome.status != "passed":
            entry |= {"error": outcome.error, "line": outcome.line}
        return entry

    def versions_of(self, program: str) -> dict[str, str]:
        """Name the libraries that a program depends on, with the installed versions."""
        return {name: self.environment.versions[name] for name in sorted(libraries_of(program))}

    @property
    def versions(self) -> dict[str, str]:
        """Versions of the libraries the lessons use."""
        return {name: self.environment.versions[name] for name in LIBRARIES}

    def describe(self, listing: Listing, outcome: Outcome) -> str:
        """Write what a reader of the test's result needs: place, failing line, its text, error, versions."""
        line = listing.page_line(outcome.line) if outcome.line else listing.line
        shown = listing.program.splitlines()[outcome.line - 1].strip() if outcome.line else ""
        versions = ", ".join(f"{name} {version}" for name, version in self.versions.items())
        statement = f"\n  statement: {shown}" if shown else ""
        title = f" ({listing.title})" if listing.title else ""
        return (
            f"docs/{listing.page}:{line}{title}{statement}\n  {outcome.status}: {outcome.error}\n"
            f"  with: {versions}, Python {self.environment.python_version}"
        )

    def close(self) -> None:
        """Stop what has not begun and clear the working folder."""
        self._pool.shutdown(cancel_futures=True)
        shutil.rmtree(self.work, ignore_errors=True)
