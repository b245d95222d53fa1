"""Python starts from a memory snapshot from the second time on, and without one whenever the snapshot is no good."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.components.conftest import Visits
from tests.components.test_same_bytes import ELEMENT, RENDER, states_of
from tests.components.test_same_bytes import PAGES as COMPARED
from tests.fork import edit, make_fork, run_widgets
from tests.journeys import PAGES as JOURNEYS
from tests.journeys import repeat_until
from tests.site_server import StaticServer, serving
from widgets.core.widget import render_parts, view_of
from widgets.gallery.registry import get_widget
from widgets.site.sources.folders import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.python]

PAGES = {**COMPARED, "quiz": JOURNEYS["quiz"]}
LORA, SFT = "lessons/lora.html", "lessons/sft.html"
ANSWERS = {"13": "6,815,744", "21": "11,010,048", "27": "14,155,776"}

CLIENT = """
  const script = [...document.scripts].map(({ src }) => src).find((src) => src.includes("assets/course/"));
  const manifest = await (await fetch(new URL("manifest.json", script))).json();
  const { client } = await import(new URL(manifest.find(({ name }) => name === "python.js").file, script));
"""
IS_RESTORED = f"async () => {{ {CLIENT} return client.progress.isRestored; }}"
ENTRIES = """async () => {
  const found = [];
  for (const name of (await caches.keys()).filter((name) => name.endsWith("|python"))) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) found.push([name, request.url]);
  }
  return found;
}"""
SUMS = """async () => {
  const cache = await caches.open("ft|/|python");
  const sums = [];
  for (const request of await cache.keys()) {
    const bytes = new Uint8Array(await (await cache.match(request)).arrayBuffer());
    let sum = bytes.length;
    for (let at = 0; at < bytes.length; at += 1) sum = (sum * 31 + bytes[at]) | 0;
    sums.push(sum);
  }
  return sums;
}"""
OPENING = """async () => {
  try { await caches.open("x"); return "opened"; } catch (error) { return `${typeof caches} ${error.name}`; }
}"""
"""Says what Cache Storage is in a worker, and how it refuses."""
LOOK_MS = 100
"""Between two looks into Cache Storage, which tells nobody of what it gets."""
ALTER = """async ([how, to]) => {
  const [name] = (await caches.keys()).filter((name) => name.endsWith("|python"));
  const cache = await caches.open(name);
  const [request] = await cache.keys();
  const response = await cache.match(request);
  const bytes = new Uint8Array(await response.arrayBuffer());
  const headers = response.headers;
  if (how === "renamed") {
    await cache.delete(request);
    await cache.put(to, new Response(bytes, { headers }));
    return;
  }
  if (how === "flipped") bytes[bytes.length >> 1] ^= 1;
  const half = bytes.slice(0, bytes.length >> 1);
  await cache.put(request, new Response(how === "truncated" ? half : how === "empty" ? "" : bytes, { headers }));
}"""


def ask(page: Page, rank: str) -> bool:
    """Ask Python for a rank that is not prepared; tell whether it was started from a snapshot."""
    page.locator("#lora-rank [name=rank]").fill(rank)
    expect(page.locator("#lora-rank [data-metric=trainable_params]").first).to_have_text(ANSWERS[rank])
    return bool(page.evaluate(IS_RESTORED))


def wait_for_snapshot(page: Page, before: list[list[str]] | None = None) -> list[list[str]]:
    """Wait until a snapshot has been kept; give its cache and address."""
    repeat_until(lambda: page.evaluate(ENTRIES) not in ([], before), lambda: page.wait_for_timeout(LOOK_MS))
    return list(page.evaluate(ENTRIES))


def wait_for_another(page: Page, sums: list[int]) -> None:
    """Wait until a snapshot with other sums than these has been kept."""
    repeat_until(lambda: page.evaluate(SUMS) not in ([], sums), lambda: page.wait_for_timeout(LOOK_MS))


def opened(context: BrowserContext, visit: Visits, path: str = LORA) -> Page:
    page = context.new_page()
    page.goto(f"{visit.origin}{path}")
    return page


@pytest.fixture(scope="module")
def server(built_site: Path) -> Iterator[StaticServer]:
    """Serve the built site for all tests of this file: a snapshot belongs to an origin."""
    with serving(built_site) as state:
        yield state


@pytest.fixture(scope="module")
def visit(chromium: Browser, server: StaticServer) -> Iterator[Visits]:
    """Watch the pages of all tests of this file."""
    visits = Visits(chromium, server.url)
    yield visits
    visits.close()
    visits.check()


@pytest.fixture(scope="module")
def first_visit(visit: Visits, server: StaticServer) -> tuple[BrowserContext, list[str]]:
    """Let a reader be here for the first time; give the browser, which keeps a snapshot, and what was asked for."""
    context = visit.context()
    page = opened(context, visit)
    assert ask(page, "13") is False
    wait_for_snapshot(page)
    page.close()
    return context, [*server.requested]


@pytest.fixture
def returning(first_visit: tuple[BrowserContext, list[str]]) -> Iterator[BrowserContext]:
    """Give the browser of a reader who has been here: it keeps a snapshot, before each test and after it."""
    context, _ = first_visit
    yield context
    for page in context.pages:
        page.close()


def test_the_second_page_starts_python_from_the_snapshot(visit: Visits, returning: BrowserContext) -> None:
    page = opened(returning, visit)
    assert ask(page, "21") is True
    [[name, address]] = page.evaluate(ENTRIES)
    assert name == "ft|/|python"
    assert "/python-snapshot-" in address


def test_no_file_is_downloaded_again_to_make_the_snapshot(first_visit: tuple[BrowserContext, list[str]]) -> None:
    heavy = [name for name in first_visit[1] if name.endswith(".gz")]
    assert len(heavy) == len(set(heavy)) == 5


@pytest.mark.parametrize("how", ["flipped", "truncated"])
def test_a_damaged_snapshot_is_not_used_and_is_replaced(visit: Visits, returning: BrowserContext, how: str) -> None:
    page = opened(returning, visit)
    page.evaluate(ALTER, [how, ""])
    damaged = page.evaluate(SUMS)
    assert ask(page, "21") is False
    wait_for_another(page, damaged)
    assert ask(opened(returning, visit), "27") is True


def test_a_whole_snapshot_that_does_not_start_is_passed_over_silently(visit: Visits, returning: BrowserContext) -> None:
    page = opened(returning, visit)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    # Right length, runs and sum, wrong content: a memory of zeros.
    page.evaluate("""async () => {
      const cache = await caches.open("ft|/|python");
      const [request] = await cache.keys();
      const zeros = new Uint8Array(20e6);
      let sum = zeros.length | 0, sums = 0;
      for (let i = 0; i < zeros.length / 4; i++) sums = (sums + sum) | 0;
      const headers = {
        "x-length": String(zeros.length),
        "x-runs": JSON.stringify([[0, zeros.length]]),
        "x-sum": `${sum >>> 0}-${sums >>> 0}`,
      };
      await cache.put(request, new Response(zeros, { headers }));
    }""")
    zeros = page.evaluate(SUMS)
    assert ask(page, "21") is False
    assert any("The memory snapshot of Python is no good" in text for text in said), said
    expect(page.locator("#lora-rank")).to_have_attribute("data-state", "live")
    expect(page.locator("#lora-rank > .ft-status")).not_to_contain_text("again")
    wait_for_another(page, zeros)
    assert ask(opened(returning, visit), "27") is True


def test_the_snapshot_of_an_earlier_version_is_deleted(visit: Visits, returning: BrowserContext) -> None:
    page = opened(returning, visit)
    page.evaluate(ALTER, ["renamed", "/python-snapshot-of-yesterday"])
    before = page.evaluate(ENTRIES)
    assert ask(page, "21") is False
    [[_, address]] = wait_for_snapshot(page, before)
    assert not address.endswith("yesterday")


@pytest.fixture(scope="module")
def with_random_numbers(built_site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the site with a package whose every answer holds a random number beside the parts."""
    folder = tmp_path_factory.mktemp("random")
    fork = make_fork(folder / "course")
    edit(
        fork / "widgets" / "browser" / "bridge.py",
        'return {"parts": render_parts(',
        'return {"parts": {"random": str(random.random())} | render_parts(',
    )
    if (ROOT / "build").is_dir():
        shutil.copytree(ROOT / "build", fork / "build")
    done = run_widgets(fork, "assets")
    assert done.returncode == 0, done.stdout + done.stderr
    site = folder / "site"
    shutil.copytree(built_site, site)
    shutil.rmtree(site / "assets" / "course")
    shutil.copytree(fork / "docs" / "assets" / "course", site / "assets" / "course")
    return site


