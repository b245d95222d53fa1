"""What an author is told when a listing is wrong: the page's line, the statement, the error, the versions."""

from __future__ import annotations

import shutil
import time
from concurrent.futures import Future
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.lessons import conftest
from tests.lessons.checking import Checks, hub_home, misfits
from tests.lessons.environment import Environment
from tests.lessons.programs import Outcome, read_error, run_in_copy, run_program
from tests.lessons.report import difference, make_report
from tests.lessons.warm import Warm
from widgets.core.errors import BuildError
from widgets.site.sources.folders import DOCS
from widgets.site.sources.listings import Listing, find_listings, page_listings

pytestmark = pytest.mark.lessons


def listings(page: Path) -> list[Listing]:
    return list(page_listings(page, page.parents[1]))


def run(page: Path, environment: Environment, **limits: float) -> tuple[Listing, Outcome]:
    listing = listings(page)[-1]
    return listing, run_program(listing, environment.python, page.parent, hub_home(environment), **limits)


@pytest.fixture(scope="module")
def old_tutorial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a copy of the SFT lesson as an old tutorial would have it: with a keyword that TRL has removed."""
    page = tmp_path_factory.mktemp("planted") / "docs" / "lessons" / "sft.md"
    page.parent.mkdir(parents=True)
    text = (DOCS / "lessons" / "sft.md").read_text(encoding="utf-8")
    assert text.count("    max_length=1024,\n") == 1
    page.write_text(text.replace("    max_length=1024,\n", "    max_seq_length=1024,\n"), encoding="utf-8")
    return page


def test_a_removed_keyword_is_reported_with_its_line_in_the_lesson(
    old_tutorial: Path, environment: Environment, tmp_path: Path
) -> None:
    checks = Checks(listings(old_tutorial), environment, tmp_path / "work")
    try:
        listing = next(item for item in checks.listings if item.title == "sft_full.py")
        outcome = checks.outcome(listing)
        said = checks.describe(listing, outcome)
        written = difference(checks, [(listing, outcome)], {}, date(2026, 11, 23))
        stamped = make_report(checks, [(listing, outcome)], {}, date(2026, 11, 23))
    finally:
        checks.close()
    lines = old_tutorial.read_text(encoding="utf-8").splitlines()
    place, statement, error, versions = said.splitlines()
    assert place.startswith("docs/lessons/sft.md:")
    assert lines[int(place.split(":")[1].split()[0]) - 1].strip() == statement.removeprefix("  statement: ")
    assert error.startswith("  failed: TypeError: ")
    assert "unexpected keyword argument 'max_seq_length'; did you mean \"max_length\"?" in error
    assert statement == "  statement: max_seq_length=1024,"
    assert "trl 1.16.0" in versions
    assert "1 listings: 0 ran, 0 only parsed, 1 failed, 0 could not be checked." in written
    assert "max_seq_length" in written
    assert stamped["listings"][listing.key]["status"] == "failed"


def test_a_removed_keyword_is_found_without_running(old_tutorial: Path, warm: Warm) -> None:
    listing = next(item for item in listings(old_tutorial) if item.title == "sft_full.py")
    [(line, message)] = problems_of(listing.program, warm)
    lines = old_tutorial.read_text(encoding="utf-8").splitlines()
    assert "max_seq_length" in lines[listing.page_line(line) - 1]
    assert "unexpected keyword argument 'max_seq_length'" in message
    assert 'did you mean "max_length"?' in message


def problems_of(program: str, warm: Warm) -> list[tuple[int, str]]:
    """Check one program's calls."""
    return misfits({"program": program}, warm.environment, warm)["program"]


def test_each_kind_of_misfit_is_found_without_running_and_what_fits_is_let_pass(warm: Warm) -> None:
    program = """
import json as reader
import no_such_module
from json import no_such_name
from collections import OrderedDict, Counter
from concurrent.futures import ThreadPoolExecutor
import shutil, textwrap

reader.loads("1", no_such=2)
reader.no_such_function()
pool = ThreadPoolExecutor(max_workers=2)
pool.shutdown(wait=True, no_such_option=1)
pool.shutdown(wait=True)
textwrap.wrap()
textwrap.wrap("a", **{})
shutil.copy("a", "b", follow_symlink=False)


def own(OrderedDict):
    return OrderedDict(no_such=1)
"""
    found = problems_of(program, warm)
    assert [line for line, _ in found] == [3, 4, 10, 12, 14, 16]
    messages = [message for _, message in found]
    assert "no_such_module" in messages[0]
    assert 'json has no "no_such_name"' in messages[1]
    assert 'json has no "no_such_function"' in messages[2]
    assert "'no_such_option'" in messages[3]
    assert "missing a required argument: 'text'" in messages[4]
    assert 'did you mean "follow_symlinks"?' in messages[5]


