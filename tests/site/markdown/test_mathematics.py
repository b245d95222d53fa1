"""Formulas become MathML at build; nonsense is refused, not rendered."""

from __future__ import annotations

import subprocess
import xml.etree.ElementTree as ElementTree

import pytest

from widgets.core.errors import BuildError
from widgets.site.assets.node import node_command
from widgets.site.markdown import mathematics
from widgets.site.markdown.mathematics import mathml, strict_problems


def test_a_formula_is_mathml_without_script() -> None:
    html = mathml(r"W' = W + \frac{\alpha}{r} B A", display=True)
    root = ElementTree.fromstring(html)
    assert root.tag.endswith("math")
    assert root.get("display") == "block"
    assert "mfrac" in html


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


def test_without_katex_one_line_says_what_to_run(monkeypatch: pytest.MonkeyPatch) -> None:
    # A file that imports something which is not installed fails as check_formulas.mjs does without node_modules.
    run = subprocess.run
    node_command()  # is looked for once; not while the stand-in answers

    def without_katex(command: list[str], **options: object) -> object:
        return run([*command[:-1], "--input-type=module", "--eval", "import 'katex-is-not-here'"], **options)  # type: ignore[call-overload]

    monkeypatch.setattr(mathematics.subprocess, "run", without_katex)
    with pytest.raises(BuildError, match=r"^KaTeX, which checks the formulas, is not installed; run: make setup$"):
        strict_problems([("x", False)])


def test_less_than_signs_are_escaped() -> None:
    ElementTree.fromstring(mathml("a < b"))


def test_a_strict_parser_finds_what_the_converter_lets_pass() -> None:
    mathml(r"\frac{a}")  # the converter says nothing
    answers = strict_problems([(r"\frac{a}", True), (r"\frac{a}{b}", False), ("x^2^3", False)])
    assert [answer is None for answer in answers] == [False, True, False]