def test_random_numbers_differ_between_two_starts_from_one_snapshot(
    chromium: Browser, with_random_numbers: Path, make_server: Callable[..., StaticServer]
) -> None:
    elsewhere = Visits(chromium, make_server(with_random_numbers).url)
    context = elsewhere.context()
    payload = next(
        found[2] for found in ELEMENT.findall((with_random_numbers / LORA).read_text()) if found[0] == "quiz"
    )
    opening = json.loads(payload)["opening"]
    numbers, restored = [], []
    for _ in range(3):
        page = opened(context, elsewhere)
        [parts] = page.evaluate(RENDER, [{"key": "test", "widgetId": "test", "opening": opening}, [{}]])
        numbers.append(parts["random"])
        restored.append(page.evaluate(IS_RESTORED))
        wait_for_snapshot(page)
        page.close()
    assert restored == [False, True, True]
    assert len(set(numbers)) == 3
    elsewhere.close()
    elsewhere.check()


def test_python_from_a_snapshot_renders_the_same_bytes(
    visit: Visits, returning: BrowserContext, built_site: Path
) -> None:
    page = opened(returning, visit)
    for name in ("lora-rank", "quiz", "dpo-lab"):
        html = (built_site / PAGES[name]).read_text(encoding="utf-8")
        widget_id, payload = next((found[1], found[2]) for found in ELEMENT.findall(html) if found[0] == name)
        opening = json.loads(payload)["opening"]
        content = json.loads(opening)["content"]
        widget = get_widget(name)
        states = states_of(widget, content)
        answers = page.evaluate(RENDER, [{"key": name, "widgetId": widget_id, "opening": opening}, states])
        assert page.evaluate(IS_RESTORED) is True
        for state, answer in zip(states, answers, strict=True):
            assert answer == dict(render_parts(widget, view_of(widget, widget_id, content, state))), (name, state)


