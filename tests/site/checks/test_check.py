"""Every mistake an author can make is reported with its line, what is allowed and the nearest match."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from markdown import Markdown

from widgets.site.checks.check import SECTIONS, check_page, count_fences, find_problems
from widgets.site.checks.links import places_of
from widgets.site.sources.content import load_content
from widgets.site.sources.folders import DOCS
from widgets.site.sources.pages import SETTINGS, page_paths, read_page


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
    # A formula is refused in KaTeX's words at the fence, too.
    assert len(found) == (2 if language == "math" else 1), found
    assert found[-1].startswith(f"{line}: ")
    assert message in found[-1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("See [x](nowhere.md).", 'link to "nowhere.md", which does not exist'),
        ("See [x](/page.md).", "must be relative"),
        ("![](page.md)", "no alternative text"),
        ("The value is [=no-such-figure].", "unknown figure"),
        ("As shown [@nosuchkey].", "unknown reference"),
        ('--8<-- "widgets/nowhere.py"', "does not exist"),
        ('--8<-- "widgets/catalog/lora_counts.py:scalling"', 'did you mean "scaling"'),
        ("#### Too deep", "do not skip levels"),
    ],
)
def test_a_mistake_in_the_text_is_reported_at_its_line(tmp_path: Path, text: str, message: str) -> None:
    found = problems_of(tmp_path, f"# T\n\n{text}\n")
    assert len(found) == 1, found
    assert found[0].startswith("3: ")
    assert message in found[0]


def test_a_formula_is_refused_in_words_of_katex_and_in_ours(tmp_path: Path) -> None:
    found = problems_of(tmp_path, "# T\n\nHere $\\alhpa$ is wrong.\n")
    assert [problem.partition(": ")[0] for problem in found] == ["3", "3"]
    assert "Undefined control sequence" in found[0]
    assert 'unknown command "\\alhpa"; did you mean "\\alpha"?' in found[1]


EXTENSIONS = [
    "abbr",
    "attr_list",
    "def_list",
    "md_in_html",
    "tables",
    "pymdownx.details",
    "widgets.site.markdown.lesson_syntax",
]
OTHER = (
    "# Other\n\n## A **bold** heading\n\n## Twice\n\n## Twice\n\n## Named { #own-name }\n\nText { #mark }\n{ #line }\n"
)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("[x](other.md#twise)", 3, 'link to "other.md#twise": unknown place in other.md "#twise"; allowed: #other, '),
        ("[x](other.md#twise)", 3, 'did you mean "#twice"'),
        ("[x](other.md#named)", 3, 'unknown place in other.md "#named"'),
        ("[x](#tt)", 3, 'link to "#tt": unknown place "#tt"; allowed: #t, '),
        ("[x](#lora-rnk)", 3, 'did you mean "#lora-rank"'),
        ("[a link whose\ntext goes on](other.md#nope)", 4, 'unknown place in other.md "#nope"'),
        ("[x][there]\n\n[there]: othr.md", 5, 'link to "othr.md", which does not exist; did you mean "other.md"'),
        ("[x][there]\n\n[there]: other.md#nope", 5, 'unknown place in other.md "#nope"'),
        ("[x][there]\n\n[theer]: other.md", 3, 'unknown reference "there"; allowed: theer; did you mean "theer"'),
        ("[x][there]", 3, 'unknown reference "there"'),
        ('<a href="othr.html">x</a>', 3, 'link to "othr.html", which does not exist; did you mean "other.md"'),
        ('<a class="c" href="other.html#nope">x</a>', 3, 'unknown place in other.md "#nope"'),
        ('<img alt="x" src="nowhere.svg">', 3, 'link to "nowhere.svg", which does not exist'),
        ('<a href="/other.html">x</a>', 3, "must be relative"),
    ],
)
def test_a_link_that_leads_nowhere_is_reported_at_its_line(tmp_path: Path, text: str, line: int, message: str) -> None:
    (tmp_path / "other.md").write_text(OTHER, encoding="utf-8")
    found = problems_of(tmp_path, f"# T\n\n{text}\n\n```widget\nname: lora-rank\n```\n")
    assert len(found) == 1, found
    assert found[0].startswith(f"{line}: ")
    assert message in found[0]


@pytest.mark.parametrize(
    "target",
    "a-bold-heading twice twice_1 own-name mark line under-lined raw __tabbed_1_1".split()
    + "quiz-lora quiz-lora-score source-hu2021lora".split(),
)
def test_every_place_of_a_page_can_be_linked(tmp_path: Path, target: str) -> None:
    other = f'{OTHER}\nUnder lined\n-----\n\n<p id="raw">x</p>\n\n```quiz\nfile: lora\n```\n\n'
    (tmp_path / "other.md").write_text(f"{other}```sources\nhu2021lora: the update\n```\n", encoding="utf-8")
    links = (
        f'[x](other.md#{target}), [x][y] and <a href="other.html#{target}">x</a>\n\n[Y]: other.md#{target} "Title"\n'
    )
    assert problems_of(tmp_path, f"# T\n\n{links}") == []


def test_the_headings_of_the_course_are_named_as_the_built_pages_name_them() -> None:
    for path in page_paths():
        md = Markdown(extensions=[*EXTENSIONS, "toc"])
        text = SETTINGS.sub("", path.read_text(encoding="utf-8"), count=1)
        md.convert(re.sub(r"^\s*(`{3,}).*?^\s*\1\s*$", "", text, flags=re.M | re.S))
        assert set(re.findall(r'"id": "([^"]+)"', json.dumps(md.toc_tokens))) <= set(places_of(path)[0]), path


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


def test_the_settings_of_a_page_are_no_text(tmp_path: Path) -> None:
    page = '---\ndescription: "27 of [=nothing] at [x](nowhere.md)"\n---\n\n# T\n\nSee [y](nowhere.md).\n'
    assert [problem.partition(":")[0] for problem in problems_of(tmp_path, page)] == ["7"]
    assert "t" in places_of(tmp_path / "page.md")[0]
    assert not [place for place in places_of(tmp_path / "page.md")[0] if place.startswith("description")]


def test_every_page_describes_itself_to_search_engines() -> None:
    found = [re.search(r'\A---\ndescription: "(.+)"\n', path.read_text(encoding="utf-8")) for path in page_paths()]
    texts = [match[1] for match in found if match]
    assert len(set(texts)) == len(page_paths())
    assert all(40 <= len(text) <= 160 for text in texts)


def test_the_course_itself_has_no_problem() -> None:
    assert [str(problem) for problem in find_problems()] == []


@pytest.mark.parametrize("path", sorted((DOCS / "lessons").glob("*.md")), ids=lambda path: path.stem)
def test_every_lesson_ends_with_a_quiz_of_its_own(path: Path) -> None:
    page = read_page(path)
    starts = {line: number for number, line in page.lines if line.startswith("## ")}
    closing = [
        yaml.safe_load(fence.text)["file"]
        for fence in page.fences
        if fence.language == "quiz" and starts["## Check yourself"] < fence.line < starts["## Sources"]
    ]
    assert len(closing) == 1
    questions = load_content("quiz", closing[0])["questions"]
    if path.stem == "summary-and-quiz":
        assert len(questions) == 6
        assert all(len(question["wordings"]) == 2 for question in questions)
    else:
        assert len(questions) in (2, 3)
        assert not closing[0].startswith("predict-")
