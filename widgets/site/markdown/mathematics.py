"""LaTeX to MathML at build time, so that formulas need no script.

The converter accepts nonsense silently. So :func:`validate` refuses what it does not know, and
:func:`strict_problems` has all formulas of the course parsed by KaTeX, which is strict.
"""

from __future__ import annotations

import json
import re
import subprocess
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence

from latex2mathml.converter import convert

from widgets.core.errors import BuildError, not_allowed
from widgets.core.html import Html
from widgets.site.node import node_command
from widgets.site.sources.folders import ROOT

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
ENVIRONMENTS = frozenset({"aligned", "align", "align*", "matrix", "pmatrix", "bmatrix", "cases", "array"})

BARE_FUNCTION = re.compile(r"\\(ln|log|exp)(?![A-Za-z])(?=\s*(?:[A-Za-z]|\\(?!left|[Bb]igl?|,)[A-Za-z]))")
"""A function without parentheses: the converter would set ``\\ln V`` without a space between them."""


def validate(latex: str) -> None:
    """Refuse LaTeX which the converter would turn into nonsense.

    Raises:
        BuildError: If a command or an environment is not in the course's subset, or braces do not match.

    >>> validate(r"\\frac{\\alpha}{r} B A")
    >>> validate(r"\\frc{a}{b}")
    Traceback (most recent call last):
        ...
    widgets.core.errors.BuildError: formula "\\frc{a}{b}": unknown command "\\frc"; did you mean "\\frac"?
    """
    for command in re.findall(r"\\([A-Za-z]+|.)", latex, flags=re.DOTALL):
        if command not in COMMANDS and command != "\\" and command.strip():
            near = not_allowed("command", command, sorted(COMMANDS)).rpartition("; did you mean ")
            hint = f'; did you mean "\\{near[2].strip(chr(34) + "?")}"?' if near[1] else ""
            raise BuildError(f'formula "{latex.strip()}": unknown command "\\{command}"{hint}')
    for environment in re.findall(r"\\begin\{([^}]*)\}", latex):
        if environment not in ENVIRONMENTS:
            raise BuildError(
                f'formula "{latex.strip()}": {not_allowed("environment", environment, sorted(ENVIRONMENTS))}'
            )
    bare = re.sub(r"\\[\\{}]", "", latex)
    depth = 0
    for brace in re.findall(r"[{}]", bare):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            break
    if depth != 0:
        raise BuildError(f'formula "{latex.strip()}": braces do not match')
    for command, count in (("frac", 2), ("sqrt", 1), ("text", 1), ("mathrm", 1)):
        for rest in re.findall(rf"\\{command}(?![A-Za-z])(.*)", latex):
            if not rest.strip():
                raise BuildError(f'formula "{latex.strip()}": \\{command} needs {count} argument(s)')


def mathml(latex: str, *, display: bool = False) -> Html:
    """Convert a formula to MathML.

    Args:
        latex: The formula, without delimiters.
        display: True for a formula on lines of its own.

    Raises:
        BuildError: If the formula is not valid.
    """
    validate(latex)
    spaced = BARE_FUNCTION.sub(r"\\\1\\,", latex.strip())
    try:
        written = convert(spaced, display="block" if display else "inline")
        ElementTree.fromstring(written)
    except Exception as error:  # the converter raises many kinds, each of them an author's mistake
        raise BuildError(f'formula "{latex.strip()}" could not be converted: {error}') from error
    return Html(written)


def strict_problems(formulas: Sequence[tuple[str, bool]]) -> list[str | None]:
    """Let KaTeX parse formulas.

    Args:
        formulas: For each the LaTeX and whether it is displayed on lines of its own.

    Returns:
        For each what is wrong with it, or None.

    Raises:
        BuildError: If Node.js or KaTeX is not there.
    """
    request = json.dumps([{"latex": latex, "display": display} for latex, display in formulas])
    script = ROOT / "widgets" / "site" / "markdown" / "check_formulas.mjs"
    result = subprocess.run(
        [*node_command(), str(script)], input=request, capture_output=True, text=True, check=False, cwd=ROOT
    )
    if result.returncode != 0:
        if "ERR_MODULE_NOT_FOUND" in result.stderr:
            raise BuildError("KaTeX, which checks the formulas, is not installed; run: make setup")
        raise BuildError(f"KaTeX could not be asked about the formulas:\n{result.stderr.strip()}")
    answers: list[str | None] = json.loads(result.stdout)
    return answers
