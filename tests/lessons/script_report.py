"""Check the script builder's scripts and write down what came of it: ``python -m tests.lessons.script_report``.

Writes ``records/scripts.json``, from which the page says with which versions its scripts were checked. With
``--difference FILE`` it changes nothing and adds what failed, in Markdown, to that file, or why nothing could be
checked: so newer libraries are tried.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

from tests.lessons.environment import (
    FOLDER,
    LIBRARIES,
    Environment,
    ListingsError,
    environment_to_check,
)
from tests.lessons.script_checks import (
    call_problems,
    launch_commands,
    what_was_not_shared,
    what_went_wrong,
    written,
)
from tests.lessons.script_runs import name_of, running
from widgets.site.sources.script_sample import LAUNCHED, covering_sample, fingerprint
from widgets.site.sources.script_stamp import REPORT


def check(environment: Environment) -> list[str]:
    """Run the sample and the launches, compile everything, compare every call; give what failed, a line each."""
    failed = [f"a call: {problem}" for problem in call_problems(environment)]
    for text in written()[1]:
        compile(text, "train.py", "exec")
    with running(covering_sample(), environment) as runs:
        for settings in covering_sample():
            run = runs.run_of(settings)
            wrong = what_went_wrong(settings, run)
            failed += [f"{name_of(settings)}: {wrong}"] if wrong else []
            print(f"{'failed' if wrong else 'passed'} {run.seconds:4.0f} s  {name_of(settings)}", flush=True)
        for settings in LAUNCHED:
            run = runs.launch(settings, launch_commands(settings))
            wrong = what_went_wrong(settings, run) or what_was_not_shared(settings, run)
            failed += [f"{name_of(settings)}: {wrong}"] if wrong else []
            print(f"{'failed' if wrong else 'passed'} {run.seconds:4.0f} s  launched: {name_of(settings)}", flush=True)
    return failed


def make_report(environment: Environment, failed: list[str], day: date) -> dict[str, Any]:
    """Make the report."""
    return {
        "about": "Outcome of the last check of the script builder's scripts; written by: make listings",
        "fingerprint": fingerprint(),
        "checked": day.isoformat(),
        "python": environment.python_version,
        "versions": {name: environment.versions[name] for name in LIBRARIES},
        "compiled": written()[0],
        "ran": len(covering_sample()),
        "launched": len(LAUNCHED),
        "failed": failed,
    }


def difference(failed: list[str]) -> str:
    """Write, in Markdown, what failed.

    >>> print(difference(["dpo, lora: TypeError: no such keyword"]).strip())
    ## Scripts of the script builder
    <BLANKLINE>
    - dpo, lora: TypeError: no such keyword
    """
    lines = [f"- {problem}" for problem in failed] or ["All of the sample run."]
    return "\n".join(["", "## Scripts of the script builder", "", *lines, ""])


def add(text: str, path: Path) -> None:
    """Add text to a file, which need not exist."""
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


def main() -> int:
    """Run the command; return 1 if something failed or nothing could be checked."""
    parser = argparse.ArgumentParser(description="Check the script builder's scripts and write down what came of it.")
    parser.add_argument("--environment", type=Path, default=FOLDER, help="virtual environment with the libraries")
    parser.add_argument("--difference", type=Path, help="add here what failed, and change no report")
    options = parser.parse_args()
    try:
        environment = environment_to_check(options.environment, is_pinned=not options.difference)
        failed = check(environment)
    except ListingsError as problem:
        print(problem, file=sys.stderr)
        if options.difference:
            add(difference([f"nothing could be checked: {problem}"]), options.difference)
        return 1
    print("\n".join(failed))
    if options.difference:
        add(difference(failed), options.difference)
        return int(bool(failed))
    report = make_report(environment, failed, date.today())
    REPORT.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
