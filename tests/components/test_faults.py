"""What can fail, fails: files, the worker, the browser's abilities, the storage, two tabs, a reader in a hurry.

The page reads, a plain sentence says what is off and what to do, what the reader did is kept, and trying again works.
(A style sheet of the theme that never arrives is the one exception: no browser paints a page that waits for it.)
"""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import replace

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from tests.components.conftest import Visits
from tests.components.stand_in import StandIn
from tests.components.test_accessibility import CLIENT as STEERED_CLIENT
from tests.journeys import PAGES, PUT_MODEL, QUESTIONS, answer, number_of_votes, repeat_until, right_answer, see_frame
from tests.site_server import FAULTS, StaticServer, until_asked
from widgets.gallery.labs.recorded import recorded
from widgets.gallery.labs.runs import Run, as_text, from_text

pytestmark = pytest.mark.browser

SFT = "lessons/sft.html"
MINUTE_MS = 61_000
"""After this time without a sign of life everything that waits for Python has given up."""
RUN_MS = 120_000
"""Training takes seconds; test machines are busy."""
NOT_PREPARED, TRAINABLE = "13", "6,815,744"

PYTHON_FILES = (
    "conversation-*.js",
    "python-*.js",
    "worker-*",
    "pyodide.asm-*",
    "python_stdlib-*",
    "pyodide-lock-*",
    "fine_tuning_llms-*",
)
CAUGHT_WORKERS = """() => {
  const Real = Worker;
  window.workers = [];
  window.Worker = class extends Real { constructor(...args) { super(...args); workers.push(this); } };
}"""


def status_of(widget: Locator) -> Locator:
    """Give the line in which a widget says what is going on."""
    return widget.locator(":scope > .ft-status")


def lab_of(page: Page) -> Locator:
    """Find the SFT lab and bring it into view."""
    lab = page.locator("#sft-lab")
    lab.scroll_into_view_if_needed()
    return lab


def press_train(lab: Locator) -> None:
    """Start a run."""
    lab.get_by_role("button", name="Train", exact=True).click()


def runs_on(page: Page) -> tuple[Run, ...]:
    """Read the runs that the SFT lab has left on the device."""
    return from_text(page.evaluate("() => localStorage['ft|/|lab/sft-lab|runs'] ?? ''"))


def a_run(seed: int) -> Run:
    """Make a run as the lab writes it."""
    [run, *_] = recorded("sft-lab").runs
    return from_text(as_text([replace(run, settings={**run.settings, "seed": str(seed)})]))[0]


def steered(context: BrowserContext) -> None:
    """Let every page of a context have a client of the worker that the test steers."""
    context.route(
        re.compile(r"/python-\w+\.js"),
        lambda route: route.fulfill(body=STEERED_CLIENT, content_type="text/javascript"),
    )


def before_the_worker(context: BrowserContext, script: str, times: int | None = None) -> list[str]:
    """Run a script in the worker before its own program; only in the first ones if a number is given.

    Returns:
        The addresses that were answered so, as they come.
    """
    answered: list[str] = []

    def put_before(route: Route) -> None:
        program = gzip.decompress(route.fetch().body())
        route.fulfill(body=script.encode() + b"\n" + program, content_type="application/octet-stream")
        answered.append(route.request.url)

    context.route(re.compile(r"/worker-\w+\.js\.gz"), put_before, times=times)
    return answered


def let_the_patience_run_out(widget: Locator) -> None:
    """Let the page's clock run until a widget gives up waiting: what it waits for may begin a moment from now."""
    repeat_until(lambda: widget.get_attribute("data-state") == "error", lambda: widget.page.clock.run_for(MINUTE_MS))


