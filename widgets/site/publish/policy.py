"""The pages' Content-Security-Policy: only this site's own files, no inline script but the theme's, no ``eval``.

A static host lets nobody set headers, so the policy stands in every page, as its first ``<meta>`` after the character
set. The theme has a few small inline scripts; they are allowed by their hashes, which are taken from the built pages.
The chart library is served gzipped and put into the page as text (``widgets/browser/page/chart-loader.js``), and it is
allowed by its hash, too: no other text can come in its place.
All pages get the same policy, so that a theme which changes pages without a reload keeps working. Python's worker
runs from a ``blob:`` address (``widgets/browser/python/client.js``), and such a worker is held to the policy of its
page.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from widgets.core.errors import BuildError

SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script\s*>", re.DOTALL | re.IGNORECASE)
TYPE = re.compile(r"""\btype\s*=\s*["']?([^"'\s>]*)""", re.IGNORECASE)
RUN_TYPES = frozenset({"", "module", "text/javascript", "application/javascript"})
LIBRARY = "assets/course/plot-*.js.gz"
CHARACTER_SET = re.compile(r"""<meta\s+charset\s*=\s*["']?utf-8["']?\s*/?>""", re.IGNORECASE)

DIRECTIVES = {
    "default-src": "'self'",  # only fetching ahead comes under it: Firefox does so for `<link rel="next">`
    "script-src": "'self' 'wasm-unsafe-eval'",
    "worker-src": "'self' blob:",
    "connect-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",  # the theme and the charts set styles in the page
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "manifest-src": "'self'",
    "frame-src": "'none'",
    "media-src": "'none'",
    "object-src": "'none'",
    "form-action": "'self'",
    "base-uri": "'self'",
}
"""What the pages may load, by directive; the hashes of the inline scripts are added to ``script-src``."""


def inline_scripts(html: str) -> list[str]:
    """List the scripts that stand in a page itself and run; data in script elements does not count.

    >>> inline_scripts('<script src=a.js></script><script>b</script><script type="application/json">{}</script>')
    ['b']
    """
    found = []
    for attributes, text in SCRIPT.findall(html):
        kind = TYPE.search(attributes)
        is_run = (kind[1].lower() if kind else "") in RUN_TYPES
        if is_run and not re.search(r"\bsrc\s*=", attributes, re.IGNORECASE):
            found.append(text)
    return found


def script_hash(text: str) -> str:
    """Give the source expression that allows one inline script.

    >>> script_hash("")
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
    """
    digest = hashlib.sha256(text.replace("\r\n", "\n").encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def policy(scripts: Iterable[str]) -> str:
    """Write the policy that allows these inline scripts."""
    hashes = " ".join(sorted({script_hash(text) for text in scripts}))
    allowed = {**DIRECTIVES, "script-src": f"{DIRECTIVES['script-src']} {hashes}".rstrip()}
    return "; ".join(f"{name} {sources}" for name, sources in allowed.items())


def lock_down(site: Path) -> None:
    """Put the policy into every page of a built site.

    Args:
        site: Folder of the site.

    Raises:
        BuildError: If a page does not say that it is UTF-8, which is where the policy goes.
    """
    pages = {path: path.read_bytes().decode() for path in sorted(site.rglob("*.html"))}
    scripts = [script for html in pages.values() for script in inline_scripts(html)]
    scripts += [gzip.decompress(path.read_bytes()).decode() for path in site.glob(LIBRARY)]
    text = policy(scripts)
    meta = f'<meta http-equiv="Content-Security-Policy" content="{text}">'
    for path, html in pages.items():
        locked, count = CHARACTER_SET.subn(lambda found: f"{found[0]}{meta}", html, count=1)
        if count == 0:
            name = path.relative_to(site).as_posix()
            raise BuildError(f'{name} has no <meta charset="utf-8">, after which the security policy is put')
        path.write_bytes(locked.encode())
