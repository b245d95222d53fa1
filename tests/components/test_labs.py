"""The first three labs train a real model in the reader's tab, and keep it there."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Locator, Page, expect

from tests.components.conftest import Visits
from tests.components.looks import violations
from tests.components.sideways import sideways
from tests.components.stand_in import StandIn
from tests.journeys import KEPT, PUT_MODEL
from tests.site_server import StaticServer
from widgets.gallery.labs.recorded import recorded
from widgets.gallery.labs.runs import MOST_RUNS, Run, from_text

pytestmark = pytest.mark.browser

SFT, LORA, PRETRAIN = "lessons/sft.html", "lessons/lora.html", "lessons/pre-training.html"
PAGES = {"sft-lab": SFT, "lora-lab": LORA, "pretrain-lab": PRETRAIN}
TRAINING_MS = 120_000
"""Training takes seconds; test machines are busy."""


WATCH_MEMORY = """{
  const watch = `{
    self.memories = new Set();
    const note = (made) => {
      for (const thing of Object.values((made.instance ?? made).exports ?? {})) {
        if (thing instanceof WebAssembly.Memory) self.memories.add(thing);
      }
      return made;
    };
    for (const name of ["instantiate", "instantiateStreaming"]) {
      const make = WebAssembly[name].bind(WebAssembly);
      WebAssembly[name] = async (...given) => note(await make(...given));
    }
  }`;
  const address = URL.createObjectURL;
  URL.createObjectURL = (blob) =>
    address(blob.type === "text/javascript" ? new Blob([watch, blob], { type: blob.type }) : blob);
}"""
"""Lets Python's worker remember the memories of its WebAssembly modules."""

MEMORY_BYTES = "() => self.memories && [...self.memories].reduce((sum, { buffer }) => sum + buffer.byteLength, 0)"
"""Nothing in a worker without Python."""


def processor_ms(tools: CDPSession) -> float:
    """Give the processor time that the page's process has used, its worker's included."""
    metrics = {metric["name"]: metric["value"] for metric in tools.send("Performance.getMetrics")["metrics"]}
    return 1000 * metrics["ProcessTime"]


COUNT_REPORTS = """async () => {
  const lab = document.getElementById("sft-lab");
  const seen = new Set();
  while (lab.dataset.state === "running" && seen.size < 20) {
    seen.add(/step \\d+ of/.exec(lab.querySelector(":scope > .ft-status").textContent)?.[0]);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return seen.size;
}"""
"""Follow a run for a while; says how many of its reports were seen."""


def tasks_of_pages(trace: dict[str, Any]) -> list[float]:
    """Give the processor time, in ms, of each task on the main threads of pages that a trace holds."""
    events = trace["traceEvents"]
    threads = {
        (event["pid"], event["tid"]): event["args"]["name"] for event in events if event["name"] == "thread_name"
    }
    return [
        event["tdur"] / 1000
        for event in events
        if event["name"] == "RunTask" and "tdur" in event and threads[event["pid"], event["tid"]] == "CrRendererMain"
    ]


WATCH_STREAM = """() => {
  const lab = document.getElementById("sft-lab");
  window.streamed = { chart: new Set(), answers: new Set() };
  new MutationObserver(() => {
    if (lab.dataset.state !== "running") return;
    for (const [name, seen] of Object.entries(window.streamed)) {
      seen.add(lab.querySelector(`[data-part=${name}]`).textContent);
    }
  }).observe(lab, { subtree: true, childList: true, characterData: true });
}"""
"""Notes what the chart and the sample answers of the SFT lab say while it trains."""


def lab_of(page: Page, name: str) -> Locator:
    """Find a lab and bring it into view."""
    lab = page.locator(f"#{name}")
    lab.scroll_into_view_if_needed()
    return lab


def train(lab: Locator) -> None:
    """Press Train and wait for the end."""
    lab.get_by_role("button", name="Train", exact=True).click()
    expect(lab).to_have_attribute("data-state", "done", timeout=TRAINING_MS)


