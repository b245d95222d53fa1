"""LaTeX to MathML at build time, so that formulas need no script: KaTeX makes it, for the check and both generators.

Node.js is started once for all formulas of all pages; what it answered is kept in ``build/formulas`` under KaTeX's
version and the text of the program that asks it. So the generators, which come to a formula one at a time, and
Zensical's, which has no hook to prepare anything, find every answer there.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from widgets.core.errors import BuildError, not_allowed
from widgets.core.html import Html
from widgets.site.node import node_command
from widgets.site.sources.folders import ROOT
from widgets.site.sources.grammar import FORMULA
from widgets.site.sources.pages import Page, page_paths, prose, read_page

KATEX = ROOT / "node_modules" / "katex" / "package.json"
PROGRAM = Path(__file__).with_name("formulas.mjs")
KEPT = ROOT / "build" / "formulas"

Formula = tuple[str, bool]
"""A formula's LaTeX, without delimiters, and whether it is displayed on lines of its own."""

Answer = dict[str, str]
"""What KaTeX made of a formula, ``mathml``, or what is wrong with it, ``problem``."""

COMMANDS = frozenset(
    """
    alpha beta gamma delta epsilon varepsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau phi
    varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega ell partial nabla infty
    frac sqrt sum prod int log ln exp max min arg argmax argmin lim sup inf Pr
    cdot cdots times div pm mp odot otimes oplus circ le ge leq geq neq ne approx equiv sim simeq propto ll gg
    succ prec succeq preceq in ni notin
    subset subseteq cup cap to rightarrow leftarrow Rightarrow Leftarrow leftrightarrow mapsto longrightarrow
    forall exists neg land lor mid parallel top bot perp dots ldots vdots ddots prime star ast
    left right big Big bigl bigr Bigl Bigr langle rangle lfloor rfloor lceil rceil lVert rVert lvert rvert Vert vert
    text textbf textit mathrm mathbf mathit mathcal mathbb mathsf boldsymbol operatorname
    hat bar tilde vec dot overline underline underbrace overbrace underset overset stackrel
    begin end quad qquad , ; : ! { } \\ % $ & # _ |
    """.split()
)
"""Commands that a message may suggest for an unknown one; KaTeX knows more."""

ENVIRONMENTS = ("align", "align*", "aligned", "array", "bmatrix", "cases", "matrix", "pmatrix")

_answers: dict[Formula, Answer] = {}


def formulas_of(page: Page) -> Iterator[tuple[int, Formula]]:
    """Give the formulas of a page, each with its line."""
    for fence in page.fences:
        if fence.language == "math":
            yield fence.line, (fence.text, True)
    for number, line in prose(page):
        yield from ((number, (latex, False)) for latex in FORMULA.findall(line))


def mathml(latex: str, *, display: bool = False) -> Html:
    """Convert a formula to MathML.

    Args:
        latex: The formula, without delimiters.
        display: True for a formula on lines of its own.

    Raises:
        BuildError: If the formula is not valid; or if Node.js or KaTeX is needed and not there.
    """
    answer = answers_to([(latex, display)])[latex, display]
    if "problem" in answer:
        raise BuildError(f'formula "{latex.strip()}": {explanation(latex) or answer["problem"]}')
    return Html(answer["mathml"])


def answers_to(formulas: Iterable[Formula]) -> dict[Formula, Answer]:
    """Give KaTeX's answers to formulas.

    If one is not known yet, KaTeX is asked about it and about all others of the pages at once.

    Raises:
        BuildError: If Node.js or KaTeX is needed and not there.
    """
    wanted = list(dict.fromkeys(formulas))
    kept = KEPT / f"{_version()}.json"
    if any(formula not in _answers for formula in wanted):
        _answers.update(_load(kept))
    if any(formula not in _answers for formula in wanted):
        on_pages = (formula for path in page_paths() for _, formula in formulas_of(read_page(path)))
        missing = [one for one in dict.fromkeys([*wanted, *on_pages]) if one not in _answers]
        _answers.update(zip(missing, _ask(missing), strict=True))
        _save(kept)
    return {formula: _answers[formula] for formula in wanted}


@lru_cache(maxsize=1)
def _version() -> str:
    """Name what answers: the version of KaTeX and a hash of our program.

    Raises:
        BuildError: If KaTeX is not installed.
    """
    if not KATEX.is_file():
        raise BuildError("KaTeX, which checks the formulas, is not installed; run: make setup")
    version = json.loads(KATEX.read_text(encoding="utf-8"))["version"]
    return f"katex-{version}-{hashlib.sha256(PROGRAM.read_bytes()).hexdigest()[:10]}"


def _load(kept: Path) -> dict[Formula, Answer]:
    """Read kept answers; a file that cannot be read is made anew."""
    try:
        entries: list[dict[str, Any]] = json.loads(kept.read_text(encoding="utf-8"))
        return {(one["latex"], one["display"]): one["answer"] for one in entries}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _save(kept: Path) -> None:
    """Keep all answers; the file is replaced as a whole, since several processes may read it."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    entries = [{"latex": latex, "display": display, "answer": said} for (latex, display), said in _answers.items()]
    with tempfile.NamedTemporaryFile("w", dir=kept.parent, delete=False, encoding="utf-8") as file:
        json.dump(entries, file, ensure_ascii=False, indent=0)
    os.replace(file.name, kept)


def _ask(formulas: list[Formula]) -> list[Answer]:
    """Let KaTeX convert formulas.

    Raises:
        BuildError: If Node.js is not there, or KaTeX does not answer.
    """
    request = json.dumps([{"latex": latex, "display": display} for latex, display in formulas])
    result = subprocess.run(
        [*node_command(), str(PROGRAM)],
        input=request,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        cwd=ROOT,
    )
    if result.returncode != 0:
        raise BuildError(f"KaTeX could not be asked about the formulas:\n{result.stderr.strip()}")
    answers: list[Answer] = json.loads(result.stdout)
    return answers


def problem_of(formula: Formula) -> str | None:
    """Say what KaTeX finds wrong with a formula, in its own words; None if it is right."""
    return answers_to([formula])[formula].get("problem")


def explanation(latex: str) -> str:
    """Say of a formula that KaTeX refuses what an author can do about it; "" if nothing is to be added.

    >>> explanation(r"\\frc{a}{b}")
    'unknown command "\\\\frc"; did you mean "\\\\frac"?'
    """
    for command in re.findall(r"\\([A-Za-z]+|.)", latex, flags=re.DOTALL):
        if command not in COMMANDS and command != "\\" and command.strip():
            near = not_allowed("command", command, sorted(COMMANDS)).rpartition("; did you mean ")
            hint = f'; did you mean "\\{near[2].strip(chr(34) + "?")}"?' if near[1] else ""
            return f'unknown command "\\{command}"{hint}'
    for environment in re.findall(r"\\begin\{([^}]*)\}", latex):
        if environment not in ENVIRONMENTS:
            return not_allowed("environment", environment, ENVIRONMENTS)
    depth = 0
    for brace in re.findall(r"[{}]", re.sub(r"\\[\\{}]", "", latex)):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            break
    if depth != 0:
        return "braces do not match"
    for command, count in (("frac", 2), ("sqrt", 1), ("text", 1), ("mathrm", 1)):
        for rest in re.findall(rf"\\{command}(?![A-Za-z])(.*)", latex):
            if not rest.strip():
                return f"\\{command} needs {count} argument(s)"
    return ""
