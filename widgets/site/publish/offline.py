"""Make a built site ready to be saved by its readers: the list of its files, and the service worker at its root.

A reader who presses *Save this course for offline use* gets the files of this list, each checked against its hash
(``widgets/browser/offline/download.js``). Both generators' sites are served alike.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

from widgets.core.errors import BuildError
from widgets.site.assets.wheel import project_version

LIST = "offline.json"
WORKER = "service-worker.js"
COURSE = Path("assets") / "course"
VERSION_LENGTH = 10
SEARCH_LANGUAGES = "assets/javascripts/lunr/"


def prepare_offline(site: Path) -> None:
    """Put the service worker at the site's root, from where it may answer for all pages, and write the list.

    To be called when nothing else in the site changes any more.

    Args:
        site: Folder of the built site.

    Raises:
        BuildError: If the assets in the site are not those of ``python -m widgets assets``.
    """
    worker = site / COURSE / WORKER
    if not worker.is_file():
        raise BuildError(f"{COURSE.as_posix()}/{WORKER} is missing; run: python -m widgets assets")
    worker.replace(site / WORKER)
    listing = json.dumps(file_list(site), separators=(",", ":"))
    (site / LIST).write_text(f"{listing}\n", encoding="utf-8")


def file_list(site: Path) -> dict[str, Any]:
    """List what a reader needs without a network.

    Args:
        site: Folder of the built site.

    Returns:
        ``files``: path, bytes, ``sha256`` and, for a gzipped file, the ``unpacked`` content's hash, since some
        servers have the browser unpack it; ``bytes`` of all different contents together; ``version``, which names
        the content of all files together; ``release``, the course's version.
    """
    files = []
    is_english = _searches_in_english(site)
    for path in sorted(path for path in site.rglob("*") if path.is_file()):
        name = path.relative_to(site).as_posix()
        if not is_needed(name, is_english=is_english):
            continue
        data = path.read_bytes()
        entry: dict[str, Any] = {"path": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        if name.endswith(".gz"):
            entry["unpacked"] = hashlib.sha256(gzip.decompress(data)).hexdigest()
        files.append(entry)
    contents = {entry["sha256"]: entry["bytes"] for entry in files}
    names = "\n".join(f"{entry['path']} {entry['sha256']}" for entry in files)
    return {
        "version": hashlib.sha256(names.encode()).hexdigest()[:VERSION_LENGTH],
        "release": project_version(),
        "bytes": sum(contents.values()),
        "files": files,
    }


def is_needed(name: str, *, is_english: bool = True) -> bool:
    """Say whether a file of the site is of use to a reader without a network.

    >>> is_needed("lessons/lora.html"), is_needed("sitemap.xml"), is_needed("assets/javascripts/bundle.min.js.map")
    (True, False, False)
    >>> is_needed("assets/javascripts/lunr/min/lunr.de.min.js", is_english=False)
    True
    """
    if name in (LIST, WORKER, "sitemap.xml", "sitemap.xml.gz") or name.startswith("schemas/"):
        return False
    if name.startswith(SEARCH_LANGUAGES):
        return not is_english
    return not name.endswith(".map")


def _searches_in_english(site: Path) -> bool:
    """Tell whether the search index is for English only, which the search understands without further files."""
    index = site / "search" / "search_index.json"
    if not index.is_file():
        return True
    configuration = json.loads(index.read_text(encoding="utf-8")).get("config", {})
    return bool(configuration.get("lang", ["en"]) == ["en"])
