"""What is wrong in a quiz file: the path of a place in it, and a sentence for its author."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping

from widgets.quiz.text import has_paired_backticks

Path = tuple[str | int, ...]
Finding = tuple[Path, str]


def repeated(path: Path, values: Iterable[Hashable], key: str, what: str) -> Iterator[Finding]:
    """Find values that stand in a list a second time.

    Args:
        path: Path of the list.
        values: What each of its items has under ``key``.
        key: The last step of the path to such a value.
        what: What the message calls it.
    """
    first: dict[Hashable, int] = {}
    for position, value in enumerate(values):
        if first.setdefault(value, position) != position:
            yield (*path, position, key), f'{what} "{value}" stands here a second time; each must be different'


def open_backticks(path: Path, value: object) -> Iterator[Finding]:
    """Find texts, at any depth, in which a backtick opens code that none closes."""
    if isinstance(value, str) and not has_paired_backticks(value):
        yield path, "a backtick (`) opens code here and none closes it"
    elif isinstance(value, Mapping):
        for key, entry in value.items():
            yield from open_backticks((*path, key), entry)
    elif isinstance(value, list):
        for position, entry in enumerate(value):
            yield from open_backticks((*path, position), entry)
