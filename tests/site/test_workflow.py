"""The workflows are ones that GitHub accepts, as far as that can be told without GitHub."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from widgets.site.sources.folders import ROOT

FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
NEWEST = next(path for path in FILES if "--newest" in path.read_text(encoding="utf-8"))
PUBLISHING = next(path for path in FILES if "deploy-pages" in path.read_text(encoding="utf-8"))
TEXT = {"type": "string", "minLength": 1}
PERMISSIONS = {"type": "object", "additionalProperties": {"enum": ["read", "write", "none"]}}
STEP = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_-]*$"},
        "name": TEXT,
        "if": TEXT,
        "uses": {"type": "string", "pattern": r"^[\w.-]+/[\w./-]+@(v\d+(\.\d+)*|[0-9a-f]{40})$"},
        "run": TEXT,
        "with": {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}},
        "env": {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}},
        "working-directory": TEXT,
        "shell": TEXT,
        "timeout-minutes": {"type": "integer"},
    },
    "additionalProperties": False,
    "oneOf": [{"required": ["uses"]}, {"required": ["run"]}],
}
JOB = {
    "type": "object",
    "properties": {
        "name": TEXT,
        "needs": {"type": ["string", "array"], "items": TEXT},
        "if": TEXT,
        "runs-on": TEXT,
        "timeout-minutes": {"type": "integer", "maximum": 360},
        "permissions": PERMISSIONS,
        "environment": {"type": ["string", "object"]},
        "env": {"type": "object"},
        "strategy": {"type": "object"},
        "steps": {"type": "array", "items": STEP, "minItems": 1},
    },
    "required": ["runs-on", "steps"],
    "additionalProperties": False,
}
WORKFLOW = {
    "type": "object",
    "properties": {
        "name": TEXT,
        "on": {
            "type": "object",
            "properties": {
                "push": {"type": ["object", "null"]},
                "pull_request": {"type": ["object", "null"]},
                "workflow_dispatch": {"type": ["object", "null"]},
                "schedule": {"type": "array"},
            },
            "additionalProperties": False,
            "minProperties": 1,
        },
        "permissions": PERMISSIONS,
        "concurrency": {
            "type": "object",
            "properties": {"group": TEXT, "cancel-in-progress": {"type": "boolean"}},
            "required": ["group"],
            "additionalProperties": False,
        },
        "env": {"type": "object"},
        "jobs": {"type": "object", "additionalProperties": JOB, "minProperties": 1},
    },
    "required": ["on", "jobs", "permissions"],
    "additionalProperties": False,
}
"""GitHub's workflow syntax, as much of it as is used here; what it does not know must be added with care."""

EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")


class _Strings(yaml.SafeLoader):
    """Reads ``on`` as a text, as GitHub does, not as the yes of YAML 1.1."""


_Strings.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Strings.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("true|false"), list("tf"))


def load(path: Any) -> dict[str, Any]:
    """Read a workflow."""
    data: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=_Strings)
    return data


def steps(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    """List the steps of all jobs."""
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


@pytest.fixture(params=FILES, ids=[path.name for path in FILES])
def workflow(request: pytest.FixtureRequest) -> dict[str, Any]:
    return load(request.param)


@pytest.fixture
def publishing() -> dict[str, Any]:
    """Give the one workflow that publishes the site."""
    return load(PUBLISHING)


def test_it_uses_known_keys_and_pins_every_action(workflow: dict[str, Any]) -> None:
    jsonschema.validate(workflow, WORKFLOW)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("runs-on:", "run-on:"),
        ("actions/checkout@v5", "actions/checkout"),
        ("actions/checkout@v5", "actions/checkout@main"),
        ("run: make test", "uses: x/y@v1\n        run: make test"),
        ("contents: read", "contents: all"),
    ],
)
def test_a_mistake_in_it_would_be_found(old: str, new: str) -> None:
    text = PUBLISHING.read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(yaml.load(text.replace(old, new), Loader=_Strings), WORKFLOW)


def test_jobs_need_jobs_that_exist_and_not_each_other(workflow: dict[str, Any]) -> None:
    jobs = workflow["jobs"]
    needs = {
        name: [job["needs"]] if isinstance(job.get("needs"), str) else job.get("needs", [])
        for name, job in jobs.items()
    }
    done: set[str] = set()
    while set(jobs) - done:
        ready = {name for name in set(jobs) - done if set(needs[name]) <= done}
        assert ready, f"these can never start: {sorted(set(jobs) - done)}"
        done |= ready


def test_expressions_speak_of_steps_that_exist(workflow: dict[str, Any]) -> None:
    for job in workflow["jobs"].values():
        ids = {step["id"] for step in job["steps"] if "id" in step}
        for expression in EXPRESSION.findall(yaml.safe_dump(job)):
            found = re.match(r"steps\.([\w-]+)\.outputs\.\w+", expression)
            assert found or expression.startswith(("github.", "secrets.", "vars.", "env.", "matrix.")), expression
            assert not found or found[1] in ids


def test_python_is_new_enough_for_every_check(workflow: dict[str, Any]) -> None:
    versions = [step["with"]["python-version"] for step in steps(workflow) if "setup-python" in step.get("uses", "")]
    assert versions
    for version in versions:
        assert isinstance(version, str), "3.10 without quotes is 3.1"
        assert tuple(map(int, version.split("."))) >= (3, 12)


def test_make_targets_that_it_runs_exist(workflow: dict[str, Any]) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"\bmake ([\w-]+)", " ".join(step.get("run", "") for step in steps(workflow)))
    for target in targets:
        assert re.search(rf"^{target}:", makefile, re.M), target


def test_only_main_is_published_and_only_after_the_tests(publishing: dict[str, Any]) -> None:
    deploying = [
        (name, job)
        for name, job in publishing["jobs"].items()
        if any("deploy-pages" in step.get("uses", "") for step in job["steps"])
    ]
    assert len(deploying) == 1
    _, job = deploying[0]
    assert "test" in job["needs"]
    assert any(step.get("run") == "make test" for step in publishing["jobs"]["test"]["steps"])
    assert job["permissions"] == {"pages": "write", "id-token": "write"}
    assert publishing["permissions"] == {"contents": "read"}
    builds = [publishing["jobs"][name] for name in job["needs"] if name != "test"]
    assert builds
    assert all("refs/heads/main" in build["if"] for build in builds)


def test_the_site_is_built_for_the_address_of_the_pages(publishing: dict[str, Any]) -> None:
    addresses = [step["env"]["SITE_URL"] for step in steps(publishing) if "SITE_URL" in step.get("env", {})]
    assert addresses == ["${{ steps.pages.outputs.base_url }}/"]


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
    [step] = [step for step in steps(load(NEWEST)) if "gh issue create" in step.get("run", "")]
    assert step["if"] == "failure()"
    assert load(NEWEST)["permissions"] == {"contents": "read", "issues": "write"}
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
    reporting = [step for step in steps(load(NEWEST)) if "--difference difference.md" in step.get("run", "")]
    assert len(reporting) == 2
    assert all(step["if"] == "always()" for step in reporting)


def test_continuous_integration_runs_the_same_command() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert script.read_text(encoding="utf-8").rstrip().endswith("make test")