# --- Files -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", PYTHON_FILES)
def test_whatever_is_wrong_with_a_file_of_python_is_said_and_trying_again_helps(
    visit: Visits, server: StaticServer, file: str
) -> None:
    visit.expected.append("Failed to load resource")
    page = visit.context().new_page()
    page.clock.install()
    page.goto(visit.origin + PAGES["human-rater"])
    rater = page.locator("#human-rater")
    rater.locator("[data-action=vote-a]").click(trial=True)
    for number, fault in enumerate(FAULTS, 1):
        server.faults[f"assets/course/{file}"] = fault
        if number == 1:
            rater.locator("[data-action=vote-a]").click()
            rater.locator("[data-action=vote-b]").click()
        else:
            rater.get_by_role("button", name="Try again").click()
        if fault == "never":
            expect(status_of(rater)).to_contain_text("Python is")
            let_the_patience_run_out(rater)
        expect(rater).to_have_attribute("data-state", "error")
        expect(status_of(rater)).to_contain_text(re.compile("What you entered is kept; the rest of the page works"))
        assert number_of_votes(rater) == 2, fault
    server.faults.clear()
    rater.get_by_role("button", name="Try again").click()
    expect(rater.locator("[data-metric=prediction_accuracy]")).to_contain_text("of 1")
    expect(rater).to_have_attribute("data-state", "live")


@pytest.mark.python
def test_what_is_not_a_file_of_python_at_all_is_no_start_and_the_file_itself_is(
    visit: Visits, server: StaticServer
) -> None:
    visit.expected.append("Failed to load resource")
    page = visit.open(PAGES["lora-rank"])
    widget = page.locator("#lora-rank")
    retry = widget.get_by_role("button", name="Try again")
    for number, file in enumerate(("pyodide.asm-*", "python_stdlib-*", "pyodide-lock-*", "fine_tuning_llms-*")):
        server.faults = {f"assets/course/{file}": "garbage"}
        server.requested.clear()
        if number == 0:
            widget.locator("[name=rank]").fill(NOT_PREPARED)
        else:
            retry.click()
        until_asked(server, f"assets/course/{file}")  # each try may fail too soon to be seen
        expect(widget).to_have_attribute("data-state", "error")
    server.faults = {}
    retry.click()
    expect(widget.locator("[data-metric=trainable_params]").first).to_have_text(TRAINABLE)


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_is_wrong_with_the_chart_library_the_numbers_are_pointed_to(
    visit: Visits, server: StaticServer, fault: str
) -> None:
    # Anything but the library itself is refused, by the hash in the policy.
    visit.expected.append("Content Security Policy" if fault == "garbage" else "Failed to load resource")
    server.faults["assets/course/plot-*"] = fault
    page = visit.context().new_page()
    if fault == "never":
        page.clock.install()
    page.goto(visit.origin + PAGES["lora-rank"])
    plot = page.locator("#lora-rank .ft-plot")
    plot.scroll_into_view_if_needed()
    if fault == "never":
        until_asked(server, "assets/course/plot-*")
        page.clock.run_for(10_000)
        expect(plot).to_contain_text("still on its way; its numbers stand in the table below")
        page.clock.run_for(MINUTE_MS)
    expect(plot).to_contain_text("could not be drawn here; its numbers stand in the table below")
    server.faults.clear()
    page.locator("#lora-rank [name=rank]").fill("16")
    plot.scroll_into_view_if_needed()
    expect(plot).to_have_attribute("data-drawn", "")
    expect(plot).not_to_contain_text("could not be drawn")


@pytest.mark.parametrize("fault", ["500", "truncated", "never"])
def test_whatever_is_wrong_with_the_pages_script_the_page_reads_and_says_so(
    visit: Visits, server: StaticServer, fault: str
) -> None:
    visit.expected.append("Failed to load resource")
    server.faults["assets/course/course.js"] = fault
    page = visit.context().new_page()
    page.goto(visit.origin + PAGES["quiz"], wait_until="commit")
    quiz = page.locator("#quiz-module")
    expect(quiz.locator("legend").first).to_be_visible()
    page.evaluate("() => { for (const animation of document.getAnimations()) animation.finish(); }")
    said = quiz.locator(".ft-summary").evaluate("(s) => getComputedStyle(s, '::after').content")
    assert "Reload the page to try again" in said
    expect(quiz.locator(".ft-answer").first).to_be_visible()


@pytest.mark.parametrize("fault", ["404", "500", "truncated", "garbage"])
def test_whatever_is_wrong_with_the_styles_the_page_reads(visit: Visits, server: StaticServer, fault: str) -> None:
    visit.expected.append("Failed to load resource")
    server.faults["assets/course/course.css"] = fault
    server.faults["assets/stylesheets/*"] = fault
    page = visit.open(PAGES["quiz"])
    question = answer(page.locator("#quiz-module"), QUESTIONS[0], right_answer(QUESTIONS[0]))
    expect(question).to_have_attribute("data-result", "right")


