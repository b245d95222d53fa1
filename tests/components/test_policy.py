"""The security policy holds in the built pages and inside Python's worker, and everything works under it."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from playwright.sync_api import Page, Worker, expect

from tests.components.conftest import Visits
from tests.site_server import StaticServer

pytestmark = [pytest.mark.browser]

LORA = "lessons/lora.html"
REFUSED = "Content Security Policy"

ATTEMPTS = """async (foreign) => {
  // A breath first: what a debugger calls may evaluate code, what the page itself does later may not.
  await new Promise((resolve) => setTimeout(resolve, 20));
  const tried = {};
  const attempt = async (name, act) => {
    try { await act(); tried[name] = "done"; } catch (error) { tried[name] = error.name; }
  };
  await attempt("eval", () => (0, eval)("1"));
  await attempt("Function", () => new Function("return 1")());
  await attempt("foreign fetch", () => fetch(foreign, { mode: "no-cors" }));
  await attempt("foreign import", () => import(foreign));
  await attempt("own fetch", () => fetch(new URL("/index.html", self.location.origin)));
  await attempt("WebAssembly", () => WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])));
  return tried;
}"""
HELD = {
    "eval": "EvalError",
    "Function": "EvalError",
    "foreign fetch": "TypeError",
    "foreign import": "TypeError",
    "own fetch": "done",
    "WebAssembly": "done",
}


class Scripts(HTMLParser):
    """The policy of a page, the hashes of its inline scripts, and what stood before the policy."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.policy = ""
        self.hashes: set[str] = set()
        self.early: list[str] = []
        self.text: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("http-equiv") == "Content-Security-Policy":
            self.policy += given["content"] or ""
        if tag in ("script", "style", "link", "img") and not self.policy:
            self.early.append(tag)
        if tag == "script" and "src" not in given and given.get("type") != "application/json":
            self.text = []

    def handle_data(self, data: str) -> None:
        if self.text is not None:
            self.text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "script" and self.text is not None:
            digest = hashlib.sha256("".join(self.text).encode()).digest()
            self.hashes.add(f"'sha256-{base64.b64encode(digest).decode()}'")
            self.text = None


def check_pages(folder: Path) -> None:
    pages = sorted(folder.rglob("*.html"))
    assert len(pages) > 15
    policies = set()
    for path in pages:
        scripts = Scripts()
        scripts.feed(path.read_text(encoding="utf-8"))
        assert scripts.early == [], path
        assert scripts.hashes, path
        [sources] = re.findall(r"script-src ([^;]*)", scripts.policy)
        assert scripts.hashes <= set(sources.split()), path
        assert "unsafe-inline" not in sources, path
        policies.add(scripts.policy)
    assert len(policies) == 1


@pytest.fixture
def foreign(make_server: Callable[..., StaticServer]) -> StaticServer:
    """Give another origin, which must not be asked for anything."""
    return make_server()


def test_every_page_has_the_policy_and_the_hashes_match(built_site: Path) -> None:
    check_pages(built_site)


def test_every_page_of_zensical_has_the_policy_and_the_hashes_match(by_zensical: Path) -> None:
    check_pages(by_zensical)


@pytest.mark.python
def test_the_widgets_work_under_the_policy_as_zensical_writes_it(
    visit: Visits, by_zensical: Path, make_server: Callable[..., StaticServer]
) -> None:
    visit.origin = make_server(by_zensical, "/a/course/").url
    answered(visit.open(LORA))


def answered(page: Page) -> Worker:
    """Let Python answer on the lesson about LoRA; give its worker."""
    page.locator("#lora-rank [name=rank]").fill("13")
    expect(page.locator("#lora-rank [data-metric=trainable_params]").first).to_have_text("6,815,744")
    # The theme's search has a worker, too; Python's runs from a blob.
    return next(worker for worker in page.workers if worker.url.startswith("blob:"))


def test_code_from_text_and_foreign_addresses_are_refused_in_the_page(visit: Visits, foreign: StaticServer) -> None:
    visit.expected += [REFUSED]
    page = visit.open(LORA)
    assert page.evaluate(ATTEMPTS, f"{foreign.url}x.js") == HELD
    page.evaluate("""() => {
      const script = document.createElement("script"); script.textContent = "window.injected = true";
      document.body.append(script);
      const box = document.createElement("div");
      box.innerHTML = "<img src='data:image/png,' onerror='window.injected = true'>";
      document.body.append(box);
    }""")
    page.evaluate("() => new Promise((seen) => requestAnimationFrame(() => setTimeout(seen)))")
    assert page.evaluate("() => window.injected") is None
    assert foreign.requested == []
    visit.foreign.clear()  # what was refused


@pytest.mark.python
def test_code_from_text_and_foreign_addresses_are_refused_in_the_worker_of_python(
    visit: Visits, foreign: StaticServer
) -> None:
    visit.expected += [REFUSED]
    worker = answered(visit.open(LORA))
    assert worker.evaluate(ATTEMPTS, f"{foreign.url}x.js") == HELD
    assert foreign.requested == []
    visit.foreign.clear()  # what was refused
