"""From templates to sentences of words, and from sentences to what a reader sees.

Inside the world a text is lower-case words and punctuation marks with one blank between any two:
``"the owl is active at night ."``. `as_words` and `as_prose` go between that form and ordinary writing.
"""

from __future__ import annotations

import re

_VOWELS = "aeiou"
_PROPER = {"africa": "Africa", "asia": "Asia", "australia": "Australia", "america": "America"}
_COMPASS = {"north": "North", "south": "South"}


def with_article(noun: str) -> str:
    """Put the indefinite article before a noun.

    The sound decides in English, the letter here: no noun of the world begins with a silent h or a
    "yoo" sound (a test lists them).

    >>> with_article("owl"), with_article("wolf")
    ('an owl', 'a wolf')
    """
    return f"an {noun}" if noun[0] in _VOWELS else f"a {noun}"


def fill(template: str, animal: str, value: str = "") -> str:
    """Fill a template of an attribute.

    Args:
        template: May hold ``{animal}``, ``{the}`` and ``{a}`` (the animal bare or with an article),
            ``{value}`` and ``{a_value}``.
        animal: The animal's name.
        value: The value, not needed for questions.

    >>> fill("{a} begins life as {a_value} .", "owl", "owlet")
    'an owl begins life as an owlet .'
    """
    return template.format(
        animal=animal,
        the=f"the {animal}",
        a=with_article(animal),
        value=value,
        a_value=with_article(value) if value else "",
    )


def as_words(text: str) -> str:
    """Bring what a reader typed into the world's form.

    >>> as_words("What does the Wolf eat?")
    'what does the wolf eat ?'
    """
    return " ".join(re.findall(r"[a-z]+(?:-[a-z]+)*|[^\sa-z]", text.lower()))


def as_prose(words: str) -> str:
    """Write a text of the world as a reader expects it: capitals, no blank before punctuation.

    >>> as_prose("good question ! the zebra comes from africa .")
    'Good question! The zebra comes from Africa.'
    >>> as_prose("north america .")
    'North America.'
    """
    written: list[str] = []
    starts_sentence = True
    tokens = words.split()
    for position, word in enumerate(tokens):
        following = tokens[position + 1] if position + 1 < len(tokens) else ""
        shown = _PROPER.get(word, word)
        if following == "america":
            shown = _COMPASS.get(word, shown)
        if starts_sentence:
            shown = shown[0].upper() + shown[1:]
        is_mark = word in {".", ",", "?", "!", ":"}
        written.append(shown if is_mark or not written else f" {shown}")
        starts_sentence = word in {".", "?", "!"}
    return "".join(written)
