"""Check every listing and write down what came of it: ``python -m tests.lessons.report``.

Without options it writes ``records/listings.json``, from which the stamps under the listings are made. With
``--difference FILE`` it changes nothing and writes, in Markdown, what is different from that report: with newer
libraries, what has broken, where, and what is announced to go away; or in one line why nothing could be checked.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

from tests.lessons.checking import Checks
from tests.lessons.environment import (
    FOLDER,
    LIBRARIES,
    ListingsError,
    environment_to_check,
    read_pins,
)
from tests.lessons.programs import Outcome
from widgets.site.sources.listings import REPORT, Entry, Listing, find_listings, load_report

Results = list[tuple[Listing, Outcome]]


def check_all(checks: Checks) -> Results:
    """Wait for every listing, saying how it went."""
    results = []
    for listing in checks.listings:
        outcome = checks.outcome(listing)
        results.append((listing, outcome))
        if listing.kind != "included":
            print(f"{outcome.status:9} {outcome.seconds:4.0f} s  {listing.place}", flush=True)
        if outcome.status != "passed":
            print(checks.describe(listing, outcome), flush=True)
    print(counted([(listing, outcome) for listing, outcome in results if listing.kind != "included"]))
    return results


def counted(results: Results) -> str:
    """Say how many listings ran, were only parsed, failed, and could not be checked.

    >>> counted([])
    '0 listings: 0 ran, 0 only parsed, 0 failed, 0 could not be checked'
    """
    passed = [listing.kind for listing, outcome in results if outcome.status == "passed"]
    status = [outcome.status for _, outcome in results]
    return (
        f"{len(results)} listings: {passed.count('run')} ran, {passed.count('parsed')} only parsed, "
        f"{status.count('failed')} failed, {status.count('unchecked')} could not be checked"
    )


def summary(results: Results, seconds: float) -> str:
    """Say at the end of the tests what came of the listings, and how long it took.

    >>> summary([], 271.6)
    '0 listings: 0 ran, 0 only parsed, 0 failed, 0 could not be checked; 4 min 32 s'
    """
    minutes, rest = divmod(round(seconds), 60)
    return f"{counted(results)}; {minutes} min {rest} s"


def make_report(checks: Checks, results: Results, before: Mapping[str, Entry], day: date) -> dict[str, Any]:
    """Make the report. A listing that could not be checked keeps the entry of its own text, if it has one."""
    entries: dict[str, Any] = {}
    for listing, outcome in results:
        if listing.kind == "included":
            continue
        if outcome.status == "unchecked":
            if listing.key in before:
                entries[listing.key] = before[listing.key]
        else:
            entries[listing.key] = checks.entry(listing, outcome, day)
    return {"about": "Outcome of the last check of each listing; written by: make listings", "listings": entries}


def write_report(report: Mapping[str, Any], path: Path = REPORT) -> None:
    """Write the report, one entry a line, so that changes are easy to read."""
    entries = [f"    {json.dumps(key)}: {json.dumps(entry)}" for key, entry in report["listings"].items()]
    listings = ",\n".join(entries)
    about = json.dumps(report["about"])
    path.write_text(f'{{\n  "about": {about},\n  "listings": {{\n{listings}\n  }}\n}}\n', encoding="utf-8")


def title_of(day: date) -> str:
    """Write the heading of what is different."""
    return f"# Listings with the newest releases, {day.isoformat()}"


def unchecked(problem: Exception, day: date) -> str:
    """Write, in Markdown, why nothing could be compared.

    >>> print(unchecked(ListingsError(".venv-newest lacks trl"), date(2026, 11, 23)).strip())
    # Listings with the newest releases, 2026-11-23
    <BLANKLINE>
    No listing could be checked: .venv-newest lacks trl
    """
    return f"{title_of(day)}\n\nNo listing could be checked: {problem}\n"


def difference(checks: Checks, results: Results, before: Mapping[str, Entry], day: date) -> str:
    """Write, in Markdown, what is different from the report that is kept."""
    pins, versions = read_pins(), checks.versions
    checked = [(listing, outcome) for listing, outcome in results if listing.kind != "included"]
    broken = [(listing, outcome) for listing, outcome in checked if outcome.status != "passed"]
    lines = [title_of(day), "", f"{counted(checked)}.", ""]
    lines += ["| library | the course's version | newest | |", "|---|---|---|---|"]
    for name in LIBRARIES:
        now = versions[name].partition("+")[0]
        lines.append(f"| {name} | {pins[name]} | {now} | {'' if now == pins[name] else 'new'} |")
    lines.append("")
    for listing, outcome in broken:
        line = listing.page_line(outcome.line) if outcome.line else listing.line
        was = before.get(listing.key, {}).get("status", "not checked")
        statement = listing.program.splitlines()[outcome.line - 1].strip() if outcome.line else ""
        lines += [f"## docs/{listing.page}:{line} {listing.title}".rstrip(), ""]
        lines += [f"With the course's versions: {was}. With the newest: {outcome.status}.", ""]
        lines += ["```text", *([statement] if statement else []), outcome.error, "```", ""]
    announced: dict[str, list[str]] = {}
    for listing, outcome in checked:
        for warning in outcome.warnings:
            announced.setdefault(warning, []).append(listing.place)
    if announced:
        lines += ["## Announced to go away", ""]
        lines += [f"- {warning} — {', '.join(places)}" for warning, places in announced.items()]
        lines.append("")
    return "\n".join(lines)


def main() -> int:
    """Run the command; return 1 if a listing failed or nothing could be checked."""
    parser = argparse.ArgumentParser(description="Check every listing and write down what came of it.")
    parser.add_argument("--environment", type=Path, default=FOLDER, help="virtual environment with the libraries")
    parser.add_argument("--difference", type=Path, help="write here what differs, and change no report")
    options = parser.parse_args()
    before, day = load_report(), date.today()
    try:
        environment = environment_to_check(options.environment, is_pinned=not options.difference)
        with closing(Checks(find_listings(), environment)) as checks:
            results = check_all(checks)
    except ListingsError as problem:
        print(problem, file=sys.stderr)
        if options.difference:
            options.difference.write_text(unchecked(problem, day), encoding="utf-8")
        return 1
    if options.difference:
        options.difference.write_text(difference(checks, results, before, day), encoding="utf-8")
    else:
        write_report(make_report(checks, results, before, day))
    return int(any(outcome.status != "passed" for _, outcome in results))


if __name__ == "__main__":
    sys.exit(main())
