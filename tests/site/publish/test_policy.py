"""The security policy that is written into each page: strict, with the hashes of the inline scripts of all pages."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
from pathlib import Path

import pytest

from widgets.core.errors import BuildError
from widgets.site.publish.policy import inline_scripts, lock_down

PAGE = '<!doctype html><html lang="en"><head>{head}<title>T</title></head><body>{body}</body></html>'
CHARACTER_SET = '<meta charset="utf-8">'


def locked(tmp_path: Path, **bodies: str) -> dict[str, str]:
    for name, body in bodies.items():
        (tmp_path / f"{name}.html").write_text(PAGE.format(head=CHARACTER_SET, body=body), encoding="utf-8")
    lock_down(tmp_path)
    return {name: (tmp_path / f"{name}.html").read_text(encoding="utf-8") for name in bodies}


def policy_of(html: str) -> dict[str, list[str]]:
    [content] = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', html)
    return {name: sources for name, *sources in (directive.split() for directive in content.split(";"))}


def hash_of(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_the_policy_allows_this_site_and_webassembly_and_no_inline_script(tmp_path: Path) -> None:
    found = policy_of(locked(tmp_path, a="<p>a</p>")["a"])
    assert found["default-src"] == ["'self'"]
    assert found["object-src"] == found["frame-src"] == found["media-src"] == ["'none'"]
    assert found["script-src"] == ["'self'", "'wasm-unsafe-eval'"]
    assert found["worker-src"] == ["'self'", "blob:"]
    assert found["connect-src"] == ["'self'"]
    everything = [source for sources in found.values() for source in sources]
    assert "'unsafe-eval'" not in everything
    assert not [source for source in everything if "*" in source or "http" in source]


def test_the_policy_stands_before_everything_that_it_is_to_hold(tmp_path: Path) -> None:
    html = locked(tmp_path, a="<p>a</p>")["a"]
    assert html.index("Content-Security-Policy") < html.index("<title>")
    assert f"{CHARACTER_SET}<meta http-equiv=" in html


def test_every_page_has_the_hashes_of_all_inline_scripts_of_the_site(tmp_path: Path) -> None:
    pages = locked(tmp_path, a="<script>one()</script>", b="<script>two('é')</script>", c="<p>c</p>")
    policies = {html: policy_of(html)["script-src"] for html in pages.values()}
    for sources in policies.values():
        assert set(sources) == {"'self'", "'wasm-unsafe-eval'", hash_of("one()"), hash_of("two('é')")}


def test_the_chart_library_is_allowed_by_the_hash_of_its_text(tmp_path: Path) -> None:
    library = tmp_path / "assets" / "course" / "plot-0123456789.js.gz"
    library.parent.mkdir(parents=True)
    library.write_bytes(gzip.compress("var ftPlot = 'é'".encode()))
    (library.parent / "worker-0123456789.js.gz").write_bytes(gzip.compress(b"worker()"))
    sources = policy_of(locked(tmp_path, a="<p>a</p>")["a"])["script-src"]
    assert set(sources) == {"'self'", "'wasm-unsafe-eval'", hash_of("var ftPlot = 'é'")}


@pytest.mark.parametrize(
    ("html", "scripts"),
    [
        ("<script>a</script>", ["a"]),
        ("<script type=module>a\n</script>", ["a\n"]),
        ('<SCRIPT TYPE="text/javascript">a</SCRIPT >', ["a"]),
        ("<script src=x.js></script>", []),
        ('<script src="x.js" defer>ignored</script>', []),
        ('<script type="application/json">{"a": "<b>"}</script>', []),
        ('<script id="__config" type=application/json>{}</script><script>b</script>', ["b"]),
        ("<pre>&lt;script&gt;a&lt;/script&gt;</pre>", []),
    ],
)
def test_inline_scripts_are_told_from_files_and_from_data(html: str, scripts: list[str]) -> None:
    assert inline_scripts(html) == scripts


def test_a_page_without_a_character_set_stops_the_build(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(PAGE.format(head="", body=""), encoding="utf-8")
    with pytest.raises(BuildError, match=r"a\.html has no <meta charset"):
        lock_down(tmp_path)
