"""References: CSL-JSON files in ``docs/bibliography``, cited in lessons as ``[@key]``.

Every file there is a CSL-JSON array; a key may exist once. The page ``references.md`` lists them all.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from widgets.core.errors import BuildError, not_allowed
from widgets.core.html import Html, element, join
from widgets.site.sources.folders import BIBLIOGRAPHY

REQUIRED = ("id", "title", "URL", "issued")
KEY = re.compile(r"[a-z][a-z0-9-]*")
Entry = dict[str, Any]


@lru_cache(maxsize=1)
def load_bibliography(folder: Path = BIBLIOGRAPHY) -> dict[str, Entry]:
    """Read all references: key → CSL-JSON entry.

    Raises:
        BuildError: If a file is not a CSL-JSON array, an entry lacks a field, or a key exists twice.
    """
    entries: dict[str, Entry] = {}
    files: dict[str, str] = {}
    for path in sorted(folder.glob("*.json")):
        try:
            items = json.loads(path.read_text(encoding="utf-8"))
        except json.JSONDecodeError as error:
            raise BuildError(f"{path.name}:{error.lineno}: not valid JSON: {error.msg}") from error
        if not isinstance(items, list):
            raise BuildError(f"{path.name}:1: must hold a JSON array of references")
        for item in items:
            key = str(item.get("id", ""))
            missing = [field for field in REQUIRED if not item.get(field)]
            if missing:
                raise BuildError(f"{path.name}: reference {key!r} lacks {', '.join(missing)}")
            if not KEY.fullmatch(key):
                raise BuildError(f'{path.name}: key "{key}" must be lower-case letters, digits and hyphens')
            if not str(item["URL"]).startswith("https://"):
                raise BuildError(f"{path.name}: {key}: URL must begin with https://; found {item['URL']}")
            if key in entries:
                raise BuildError(f'{path.name}: reference "{key}" exists already in {files[key]}')
            entries[key] = item
            files[key] = path.name
    return entries


def get_entry(key: str) -> Entry:
    """Return a reference.

    Raises:
        BuildError: If there is none of that key.
    """
    entries = load_bibliography()
    if key not in entries:
        raise BuildError(not_allowed("reference", key, entries))
    return entries[key]


def year(entry: Entry) -> str:
    """Give the year of a reference."""
    return str(entry["issued"]["date-parts"][0][0])


def names(entry: Entry) -> str:
    """Give the authors briefly: one, two, or the first and "et al."."""
    authors = [str(a.get("family") or a.get("literal") or a.get("given")) for a in entry.get("author", [])]
    if not authors:
        return str(entry.get("publisher") or entry["title"])
    if len(authors) == 1:
        return authors[0]
    return f"{authors[0]} and {authors[1]}" if len(authors) == 2 else f"{authors[0]} et al."


def citation(key: str) -> Html:
    """Write a citation: authors and year, linked to the entry in the page's own list of sources.

    Raises:
        BuildError: If there is no reference of that key.
    """
    entry = get_entry(key)
    return element("a", f"{names(entry)}, {year(entry)}", href=f"#source-{key}", class_="ft-cite")


def render_entry(entry: Entry) -> Html:
    """Write one reference in full, its title linked to the source."""
    place = entry.get("container-title") or entry.get("publisher")
    number = entry.get("number")
    where = ", ".join(str(part) for part in (place, number) if part)
    return join(
        f"{names(entry)} ({year(entry)}). ",
        element("a", str(entry["title"]), href=str(entry["URL"])),
        f". {where}." if where else ".",
    )


def render_sources(text: str) -> Html:
    """Render the ``sources`` fence of a lesson: one ``key: what the lesson takes from it`` a line.

    Raises:
        BuildError: If a key is unknown or a line has no colon.
    """
    items = []
    for line in filter(None, map(str.strip, text.splitlines())):
        key, colon, note = line.partition(":")
        if not colon or not note.strip():
            raise BuildError(f'sources: a line must read "key: what is taken from it"; found "{line}"')
        entry = get_entry(key.strip())
        note_html = element("span", note.strip(), class_="ft-source-note")
        items.append(element("li", render_entry(entry), " ", note_html, id=f"source-{key.strip()}"))
    return element("ul", items, class_="ft-sources")


def render_all() -> Html:
    """Render every reference, ordered by author and year, each with the anchor that citations use."""
    entries = sorted(load_bibliography().values(), key=lambda entry: (names(entry).lower(), year(entry), entry["id"]))
    return element(
        "ul", (element("li", render_entry(entry), id=f"source-{entry['id']}") for entry in entries), class_="ft-sources"
    )
