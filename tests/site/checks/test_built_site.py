"""The check of the built site finds each kind of mistake, one at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from widgets.site.checks.built_site import check_built_site

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
        ("$2 and $3", "[~24 GB]", "a raw mark for what was chosen"),
        ("$2 and $3", "{: .wide }", "a raw attribute list"),
        ("$2 and $3", "{ #mark }", "a raw attribute list"),
        ("$2 and $3", "{{ page.title }}", "a raw template mark"),
        ("<p>x</p><div><b>y</b></div>", "", "is empty"),
        ("<title>T</title>", "", "no title"),
        (' lang="en"', "", "names no language"),
        ("<p>$2", '<object data="https://else.example/x.svg"></object><p>$2', "<object> loads"),
        ("<p>$2", '<object data="none.svg"></object><p>$2', "<object> leads to none.svg, which does not exist"),
        ("<p>$2", '<img alt="" src="b.html" srcset="b.html 1x, https://else.example/x.png 2x"><p>$2', "<img> loads"),
        ("<p>$2", '<p style="background: url(https://else.example/x.png)">$2', "<p> loads"),
        ("<title>", "<style>@import '//else.example/x.css';</style><title>", "<style> loads //else.example/x.css"),
        ("<title>", "<style>p { fill: url('none.svg') }</style><title>", "<style> leads to none.svg"),
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


@pytest.mark.parametrize(
    ("style", "message"),
    [
        ("@import url('https://else.example/x.css');", "s/x.css: <style> loads https://else.example/x.css"),
        ('@import "https://else.example/x.css";', "s/x.css: <style> loads https://else.example/x.css"),
        ("p { background: url( //else.example/x.png ) }", "s/x.css: <style> loads //else.example/x.png"),
        ("p { background: url(none.png) }", "s/x.css: <style> leads to none.png, which does not exist"),
    ],
)
def test_what_a_style_sheet_loads_is_looked_at_too(tmp_path: Path, style: str, message: str) -> None:
    (tmp_path / "s").mkdir()
    fine = (
        "p { fill: url(#pattern); mask: url('data:image/svg+xml,<svg/>'); background: url(../b.html) } /* url(c) */\n"
    )
    (tmp_path / "s" / "x.css").write_text(fine, encoding="utf-8")
    assert site(tmp_path, GOOD) == []
    (tmp_path / "s" / "x.css").write_text(fine + style, encoding="utf-8")
    [problem] = site(tmp_path, GOOD)
    assert problem.startswith(message)
