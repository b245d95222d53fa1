"""Tell the digits of a text that claim something from those that do not.

Not counted as figures: what stands in code, formulas, addresses, raw HTML and quotation marks; the numbers of lists and
steps; digits that belong to a name; years; the widths of number formats (“4 bits”); and 0 and 1. Everything is
blanked out with spaces of the same length, so that places in the text stay what they were.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from widgets.site.sources.grammar import CHOSEN, CITATION, FIGURE, FORMULA, LIST_MARK

NUMBER = re.compile(r"(?<![\w.,])[0-9](?:[0-9]|[.,·](?=[0-9]))*(?:e[-+]?[0-9]+)?")

UNITS = (
    r"(?:[KMGT]i?B|bytes?|bits?|nats?|percent|per\ cent|points?|times|fold|dollars?|euros?|cents?|USD|EUR|Gt|Hz"
    r"|FLOP\w*|operations?|seconds?|minutes?|hours?|days?|weeks?|months?|years?|[A-Z]\w*-hours?"
    r"|tokens?|words?|characters?|parameters?|weights?|numbers?|values?|levels?|entries|rows?|pairs?|examples?|samples?"
    r"|prompts?|questions?|answers?|votes?|instructions?|responses?|annotations?|documents?|sentences?|texts?|pages?"
    r"|steps?|updates?|epochs?|passes|layers?|heads?|blocks?|GPUs?|devices?|people|animals?|languages?|cases?|million"
    r"|billion|trillion)\b|[%×€£]"
)
"""What makes a number a quantity: units, and the nouns that things are counted with."""

_NO_UNIT = rf"(?![0-9.,]*[0-9])(?![\s-]?(?:{UNITS}))"
"""Holds after a number that no unit follows."""

NAMES = re.compile(
    rf"""\b(?: (?:Llama|LLaMA|Python|torch|transformers|trl|peft|accelerate|SmolLM2|Dolly|CC\ BY-SA)\ [0-9][\w.]*
        | (?:[Ll]essons?|[Ss]teps?|[Ss]tages?|[Nn]otes?|[Pp]hase|[Ff]igure|[Ss]ection|[Ee]quation|error|port)\ [0-9]+
          (?:(?:,|\ and|\ to|,\ and)\ [0-9]+)*
        | (?:GPT|ZeRO|Llama)-[0-9][\w.]*
        | (?<![$€£.,0-9])[0-9]+(?:\.[0-9]+)?[BM](?!\ (?:{UNITS}))
        )\b""",
    re.VERBOSE,
)
"""Digits that belong to a name: of a model (“Llama 2”, “7B”), of a library, of a lesson, a step or a note.

“6B” is a name and “6B dollars” is not: no unit may follow.
"""

SETTINGS = re.compile(
    rf"\b(?:(?:[Rr]anks?|r =|[Aa]lpha|KL|KL coefficient of|[Cc]oefficient) [0-9]+(?:\.[0-9]+)?{_NO_UNIT}"
    rf"|[Bb]atch of [0-9]+)"
    r"(?:(?:,| and| or| to) [0-9]+)*"
)
"""A number straight after the name of a setting is chosen: “rank 8”, “r = 16”, “alpha 64”, “KL 0.1”.

