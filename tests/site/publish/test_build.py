"""A build stops at every mistake and leaves the old site in place; a second ``make`` does no set-up again."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fork import edit, make_fork, run_widgets
from widgets.core.errors import BuildError
from widgets.site.publish import build
from widgets.site.publish.build import build_site

OLD = "<p>the old site</p>"


@pytest.fixture(scope="module")
def fork(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a copy of the sources for the whole module; what a test alters it puts back."""
    return make_fork(tmp_path_factory.mktemp("fork") / "course")


@pytest.fixture
def old_site(fork: Path) -> Iterator[Path]:
    """Put an old site in place and check afterwards that it is still there, and nothing beside it."""
    site = fork / "site"
    site.mkdir()
    (site / "index.html").write_text(OLD, encoding="utf-8")
    yield site
    assert (site / "index.html").read_text(encoding="utf-8") == OLD
    assert [path.name for path in site.iterdir()] == ["index.html"]
    assert [path.name for path in fork.glob("site*")] == ["site"]
    shutil.rmtree(site)


@pytest.fixture
def restored(fork: Path) -> Iterator[None]:
    """Put pages, quizzes and the configuration back after the test."""
    kept = {
        path: path.read_bytes()
        for pattern in ("docs/**/*.md", "quizzes/*.yml", "mkdocs.yml")
        for path in fork.glob(pattern)
    }
    yield
    for path in {*fork.glob("docs/**/*.md"), *fork.glob("quizzes/*.yml")} - set(kept):
        path.unlink()
    for path, data in kept.items():
        if not path.is_file() or path.read_bytes() != data:
            path.write_bytes(data)


