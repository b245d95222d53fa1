"""The errors of the course, one tree.

CourseError
├── WidgetError   a widget, an option or a setting of a reader cannot be used
├── QuizError     a quiz file cannot be used
├── EngineError   a tensor operation or a training run cannot go on
└── BuildError    a page, an asset or the built site is wrong

Every message says what was found, what is allowed and, where one is near, what was probably meant.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

MOST_LISTED = 16
"""More allowed values than this are not all listed in a message, only the nearest."""


class CourseError(Exception):
    """Base of every error that the course raises on purpose."""


class WidgetError(CourseError, ValueError):
    """A widget, one of its options or a setting cannot be used."""


class QuizError(CourseError, ValueError):
    """A quiz file cannot be used."""


class EngineError(CourseError, ValueError):
    """A tensor operation got shapes or values it cannot work with, or a training run diverged."""


class BuildError(CourseError):
    """A source page, an asset or the built site is wrong."""


def not_allowed(what: str, found: object, allowed: Iterable[str]) -> str:
    """Write the sentence for a value that is not one of the allowed ones.

    Args:
        what: What the value is, for example ``"widget"``.
        found: The value that was found.
        allowed: The allowed values, in the order in which they are to be listed.

    Returns:
        One sentence with what was found, what is allowed and the nearest match, if there is one.

    >>> not_allowed("widget", "lora-rnk", ["lora-rank", "quiz"])
    'unknown widget "lora-rnk"; allowed: lora-rank, quiz; did you mean "lora-rank"?'
    """
    names = list(allowed)
    near = get_close_matches(str(found), names, n=1)
    hint = f'; did you mean "{near[0]}"?' if near else ""
    shown = ", ".join(names)
    if len(names) > MOST_LISTED:
        nearest = get_close_matches(str(found), names, n=5, cutoff=0.3) or names[:5]
        shown = f"{', '.join(nearest)} and {len(names) - len(nearest)} more"
    return f'unknown {what} "{found}"; allowed: {shown}{hint}'