def runs_of(page: Page, name: str) -> tuple[Run, ...]:
    """Read the runs that a lab has left on the device."""
    text = page.evaluate(
        "(place) => localStorage.getItem(Object.keys(localStorage).find((key) => key.endsWith(place))) ?? ''",
        f"lab/{name}|runs",
    )
    return from_text(text)


def test_the_base_model_is_fine_tuned_in_the_tab_and_answers_95_percent(visit: Visits) -> None:
    page = visit.open(SFT)
    lab = lab_of(page, "sft-lab")
    results = lab.locator("[data-part=results]")
    expect(results).to_contain_text("Recorded run")
    lab.locator("[name=guess]").select_option("90-100")
    lab.get_by_role("button", name="Train", exact=True).click()
    status = lab.locator(":scope > .ft-status")
    expect(status.locator("progress")).to_be_visible()
    expect(status).to_contain_text(re.compile(r"step \d+ of 100, loss \d+\.\d+, \d+ s left"), timeout=TRAINING_MS)
    expect(lab).to_have_attribute("data-state", "done", timeout=TRAINING_MS)
    expect(status).to_contain_text("of the held-out questions right")
    share = lab.locator("[data-metric=held_out_accuracy]").get_attribute("value")
    assert float(share or 0) >= 0.95
    expect(results).to_contain_text("Your last run")
    expect(results).to_contain_text("you were right")
    expect(lab.locator("[data-part=answers]")).to_contain_text("The platypus lives in rivers.")
    expect(lab.locator("[data-part=reply]")).to_contain_text("Your model")
    expect(lab.locator(".ft-plot[data-drawn]").first).to_be_attached()


def test_chart_and_sample_answers_change_while_the_model_is_trained(visit: Visits) -> None:
    page = visit.open(f"{SFT}?sft-lab.steps=200")
    lab = lab_of(page, "sft-lab")
    page.evaluate(WATCH_STREAM)
    train(lab)
    streamed = page.evaluate("() => ({ chart: [...streamed.chart], answers: [...streamed.answers] })")
    charts = [text for text in streamed["chart"] if "now: full, lr 0.002" in text]
    assert len({re.findall(r"at step 1 to [\d.]+ at step (\d+)", text)[-1] for text in charts}) >= 3
    looks = {step for text in streamed["answers"] for step in re.findall(r"After step (\d+): ", text)}
    assert len(looks) >= 2
    assert looks <= {str(step) for step in range(40, 201)}
    expect(lab.locator("[data-part=answers]")).to_contain_text("After your last run: ")
    expect(lab.locator("[data-part=answers]")).not_to_contain_text("After step")
    expect(lab.locator("[data-part=chart]")).not_to_contain_text("now: ")


def test_settings_are_set_back_and_what_was_trained_stays(visit: Visits, server: StaticServer) -> None:
    page = visit.open(SFT)
    page.evaluate("(text) => localStorage.setItem('ft|/|lab/sft-lab|runs', text)", recorded("sft-lab").fields["runs"])
    server.faults["assets/course/python-*.js"] = "never"
    page.goto(f"{visit.origin}{SFT}?sft-lab.steps=50&sft-lab.style=terse&sft-lab.learning_rate=0.5")
    lab = lab_of(page, "sft-lab")
    lab.locator("[name=seed]").fill("7")
    page.wait_for_url("**sft-lab.seed=7*")
    lab.get_by_role("button", name="Reset settings").click()
    for name, text in {"steps": "100", "style": "full", "learning_rate": "0.002", "seed": "0"}.items():
        expect(lab.locator(f"[name={name}]")).to_have_value(text)
    expect(lab.locator("input[data-mirror=steps]")).to_have_value("100")
    page.wait_for_url(lambda address: "sft-lab." not in address)
    assert len(runs_of(page, "sft-lab")) == 1