def test_a_lab_trains_in_a_python_from_a_snapshot(visit: Visits, returning: BrowserContext) -> None:
    page = opened(returning, visit, f"{SFT}?sft-lab.steps=10")
    lab = page.locator("#sft-lab")
    lab.locator("[data-action=run]").click()
    expect(lab).to_have_attribute("data-state", "done", timeout=120_000)
    assert page.evaluate(IS_RESTORED) is True


REFUSED = "if (self.CacheStorage) CacheStorage.prototype.open = async () => { throw new DOMException('', 'X'); };"


def test_where_cache_storage_refuses_python_starts_as_ever(visit: Visits) -> None:
    context = visit.context()
    # A worker has a global scope of its own: put the same lines before its program.
    context.add_init_script(
        f"""{REFUSED}
        const make = URL.createObjectURL;
        URL.createObjectURL = (blob) => make(
          blob.type === "text/javascript" ? new Blob([{json.dumps(REFUSED)}, "\\n", blob], {{ type: blob.type }}) : blob
        );"""
    )
    page = opened(context, visit)
    assert ask(page, "13") is False
    worker = next(worker for worker in page.workers if worker.url.startswith("blob:"))
    assert worker.evaluate(OPENING) == "object X"
    page.close()
    assert ask(opened(context, visit), "21") is False


def test_deleting_everything_deletes_the_snapshot(visit: Visits, returning: BrowserContext) -> None:
    page = opened(returning, visit, "about/privacy.html")
    assert len(page.evaluate(ENTRIES)) == 1
    page.get_by_role("button", name="Delete everything stored here").click()
    page.get_by_role("button", name="Yes, delete everything").click()
    expect(page.get_by_role("button", name=re.compile(r"Deleted \d+ entr"))).to_be_visible()
    assert page.evaluate(ENTRIES) == []
