"""MkDocs hooks that make the build of a large course faster. The site is the same without them (Zensical has none).

* Widgets and quizzes of a course with many pages are rendered ahead, in other processes.
* Python-Markdown and the search plugin go through the HTML of every page several times, and most of it are widgets, of
  which they need only the title. So what follows the title is put in when the page is written.
"""

from __future__ import annotations

import multiprocessing
import os
import re
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from widgets.site import fences

FEW = 40
"""Fences below which other processes are not worth their start."""

FENCE = re.compile(r"^```(widget|quiz)\n(.*?)\n```$", re.MULTILINE | re.DOTALL)
PLACE = re.compile(fences.place_of_rest(r"(\d+)"))

_pool: ProcessPoolExecutor | None = None


def on_files(files: Any, **_: Any) -> None:
    """Begin to render the fences of all pages, in their order."""
    global _pool
    fences.keep_back(is_on=True)
    pages = [file.content_string for file in files.documentation_pages()]
    found = dict.fromkeys((match[1], match[2]) for page in pages if "```" in page for match in FENCE.finditer(page))
    others = (os.cpu_count() or 1) - 1
    if len(found) < FEW or not others:
        return
    # Not forked: so it is the same on every platform, and a process forked beside threads can hang.
    _pool = ProcessPoolExecutor(others, mp_context=multiprocessing.get_context("spawn"))
    fences.rendered_ahead.update({fence: _pool.submit(fences.render_fence, *fence) for fence in found})


def on_post_page(output: str, **_: Any) -> str:
    """Put the rest of each widget where its place is."""
    kept = fences.kept_back or {}
    return PLACE.sub(lambda found: kept[int(found[1])], output)


def on_post_build(**_: Any) -> None:
    """End the other processes."""
    _end()


def on_build_error(**_: Any) -> None:
    """End the other processes, too."""
    _end()


def _end() -> None:
    global _pool
    fences.keep_back(is_on=False)
    if _pool:
        _pool.shutdown(cancel_futures=True)
    _pool = None
