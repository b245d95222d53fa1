"""What the workflows promise and no schema can say; ``make check`` compares their form with GitHub's own schema."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
import yaml

from tests import site_server as server
from tools.pythons import NEWEST_TRIED, oldest_supported
from widgets.site.sources.folders import ROOT

FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TEXTS = {path.stem: path.read_text(encoding="utf-8") for path in FILES}
WORKFLOWS: dict[str, dict[str, Any]] = {name: yaml.safe_load(text) for name, text in TEXTS.items()}
PUBLISHING = WORKFLOWS["publish"]["jobs"]
NEWEST = WORKFLOWS["newest-releases"]["jobs"]
JOBS = [pytest.param(job, id=f"{name}-{key}") for name, flow in WORKFLOWS.items() for key, job in flow["jobs"].items()]


def runs(job: dict[str, Any]) -> str:
    """Give everything that a job has a shell do."""
    return "\n".join(step.get("run", "") for step in job["steps"])


def uses(job: dict[str, Any]) -> list[str]:
    """List the actions of a job."""
    return [step["uses"].partition("@")[0] for step in job["steps"] if "uses" in step]


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_every_action_is_named_by_its_commit_and_says_its_version(text: str) -> None:
    named = re.findall(r"uses: (.+)", text)
    assert named
    for action in named:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action


def test_an_action_has_one_version_everywhere() -> None:
    named = set(re.findall(r"uses: (\S+)@(\S+)", "\n".join(TEXTS.values())))
    assert len({action for action, _ in named}) == len(named)


@pytest.mark.parametrize("workflow", WORKFLOWS.values(), ids=WORKFLOWS)
def test_nothing_may_be_written_unless_a_job_says_so(workflow: dict[str, Any]) -> None:
    assert workflow["permissions"] == {"contents": "read"}


@pytest.mark.parametrize("job", JOBS)
def test_a_job_that_may_write_runs_nothing_that_was_installed(job: dict[str, Any]) -> None:
    if "write" in job.get("permissions", {}).values():
        assert not re.search(r"\b(pip|npm|npx|python|make|node)\b", runs(job))
        assert not {"actions/checkout", "actions/setup-python", "actions/setup-node"} & set(uses(job))


@pytest.mark.parametrize("workflow", WORKFLOWS.values(), ids=WORKFLOWS)
def test_jobs_and_steps_that_are_spoken_of_are_there(workflow: dict[str, Any]) -> None:
    for job in workflow["jobs"].values():
        needed = [job["needs"]] if isinstance(job.get("needs"), str) else job.get("needs", [])
        assert set(needed) <= set(workflow["jobs"])
        text = yaml.safe_dump(job)
        assert set(re.findall(r"needs\.(\w+)", text)) <= set(needed)
        assert set(re.findall(r"steps\.(\w+)\.outputs", text)) <= {step.get("id") for step in job["steps"]}


@pytest.mark.parametrize("job", JOBS)
def test_make_targets_that_it_runs_exist(job: dict[str, Any]) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"\bmake ([\w-]+)", runs(job)):
        assert re.search(rf"^{target}:", makefile, re.M), target


def test_what_is_published_is_the_site_that_was_tested() -> None:
    [publishing] = [job for job in PUBLISHING.values() if "actions/deploy-pages" in uses(job)]
    assert uses(publishing) == ["actions/deploy-pages"]
    assert "needs.test.result == 'success'" in publishing["if"]
    assert publishing["permissions"] == {"pages": "write", "id-token": "write"}
    handing_on = [name for name, job in PUBLISHING.items() if "actions/upload-pages-artifact" in uses(job)]
    assert handing_on == ["test"]
    steps = PUBLISHING["test"]["steps"]
    tested = next(at for at, step in enumerate(steps) if step.get("run") == "make test")
    handed_on = next(at for at, step in enumerate(steps) if "upload-pages-artifact" in step.get("uses", ""))
    assert tested < handed_on
    assert steps[handed_on]["with"] == {"path": "site"}
    assert "make" not in runs({"steps": steps[tested + 1 :]})
    assert steps[tested]["env"]["SITE_URL"].startswith("${{ needs.address.outputs.url && ")
    assert "refs/heads/main" in PUBLISHING["address"]["if"]


def test_the_oldest_and_the_newest_python_are_tested() -> None:
    oldest, newest = (".".join(map(str, version)) for version in (oldest_supported(), NEWEST_TRIED))
    assert PUBLISHING["test"]["strategy"]["matrix"]["python"] == [oldest, newest]
    [handing_on] = [step["if"] for step in PUBLISHING["test"]["steps"] if "pages-artifact" in step.get("uses", "")]
    assert handing_on.endswith(f"matrix.python == '{newest}'")


def test_a_site_for_a_sub_path_is_whole_where_it_is_tested(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "index.html").write_text("home", encoding="utf-8")
    monkeypatch.setattr(server, "OWN_PATH", "/course/")
    with server.serving(tmp_path) as state:
        for path in ("", "index.html", "course/", "course/index.html"):
            with urlopen(f"{state.url}{path}") as answered:
                assert answered.read() == b"home"
    assert state.requested == ["index.html"] * 4


GH = """#!/bin/sh
printf '%s\\n' "$*" >> calls
case "$*" in *list*) cat open-issue ;; esac
case "$*" in *body-file*) cat issue.md > body ;; esac
"""
"""Stands in for GitHub's command: writes down what it was called with, and knows one open issue or none."""


@pytest.mark.parametrize(
    ("is_open", "report", "call", "body"),
    [
        ("", "# Difference\n", "issue create --title T --body-file issue.md", "# Difference\n"),
        ("7\n", "# Difference\n", "issue edit 7 --body-file issue.md", "# Difference\n"),
        ("", "", "issue create --title T --body-file issue.md", "No report was written; the log says why: L\n"),
        ("", "x" * 70000, "issue create --title T --body-file issue.md", "x" * 60000),
    ],
    ids=["a new issue", "one that is open", "no report", "longer than GitHub takes"],
)
def test_what_fails_with_the_newest_releases_becomes_an_issue(
    is_open: str, report: str, call: str, body: str, tmp_path: Path
) -> None:
    [step] = [step for step in NEWEST["report"]["steps"] if "gh issue create" in step.get("run", "")]
    assert "needs.listings.result == 'failure'" in NEWEST["report"]["if"]
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "gh").write_text(GH, encoding="utf-8")
    (tmp_path / "bin" / "gh").chmod(0o755)
    (tmp_path / "open-issue").write_text(is_open, encoding="utf-8")
    if report:
        (tmp_path / "difference.md").write_text(report, encoding="utf-8")
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    subprocess.run(
        ["bash", "-e", "-c", step["run"]], cwd=tmp_path, env={"PATH": path, "TITLE": "T", "LOG": "L"}, check=True
    )
    assert (tmp_path / "calls").read_text(encoding="utf-8").splitlines()[1:] == [call]
    assert (tmp_path / "body").read_text(encoding="utf-8") == body


def test_the_newest_releases_are_reported_even_where_they_cannot_be_installed() -> None:
    reporting = [step for step in NEWEST["listings"]["steps"] if "--difference difference.md" in step.get("run", "")]
    assert len(reporting) == 2
    assert all(step["if"] == "always()" for step in reporting)


def test_dependabot_looks_at_everything_that_is_pinned() -> None:
    config = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text(encoding="utf-8"))
    assert {update["package-ecosystem"] for update in config["updates"]} == {"pip", "npm", "github-actions"}


def test_continuous_integration_runs_the_same_command() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert script.read_text(encoding="utf-8").rstrip().endswith("make test")
