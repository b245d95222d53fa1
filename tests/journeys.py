"""What readers do in the widgets, shared by the browser tests, and what they must then see."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page, expect

from widgets.core.widget import default_state, render_parts, view_of
from widgets.gallery.registry import get_widget
from widgets.site.sources.content import load_content

PAGES = {
    "lora-rank": "lessons/lora.html",
    "human-rater": "lessons/rlhf.html",
    "method-comparison": "lessons/which-method.html",
    "quiz": "lessons/summary-and-quiz.html",
}
PATIENCE_SECONDS = 45.0
NO_PYTHON = {"assets/course/worker-*.gz": "never"}
"""The faults of a server from which Python never arrives."""

KEPT = """async () => {
  const names = [];
  for await (const folder of (await navigator.storage.getDirectory()).values()) {
    if (folder.kind === "directory") for await (const name of folder.keys()) names.push(name);
  }
  return names.sort();
}"""
"""Lists the files of trained models that the browser keeps."""
PUT_MODEL = """async () => {
  const root = await navigator.storage.getDirectory();
  const folder = await root.getDirectoryHandle(encodeURIComponent("ft|/|"), { create: true });
  const file = await (await folder.getFileHandle("sft-lab.bin", { create: true })).createWritable();
  await file.write(new Uint8Array(1000).fill(7));
  await file.close();
}"""
"""Puts a file where the browser keeps the SFT lab's trained model; what is in it is no model."""

METRIC = re.compile(r'<data value="([^"]*)" data-metric="([^"]*)"')
QUESTIONS: list[dict[str, Any]] = load_content("quiz", "module")["questions"]


def figures_from_python(name: str, file: str | None = None, **texts: str) -> list[tuple[str, str]]:
    """Let CPython render a widget in a state and list its figures: (metric, value), in their order."""
    widget = get_widget(name)
    content = load_content(name, file)
    state = {**default_state(widget.fields_of(content)), **texts}
    parts = render_parts(widget, view_of(widget, name, content, state))
    html = "".join(parts[part.name] for part in widget.parts(content))
    return [(metric, value) for value, metric in METRIC.findall(html)]


def see_frame(widget: Locator) -> None:
    """Let the next frame come: with it comes the answer to what was done before."""
    widget.page.evaluate("() => new Promise((seen) => requestAnimationFrame(() => setTimeout(() => setTimeout(seen))))")


def repeat_until(condition: Callable[[], object], act: Callable[[], object]) -> None:
    """Do something again and again until a condition holds.

    Raises:
        AssertionError: It never held.
    """
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < end, "what was waited for did not come"
        act()


def figures_on_page(widget: Locator) -> list[tuple[str, str]]:
    """List the figures that a widget shows: (metric, value), in their order."""
    see_frame(widget)
    pairs = widget.evaluate("(w) => [...w.querySelectorAll('data')].map((d) => [d.dataset.metric, d.value])")
    return [(metric, value) for metric, value in pairs]


def is_waiting(widget: Locator) -> bool:
    """Say whether a part of the widget waits for Python."""
    see_frame(widget)
    return widget.locator("[data-part][aria-busy]").count() > 0


def right_answer(question: dict[str, Any], attempt: int = 0) -> list[str]:
    """Give the right choices of a question, or the number as a text."""
    wording = question["wordings"][attempt % len(question["wordings"])]
    if question["kind"] == "numeric":
        return [str(wording["answer"])]
    return [choice["id"] for choice in wording["choices"] if choice.get("correct")]


def wrong_answer(question: dict[str, Any], attempt: int = 0) -> list[str]:
    """Give one wrong choice of a question, or a wrong number as a text."""
    wording = question["wordings"][attempt % len(question["wordings"])]
    if question["kind"] == "numeric":
        return ["-12345"]
    return [next(choice["id"] for choice in wording["choices"] if not choice.get("correct"))]


def answer(quiz: Locator, question: dict[str, Any], answers: list[str]) -> Locator:
    """Answer a question and check it; give the question's element."""
    part = quiz.locator(f"[data-part={question['id']}]")
    for text in answers:
        if question["kind"] == "numeric":
            part.locator(f"input[name={question['id']}]").fill(text)
        else:
            part.locator(f"input[value='{text}']").check()
    part.locator("[data-action=check]").click()
    return part.locator(".ft-question")


def number_of_votes(rater: Locator) -> int:
    """Read from the pair that is shown how many votes there are."""
    see_frame(rater)
    text = rater.locator("[data-part=pair] .ft-count").inner_text()
    found = re.search(r"Pair (\d+) of|all (\d+) pairs", text)
    assert found, text
    return int(found[1]) - 1 if found[1] else int(found[2])


def short_journey(page: Page, site: str) -> None:
    """Use each of the four widgets, cold and live, as a reader would on any copy of the site at ``site``."""
    page.goto(site + PAGES["lora-rank"])
    lora = page.locator("#lora-rank")
    lora.locator("[name=rank]").fill("16")
    expect(lora.locator("[data-metric=trainable_params]").first).to_have_text("8,388,608")
    lora.locator("[name=target_modules]").select_option("all-linear")
    expect(lora.locator("[data-metric=trainable_params]").first).to_have_text("39,976,960")
    expect(lora).to_have_attribute("data-state", "live")
    page.wait_for_url("**/lessons/lora.html?lora-rank.rank=16&lora-rank.target_modules=all-linear*")

    page.goto(site + PAGES["human-rater"])
    rater = page.locator("#human-rater")
    rater.locator("[data-action=vote-a]").click()
    rater.locator("[data-action=vote-b]").click()
    assert number_of_votes(rater) == 2
    expect(rater.locator("[data-metric=prediction_accuracy]")).to_be_attached()

    page.goto(site + PAGES["method-comparison"])
    methods = page.locator("#method-comparison")
    methods.locator("[name=model]").select_option("meta-llama/Meta-Llama-3-8B")
    methods.locator("[name=batch_size]").fill("3")
    expect(methods).to_have_attribute("data-state", "live")
    state = {"model": "meta-llama/Meta-Llama-3-8B", "batch_size": "3"}
    expect(methods.locator("[aria-busy]")).to_have_count(0)
    assert figures_on_page(methods) == figures_from_python("method-comparison", **state)

    page.goto(site + PAGES["quiz"])
    quiz = page.locator("#quiz-module")
    for question in QUESTIONS:
        answer(quiz, question, right_answer(question))
    expect(quiz.locator("[data-metric=quiz_score]")).to_have_text(f"{len(QUESTIONS)} of {len(QUESTIONS)}")

    page.goto(site + "index.html")
    expect(page.locator("[data-progress=summary-and-quiz]")).to_contain_text(
        f"uiz {len(QUESTIONS)} of {len(QUESTIONS)}", ignore_case=True
    )