# --- The worker ------------------------------------------------------------------------------------------------------


def test_a_worker_that_is_killed_in_the_middle_of_a_run_is_replaced(visit: Visits, stand_in: StandIn) -> None:
    page = visit.open(f"{SFT}?sft-lab.steps=10")
    stand_in.allow(2)
    page.evaluate("(text) => localStorage.setItem('ft|/|lab/sft-lab|runs', text)", as_text([a_run(7)]))
    page.reload()
    page.evaluate(CAUGHT_WORKERS)
    lab = lab_of(page)
    press_train(lab)
    expect(status_of(lab)).to_contain_text("Running.")
    page.evaluate("() => { workers[0].terminate(); workers[0].dispatchEvent(new ErrorEvent('error')); }")
    expect(lab).to_have_attribute("data-state", "error")
    expect(status_of(lab)).to_contain_text("Python stopped working. What you entered is kept")
    assert [run.settings["seed"] for run in runs_on(page)] == ["7"], "the runs of before are kept"
    stand_in.allow(None)
    lab.get_by_role("button", name="Try again").click()
    expect(lab).to_have_attribute("data-state", "done", timeout=RUN_MS)
    assert page.evaluate("() => workers.length") == 2
    assert len(runs_on(page)) == 2


FULL_MEMORY = """{
  let isFull = false;
  addEventListener("message", ({ data }) => { isFull ||= data.kind === "run"; });
  const grow = WebAssembly.Memory.prototype.grow;
  WebAssembly.Memory.prototype.grow = function (pages) {
    if (isFull) throw new RangeError("WebAssembly.Memory.grow(): Maximum memory size exceeded");
    return grow.call(this, pages);
  };
}"""
"""Once a run begins the browser gives Python no more memory."""


@pytest.mark.python
def test_a_worker_that_is_out_of_memory_is_replaced_when_the_reader_tries_again(visit: Visits) -> None:
    visit.expected.append("Failed to load resource")
    context = visit.context()
    before_the_worker(context, FULL_MEMORY, times=1)
    page = context.new_page()
    warnings: list[str] = []
    page.on("console", lambda message: warnings.append(message.text))
    page.goto(f"{visit.origin}{SFT}?sft-lab.steps=20")
    lab = lab_of(page)
    press_train(lab)
    expect(lab).to_have_attribute("data-state", "error", timeout=RUN_MS)
    expect(status_of(lab)).to_contain_text("The browser has no memory left for this. What you entered is kept")
    assert any("MemoryError" in text for text in warnings), "Python itself ran out of memory"
    lab.get_by_role("button", name="Try again").click()
    expect(lab).to_have_attribute("data-state", "done", timeout=RUN_MS)
    assert len(runs_on(page)) == 1


# --- What the browser cannot do --------------------------------------------------------------------------------------


NO_CACHES = "Object.defineProperty(globalThis, 'caches', { value: undefined });"
FULL_PRIVATE_FILES = """FileSystemFileHandle.prototype.createSyncAccessHandle = () =>
  Promise.reject(new DOMException('full', 'QuotaExceededError'));"""


@pytest.mark.python
@pytest.mark.parametrize(
    ("script", "is_told"),
    [(NO_CACHES, False), (FULL_PRIVATE_FILES, True)],
    ids=["no caches", "private files are full"],
)
def test_where_something_cannot_be_stored_training_works_and_a_model_that_lasts_only_as_long_as_the_tab_is_told(
    visit: Visits, script: str, is_told: bool
) -> None:
    context = visit.context()
    answered = before_the_worker(context, script)
    context.add_init_script(script.replace("FileSystemFileHandle.prototype", "({})"))
    page = context.new_page()
    page.goto(f"{visit.origin}{SFT}?sft-lab.steps=10")
    lab = lab_of(page)
    press_train(lab)
    expect(lab).to_have_attribute("data-state", "done", timeout=RUN_MS)
    assert len(answered) == 1, "the worker had the script"
    assert len(runs_on(page)) == 1
    said = expect(status_of(lab))
    (said.to_contain_text if is_told else said.not_to_contain_text)("lasts only until you leave the page")
    lab.get_by_role("button", name="Ask", exact=True).click()
    expect(lab.locator("[data-part=reply]")).to_contain_text("Your model")


