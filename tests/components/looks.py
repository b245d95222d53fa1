"""What can be seen by looking at a page, without changing what it says: each look lists what is wrong.

A page is opened once and looked at in every way (``test_pages.py``).
"""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from widgets.site.sources.folders import DOCS, ROOT

AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
CODE_WITHOUT_NOTES = """(code) => {
  const copy = code.cloneNode(true);
  for (const note of copy.querySelectorAll(".md-annotation")) note.remove();
  return copy.textContent;
}"""

SHOW_IN_ITS_TAB = """(listing) => {
  const block = listing.closest(".tabbed-block");
  const place = block ? [...block.parentElement.children].indexOf(block) : 0;
  block?.closest(".tabbed-set").querySelectorAll(":scope > input")[place].click();
}"""

SHIFT = """() => new Promise((resolve) => {
  let shift = 0;
  new PerformanceObserver((list) => { for (const entry of list.getEntries()) shift += entry.value; })
    .observe({ type: "layout-shift", buffered: true });
  // What was noted so far is told as soon as the page has nothing else to do.
  requestAnimationFrame(() => setTimeout(() => requestAnimationFrame(() => setTimeout(() => resolve(shift)))));
})"""
OPEN_ALL = """() => {
  window.opened = [...document.querySelectorAll("details:not([open])")];
  for (const details of opened) details.open = true;
}"""
SHUT_AGAIN = "() => { for (const details of window.opened) details.open = false; scrollTo(0, 0); }"
REACHABLE = "a[href], button, input, select, textarea, summary, [tabindex]"
WATCH_FOCUS = """(reachable) => {
  const groups = new Set();
  window.stops = [...document.querySelectorAll(reachable)].filter((element) => {
    if (element.tabIndex < 0 || element.disabled || element.closest("[inert], fieldset:disabled")) return false;
    if (!element.checkVisibility({ visibilityProperty: true })) return false;
    const group = `${element.closest("ft-widget")?.id} ${element.name}`;
    if (element.type === "radio" && groups.has(group)) return false;
    groups.add(group);
    return true;
  });
  window.visited = [];
  window.unseen = [];
  const look = (target) => {
    // A card shows the focus of its link, a label that of the theme's hidden switch.
    const box = target.closest("li.ft-card") ?? (target.matches(".md-option") ? target.nextElementSibling : target);
    const style = getComputedStyle(box);
    const outline = style.outlineStyle === "none" || style.outlineWidth === "0px" ? "" : style.outlineWidth;
    return [outline, style.boxShadow, style.backgroundColor, style.borderColor, style.color].join();
  };
  const focused = new Map();
  addEventListener("focusin", ({ target }) => {
    visited.push(target);
    focused.set(target, look(target));
  });
  addEventListener("focusout", ({ target }) => setTimeout(() => {
    // (The theme's search box opens when it gets the focus.)
    if (target.matches(".md-search__input")) return;
    if (look(target) === focused.get(target) && document.activeElement !== target) {
      unseen.push(target.outerHTML.slice(0, 120));
    }
  }));
  return stops.length;
}"""
WALKED = """() => {
  const name = (element) => element.outerHTML.slice(0, 120);
  // The last visit is the first stop again.
  const order = visited.slice(0, -1).filter((element) => stops.includes(element));
  const backwards = order.slice(1).filter((element, place) =>
    order[place].compareDocumentPosition(element) & Node.DOCUMENT_POSITION_PRECEDING);
  return {
    first: visited[0]?.className,
    missed: stops.filter((element) => !visited.includes(element) && element.checkVisibility()).map(name),
    backwards: backwards.map(name),
    unseen,
  };
}"""
TARGETS = "a[href], button, input, select, textarea, summary, header label, label.ft-check, .md-annotation__index"
SMALL = """(targets) => [...document.querySelectorAll(targets)]
  .filter((e) => e.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !e.disabled)
  .filter((e) => !e.matches(".ft-check input, .md-toggle, .md-skip, [aria-hidden]"))
  // A link within a sentence is as high as its line: WCAG 2.5.8 leaves that out.
  .filter((e) => !(e.tagName === "A" && getComputedStyle(e).display === "inline"))
  .map((e) => [e.outerHTML.slice(0, 100), e.getBoundingClientRect()])
  .filter(([, box]) => box.width > 0 && box.right > 0 && box.left < innerWidth)
  .map(([html, { width, height }]) => [Math.min(width, height), html])
  .sort(([one], [other]) => one - other)"""
