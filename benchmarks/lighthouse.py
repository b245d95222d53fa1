"""Lighthouse's marks for three pages, mobile preset, beside the same pages built with Material alone."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.browsers import browser_path
from benchmarks.measuring import in_turn
from benchmarks.peers.install import NODE_MODULES
from benchmarks.plain import plain_site
from benchmarks.report import Comparison, Goal, Section
from benchmarks.slow_link import Served, files_below, serving
from widgets.core.errors import BuildError
from widgets.site.node import node_command

PAGES = ("index.html", "lessons/lora.html", "lessons/summary-and-quiz.html")
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
SCRIPT = NODE_MODULES / "lighthouse" / "cli" / "index.js"


def audit(url: str) -> dict[str, Any]:
    """Run Lighthouse on a page and give its report.

    Raises:
        BuildError: If it is not installed or gives no report.
    """
    if not SCRIPT.is_file():
        raise BuildError("Lighthouse is not installed; run: python -m benchmarks.peers.install")
    command = [
        *node_command(),
        str(SCRIPT),
        url,
        "--output=json",
        "--quiet",
        "--chrome-flags=--headless=new --no-sandbox",
    ]
    environment = {**os.environ, "CHROME_PATH": browser_path()}
    done = subprocess.run(
        [*command, f"--only-categories={','.join(CATEGORIES)}"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=150,
    )
    try:
        report: dict[str, Any] = json.loads(done.stdout)
    except json.JSONDecodeError:
        said = done.stderr.strip().splitlines()[-1:] or ["nothing"]
        raise BuildError(f"Lighthouse gave no report and said: {said[0]}") from None
    if report.get("runtimeError"):
        raise BuildError(f"Lighthouse: {report['runtimeError'].get('message')}")
    return report


def marks(report: Mapping[str, Any]) -> dict[str, float]:
    """Give the mark of each category, 0 to 100."""
    return {name: round(100 * report["categories"][name]["score"]) for name in CATEGORIES}


def costs(report: Mapping[str, Any]) -> list[str]:
    """Say which audits cost points: category, audit, and what it found."""
    lines = []
    for name in CATEGORIES:
        for reference in report["categories"][name]["auditRefs"]:
            found = report["audits"][reference["id"]]
            if reference["weight"] and found["score"] is not None and found["score"] < 1:
                value = f": {found['displayValue']}" if found.get("displayValue") else ""
                lines.append(f"{name}, {found['title']}{value}")
    return lines


def measure(site: Path) -> Section:
    """Audit the pages in turn with Material alone, and list what costs the course points."""
    section = Section(
        "Lighthouse", "Mobile preset (simulated slow link and processor), one run each; 100 is the best mark."
    )
    found: dict[str, list[str]] = {}

    def of_course(served: Served, path: str) -> Mapping[str, float]:
        report = audit(served.url + path)
        found[path] = costs(report)
        return marks(report)

    with plain_site() as plain, serving(files_below(site)) as ours, serving(files_below(plain)) as theirs:
        for path in PAGES:
            taken = in_turn(
                {"course": lambda p=path: of_course(ours, p), "plain": lambda p=path: marks(audit(theirs.url + p))}, 1
            )
            for name in CATEGORIES:
                mine, other, note = (
                    taken.get("course", name),
                    taken.get("plain", name),
                    taken.failures.get("course", ""),
                )
                goal = Goal("≥", 100, "points")
                section.rows.append(Comparison(f"{path}: {name}", mine, "", "plain Material", other, goal, note))
    section.notes += [f"{path} loses points for: {'; '.join(lines)}" for path, lines in found.items() if lines]
    return section
