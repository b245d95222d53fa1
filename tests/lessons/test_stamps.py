"""The stamp under a listing says only what the report knows of exactly the text on the page."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import markdown
import pytest
from pymdownx.superfences import SuperFencesException

from widgets.core.errors import BuildError
from widgets.site.markdown import stamps
from widgets.site.sources.folders import DOCS, RECORDS, ROOT
from widgets.site.sources.listings import SNIPPETS, find_listings, key_of, load_report, needed_by, page_listings
from widgets.site.sources.pages import page_paths

PASSED = {
    "page": "lessons/a.md",
    "title": "a.py",
    "mode": "run",
    "status": "passed",
    "checked": "2026-11-03",
    "python": "3.11.7",
    "versions": {"torch": "2.13.0+cpu", "datasets": "5.2.0", "trl": "1.16.0"},
    "after": [],
    "stand_ins": ["Qwen/Qwen2.5-0.5B"],
}
STAMP = re.compile(r'<p class="ft-stamp" data-status="(\w+)" data-listing="(\w+)">([^<]*)</p></div>')


def render(text: str) -> str:
    """Render a page with the extensions of the site that touch listings."""
    fences = [
        {
            "name": "python",
            "class": "python",
            "format": stamps.python_fence,
            "validator": stamps.python_options,
        }
    ]
    return markdown.markdown(
        text,
        extensions=[
            "admonition",
            "attr_list",
            "md_in_html",
            "pymdownx.details",
            "pymdownx.highlight",
            "pymdownx.snippets",
            "pymdownx.superfences",
            "pymdownx.tabbed",
            "widgets.site.markdown.stamps",
        ],
        extension_configs={
            "pymdownx.snippets": {"base_path": [str(ROOT)], **SNIPPETS},
            "pymdownx.superfences": {"custom_fences": fences},
            "pymdownx.tabbed": {"alternate_style": True},
            "pymdownx.highlight": {"anchor_linenums": False, "pygments_lang_class": True},
        },
    )


def found_stamps(text: str) -> list[tuple[str, str, str]]:
    return [(status, key, html.unescape(said)) for status, key, said in STAMP.findall(render(text))]


@pytest.fixture
def report(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, object]]:
    """Give a report that the stamps are made from, to be filled by the test."""
    entries: dict[str, dict[str, object]] = {}
    monkeypatch.setattr(stamps, "load_report", lambda: entries)
    return entries


def test_a_listing_that_ran_names_its_libraries_the_date_and_the_stand_ins(
    report: dict[str, dict[str, object]],
) -> None:
    report[key_of("import trl")] = PASSED
    [(status, _, said)] = found_stamps('```python title="a.py"\nimport trl\n```')
    assert status == "passed"
    assert said == (
        "Runs with trl 1.16.0, torch 2.13.0, datasets 5.2.0 — checked 3 November 2026 on a CPU, "
        "with tiny random stand-ins for its models and data."
    )


TRAIN = 'BASE = "Qwen/Qwen2.5-7B"\ntrainer.save_model("adapter")'
MERGE = 'load("adapter").save_pretrained("merged")'


def page_of(*programs: tuple[str, str]) -> str:
    return "\n\n".join(f'```python title="{title}"\n{program}\n```' for title, program in programs)


def test_what_a_listing_loads_belongs_to_it(report: dict[str, dict[str, object]]) -> None:
    report[key_of(MERGE, {"train.py": TRAIN})] = {**PASSED, "after": ["train.py"]}
    [_, (status, key, said)] = found_stamps(page_of(("train.py", TRAIN), ("merge.py", MERGE)))
    assert status == "passed"
    assert key != key_of(MERGE)
    assert said.endswith("on a CPU, after train.py, with tiny random stand-ins for its models and data.")


def test_a_changed_letter_in_what_a_listing_loads_loses_its_stamp(report: dict[str, dict[str, object]]) -> None:
    report[key_of(MERGE, {"train.py": TRAIN})] = {**PASSED, "title": "merge.py"}
    [_, (status, _, _)] = found_stamps(page_of(("train.py", TRAIN + " "), ("merge.py", MERGE)))
    assert status == "passed"
    [_, (status, _, _)] = found_stamps(page_of(("train.py", TRAIN + ")"), ("merge.py", MERGE)))
    assert status == "changed"


def test_listings_of_the_lessons_that_load_what_others_saved() -> None:
    found = {item.title: list(item.needed) for item in find_listings() if item.needed}
    assert found == {"merge_qlora.py": ["train_qlora.py"], "train_grpo.py": ["train_reward_model.py"]}


def test_what_a_listing_loads_is_found_through_the_listings_between_them() -> None:
    earlier = {
        "train.py": 'FOLDER = "adapter"\ntrainer.save_model(FOLDER)',
        "other.py": 'SFTConfig(output_dir="other")',
        "merge.py": MERGE,
    }
    assert list(needed_by('load("merged")', earlier)) == ["train.py", "merge.py"]
    assert list(needed_by('load("other")', earlier)) == ["other.py"]
    assert needed_by('t.save_model("merged")\nload("merged")', earlier) == {}
    assert needed_by("load(", earlier) == {}


def test_one_changed_letter_loses_the_stamp(report: dict[str, dict[str, object]]) -> None:
    report[key_of("x = 1")] = PASSED
    [(status, _, said)] = found_stamps('```python title="a.py"\nx = 2\n```')
    assert (status, said) == ("changed", "Changed since it was last checked, on 3 November 2026.")


def test_a_listing_that_failed_says_so(report: dict[str, dict[str, object]]) -> None:
    report[key_of("x = 1")] = {**PASSED, "status": "failed", "error": "TypeError: no <b>", "line": 1}
    [(status, _, said)] = found_stamps("```python\nx = 1\n```")
    assert status == "failed"
    assert said == "Failed on 3 November 2026 with trl 1.16.0, torch 2.13.0, datasets 5.2.0: TypeError: no <b>"


def test_a_listing_of_which_nothing_is_known_says_so(report: dict[str, dict[str, object]]) -> None:
    assert found_stamps("```python\nx = 1\n```")[0][::2] == ("unchecked", "Not checked yet.")


def test_a_listing_that_is_not_run_shows_the_reason_whatever_its_status(report: dict[str, dict[str, object]]) -> None:
    page = '```python title="a.py" no_run="needs 8 GPUs"\nx = 1\n```'
    assert found_stamps(page)[0][2] == "Not run by our tests: needs 8 GPUs. Not checked yet."
    report[key_of("x = 1")] = {**PASSED, "mode": "parsed"}
    [(status, _, said)] = found_stamps(page)
    assert status == "passed"
    assert said.startswith("Not run by our tests: needs 8 GPUs. Its imports and calls fit trl 1.16.0, ")
    assert "no_run" not in render(page)


def test_having_been_parsed_does_not_count_as_having_run(report: dict[str, dict[str, object]]) -> None:
    report[key_of("x = 1")] = {**PASSED, "mode": "parsed"}
    assert found_stamps("```python\nx = 1\n```")[0][0] == "unchecked"


def test_a_continued_listing_is_stamped_for_the_whole_program(report: dict[str, dict[str, object]]) -> None:
    page = '```python title="a.py"\nx = 1\n```\n\ntext\n\n```python title="a.py"\nprint(x)\n```'
    report[key_of("x = 1\nprint(x)")] = PASSED
    assert [status for status, _, _ in found_stamps(page)] == ["changed", "passed"]
    report[key_of("x = 1")] = PASSED
    assert [status for status, _, _ in found_stamps(page)] == ["passed", "passed"]
    assert [status for status, _, _ in found_stamps(page)] == ["passed", "passed"], (
        "a page does not see another's parts"
    )


def test_lines_of_the_package_name_their_file() -> None:
    [(status, _, said)] = found_stamps('```python\n--8<-- "widgets/catalog/lora_counts.py:scaling"\n```')
    assert status == "included"
    assert said == "Lines of widgets/catalog/lora_counts.py, which the tests of the course run."


def test_title_and_marked_lines_of_a_listing_are_kept() -> None:
    page = render('```python title="a.py" hl_lines="2"\nx = 1\ny = 2\n```')
    assert '<span class="filename">a.py</span>' in page
    assert 'class="hll"' in page
    assert '<div class="language-python highlight">' in page


@pytest.mark.parametrize("fence", ["```python no_run", '```python tilte="a.py"'])
def test_a_wrong_option_stops_the_build(fence: str) -> None:
    with pytest.raises(SuperFencesException, match=r"title|no_run"):
        render(f"{fence}\nx = 1\n```")


def test_a_report_that_is_not_one_stops_the_build(tmp_path: Path) -> None:
    for text in ("{", "[]", '{"listings": [1]}'):
        (tmp_path / "listings.json").write_text(text, encoding="utf-8")
        with pytest.raises(BuildError, match="make listings"):
            load_report(tmp_path / "listings.json")


@pytest.mark.parametrize("path", page_paths(), ids=lambda path: path.relative_to(DOCS).as_posix())
def test_pages_show_the_very_text_that_is_checked(path: Path) -> None:
    shown = [key for _, key, _ in STAMP.findall(render(path.read_text(encoding="utf-8")))]
    assert shown == [listing.key for listing in page_listings(path)]


def test_the_built_pages_stamp_every_listing() -> None:
    site = ROOT / "site"
    assert (site / "index.html").is_file(), "the site is not built; run: make site"
    expected = {listing.page for listing in find_listings()}
    for page in expected:
        shown = STAMP.findall((site / page).with_suffix(".html").read_text(encoding="utf-8"))
        count = sum(listing.page == page for listing in find_listings())
        assert len(shown) == count, page


def test_the_report_is_plain_json_with_one_entry_a_line() -> None:
    text = (RECORDS / "listings.json").read_text(encoding="utf-8")
    entries = json.loads(text)["listings"]
    assert sum('"status"' in line for line in text.splitlines()) == len(entries)
