"""The check of the built site finds each kind of mistake, one at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from widgets.site.built_site import check_built_site

GOOD = (
    '<!doctype html><html lang="en"><head><title>T</title></head><body><h1 id="a">A</h1>'
    '<a href="b.html#b">b</a><p>$2 and $3</p><pre>```</pre>'
    "<ft-widget><p>x</p><div><b>y</b></div></ft-widget></body></html>"
)
OTHER = '<!doctype html><html lang="en"><head><title>B</title></head><body><h1 id="b">B</h1></body></html>'


def site(tmp_path: Path, page: str) -> list[str]:
    (tmp_path / "a.html").write_text(page, encoding="utf-8")
    (tmp_path / "b.html").write_text(OTHER, encoding="utf-8")
    return check_built_site(tmp_path, {"a.md": 1, "b.md": 0})


def test_a_good_page_has_no_problem(tmp_path: Path) -> None:
    assert site(tmp_path, GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("b.html#b", "c.html", "which does not exist"),
        ("b.html#b", "b.html#c", "no such anchor"),
        ("b.html#b", "/b.html", "is absolute"),
        ('id="a"', 'id="a" data-x="1"><i id="a"></i', 'id "a" stands 2 times'),
        ("<p>$2", '<img src="b.html"><p>$2', "no alternative text"),
        ("<p>$2", '<script src="https://cdn.example/x.js"></script><p>$2', "from another site"),
        ("<p>$2", '<link rel="stylesheet" href="https://fonts.example/x.css"><p>$2', "asks another site"),
        ("$2 and $3", "```widget", "a raw code fence"),
        ("$2 and $3", "!!! note", "a raw admonition"),
        ("$2 and $3", "[=figure]", "a raw figure mark"),
        ("$2 and $3", "[@key]", "a raw citation mark"),
        ("$2 and $3", r"$W \alpha$", "a raw formula"),
        ("$2 and $3", "--8&lt;--", "a snippet mark"),
        ("<p>x</p><div><b>y</b></div>", "", "is empty"),
        ("<title>T</title>", "", "no title"),
        (' lang="en"', "", "names no language"),
        ("<p>$2", '<p onclick="go()">$2', "onclick of <p> would run a script"),
    ],
)
def test_each_mistake_is_found(tmp_path: Path, old: str, new: str, message: str) -> None:
    problems = site(tmp_path, GOOD.replace(old, new, 1))
    assert any(message in problem for problem in problems), problems
    assert all(problem.startswith("a.html: ") for problem in problems)


def test_a_missing_widget_or_page_is_found(tmp_path: Path) -> None:
    site(tmp_path, GOOD)
    assert check_built_site(tmp_path, {"a.md": 2}) == ["a.md: 2 widget fence(s), but 1 <ft-widget>"]
    assert check_built_site(tmp_path, {"c.md": 0}) == ["c.md: the page was not built"]