@pytest.mark.python
def test_a_model_on_the_device_that_was_damaged_is_no_reason_to_stop(visit: Visits) -> None:
    page = visit.open("index.html")
    page.evaluate(PUT_MODEL)
    page.goto(f"{visit.origin}{SFT}?sft-lab.steps=10")
    lab = lab_of(page)
    lab.get_by_role("button", name="Ask", exact=True).click()
    expect(lab.locator("[data-part=reply]")).to_contain_text("Base model", timeout=RUN_MS)
    press_train(lab)
    expect(lab).to_have_attribute("data-state", "done", timeout=RUN_MS)
    lab.get_by_role("button", name="Ask", exact=True).click()
    expect(lab.locator("[data-part=reply]")).to_contain_text("Your model")


@pytest.mark.parametrize("text", ["x" * 50_000, "a|b|c", "rank=8|x=NaN|1:2", "\ud800", "[[[", "," * 50])
def test_altered_runs_start_anew_and_say_so(visit: Visits, text: str) -> None:
    context = visit.context()
    steered(context)
    page = context.new_page()
    page.goto(f"{visit.origin}index.html")
    page.evaluate(f"() => localStorage.setItem('ft|/|lab/sft-lab|runs', {json.dumps(text)})")
    page.goto(visit.origin + SFT)
    lab = lab_of(page)
    expect(lab.locator("[data-part=results]")).to_contain_text("Recorded run")
    press_train(lab)
    page.wait_for_function("() => globalThis.python?.step")
    page.evaluate(
        "(runs) => python.step({ parts: {}, done: 1, total: 1, text: '', fields: { runs } })", as_text([a_run(1)])
    )
    page.evaluate("() => python.end({ isComplete: true, isKept: true })")
    expect(lab).to_have_attribute("data-state", "done")
    assert from_text(page.evaluate("() => localStorage['ft|/|lab/sft-lab|runs']"))[-1] == a_run(1)


# --- Two tabs --------------------------------------------------------------------------------------------------------

DEAF = "addEventListener('storage', (event) => event.stopImmediatePropagation(), true);"
"""A tab that is not told what others store, as one that was asleep or went back in history."""


def test_votes_and_answers_of_two_tabs_are_kept_even_if_one_was_asleep(visit: Visits) -> None:
    context = visit.context()
    steered(context)
    context.add_init_script(DEAF)
    first, second = context.new_page(), context.new_page()
    for page in (first, second):
        page.goto(visit.origin + PAGES["human-rater"])
    one, other = (page.locator("#human-rater") for page in (first, second))
    for action in ("vote-a", "vote-b", "vote-a"):
        one.locator(f"[data-action={action}]").click()
    other.locator("[data-action=tie]").click()
    assert number_of_votes(other) == 3, "it has caught up"
    votes = first.evaluate("() => localStorage['ft|/|human-rater|votes']").split(",")
    assert [vote.split(":")[1] for vote in votes] == ["tie", "b", "a"]

    for page in (first, second):
        page.goto(visit.origin + PAGES["quiz"])
    for page, question in ((first, QUESTIONS[0]), (second, QUESTIONS[1])):
        answer(page.locator("#quiz-module"), question, right_answer(question))
    first.reload()
    expect(first.locator("#quiz-module [data-metric=quiz_score]")).to_have_text("2 right")

    for page, lesson in ((first, "dpo"), (second, "sft")):
        page.goto(f"{visit.origin}lessons/{lesson}.html")
        page.locator("article > :last-child").scroll_into_view_if_needed()
        page.wait_for_function(f"() => localStorage['ft|/|progress|lesson:{lesson}']")
    first.goto(f"{visit.origin}index.html")
    expect(first.locator("[data-progress-summary]")).to_contain_text("2 of 9 lessons")


