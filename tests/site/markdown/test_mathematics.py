"""Formulas become MathML at build; nonsense is refused, not rendered."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from widgets.core.errors import BuildError
from widgets.site.markdown import mathematics
from widgets.site.markdown.mathematics import formulas_of, mathml, problem_of
from widgets.site.sources.pages import page_paths, read_page


def test_a_formula_is_mathml_without_script() -> None:
    html = mathml(r"W' = W + \frac{\alpha}{r} B A", display=True)
    root = ElementTree.fromstring(html)
    assert root.tag.endswith("math")
    assert root.get("display") == "block"
    assert "mfrac" in html


def test_a_prime_stands_beside_its_letter_and_an_index_below_it() -> None:
    assert "<mrow><mi>W</mi><mo" in mathml("W'")
    assert "<msup>" not in mathml("W'")
    assert "<msup><mi>W</mi><mn>2</mn></msup>" in mathml("W^2")


@pytest.mark.parametrize(
    ("latex", "message"),
    [
        (r"\badmacro x", "unknown command"),
        (r"\frac{a", "braces do not match"),
        ("a}", "braces do not match"),
        (r"\frac", "needs 2 argument"),
        (r"\begin{tikzpicture}x\end{tikzpicture}", "unknown environment"),
    ],
)
def test_nonsense_is_refused(latex: str, message: str) -> None:
    with pytest.raises(BuildError, match=message):
        mathml(latex)


def test_without_katex_one_line_says_what_to_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(mathematics, "KATEX", tmp_path / "package.json")
    mathematics._version.cache_clear()
    with pytest.raises(BuildError, match=r"^KaTeX, which checks the formulas, is not installed; run: make setup$"):
        mathml("x")


def test_less_than_signs_are_escaped() -> None:
    ElementTree.fromstring(mathml("a < b"))


def test_what_katex_refuses_is_said_in_its_words() -> None:
    formulas = [(r"\frac{a}", True), (r"\frac{a}{b}", False), ("x^2^3", False)]
    assert [problem_of(formula) is None for formula in formulas] == [False, True, False]
    with pytest.raises(BuildError, match=r'^formula "x\^2\^3": Double superscript at position 4'):
        mathml("x^2^3")


@pytest.mark.parametrize(
    ("latex", "written"),
    [
        (r"\mathbb{R}", "ℝ"),
        (r"\mathbb{E}", "𝔼"),
        (r"\mathcal{L}", "ℒ"),
        (r"\mathcal{N}", "𝒩"),
        (r"\mathbf{W1}", "𝐖"),
        (r"\mathbf{W1}", "𝟏"),
    ],
)
def test_letters_of_other_alphabets_need_no_attribute_that_browsers_have_dropped(latex: str, written: str) -> None:
    html = mathml(latex)
    assert written in html
    assert not re.search(r'mathvariant="(?!normal")', html)


@pytest.mark.parametrize(
    ("latex", "written"),
    [
        (r"\ln V", '<mo rspace="0.1667em">'),
        (r"\ln 2", '<mo rspace="0.1667em">'),
        (r"2 \ln V", '<mi style="margin-left:0.1667em">ln</mi>'),
        (r"f(x) \ln V", '<mi style="margin-left:0.1667em">ln</mi>'),
    ],
)
def test_a_function_without_parentheses_stands_apart(latex: str, written: str) -> None:
    assert written in mathml(latex)


def test_a_space_that_the_author_writes_is_the_only_one() -> None:
    html = mathml(r"\beta \, \log \, x")
    assert html.count("0.1667em") == html.count("<mspace") == 2


@pytest.mark.parametrize("latex", [r"\ln(V)", r"- \ln(V)", r"= \ln [V]"])
def test_a_function_with_parentheses_does_not(latex: str) -> None:
    assert "em" not in mathml(latex).replace('xmlns="', "").replace("semantics", "")


def test_columns_are_aligned_by_style() -> None:
    html = mathml(r"\begin{aligned} a &= b \\ c + d &= e \end{aligned}", display=True)
    assert html.count("text-align:right") == html.count("text-align:left") == 2


def test_spaces_are_widths_and_not_characters() -> None:
    assert '<mspace width="0.1667em"/>' in mathml(r"a \, b")


def test_accents_are_such_that_every_engine_draws_them() -> None:
    assert "<mo>^</mo>" in mathml(r"\hat{W}")
    assert '<mo stretchy="false">ˉ</mo>' in mathml(r"\bar{x}")
    assert 'stretchy="true"' in mathml(r"\widehat{abc}")


def test_bars_around_something_are_fences_and_not_relations() -> None:
    assert mathml(r"\left| \frac{a}{b} \right|").count('<mo fence="true">|</mo>') == 2
    assert "<mo>∣</mo>" in mathml(r"a \mid b")


def test_no_formula_needs_a_style_sheet_or_carries_its_source() -> None:
    for path in page_paths():
        for _, (latex, display) in formulas_of(read_page(path)):
            html = mathml(latex, display=display)
            assert html.startswith("<math ")
            assert "class=" not in html
            assert "annotation" not in html
            ElementTree.fromstring(html)


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Begin with nothing kept, in memory or on disk, and with two formulas on all pages."""
    docs = tmp_path / "docs"
    docs.mkdir()
    page = docs / "page.md"
    page.write_text("# T\n\n$a$\n\n```math\nb\n```\n", encoding="utf-8")
    monkeypatch.setattr(mathematics, "KEPT", tmp_path / "kept")
    monkeypatch.setattr(mathematics, "_answers", {})
    monkeypatch.setattr(mathematics, "page_paths", lambda: [page])
    return tmp_path / "kept"


def test_one_call_answers_for_all_pages_and_is_kept(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    ask = mathematics._ask
    monkeypatch.setattr(mathematics, "_ask", lambda formulas: asked.append(formulas) or ask(formulas))
    mathml("a")
    mathml("b\n".strip(), display=True)
    mathml("c")
    assert asked == [[("a", False), ("b", True)], [("c", False)]]
    monkeypatch.setattr(mathematics, "_answers", {})
    mathml("a")
    mathml("c")
    assert len(asked) == 2, "the next process finds them in the file"
    [kept] = fresh.iterdir()
    assert kept.name.startswith("katex-")
    kept.write_text("not JSON", encoding="utf-8")
    monkeypatch.setattr(mathematics, "_answers", {})
    assert "<mi>a</mi>" in mathml("a")


def test_another_program_or_version_is_asked_anew(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mathml("a")
    monkeypatch.setattr(mathematics, "_version", lambda: "katex-999")
    monkeypatch.setattr(mathematics, "_answers", {})
    mathml("a")
    assert len(list(fresh.iterdir())) == 2