def test_runs_and_model_are_there_until_everything_is_deleted(visit: Visits) -> None:
    page = visit.open("index.html")
    page.evaluate("(text) => localStorage.setItem('ft|/|lab/sft-lab|runs', text)", recorded("sft-lab").fields["runs"])
    page.evaluate(PUT_MODEL)
    page.goto(visit.origin + SFT)
    expect(lab_of(page, "sft-lab").locator("[data-part=results]")).to_contain_text("Your last run")
    page.goto(f"{visit.origin}about/privacy.html")
    assert page.evaluate(KEPT) == ["sft-lab.bin"]
    page.get_by_role("button", name="Delete everything stored here").click()
    page.get_by_role("button", name="Yes, delete everything").click()
    expect(page.get_by_role("button", name=re.compile("Deleted"))).to_be_visible()
    assert page.evaluate(KEPT) == []
    page.goto(visit.origin + SFT)
    lab = lab_of(page, "sft-lab")
    expect(lab.locator("[data-part=results]")).to_contain_text("Recorded run")
    lab.get_by_role("button", name="Ask", exact=True).click()
    expect(lab.locator("[data-part=reply]")).to_contain_text("You have not trained a model here yet.")


@pytest.mark.python
def test_a_run_can_be_cancelled_at_once_and_leaves_nothing(visit: Visits) -> None:
    """Page and worker need less than 300 ms of the processor; `benchmarks/labs.py` measures the reader's wait."""
    page = visit.open(f"{SFT}?sft-lab.steps=400")
    tools = page.context.new_cdp_session(page)
    tools.send("Performance.enable")
    lab = lab_of(page, "sft-lab")
    lab.get_by_role("button", name="Train", exact=True).click()
    status = lab.locator(":scope > .ft-status")
    expect(status).to_contain_text("step ", timeout=TRAINING_MS)
    before = processor_ms(tools)
    page.evaluate("""() => new Promise((resolve) => {
      const lab = document.getElementById("sft-lab");
      new MutationObserver(() => lab.dataset.state === "live" && resolve()).observe(lab, { attributes: true });
      lab.querySelector(":scope > .ft-status button").click();
    })""")
    spent = processor_ms(tools) - before
    expect(status).to_have_text("Cancelled.")
    assert spent <= 300
    assert runs_of(page, "sft-lab") == ()
    assert page.evaluate(KEPT) == []


def test_a_run_can_be_cancelled_while_python_is_still_on_its_way(visit: Visits, server: StaticServer) -> None:
    server.faults["assets/course/*.gz"] = "never"
    page = visit.open(SFT)
    lab = lab_of(page, "sft-lab")
    lab.get_by_role("button", name="Train", exact=True).click()
    lab.get_by_role("button", name="Cancel").click()
    expect(lab.locator(":scope > .ft-status")).to_have_text("Cancelled.")


def test_a_learning_rate_that_is_too_large_is_stopped_and_shown_as_a_finding(visit: Visits, stand_in: StandIn) -> None:
    page = visit.open(SFT)
    lab = lab_of(page, "sft-lab")
    slider = lab.locator("input[data-mirror=learning_rate]")
    slider.focus()
    slider.press("End")
    expect(lab.locator("input[name=learning_rate]")).to_have_value("0.5")
    train(lab)
    expect(lab.locator(".lab-finding")).to_contain_text("Diverged")
    expect(lab.locator(":scope > .ft-status")).to_contain_text("was stopped")
    assert not list(Path(stand_in.kept).iterdir()), "no model is kept"


def test_a_refused_setting_is_explained_at_its_control_and_nothing_starts(visit: Visits) -> None:
    page = visit.open(SFT)
    lab = lab_of(page, "sft-lab")
    lab.locator("[name=steps]").fill("0")
    lab.get_by_role("button", name="Train", exact=True).click()
    expect(lab.locator("[data-problem=steps]")).to_contain_text("Steps must be a whole number from 10 to 400")
    expect(lab.locator("[name=steps]")).to_have_attribute("aria-invalid", "true")
    expect(lab).not_to_have_attribute("data-state", "done")
    assert runs_of(page, "sft-lab") == ()