def test_the_line_is_the_lesson_s_own_when_a_library_raises(page: Path, environment: Environment) -> None:
    page.write_text("# Title\n\n```python\nimport json\n\njson.loads(\n    '{'\n)\n```\n", encoding="utf-8")
    listing, outcome = run(page, environment)
    assert outcome.status == "failed"
    assert outcome.error.startswith("json.decoder.JSONDecodeError: ")
    assert listing.page_line(outcome.line) == 6


def test_the_line_is_known_when_the_program_crashes_or_hangs(page: Path, environment: Environment) -> None:
    page.write_text("```python\nimport os\nos.abort()\n```\n", encoding="utf-8")
    _, crashed = run(page, environment)
    assert (crashed.status, crashed.line) == ("failed", 2)
    page.write_text("```python\nimport time\ntime.sleep(60)\n```\n", encoding="utf-8")
    _, late = run(page, environment, time_limit_s=2)
    assert (late.status, late.line, late.error) == ("failed", 2, "TimeoutError: not finished after 2 s")


def test_a_program_that_ends_with_a_status_or_does_not_parse_has_failed(page: Path, environment: Environment) -> None:
    page.write_text("```python\nimport sys\nsys.exit(3)\n```\n", encoding="utf-8")
    _, ended = run(page, environment)
    assert (ended.status, ended.error) == ("failed", "the program ended with status 3")
    page.write_text("text\n\n```python\nx = 1\nif x\n    pass\n```\n", encoding="utf-8")
    listing, broken = run(page, environment)
    assert broken.status == "failed"
    assert broken.error.startswith("SyntaxError: ")
    assert listing.page_line(broken.line) == 5


def test_a_name_that_the_cache_lacks_is_neither_passed_nor_failed_and_keeps_its_old_entry(
    page: Path, environment: Environment
) -> None:
    page.write_text(
        '```python\nfrom transformers import AutoConfig\nAutoConfig.from_pretrained("no/such-model")\n```\n',
        encoding="utf-8",
    )
    listing, outcome = run(page, environment)
    assert outcome.status == "unchecked"
    checks = Checks([], environment)
    checks.close()
    day = date(2026, 11, 23)
    assert make_report(checks, [(listing, outcome)], {}, day)["listings"] == {}
    old = {listing.key: {"status": "passed"}}
    assert make_report(checks, [(listing, outcome)], old, day)["listings"] == old


def test_listings_of_a_page_run_in_their_order_in_one_folder(
    page: Path, environment: Environment, tmp_path: Path
) -> None:
    page.write_text(
        '```python title="save.py"\nopen("x", "w").write("1")\n```\n'
        '```python title="load.py"\nprint(open("x").read())\n```\n',
        encoding="utf-8",
    )
    checks = Checks(listings(page), environment, tmp_path / "work")
    assert [checks.outcome(item).output for item in checks.listings] == ["", "1\n"]
    checks.close()


def test_a_listing_with_the_title_of_an_earlier_one_continues_it(
    page: Path, environment: Environment, tmp_path: Path
) -> None:
    page.write_text(
        '```python title="a.py"\nx = 1\n```\ntext\n```python title="a.py"\nprint(x)\nprint(y)\n```\n', encoding="utf-8"
    )
    first, second = listings(page)
    assert first.key != second.key
    checks = Checks([first, second], environment, tmp_path / "work")
    outcome = checks.outcome(second)
    checks.close()
    assert outcome.output == "1\n"
    assert "NameError" in outcome.error
    assert second.page_line(outcome.line) == 7


@pytest.mark.parametrize(
    ("fence", "message"),
    [
        ("```python no_run", 'no_run="needs 8 GPUs"'),
        ('```python no_run=" "', 'no_run="needs 8 GPUs"'),
        ('```python tilte="a.py"', 'did you mean "title"?'),
        ("```py", '"python", not "py"'),
        ("```{.python .x}", 'write the language of a Python listing as "python"'),
    ],
)
def test_a_fence_that_would_escape_the_check_is_refused(page: Path, fence: str, message: str) -> None:
    page.write_text(f"# T\n\n{fence}\nx = 1\n```\n", encoding="utf-8")
    with pytest.raises(BuildError, match=r"docs/lessons/made-up\.md:3: ") as raised:
        listings(page)
    assert message in str(raised.value)


