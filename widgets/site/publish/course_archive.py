"""Pack a built site into one archive for a class without internet: unpack it, serve it with any static server.

The same commit always gives the same bytes. The files carry its date, not a fixed one: Python's own server tells
browsers by a file's date whether it has changed, so with a fixed date they would keep the pages of an older version.
"""

from __future__ import annotations

import os
import subprocess
import time
import zipfile
from collections.abc import Iterable
from pathlib import Path

from widgets.core.errors import BuildError
from widgets.site.assets.wheel import NAME, project_version
from widgets.site.sources.folders import ROOT

READ_ME = "READ-ME-FIRST.html"
NEVER_PACKED = frozenset({"sitemap.xml", "sitemap.xml.gz"})
PACKED_ALREADY = frozenset({".gz", ".png"})
Moment = tuple[int, int, int, int, int, int]

WORDS = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'">
<title>Read me first: Fine-Tuning LLMs, version {version}</title>
<main>
<h1>Fine-Tuning LLMs, version {version}</h1>
<p>This folder is the whole course. It needs no internet.</p>

<h2>For a class</h2>
<ol>
<li>On one computer, open a terminal in this folder and start a web server. With Python that is
  <p><code>python3 -m http.server 8000 --bind 0.0.0.0</code></p>
  On Windows the command may be called <code>py</code> instead of <code>python3</code>. Any other web server will do:
  nothing has to be configured.</li>
<li>Find that computer's address in the network, for example 192.168.1.20.</li>
<li>Students open <code>http://192.168.1.20:8000</code> with that address. Everything works: reading, quizzes, widgets,
  and training the small model in the tab.</li>
</ol>
<p>Over plain <code>http</code> browsers keep less than over <code>https</code>: a model trained in one lesson is
forgotten when its page is left, and the course cannot be saved on the students' own devices. Answers, votes and
progress are kept. On the computer with the server itself, <code>http://localhost:8000</code> keeps everything.</p>
<p>Closing the terminal stops the server. Serve it only in a network that you trust.</p>

<h2>For yourself, without a server</h2>
<p><a href="index.html">Open the course as a file.</a> Reading, quizzes and the prepared answers of the widgets work.
Python, training, charts and search do not: browsers allow them only for pages from a web server. Each page says so.</p>
</main>
</html>
"""


def archive_name() -> str:
    """Give the name of the archive without its ending; the folder inside has the same.

    >>> archive_name().startswith("fine-tuning-llms-")
    True
    """
    return f"{NAME}-{project_version()}"


def write_archive(site: Path, out: Path) -> Path:
    """Pack a built site.

    Args:
        site: Folder of the site.
        out: Folder for the archive; made if need be.

    Returns:
        The archive's path.

    Raises:
        BuildError: If the folder holds no site.
    """
    if not (site / "index.html").is_file():
        raise BuildError(f"{site} holds no site; build one with: make site")
    files = {path.relative_to(site).as_posix(): path for path in site.rglob("*") if path.is_file()}
    moment = date_of(files.values())
    contents = {READ_ME: WORDS.format(version=project_version()).encode()}
    contents |= {name: path.read_bytes() for name, path in sorted(files.items()) if is_packed(name)}
    out.mkdir(parents=True, exist_ok=True)
    target = out / f"{archive_name()}.zip"
    unfinished = target.with_suffix(".unfinished")
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in contents.items():
            entry = zipfile.ZipInfo(f"{archive_name()}/{name}", date_time=moment)
            entry.external_attr = 0o644 << 16
            is_packed_already = Path(name).suffix in PACKED_ALREADY
            entry.compress_type = zipfile.ZIP_STORED if is_packed_already else zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    unfinished.replace(target)
    return target


def is_packed(name: str) -> bool:
    """Say whether a file of the site goes into the archive: all but what serves search engines and debuggers.

    >>> is_packed("offline.json"), is_packed("sitemap.xml"), is_packed("assets/javascripts/bundle.min.js.map")
    (True, False, False)
    """
    return name not in NEVER_PACKED and not name.endswith(".map")


def date_of(files: Iterable[Path]) -> Moment:
    """Give the moment that all files of the archive carry, in UTC.

    It is ``SOURCE_DATE_EPOCH`` if that is set, else the date of the commit, or that of the newest file if something
    has been changed since the commit or there is none.
    """
    given = os.environ.get("SOURCE_DATE_EPOCH")
    seconds = float(given) if given else _commit_date()
    if seconds is None:
        seconds = max(path.stat().st_mtime for path in files)
    year, month, day, hour, minute, second = time.gmtime(seconds)[:6]
    return (year, month, day, hour, minute, second)


def _commit_date() -> float | None:
    """Give the date of the commit that the sources are at, if they are at one unchanged."""
    try:
        changed = subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True, check=True)
        commit = ["git", "log", "-1", "--format=%ct"]
        date = subprocess.run(commit, cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return None if changed.stdout.strip() else float(date.stdout)
