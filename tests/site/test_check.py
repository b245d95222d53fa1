"""Every mistake an author can make is reported with its line, what is allowed and the nearest match."""

from __future__ import annotations

from pathlib import Path

import pytest

from widgets.site.check import SECTIONS, check_page, count_fences, find_problems
from widgets.site.folders import DOCS
from widgets.site.pages import read_page


def problems_of(tmp_path: Path, text: str, name: str = "page.md") -> list[str]:
    """Write a page and list its problems as ``line: message``."""
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text(text, encoding="utf-8")
    return [f"{problem.line}: {problem.message}" for problem in check_page(read_page(path), tmp_path)]


FENCE = "# T\n\n```{language}\n{body}\n```\n"


@pytest.mark.parametrize(
    ("language", "body", "line", "message"),
    [
        ("widget", "name: lora-rnk", 4, 'did you mean "lora-rank"'),
        ("widget", "id: x", 3, "has no `name:`"),
        ("widget", "name: method-comparison\nmodle: x", 5, 'unknown option of method-comparison "modle"'),
        ("widget", "name: method-comparison\nrank: 9999", 5, "from 1 to 256"),
        ("widget", "name: method-comparison\nrank: [1]", 5, "must be text or a number"),
        ("widget", "name: method-comparison\nfile: x", 5, "unknown option"),
        ("widget", "name: [unclosed", 4, "not valid YAML"),
        ("widget", "just text", 3, "`name: value` lines"),
        ("widget", "name: method-comparison\nid: 1 2", 5, "letters, digits and hyphens"),
        ("quiz", "file: modul", 4, 'did you mean "module"'),
        ("quiz", "name: quiz", 3, "with `file:`"),
        ("quiz", "", 3, "needs `file: NAME`"),
        ("math", r"\frc{a}{b}", 4, r'did you mean "\frac"'),
        ("math", r"\frac{a}{", 4, "braces do not match"),
        ("sources", "nosuchkey: x", 4, "unknown reference"),
        ("sources", "no colon here", 4, "a line must read"),
        ("", "x", 3, "needs a language"),
    ],
)
def test_a_wrong_fence_is_reported_at_its_line(
    tmp_path: Path, language: str, body: str, line: int, message: str
) -> None:
    found = problems_of(tmp_path, FENCE.format(language=language, body=body))
    assert len(found) == 1, found
    assert found[0].startswith(f"{line}: ")
    assert message in found[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("See [x](nowhere.md).", 'link to "nowhere.md", which does not exist'),
        ("See [x](/page.md).", "must be relative"),
        ("![](page.md)", "no alternative text"),
        ("The value is [=no-such-figure].", "unknown figure"),
        ("As shown [@nosuchkey].", "unknown reference"),
        (r"Here $\alhpa$ is wrong.", r"unknown command"),
        ('--8<-- "widgets/nowhere.py"', "does not exist"),
        ('--8<-- "widgets/catalog/lora.py:scalling"', 'did you mean "scaling"'),
        ("#### Too deep", "do not skip levels"),
    ],
)
def test_a_mistake_in_the_text_is_reported_at_its_line(tmp_path: Path, text: str, message: str) -> None:
    found = problems_of(tmp_path, f"# T\n\n{text}\n")
    assert len(found) == 1, found
    assert found[0].startswith("3: ")
    assert message in found[0]


def test_code_is_not_prose(tmp_path: Path) -> None:
    assert (
        problems_of(tmp_path, "# T\n\nWrite `[=name]`, `[@key]` and `$\\x$`.\n\n```text\n[=name] [@key]\n```\n") == []
    )


def test_the_same_id_twice_on_a_page_is_reported(tmp_path: Path) -> None:
    fence = "```widget\nname: method-comparison\n```\n"
    found = problems_of(tmp_path, f"# T\n\n{fence}\n{fence}")
    assert found == ['7: id "method-comparison" stands already at line 3; give one of them another `id:`']


def test_a_fence_shown_inside_a_longer_fence_is_an_example(tmp_path: Path) -> None:
    page = "# T\n\n````text\n```widget\nname: nonsense\n```\n````\n"
    assert problems_of(tmp_path, page) == []
    assert count_fences(tmp_path) == {"page.md": 0}


def test_a_lesson_must_have_every_section_in_order(tmp_path: Path) -> None:
    right = "# T\n\n" + "\n".join(f"## {title}\n" for title in SECTIONS)
    assert problems_of(tmp_path, right, "lessons/a.md") == []
    assert problems_of(tmp_path, right.replace("## Traps\n", ""), "lessons/b.md") == [
        '1: the section "## Traps" is missing'
    ]
    found = problems_of(tmp_path, right.replace("## ELI5", "## ELI"), "lessons/c.md")
    assert any('did you mean "ELI5"' in problem for problem in found)


def test_the_course_itself_has_no_problem() -> None:
    assert [str(problem) for problem in find_problems()] == []


def test_every_lesson_ends_with_a_quiz() -> None:
    counts = count_fences()
    lessons = [name for name in counts if name.startswith("lessons/")]
    assert len(lessons) == 9
    assert all(counts[name] >= 1 for name in lessons)
    assert all((DOCS / name).read_text(encoding="utf-8").count("```quiz") >= 1 for name in lessons)