def test_runs_that_two_tabs_make_at_once_are_kept_from_both(visit: Visits) -> None:
    context = visit.context()
    steered(context)
    pages = [context.new_page(), context.new_page()]
    for page in pages:
        page.goto(visit.origin + SFT)
        press_train(lab_of(page))
        page.wait_for_function("() => globalThis.python?.step")
    for seed, page in enumerate(pages):
        page.evaluate(
            "(runs) => python.step({ parts: {}, done: 1, total: 1, text: '', fields: { runs } })",
            as_text([a_run(seed)]),
        )
        page.evaluate("() => python.end({ isComplete: true, isKept: true })")
        page.wait_for_function(
            "(seed) => localStorage['ft|/|lab/sft-lab|runs']?.includes(JSON.stringify({ seed }).slice(1, -1))",
            arg=str(seed),
        )
    assert runs_on(pages[0]) == (a_run(0), a_run(1))


WITHOUT_LOCKS = "Object.defineProperty(Navigator.prototype, 'locks', { value: undefined });"
"""As over plain http from another machine."""
LEFT = "The page was left before the last run was done."
COUNT_LOOKS = """if (navigator.locks) {
  const query = navigator.locks.query.bind(navigator.locks);
  window.looks = 0;
  navigator.locks.query = () => { window.looks += 1; return query(); };
}"""
LOOKS, LOOKED_MS = 3, 2_500
"""So often a page looks whether a run that was noted still lives, and this is how long it waits at most between two
looks (`LOOKS_MS` in run-note.js)."""


def begin_run(page: Page, address: str, name: str = "sft-lab") -> None:
    """Open a page whose client is steered and start the run of one of its labs."""
    page.goto(address)
    page.locator(f"#{name} [data-action=run]").click()
    page.wait_for_function("() => globalThis.python?.step")


def is_never_told(page: Page, address: str, name: str = "sft-lab", looks: int = 0) -> None:
    """Open a page, let it look so often for a run that was left, and see that the lab says nothing of one."""
    page.add_init_script(COUNT_LOOKS)
    page.clock.install()
    page.goto(address)
    lab = page.locator(f"#{name}")
    expect(lab).to_have_attribute("data-upgraded", "")
    page.clock.run_for(LOOKED_MS)
    repeat_until(lambda: page.evaluate("() => window.looks ?? 0") >= looks, lambda: page.clock.run_for(LOOKED_MS))
    see_frame(lab)
    expect(status_of(lab)).to_be_empty()


def test_a_tab_that_was_closed_in_the_middle_of_a_run_is_told_of_in_the_next_visit(visit: Visits) -> None:
    context = visit.context()
    steered(context)
    first, second = context.new_page(), context.new_page()
    begin_run(first, visit.origin + SFT)
    first.close()
    second.goto(visit.origin + SFT)
    lab = second.locator("#sft-lab")
    expect(status_of(lab)).to_contain_text(LEFT)
    lab.get_by_role("button", name="Try again").click()
    second.wait_for_function("() => globalThis.python?.step")
    second.evaluate("() => python.end({ isComplete: true, isKept: true })")
    expect(lab).to_have_attribute("data-state", "done")
    assert second.evaluate("() => Object.keys(localStorage).filter((key) => key.includes('|run:'))") == []
    is_never_told(context.new_page(), visit.origin + SFT)


def test_a_second_tab_does_not_take_a_run_of_the_first_for_one_that_was_left(visit: Visits) -> None:
    context = visit.context()
    steered(context)
    first, second = context.new_page(), context.new_page()
    begin_run(first, visit.origin + SFT)
    is_never_told(second, visit.origin + SFT, looks=LOOKS)
    first.close()
    second.reload()
    expect(status_of(second.locator("#sft-lab"))).to_contain_text(LEFT)


def test_of_two_tabs_with_the_same_run_the_one_that_is_closed_is_told_of_though_the_other_was_done(
    visit: Visits,
) -> None:
    context = visit.context()
    steered(context)
    first, second, third = context.new_page(), context.new_page(), context.new_page()
    for page in (first, second):
        begin_run(page, visit.origin + SFT)
    first.evaluate("() => python.end({ isComplete: true, isKept: true })")
    expect(first.locator("#sft-lab")).to_have_attribute("data-state", "done")
    is_never_told(first, visit.origin + SFT, looks=LOOKS)
    second.close()
    third.goto(visit.origin + SFT)
    expect(status_of(third.locator("#sft-lab"))).to_contain_text(LEFT)