LEAST_TARGET = 24
"""CSS pixels (WCAG 2.5.8)."""
STYLES = """(selector) => [...document.querySelectorAll(selector)]
  .filter((element) => element.checkVisibility())
  .map((element) => {
    const { fill, stroke, strokeWidth, strokeDasharray, borderLeftStyle, borderLeftWidth, borderLeftColor, outlineStyle,
      outlineWidth } = getComputedStyle(element);
    return { fill, stroke, line: [stroke, strokeWidth, strokeDasharray].join(), outline: [outlineStyle, outlineWidth],
      border: [borderLeftStyle, borderLeftWidth, borderLeftColor].join(), width: parseFloat(borderLeftWidth) };
  })"""
CANVAS = """() => {
  const probe = document.body.appendChild(document.createElement("p"));
  probe.style.backgroundColor = "Canvas";
  const { backgroundColor } = getComputedStyle(probe);
  probe.remove();
  return backgroundColor;
}"""


def violations(page: Page) -> list[str]:
    """Let axe-core look at a page: one line for each element that breaks a rule."""
    page.evaluate(AXE)
    found = page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
    return [f"{v['id']}: {node['target']} {node['failureSummary']}" for v in found["violations"] for node in v["nodes"]]


def walk(page: Page) -> None:
    """Scroll through a page, so that what the theme builds when it comes into view is there too."""
    page.evaluate("""async () => {
      for (let y = 0; y < document.body.scrollHeight; y += 700) {
        scrollTo(0, y);
        await new Promise((seen) => requestAnimationFrame(() => setTimeout(seen)));
      }
    }""")
    # The theme takes note of a listing when it comes into view, and then makes its buttons and its notes.
    page.wait_for_function("""() => [...document.querySelectorAll("article .highlight:not(ft-widget *)")]
      .every((listing) => !listing.checkVisibility() || listing.querySelector("button.md-code__button[aria-label]"))""")


def moved(page: Page) -> list[str]:
    """Say whether anything has moved while the page was loaded."""
    page.wait_for_load_state("networkidle")
    shift = page.evaluate(SHIFT)
    return [f"moved by {shift} while it was loaded"] if shift else []


def too_small(page: Page) -> list[str]:
    """List what is too small to be touched."""
    return [f"{size} px: {html}" for size, html in page.evaluate(SMALL, TARGETS) if size < LEAST_TARGET - 0.1]


def answer_everything(page: Page) -> None:
    """Answer the questions of a page somehow, and vote once in each widget with votes."""
    for button in page.locator("ft-widget[name=quiz] [data-action=check]").all():
        box = button.locator("xpath=ancestor::*[@data-part]").locator("input").first
        box.fill("1") if box.get_attribute("type") == "number" else box.check()
        button.click()
    for vote in page.locator("ft-widget [data-action=vote-a]").all():
        vote.click()


def lost_by_keyboard(page: Page) -> list[str]:
    """Walk through a page with the Tab key: what it misses, what comes out of order, where the focus is not seen."""
    page.evaluate("() => { scrollTo(0, 0); document.activeElement.blur(); }")
    count = page.evaluate(WATCH_FOCUS, REACHABLE)
    for _ in range(count + 60):  # a listing that is too wide is a stop of its own
        page.keyboard.press("Tab")
        if page.evaluate("() => visited.length > 5 && document.activeElement === visited[0]"):
            break
    else:
        return ["the focus did not come out at the end of the page"]
    page.evaluate("() => new Promise((seen) => setTimeout(seen))")  # what has lost the focus is looked at after it has
    walked = page.evaluate(WALKED)
    found = [] if "md-skip" in walked["first"] else ["the first stop does not skip to the content"]
    return found + [
        f"{wrong} by the Tab key: {one}" for wrong in ("missed", "backwards", "unseen") for one in walked[wrong]
    ]


def unlike_in_forced_colours(page: Page, scheme: str) -> list[str]:
    """Look at a page in a reader's own colours: diagrams, bars and the focus must still be seen."""
    page.emulate_media(forced_colors="active", color_scheme="dark" if scheme == "dark" else "light")
    canvas = page.evaluate(CANVAS)
    found = []
    boxes = page.evaluate(STYLES, ".ft-diagram :is(.d-box, .d-frozen, .d-train, .d-accent, .d-good, .d-bad)")
    if not all(box["fill"] == canvas and box["stroke"] != canvas for box in boxes):
        found.append("the text of a box is in the system's colour, the box is not")
    frozen, trained = (page.evaluate(STYLES, f".ft-diagram .d-{kind}") for kind in ("frozen", "train"))
    if {box["line"] for box in frozen} & {box["line"] for box in trained}:
        found.append("frozen and trained look the same")
    if any(bar["width"] < 1 for bar in page.evaluate(STYLES, "ft-widget :is(.lr-bar, .mc-bar, .hr-bar)")):
        found.append("a bar has no border")
    for part in page.evaluate(STYLES, "ft-widget :is(.lr-bar, .mc-bar, .hr-bar) rect"):
        if canvas in (part["fill"], part["stroke"] if part["stroke"] != "none" else part["fill"]):
            found.append("a part of a bar is not seen")
    for title in page.locator("ft-widget .ft-title").all():
        title.evaluate("(t) => { t.tabIndex = -1; t.focus(); }")
        page.keyboard.press("Tab")
        for focused in page.evaluate(STYLES, "ft-widget :focus-visible"):
            style, width = focused["outline"]
            if style != "solid" or float(width.removesuffix("px")) < 2:
                found.append(f"the focus after a widget's title has the outline {style} {width}")
            break
        else:
            found.append("the focus after a widget's title is not seen")
    page.emulate_media(forced_colors="none", color_scheme="light")
    return [f"in forced colours, {scheme}: {line}" for line in found]