def line_of(path: Path, text: str) -> int:
    """Give the number of the first line that holds a text."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def test_every_mistake_of_an_author_is_reported_at_once_and_nothing_is_built(
    fork: Path, old_site: Path, restored: None
) -> None:
    lora, sft, rlhf = (fork / "docs" / "lessons" / f"{name}.md" for name in ("lora", "sft", "rlhf"))
    which = fork / "docs" / "lessons" / "which-method.md"
    quizzes = fork / "quizzes"
    edit(lora, "name: lora-rank", "name: lora-rnk")
    edit(which, "name: method-comparison", "name: method-comparison\nmodle: x")
    edit(rlhf, "name: human-rater", "name: human-rater\nid: 1 2")
    edit(sft, "file: predict-sft", "file: predict-stf")
    edit(sft, "## Traps", "See [this](no-such-page.md).\n\n## Traps")
    edit(quizzes / "module.yml", "correct: true", "correct: false")
    shutil.copy(quizzes / "lora.yml", quizzes / "lora-again.yml")
    edit(quizzes / "qlora.yml", "id: qlora", "id: [qlora")
    edit(quizzes / "rlhf.yml", "kind: single", "kind: signle")
    done = run_widgets(fork, "build", "--out", "site")
    said = done.stdout + done.stderr
    assert done.returncode == 1
    expected = {
        (lora, "name: lora-rnk"): ('"lora-rnk"', "allowed: lora-rank", 'did you mean "lora-rank"'),
        (which, "modle: x"): ('"modle"', "allowed: name, id, methods, model", 'did you mean "model"'),
        (rlhf, "id: 1 2"): ('"1 2"', "letters, digits and hyphens"),
        (sft, "file: predict-stf"): ('"predict-stf"', 'did you mean "predict-sft"'),
        (sft, "no-such-page.md"): ('"no-such-page.md"', "does not exist"),
        (quizzes / "qlora.yml", "title:"): ("not valid YAML", "expected ',' or ']'"),
        (quizzes / "rlhf.yml", "kind: signle"): ("signle", "single"),
    }
    lines = said.splitlines()
    for (path, text), words in expected.items():
        where = path.relative_to(fork).as_posix()
        found = [line for line in lines if line.startswith(f"{where}:{line_of(path, text)}:")]
        assert any(all(word in line for word in words) for line in found), (where, text, words, said)
    assert any(line.startswith("quizzes/module.yml:") and "exactly one choice" in line for line in lines), said
    assert any('"lora"' in line and "lora-again.yml" in line for line in lines), said


def test_what_only_the_built_pages_show_stops_the_build_too(fork: Path, old_site: Path, restored: None) -> None:
    edit(fork / "docs" / "index.md", "## Where to start", '<img src="https://elsewhere.example/x.png" alt="x">')
    edit(fork / "mkdocs.yml", "  - admonition\n", "")
    done = run_widgets(fork, "build", "--out", "site")
    assert done.returncode == 1
    for message in ("index.html: <img> loads https://elsewhere.example/x.png from another site", "a raw admonition"):
        assert message in done.stdout + done.stderr


def test_a_generator_that_stops_stops_the_build(fork: Path, old_site: Path, restored: None) -> None:
    edit(fork / "mkdocs.yml", "- Glossary: glossary.md", "- Glossary: glosary.md")
    done = run_widgets(fork, "build", "--out", "site")
    assert done.returncode == 1
    assert "mkdocs did not build the site" in done.stdout + done.stderr


def test_a_build_that_is_broken_off_leaves_the_old_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "site"
    out.mkdir()
    (out / "index.html").write_text(OLD, encoding="utf-8")

    def broken_off(generator: str, folder: Path) -> None:
        folder.mkdir()
        (folder / "index.html").write_text("half", encoding="utf-8")
        raise KeyboardInterrupt

    monkeypatch.setattr(build, "_generate", broken_off)
    monkeypatch.setattr(build.check, "report", lambda: 0)
    with pytest.raises(KeyboardInterrupt):
        build_site(out)
    assert (out / "index.html").read_text(encoding="utf-8") == OLD
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_a_complete_build_takes_the_place_of_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "site"
    out.mkdir()
    (out / "gone.html").write_text(OLD, encoding="utf-8")

    def generated(generator: str, folder: Path) -> None:
        folder.mkdir()
        (folder / "index.html").write_text("new", encoding="utf-8")

    monkeypatch.setattr(build, "_generate", generated)
    monkeypatch.setattr(build, "check_built_site", lambda folder, expected_widgets: [])
    monkeypatch.setattr(build, "lock_down", lambda folder: None)
    monkeypatch.setattr(build, "prepare_offline", lambda folder: None)
    monkeypatch.setattr(build.check, "report", lambda: 0)
    monkeypatch.setattr(build, "write_notebooks", list)
    monkeypatch.setattr(build, "ROOT", tmp_path)
    build_site(out, generator="zensical")
    assert [(path.name, path.read_text(encoding="utf-8")) for path in out.iterdir()] == [("index.html", "new")]
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_zensical_outside_the_project_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="only into a folder of the project"):
        build_site(tmp_path / "site", generator="zensical")


def test_mistakes_in_the_sources_stop_before_anything_is_generated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build.check, "report", lambda: 1)
    monkeypatch.setattr(build, "_generate", lambda *_: pytest.fail("generated"))
    with pytest.raises(BuildError, match="listed above"):
        build_site(tmp_path / "site")


# --- make ------------------------------------------------------------------------------------------------------------

STAMPS = ("python", "node", "assets", "test", "browsers", "torch")
SET_UP = ("-m venv", "pip install", "npm ci", "tests.browsers", "tests.lessons.environment")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a copy of the sources in which every step of the set-up has been done."""
    folder = make_fork(tmp_path_factory.mktemp("made") / "course")
    now = time.time()
    for path in folder.rglob("*"):
        os.utime(path, (now - 1000, now - 1000))
    (folder / "build" / "stamps").mkdir(parents=True)
    for position, name in enumerate(STAMPS):
        stamp = folder / "build" / "stamps" / name
        stamp.touch()
        os.utime(stamp, (now - 500 + position, now - 500 + position))
    return folder


@pytest.fixture
def kept_stamps(made: Path) -> Iterator[Path]:
    """Give the folder of the stamps, and leave them as they were after the test."""
    folder = made / "build" / "stamps"
    kept = {path: path.stat().st_mtime for path in folder.iterdir()}
    yield folder
    for path, changed in kept.items():
        path.touch()
        os.utime(path, (changed, changed))