def test_words_that_the_model_does_not_know_are_named(visit: Visits) -> None:
    page = visit.open(SFT)
    lab = lab_of(page, "sft-lab")
    lab.locator("[name=question]").fill("What does the <b>unicorn</b> eat?")
    lab.get_by_role("button", name="Ask", exact=True).click()
    expect(lab.locator("[data-part=reply]")).to_contain_text("“unicorn”")
    assert lab.locator("[data-part=reply] b").count() == 0


def test_the_rank_slider_trains_by_keyboard_alone_and_ranks_overlay(visit: Visits) -> None:
    page = visit.open(f"{LORA}?lora-lab.steps=20")
    lab = lab_of(page, "lora-lab")
    slider = lab.locator("input[data-mirror=rank]")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(lab).to_have_attribute("data-state", "done", timeout=TRAINING_MS)
    page.keyboard.press("Home")
    expect(lab).not_to_have_attribute("data-state", "done")
    expect(lab).to_have_attribute("data-state", "done", timeout=TRAINING_MS)
    assert [run.settings["rank"] for run in runs_of(page, "lora-lab")] == ["16", "1"]
    expect(lab.locator("[data-part=chart] tbody tr")).to_have_count(5)
    expect(slider).to_be_focused()


def test_the_adapter_is_peeled_off_merged_and_put_back(visit: Visits) -> None:
    page = visit.open(f"{LORA}?lora-lab.steps=40")
    lab = lab_of(page, "lora-lab")
    part = lab.locator("[data-part=adapter]")
    expect(part.get_by_role("button", name="Peel off")).to_have_attribute("aria-disabled", "true")
    train(lab)
    for name, now in (("Peel off", "adapter peeled off"), ("Merge into the weights", "merged into the weights")):
        part.get_by_role("button", name=name).click()
        expect(part).to_contain_text(f"Now: {now}.")
    rows = {row.split("\t")[0]: row.split("\t") for row in part.locator("tbody").inner_text().splitlines()}
    assert rows["adapter peeled off"][1:3] == ["0.0\N{NO-BREAK SPACE}%", "0.72"]
    assert rows["merged into the weights"][1:3] == rows["adapter on"][1:3]
    assert float(rows["merged into the weights"][3]) < 1e-4
    part.get_by_role("button", name="Unmerge").click()
    expect(part).to_contain_text("Now: adapter on.")


def test_a_model_with_random_weights_leaves_the_logarithm_of_the_vocabulary(visit: Visits) -> None:
    page = visit.open(f"{PRETRAIN}?pretrain-lab.steps=60")
    lab = lab_of(page, "pretrain-lab")
    train(lab)
    results = lab.locator("[data-part=results]")
    assert 5.3 < float(results.locator("[data-metric=first_loss]").get_attribute("value") or 0) < 5.45
    assert float(results.locator("[data-metric=loss]").get_attribute("value") or 9) < 3
    lab.get_by_role("button", name="Continue", exact=True).click()
    reply = lab.locator("[data-part=reply]")
    expect(reply).to_contain_text("Your model:")
    expect(reply.locator(".lab-who")).to_have_count(7)


def test_asking_during_a_run_does_not_end_it(visit: Visits, stand_in: StandIn) -> None:
    stand_in.allow(2)
    page = visit.open(f"{SFT}?sft-lab.steps=10")
    lab = lab_of(page, "sft-lab")
    lab.get_by_role("button", name="Train", exact=True).click()
    expect(lab.locator(":scope > .ft-status")).to_contain_text("Running.")
    lab.get_by_role("button", name="Ask", exact=True).click()
    stand_in.allow(None)
    expect(lab).to_have_attribute("data-state", "done", timeout=TRAINING_MS)
    assert len(runs_of(page, "sft-lab")) == 1