With a unit it is a quantity, “KL 12.5 nats”, and needs a source.
"""

_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_ONE_YEAR = rf"(?:1[89][0-9]{{2}}|20[0-3][0-9])\b{_NO_UNIT}"
_YEAR = re.compile(
    rf"(?:\b(?:[Ii]n|[Oo]f|[Ss]ince|[Uu]ntil|[Ff]rom|[Bb]efore|[Aa]fter|[Bb]y|{_MONTHS})|[A-Za-z.],) {_ONE_YEAR}"
    rf"(?:(?:,| and| or| to) {_ONE_YEAR})*"
)
_WIDTH = re.compile(r"\b(?:4|8|16|32)(?:(?:,| or| and| to) (?:4|8|16|32))?[- ](?=bits?\b)")
_COUNTING = re.compile(r"(?<![\w.,·])[01](?![\w·]|[.,][0-9])")
_NOT_TEXT = (
    FORMULA,
    re.compile(r"\bln [0-9.]+\b"),
    re.compile(r"^\s*<.*"),  # raw HTML
    re.compile(r"<!--.*?-->|<[a-z/][^>]*>"),
    re.compile(r"(?<=\])\([^)\s]*\)"),  # the address of a link
    re.compile(r"\{[^}]*\}"),  # attributes
    re.compile(r"“[^”]*”"),
    re.compile(r"\*\*[0-9]+\. |(?<=\[)[0-9]+ (?=[A-Z])"),  # the number of a step, or of a lesson in a link to it
)
_ARITHMETIC = re.compile(r"\\(?:d?frac|cdot|times|ln|log|sqrt|left|right|lceil|rceil)\b|\\[,;! ]|[-+/^(){}\s]")
_EQUALS = re.compile(r"(?<![<>!\\])=|\\approx(?![a-z])")
_RESULT = re.compile(r"\s*(?P<number>-?[0-9][0-9.,]*)\s*(?:\\[,;% ]|\\text\{[^}]*\}|\s)*")


def claims(text: str) -> str:
    """Blank out everything in a text whose digits claim nothing, settings and marks excepted.

    >>> claims("In 2024 it took 9 GB.")
    '        it took 9 GB.'
    """
    for pattern in (FIGURE, CITATION, *_NOT_TEXT, NAMES, _YEAR, _WIDTH):
        text = pattern.sub(_spaces, text)
    return text


def chosen_numbers(line: str) -> Iterator[tuple[int, str]]:
    """Give the numbers of a line that are marked as chosen or follow the name of a setting: place and text."""
    for mark in CHOSEN.finditer(line):
        for number in NUMBER.finditer(claims(mark["text"])):
            yield mark.start("text") + number.start(), number.group()
    for setting in SETTINGS.finditer(_outside_marks(line)):
        for number in NUMBER.finditer(setting.group()):
            yield setting.start() + number.start(), number.group()


def other_numbers(line: str) -> Iterator[tuple[int, str]]:
    """Give the numbers of a line that claim something and have no mark of their own: place and text."""
    rest = _COUNTING.sub(_spaces, SETTINGS.sub(_spaces, _outside_marks(line)))
    return ((number.start(), number.group()) for number in NUMBER.finditer(rest))


def typed_results(text: str, *, is_formula: bool = False) -> Iterator[tuple[int, str]]:
    """Give the results that are typed into formulas: a sum of plain numbers, then ``=`` or ``\\approx`` and a number.

    Args:
        text: A line of text with formulas between dollars, or one formula.
        is_formula: Whether it is one formula.

    Yields:
        Place and text of each.

    >>> list(typed_results(r"With $32 / 64 = 0.5$ and $r = 8$."))
    [(16, '0.5')]
    """
    formulas = [(0, text)] if is_formula else [(m.start("latex"), m["latex"]) for m in FORMULA.finditer(text)]
    for start, latex in formulas:
        signs = [(0, 0), *(match.span() for match in _EQUALS.finditer(latex)), (len(latex), len(latex))]
        for (_, left), (sign, right), (end, _) in zip(signs, signs[1:], signs[2:], strict=False):
            result = _RESULT.fullmatch(latex, right, end)
            numbers = _ARITHMETIC.sub(" ", latex[left:sign]).split()
            if result and len(numbers) > 1 and all(re.fullmatch(r"[0-9.,]+", number) for number in numbers):
                yield start + result.start("number"), result["number"]


def _outside_marks(line: str) -> str:
    return claims(LIST_MARK.sub(_spaces, CHOSEN.sub(_spaces, line)))


def _spaces(match: re.Match[str]) -> str:
    return " " * len(match.group())
