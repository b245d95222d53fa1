"""Build HTML without ever forgetting to escape: the one place where text becomes markup.

``element("p", "1 < 2")`` escapes its text; only what :func:`element` itself returned (an :class:`Html`)
goes in unescaped. Floats are refused: how a number is rounded is the author's decision.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TypeAlias

VOID_ELEMENTS = frozenset({"br", "hr", "img", "input", "link", "meta", "source", "wbr"})
RAW_TEXT_ELEMENTS = frozenset({"script", "style"})


class Html(str):
    """Text that is already markup and goes into a page as it is."""

    __slots__ = ()


Child: TypeAlias = "str | int | Iterable[Child] | None"
Attribute: TypeAlias = str | int | bool | None


def escape(text: str) -> str:
    """Escape text for element content and for attribute values in double quotes.

    >>> escape('<b title="x">&')
    '&lt;b title=&quot;x&quot;&gt;&amp;'
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def join(*children: Child) -> Html:
    """Put children one after the other: text is escaped, :class:`Html` is kept, ``None`` is left out.

    Raises:
        TypeError: If a child is a float or another type that has no one obvious text.
    """
    return Html("".join(_pieces(children)))


def _pieces(children: Iterable[Child]) -> list[str]:
    pieces: list[str] = []
    for child in children:
        if type(child) is Html:
            pieces.append(child)
        elif child is None:
            continue
        elif isinstance(child, str):
            pieces.append(escape(child))
        elif isinstance(child, int) and not isinstance(child, bool):
            pieces.append(str(child))
        elif isinstance(child, Iterable):
            pieces += _pieces(child)
        else:
            raise TypeError(f"cannot put {type(child).__name__} {child!r} into HTML; format it as text first")
    return pieces


@lru_cache(maxsize=1024)
def attribute_name(name: str) -> str:
    """Turn a keyword into an attribute's name: ``data_action`` → ``data-action``, ``class_`` → ``class``."""
    return name.rstrip("_").replace("_", "-")


@lru_cache(maxsize=4096)
def _attribute(name: str, value: str) -> str:
    # The same few are written again and again.
    return f' {attribute_name(name)}="{escape(value)}"'


def element(tag: str, /, *children: Child, **attributes: Attribute) -> Html:
    """Build one element.

    Args:
        tag: The element's name.
        *children: Text (escaped), :class:`Html` (kept), ints, ``None`` (left out) or iterables of these.
        **attributes: Attributes; a trailing underscore is dropped and other underscores become hyphens.
            ``True`` writes the bare attribute, ``False`` and ``None`` leave it out.

    Returns:
        The markup.

    Raises:
        TypeError: If a child or an attribute is of a type with no one obvious text, such as a float.
        ValueError: If a void element gets children, or a raw text element (script, style) is asked for.

    >>> element("p", "1 < 2", class_="note", hidden=True)
    '<p class="note" hidden>1 &lt; 2</p>'
    """
    if tag in RAW_TEXT_ELEMENTS:
        raise ValueError(f"<{tag}> is not built here; scripts and styles live in files")
    written = ""
    for name, value in attributes.items():
        if value is None or value is False:
            continue
        if value is True:
            written += f" {attribute_name(name)}"
        elif isinstance(value, (str, int)):
            written += _attribute(name, str(value))
        else:
            raise TypeError(f"attribute {name} of <{tag}> is a {type(value).__name__}; format it as text first")
    start = f"<{tag}{written}>"
    if tag in VOID_ELEMENTS:
        if children:
            raise ValueError(f"<{tag}> cannot have children")
        return Html(start)
    return Html(f"{start}{''.join(_pieces(children))}</{tag}>")


def metric(name: str, value: int | str, text: str, **attributes: Attribute) -> Html:
    """Show a figure: ``<data>`` with its machine-readable value and its name.

    Args:
        name: The metric's name, for example ``trainable_params``.
        value: The machine-readable value.
        text: What the reader sees.
        **attributes: Further attributes.

    >>> metric("trainable_params", 4194304, "4,194,304")
    '<data value="4194304" data-metric="trainable_params">4,194,304</data>'
    """
    return element("data", text, value=value, data_metric=name, **attributes)