def test_an_error_while_handling_an_error_is_the_one_that_counts() -> None:
    text = (
        'Traceback (most recent call last):\n  File "/x/a.py", line 2, in <module>\nKeyError: 1\n\n'
        "During handling of the above exception, another exception occurred:\n\n"
        'Traceback (most recent call last):\n  File "/x/a.py", line 4, in <module>\nValueError: two\nlines\n'
    )
    assert read_error(text, "a.py") == ("ValueError: two lines", 4)


def test_programs_of_lessons_see_nothing_of_this_repository(page: Path, environment: Environment) -> None:
    page.write_text("```python\nimport widgets\n```\n", encoding="utf-8")
    _, outcome = run(page, environment)
    assert "ModuleNotFoundError" in outcome.error
    about = page.parents[1] / "about" / "contributing.md"
    about.parent.mkdir()
    shutil.copy(page, about)
    _, outcome = run(about, environment)
    assert outcome.status == "passed"


def test_the_end_of_the_tests_says_what_came_of_the_listings(monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[str] = []
    reporter, config = SimpleNamespace(section=lines.append, write_line=lines.append), SimpleNamespace()
    config.stash = pytest.Stash()
    conftest.pytest_terminal_summary(reporter, config)  # type: ignore[arg-type]
    assert lines == []
    first, second, *_ = (item for item in find_listings() if item.kind == "run")
    config.stash[conftest.RESULTS] = [(first, Outcome("passed")), (second, Outcome("failed"))]
    monkeypatch.setattr(conftest, "BEGAN", time.monotonic() - 61)
    conftest.pytest_terminal_summary(reporter, config)  # type: ignore[arg-type]
    assert lines[1] == "2 listings: 1 ran, 0 only parsed, 1 failed, 0 could not be checked; 1 min 1 s"


def test_only_listings_whose_outcome_is_there_are_counted(page: Path, environment: Environment, tmp_path: Path) -> None:
    page.write_text('```python title="a.py"\nx = 1\n```\n', encoding="utf-8")
    checks = Checks(listings(page), environment, tmp_path / "work")
    checks.outcome(checks.listings[0])
    assert [(item.title, outcome.status) for item, outcome in checks.finished()] == [("a.py", "passed")]
    checks._runs["lessons/made-up.md", "a.py"] = Future()
    assert checks.finished() == []
    checks.close()


def test_there_are_full_listings_for_every_method() -> None:
    programs = "\n".join(item.program for item in find_listings() if item.kind == "run")
    for name in (
        "SFTTrainer(",
        "get_peft_model(",
        "BitsAndBytesConfig(",
        "RewardTrainer(",
        "GRPOTrainer(",
        "DPOTrainer(",
    ):
        assert name in programs


@pytest.mark.parametrize(
    ("program", "status", "line", "error"),
    [
        ("import json\njson.loads('{')", "failed", 2, "json.decoder.JSONDecodeError: Expecting property name"),
        ("import os\nos.abort()", "failed", 2, "Fatal Python error: Aborted"),
        ("import sys\nsys.exit(3)", "failed", 0, "the program ended with status 3"),
        ("import time\ntime.sleep(60)", "failed", 2, "TimeoutError: not finished after 2 s"),
        ("import tests", "failed", 1, "ModuleNotFoundError: No module named 'tests'"),
        ("import warm_server", "failed", 1, "ModuleNotFoundError: No module named 'warm_server'"),
        ("print(input())", "failed", 1, "EOFError: EOF when reading a line"),
        ("import sys\nprint(__name__, sys.argv)", "passed", 0, ""),
    ],
)
def test_a_program_in_a_copy_of_a_warm_process_ends_as_in_a_fresh_one(
    program: str, status: str, line: int, error: str, page: Path, warm: Warm
) -> None:
    page.write_text(f"```python\n{program}\n```\n", encoding="utf-8")
    [listing] = listings(page)
    outcome = warm.submit(lambda server: run_in_copy(listing, server, page.parent, time_limit_s=2)).result()
    assert (outcome.status, outcome.line) == (status, line)
    assert outcome.error.startswith(error)
    if status == "passed":
        assert outcome.output == f"__main__ ['{listing.file_name}']\n"