def not_copied(page: Page) -> list[str]:
    """Copy every listing with its button, by key; list those of which something else arrived."""
    found = []
    for listing in page.locator("article .highlight:not(ft-widget *)").all():
        listing.evaluate(SHOW_IN_ITS_TAB)
        button = listing.locator("button.md-code__button[aria-label]")
        expect(button).to_be_visible()
        page.evaluate("() => navigator.clipboard.writeText('')")
        button.focus()
        button.press("Enter")
        page.wait_for_function("async () => await navigator.clipboard.readText() !== ''")
        expect(page.locator(".md-dialog--active")).to_contain_text("Copied")
        written = page.evaluate("() => navigator.clipboard.readText()")
        if written.strip() != listing.locator("code").evaluate(CODE_WITHOUT_NOTES).strip():
            found.append(f"copied: {written[:200]}")
    return found


def notes_that_stay_shut(page: Page, path: str) -> list[str]:
    """Open every note of the listings of a page with the focus, and count them against the page's source."""
    source: Path = DOCS / path.replace(".html", ".md")
    marks = len(re.findall(r"# \([0-9]+\)!?$", source.read_text(encoding="utf-8"), re.M))
    notes = page.locator("article .md-annotation")
    expect(notes).to_have_count(marks)
    found = []
    for note in notes.all():
        text = note.locator(".md-tooltip__inner")
        expect(text).not_to_be_visible()
        note.scroll_into_view_if_needed()
        note.focus()
        expect(text).to_be_visible()
        if len(text.inner_text()) <= 15:
            found.append(f"a note with next to no text: {text.inner_text()}")
        note.blur()
    return found


def mute_sliders(page: Page) -> list[str]:
    """List the sliders that do not speak their value with its meaning."""
    found = []
    for slider in page.locator("ft-widget input[type=range]").all():
        name, said = slider.get_attribute("aria-label") or "", slider.get_attribute("aria-valuetext") or ""
        mirrored = slider.get_attribute("data-mirror")
        box = slider.locator(f"xpath=ancestor::ft-widget//input[@name='{mirrored}']").last
        label, unit = name.removesuffix(" (slider)"), slider.get_attribute("data-unit") or ""
        if not label or said != f"{label} {box.input_value()} {unit}".strip():
            found.append(f"slider “{name}” says “{said}”")
    return found


def mute_charts(page: Page) -> list[str]:
    """List the charts that are not told in words with figures, and in a table."""
    found = []
    for chart in page.locator("ft-widget figure.ft-chart").all():
        plot = chart.locator(".ft-plot")
        label, told = plot.get_attribute("aria-label") or "", chart.locator(".ft-description").inner_text()
        is_told = plot.get_attribute("role") == "img" and told in label and re.search(r"\d", told)
        if not is_told or not chart.locator("table tbody tr").count():
            found.append(f"a chart is told as “{told}”, labelled “{label}”")
    return found


def unfit_for_paper(page: Page) -> list[str]:
    """Look at a lesson as it is printed: nothing to click, and the answers stand after the questions of each quiz."""
    page.emulate_media(media="print")
    clickable = page.locator(
        "button, input:is([type=range], [type=file]), textarea, nav, .md-header, .md-sidebar, .md-footer, .md-search"
    )
    found = [one.evaluate("(e) => e.outerHTML.slice(0, 120)") for one in clickable.all() if one.is_visible()]
    quizzes = page.locator("ft-widget[name=quiz]").all()
    if not quizzes:
        found.append("there is no quiz")
    for quiz in quizzes:
        questions, answers = quiz.locator("fieldset"), quiz.locator(".ft-answer")
        if not answers.count() == questions.count() > 0:
            found.append(f"{answers.count()} answers to {questions.count()} questions")
        ends = [box["y"] + box["height"] for one in questions.all() if (box := one.bounding_box())]
        for shown in answers.all():
            box = shown.bounding_box()
            if not box or not shown.is_visible() or len(shown.inner_text()) <= 20 or box["y"] < max(ends):
                found.append(f"an answer that is not at the end: {shown.inner_text()}")
    page.emulate_media(media="screen")
    return [f"on paper: {line}" for line in found]