def steps_of(folder: Path, target: str) -> str:
    """List the commands that ``make TARGET`` would run."""
    environment = {name: text for name, text in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    done = subprocess.run(
        ["make", "-n", target], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")
class TestMake:
    @pytest.mark.parametrize("target", ["serve", "site", "test", "check", "edit"])
    def test_a_second_run_does_no_set_up(self, made: Path, target: str) -> None:
        commands = steps_of(made, target)
        assert not [step for step in (*SET_UP, "widgets assets") if step in commands]

    def test_what_needs_torch_comes_last(self, made: Path, kept_stamps: Path) -> None:
        (kept_stamps / "torch").unlink()
        commands = steps_of(made, "test")
        others = (
            "npm run --silent test",
            "pytest --ignore=tests/lessons",
            "pytest tests/components",
            "pytest tests/e2e",
        )
        assert max(commands.index(step) for step in others) < commands.index("tests.lessons.environment")
        assert commands.index("tests.lessons.environment") < commands.index("pytest tests/lessons")

    @pytest.mark.parametrize(("status", "is_installed"), [(0, False), (1, True)])
    def test_node_is_installed_where_the_system_has_none_that_will_do(
        self, made: Path, kept_stamps: Path, tmp_path: Path, status: int, is_installed: bool
    ) -> None:
        told = tmp_path / "told"
        python = tmp_path / "python"
        python.write_text(
            f'#!/bin/sh\necho "$*" >> {told}\ncase "$*" in *"npm version") exit {status};; esac\n', encoding="utf-8"
        )
        python.chmod(0o755)
        (kept_stamps / "node").unlink()
        command = ["make", "build/stamps/node", f"PYTHON={python}"]
        done = subprocess.run(command, cwd=made, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr
        commands = told.read_text(encoding="utf-8").splitlines()
        assert commands[0] == "-m widgets npm version"
        assert any("requirements/node.txt" in line for line in commands) is is_installed
        assert any("npm ci" in line for line in commands)

    def test_a_second_run_still_builds_and_serves(self, made: Path) -> None:
        commands = steps_of(made, "serve")
        assert commands.index("-m widgets build") < commands.index("-m widgets serve --port 8000")

    @pytest.mark.parametrize(
        ("file", "step"),
        [
            ("requirements/site.txt", "pip install"),
            ("package-lock.json", "npm ci"),
            ("widgets/browser/page/course.js", "widgets assets"),
            ("widgets/browser/styles/widget.css", "widgets assets"),
            ("widgets/quiz/widget.py", "widgets assets"),
        ],
    )
    def test_what_has_changed_is_done_again(self, made: Path, file: str, step: str) -> None:
        path = made / file
        before = path.stat().st_mtime
        path.touch()
        try:
            assert step in steps_of(made, "serve")
        finally:
            os.utime(path, (before, before))

    def test_a_lesson_that_changes_needs_no_new_assets(self, made: Path) -> None:
        (made / "docs" / "index.md").touch()
        commands = steps_of(made, "site")
        assert "widgets assets" not in commands
        assert "-m widgets build" in commands

    def test_the_live_preview_names_the_step_that_fails(self, made: Path, tmp_path: Path) -> None:
        for failing, name in {"widgets check": "lessons and quizzes", "mkdocs serve": "live preview"}.items():
            python = tmp_path / "python"
            python.write_text(f'#!/bin/sh\ncase "$*" in *"{failing}"*) exit 3;; esac\n', encoding="utf-8")
            python.chmod(0o755)
            command = ["make", "edit", f"PYTHON={python}"]
            done = subprocess.run(command, cwd=made, capture_output=True, text=True, check=False, timeout=60)
            assert done.returncode != 0
            assert f"The step “{name}” failed" in done.stderr

    def test_a_step_that_fails_is_named_with_what_to_do(self, made: Path) -> None:
        environment = {name: text for name, text in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
        done = subprocess.run(
            ["make", "site", "PYTHON=false"], cwd=made, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode != 0
        assert "→ site" in done.stdout
        assert "The step “site” failed" in done.stderr
        assert "site/ is as it was before" in done.stderr