@pytest.mark.python
def test_ten_runs_need_no_more_memory_than_two(visit: Visits) -> None:
    """Neither the page's memory, counted after a collection, nor Python's in the worker grows from run to run.

    The table and the chart get a line with each run until there are as many as are kept; from then on the page's
    elements and listeners are as many as before.
    """
    context = visit.context()
    context.add_init_script(WATCH_MEMORY)
    page = context.new_page()
    tools = context.new_cdp_session(page)
    page.goto(f"{visit.origin}{SFT}?sft-lab.steps=10")
    lab = lab_of(page, "sft-lab")
    heaps, memories, elements, listeners = [], [], [], []
    for _ in range(10):
        train(lab)
        tools.send("HeapProfiler.collectGarbage")
        heaps.append(tools.send("Runtime.getHeapUsage")["usedSize"])
        counted = tools.send("Memory.getDOMCounters")
        elements.append(counted["nodes"])
        listeners.append(counted["jsEventListeners"])
        sizes = [worker.evaluate(MEMORY_BYTES) for worker in page.workers]
        memories.append(max(size for size in sizes if size is not None))
        lab.evaluate("(lab) => { lab.dataset.state = 'live'; }")
    assert max(heaps[2:]) - heaps[1] < 4e6, heaps
    assert elements[-1] - elements[MOST_RUNS - 1] < 20, elements
    assert listeners[-1] - listeners[MOST_RUNS - 1] <= 2, listeners
    assert memories[0] > 10e6
    assert memories[2:] == [memories[2]] * 8
    assert len(runs_of(page, "sft-lab")) == MOST_RUNS


def test_the_page_stays_responsive_while_it_trains(visit: Visits) -> None:
    """No task of the page takes more than 50 ms of the processor, however busy the machine is with others."""
    page = visit.open(f"{SFT}?sft-lab.steps=400")
    lab = lab_of(page, "sft-lab")
    page.wait_for_function("() => document.querySelector('#sft-lab .ft-plot[data-drawn]')")
    lab.get_by_role("button", name="Train", exact=True).click()
    expect(lab.locator(":scope > .ft-status")).to_contain_text("step ", timeout=TRAINING_MS)
    browser = page.context.browser
    assert browser is not None
    browser.start_tracing(page=page, categories=["__metadata", "disabled-by-default-devtools.timeline"])
    reports = page.evaluate(COUNT_REPORTS)
    tasks = tasks_of_pages(json.loads(browser.stop_tracing()))
    lab.get_by_role("button", name="Cancel").click()
    assert reports >= 5
    assert len(tasks) > 50
    assert max(tasks) <= 50, sorted(tasks)[-5:]


@pytest.mark.parametrize("name", sorted(PAGES))
@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_a_lab_with_results_is_accessible_and_fits_the_screen(
    visit: Visits, name: str, width: int, scheme: str
) -> None:
    page = visit.open(f"{PAGES[name]}?{name}.steps=20", viewport={"width": width, "height": 900}, color_scheme=scheme)
    lab = lab_of(page, name)
    train(lab)
    page.wait_for_function(f"() => document.querySelector('#{name} .ft-plot[data-drawn]')")
    page.evaluate("() => { for (const details of document.querySelectorAll('details')) details.open = true; }")
    assert sideways(page) == []
    assert violations(page) == []


def test_the_script_that_is_copied_has_the_readers_settings(visit: Visits) -> None:
    page = visit.open(f"{SFT}?sft-lab.steps=50")
    lab = lab_of(page, "sft-lab")
    expect(lab.locator("[data-part=script]")).to_contain_text("steps=50")
    lab.locator("[name=style]").select_option("friendly")
    expect(lab.locator("[data-part=script]")).to_contain_text('"friendly"')
    expect(lab.locator("[data-part=source]")).to_contain_text("def train(")


def test_a_file_of_python_that_is_missing_is_said_and_the_run_can_be_tried_again(
    visit: Visits, server: StaticServer
) -> None:
    visit.expected.append("Failed to load resource")
    server.faults["assets/course/fine_tuning_llms-*"] = "404"
    page = visit.open(f"{SFT}?sft-lab.steps=10")
    lab = lab_of(page, "sft-lab")
    lab.get_by_role("button", name="Train", exact=True).click()
    expect(lab).to_have_attribute("data-state", "error")
    server.faults.clear()
    lab.get_by_role("button", name="Try again").click()
    expect(lab).to_have_attribute("data-state", "done", timeout=TRAINING_MS)