def test_a_run_of_one_preference_lab_that_was_left_is_offered_by_that_lab_alone(visit: Visits) -> None:
    context = visit.context()
    steered(context)
    first, second = context.new_page(), context.new_page()
    begin_run(first, f"{visit.origin}lessons/dpo.html", "dpo-lab")
    first.close()
    is_never_told(second, f"{visit.origin}lessons/rlhf.html", "rlhf-lab")
    second.goto(f"{visit.origin}lessons/dpo.html")
    expect(status_of(second.locator("#dpo-lab"))).to_contain_text(LEFT)


def test_a_browser_without_locks_knows_of_a_run_that_was_left_in_the_same_tab_only(visit: Visits) -> None:
    context = visit.context()
    steered(context)
    context.add_init_script(WITHOUT_LOCKS)
    first = context.new_page()
    begin_run(first, visit.origin + SFT)
    is_never_told(context.new_page(), visit.origin + SFT)
    first.reload()
    expect(status_of(first.locator("#sft-lab"))).to_contain_text(LEFT)


# --- Readers in a hurry ----------------------------------------------------------------------------------------------


def test_back_and_forward_in_the_middle_of_a_run_offer_it_again(visit: Visits) -> None:
    context = visit.context()
    steered(context)
    page = context.new_page()
    page.goto(visit.origin + SFT)
    for leave in (lambda: page.reload(), lambda: (page.goto(f"{visit.origin}index.html"), page.go_back())):
        press_train(lab_of(page))
        page.wait_for_function("() => globalThis.python?.step")
        leave()
        lab = lab_of(page)
        expect(status_of(lab)).to_contain_text("The page was left before the last run was done.")
        lab.get_by_role("button", name="Try again").click()
        page.wait_for_function("() => globalThis.python?.step")
        page.evaluate("() => python.end({ isComplete: true, isKept: true })")
        expect(lab).to_have_attribute("data-state", "done")


def test_200_quick_changes_end_in_the_answer_to_the_last_one(visit: Visits) -> None:
    page = visit.open(PAGES["lora-rank"])
    widget = page.locator("#lora-rank")
    page.evaluate("""() => {
      const box = document.querySelector("#lora-rank [name=rank]");
      for (let click = 0; click < 200; click++) {
        box.value = String(click === 199 ? 13 : 3 + (click * 7) % 250);
        box.dispatchEvent(new Event("input", { bubbles: true }));
        box.dispatchEvent(new Event("change", { bubbles: true }));
      }
    }""")
    expect(widget.locator("[data-metric=trainable_params]").first).to_have_text(TRAINABLE)
    expect(widget.locator("[aria-busy]")).to_have_count(0)
    page.wait_for_url(f"**rank={NOT_PREPARED}*")


def test_200_quick_votes_and_undos_are_all_counted(visit: Visits) -> None:
    page = visit.open(PAGES["human-rater"])
    rater = page.locator("#human-rater")
    page.evaluate("""() => {
      const press = (action) => document.querySelector(`#human-rater [data-action=${action}]`).click();
      for (let round = 0; round < 50; round++) for (const action of ["vote-a", "tie", "undo", "undo"]) press(action);
      for (const action of ["vote-b", "vote-a", "vote-b"]) press(action);
    }""")
    assert number_of_votes(rater) == 3
    expect(rater.locator("[data-metric=prediction_accuracy]")).to_contain_text("of 2")
    votes = page.evaluate("() => localStorage['ft|/|human-rater|votes']").split(",")
    assert [vote.split(":")[1] for vote in votes] == ["b", "a", "b"]


def test_200_quick_starts_make_one_run(visit: Visits) -> None:
    page = visit.open(f"{SFT}?sft-lab.steps=10")
    lab = lab_of(page)
    page.evaluate("""() => {
      const button = document.querySelector("#sft-lab [data-action=run]");
      for (let click = 0; click < 200; click++) button.click();
    }""")
    expect(lab).to_have_attribute("data-state", "done", timeout=RUN_MS)
    assert len(runs_on(page)) == 1
