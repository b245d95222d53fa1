"""Whatever comes in from outside or fails on the way: the page reads, says what does not work, and keeps what was done.

What a hand has altered in the address, in the storage or in a file never becomes markup or script.
"""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.components.conftest import Visits
from tests.fork import make_fork, run_widgets
from tests.journeys import (
    PAGES,
    QUESTIONS,
    answer,
    figures_from_python,
    figures_on_page,
    number_of_votes,
    right_answer,
)
from tests.site_server import StaticServer
from widgets.gallery.registry import get_widget
from widgets.site.sources.content import load_content

pytestmark = pytest.mark.browser

IMAGE = "<img src=x onerror=hacked=1>"
ATTACKS = (
    IMAGE,
    '"><script>hacked=1</script>',
    "'-hacked=1-'",
    "</script><script>hacked=1</script>",
    "</textarea><svg onload=hacked=1>",
    "javascript:hacked=1",
    "${hacked=1}{{hacked=1}}",
)
LONGEST_ADDRESS = 60_000


def assert_unharmed(page: Page) -> None:
    """Check that no text has become script or a picture."""
    assert page.evaluate("() => 'hacked' in window") is False
    assert page.locator("ft-widget img, ft-widget script:not([type='application/json'])").count() == 0


def with_storage(context: BrowserContext, entries: dict[str, str]) -> None:
    """Let every page of a context find these entries in its storage, the first time."""
    # (An empty document that the browser makes on the way has no storage.)
    context.add_init_script(
        f"""if (location.protocol === "http:" && !sessionStorage.filled) {{
          sessionStorage.filled = "yes";
          Object.assign(localStorage, {json.dumps(entries)});
        }}"""
    )


# --- The address ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["lora-rank", "method-comparison"])
def test_attacks_in_the_address_change_nothing(visit: Visits, name: str) -> None:
    names = [field.name for field in get_widget(name).fields_of({})]
    page = visit.context().new_page()
    for turn in range(2):
        attacks = [ATTACKS[(position + turn) % len(ATTACKS)] for position in range(len(names))]
        search = "&".join(
            f"{quote(f'{name}.{field}')}={quote(attack)}" for field, attack in zip(names, attacks, strict=True)
        )
        page.goto(f"{visit.origin}{PAGES[name]}?{search}&{quote(IMAGE)}={quote(IMAGE)}#{quote(attacks[0])}")
        widget = page.locator(f"#{name}")
        widget.scroll_into_view_if_needed()
        expect(widget.locator("[data-part][aria-busy]")).to_have_count(0)
        assert figures_on_page(widget) == figures_from_python(name)
        assert_unharmed(page)


def test_a_number_that_is_not_allowed_is_explained_and_can_be_put_right(visit: Visits) -> None:
    page = visit.open(f"{PAGES['lora-rank']}?lora-rank.rank=9999&lora-rank.alpha=-3&lora-rank.model=google/gemma-2b")
    widget = page.locator("#lora-rank")
    widget.scroll_into_view_if_needed()
    expect(widget.locator("[data-problem=rank]")).to_contain_text('from 1 to 256; found "9999"')
    expect(widget.locator("[data-problem=alpha]")).to_contain_text('found "-3"')
    expect(widget.locator("[name=model]")).to_have_value("google/gemma-2b")
    widget.locator("[name=rank]").fill("16")
    widget.locator("[name=alpha]").fill("16")
    expect(widget.locator("[data-problem]")).to_have_count(0)
    assert figures_on_page(widget) == figures_from_python("lora-rank", model="google/gemma-2b", rank="16")


def test_what_is_refused_is_written_out_harmlessly_by_python(visit: Visits) -> None:
    """Text boxes cannot hold markup; so Python is asked directly, as any altered page could."""
    page = visit.open(PAGES["lora-rank"])
    widget = page.locator("#lora-rank")
    box = widget.locator("[name=rank]")
    for attack in ATTACKS:
        box.evaluate("(box) => { box.type = 'text'; }")
        box.fill(attack)
        problem = widget.locator("[data-problem=rank]")
        expect(problem).to_contain_text(f'found "{attack}"')
        assert_unharmed(page)


@pytest.mark.parametrize("size", [5_000, LONGEST_ADDRESS])
def test_a_huge_address_leaves_a_page_that_works(visit: Visits, size: int) -> None:
    page = visit.open(f"{PAGES['method-comparison']}?method-comparison.methods={'lora,' * (size // 5)}&x=%E0%A4%A")
    widget = page.locator("#method-comparison")
    widget.locator("[name=precision]").select_option("fp32")
    expect(widget.locator("[data-part][aria-busy]")).to_have_count(0)
    assert figures_on_page(widget) == figures_from_python("method-comparison", precision="fp32")


def test_votes_and_answers_cannot_be_set_by_a_link(visit: Visits) -> None:
    page = visit.open(f"{PAGES['human-rater']}?human-rater.votes=p01:a&human-rater.asking=on&quiz-rlhf.attempt=2")
    assert number_of_votes(page.locator("#human-rater")) == 0
    assert page.locator("#human-rater [data-action=confirm-reset]").count() == 0


# --- The storage ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "texts",
    [ATTACKS, ("99", "null", ",,,", "-1", "\ud83d", "x" * 300_000, "undefined"), ("1", *ATTACKS[1:])],
    ids=["attacks", "nonsense", "attacks in the second attempt"],
)
def test_altered_answers_of_a_quiz_start_anew(visit: Visits, texts: tuple[str, ...]) -> None:
    context = visit.context()
    fields = ("attempt", *(question["id"] for question in QUESTIONS))
    with_storage(context, {f"ft|/|quiz/module|{name}": text for name, text in zip(fields, texts, strict=True)})
    page = context.new_page()
    page.goto(visit.origin + PAGES["quiz"])
    quiz = page.locator("#quiz-module")
    quiz.scroll_into_view_if_needed()
    expect(quiz.locator("[data-part][aria-busy]")).to_have_count(0)
    if quiz.locator("[data-action=retry]").count():
        quiz.locator("[data-action=retry]").click()
    shown = quiz.locator("input[type=radio]").evaluate_all("(all) => all.map((radio) => radio.value)")
    attempt = 0 if right_answer(QUESTIONS[0])[0] in shown else 1
    for question in QUESTIONS:
        answer(quiz, question, right_answer(question, attempt))
    expect(quiz.locator("[data-metric=quiz_score]")).to_have_text("6 of 6")
    assert_unharmed(page)


def test_altered_progress_is_not_shown(visit: Visits) -> None:
    context = visit.context()
    texts = (*ATTACKS[:2], '{"points":"<b>","of":6}', '{"points":7,"of":6}', '{"points":1.5,"of":6}', "[]", "\ud83d")
    lessons = ("pre-training", "sft", "lora", "qlora", "rlhf", "dpo", "pipeline")
    kinds = ("quiz", "lesson")
    entries = {
        f"ft|/|progress|{kind}:{name}": text for kind in kinds for name, text in zip(lessons, texts, strict=True)
    }
    with_storage(context, entries)
    page = context.new_page()
    page.goto(f"{visit.origin}index.html")
    for place in page.locator("[data-progress]").all():
        expect(place).to_be_empty()
    expect(page.locator("[data-progress-summary]")).to_be_empty()
    assert_unharmed(page)


def test_votes_with_markup_among_them_keep_the_good_ones(visit: Visits) -> None:
    context = visit.context()
    with_storage(context, {"ft|/|human-rater|votes": f"p01:a,{IMAGE},p03:b", "ft|/|human-rater|import_jsonl": IMAGE})
    page = context.new_page()
    page.goto(visit.origin + PAGES["human-rater"])
    rater = page.locator("#human-rater")
    rater.scroll_into_view_if_needed()
    assert number_of_votes(rater) == 3
    expect(rater.locator("[data-part=learned]")).to_contain_text("your 2 votes")
    expect(rater.locator("[data-part=import]")).to_contain_text("not valid JSON")
    assert_unharmed(page)


STORAGE = {
    "blocked": "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('blocked'); } });",
    "full": "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };",
}


@pytest.mark.parametrize("script", STORAGE.values(), ids=STORAGE)
def test_without_storage_votes_count_and_the_reader_is_told_that_they_will_not_last(visit: Visits, script: str) -> None:
    visit.uncaught.append("blocked")  # the theme's own script does not catch it
    context = visit.context()
    context.add_init_script(script)
    page = context.new_page()
    page.goto(visit.origin + PAGES["human-rater"])
    rater = page.locator("#human-rater")
    for count, action in enumerate(["vote-a", "vote-b", "vote-a"], 1):
        rater.locator(f"[data-action={action}]").click()
        assert number_of_votes(rater) == count
    expect(rater.locator(":scope > .ft-status")).to_contain_text("lasts only until you leave the page")
    expect(rater.locator("[data-metric=prediction_accuracy]")).to_contain_text("of 2")
    page.goto(f"{visit.origin}index.html")
    assert page.locator("h1").is_visible()


# --- Files ------------------------------------------------------------------------------------------------------------


def test_attacks_in_imported_votes_are_explained_and_harmless(visit: Visits) -> None:
    page = visit.open(PAGES["human-rater"])
    rater = page.locator("#human-rater")
    rater.locator("[data-action=vote-b]").click()
    rater.get_by_text("Import votes", exact=True).click()
    pair = load_content("human-rater")["pairs"][0]
    rows = [
        *ATTACKS,
        *(json.dumps({"prompt": attack, "chosen": attack, "rejected": attack}) for attack in ATTACKS),
        json.dumps({attack: attack for attack in ATTACKS}),
        json.dumps({"prompt": pair["prompt"], "chosen": IMAGE, "rejected": pair["b"]}),
        "[" * 20_000,
        '{"prompt": 1e999}',
    ]
    rater.get_by_label("Lines of an exported file").fill("\n".join(rows))
    rater.get_by_role("button", name="Read the lines").click()
    result = rater.locator("[data-part=import]")
    expect(result).to_contain_text("No vote could be read, so nothing changes.")
    assert f"no pair here has the prompt “{IMAGE}”" in result.inner_text()
    assert number_of_votes(rater) == 1
    assert_unharmed(page)


def test_a_file_that_is_too_large_is_refused_before_it_is_read(visit: Visits, tmp_path: Path) -> None:
    page = visit.open(PAGES["human-rater"])
    rater = page.locator("#human-rater")
    rater.get_by_text("Import votes", exact=True).click()
    large = tmp_path / f"{IMAGE.replace('/', '')}.jsonl"
    large.write_text("x" * 300_000, encoding="utf-8")
    rater.get_by_label("Or choose the file").set_input_files(large)
    expect(rater.locator(":scope > .ft-status")).to_contain_text("is too large")
    assert_unharmed(page)


@pytest.fixture(scope="module")
def hostile_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a site whose quiz and pairs to rate hold markup wherever an author can write text."""
    fork = make_fork(tmp_path_factory.mktemp("hostile") / "course")
    text = json.dumps(f"{IMAGE} </script> & `x`")
    choices = "".join(
        f"          - id: {name}\n            text: {json.dumps(f'{IMAGE} {name}')}\n            why: {text}\n{extra}"
        for name, extra in (("a", "            correct: true\n"), ("b", ""), ("c", ""))
    )
    (fork / "quizzes" / "lora.yml").write_text(
        f"id: lora\ntitle: {text}\nquestions:\n"
        f"  - id: one\n    kind: single\n    wordings:\n      - prompt: {text}\n        choices:\n{choices}"
        f"  - id: two\n    kind: numeric\n    wordings:\n      - prompt: {text}\n        answer: 5\n"
        f"        unit: {text}\n        why: {text}\n",
        encoding="utf-8",
    )
    pairs = fork / "widgets" / "gallery" / "human_rater" / "pairs.yml"
    changed = pairs.read_text(encoding="utf-8").replace("How long should I boil an egg?", text, 1)
    pairs.write_text(changed.replace("Sydney. It is", f"{IMAGE} It is", 1), encoding="utf-8")
    done = run_widgets(fork, "build", "--out", "site")
    assert done.returncode == 0, done.stdout + done.stderr
    return fork / "site"


def test_markup_in_an_authors_files_is_text(visit: Visits, server: StaticServer, hostile_site: Path) -> None:
    server.folder = hostile_site
    page = visit.open("lessons/lora.html")
    quiz = page.locator("#quiz-lora")
    assert quiz.locator("legend").first.inner_text().count(IMAGE) == 1
    answer(quiz, {"id": "one", "kind": "single"}, ["b"])
    answer(quiz, {"id": "two", "kind": "numeric"}, ["6"])
    assert quiz.locator(".ft-why").first.inner_text().startswith(IMAGE)
    expect(quiz.locator("[data-metric=quiz_score]")).to_have_text("0 of 2")
    expect(quiz).to_have_attribute("data-state", "live")
    assert_unharmed(page)
    page.goto(visit.origin + "lessons/rlhf.html")
    rater = page.locator("#human-rater")
    for _ in range(3):
        rater.locator("[data-action=vote-a]").click()
    expect(rater.locator("[data-metric=prediction_accuracy]")).to_be_attached()
    rater.get_by_text("Export your votes").click()
    rows = [json.loads(line) for line in rater.get_by_label("Your votes as JSON Lines").input_value().splitlines()]
    assert rows[0]["prompt"].startswith(IMAGE)
    assert rows[2]["chosen"].startswith(IMAGE)
    assert_unharmed(page)


# --- What the browser or the network does not give --------------------------------------------------------------------


@pytest.mark.parametrize("missing", ["WebAssembly", "Worker", "DecompressionStream"])
def test_a_browser_that_cannot_run_python_says_so_and_does_everything_else(visit: Visits, missing: str) -> None:
    visit.uncaught.append("Worker is not defined")  # the theme's search wants one
    context = visit.context()
    context.add_init_script(f"delete globalThis.{missing};")
    page = context.new_page()
    page.goto(visit.origin + PAGES["human-rater"])
    rater = page.locator("#human-rater")
    rater.locator("[data-action=vote-a]").click()
    expect(rater.locator("[data-part=prediction]")).to_contain_text("%")
    rater.locator("[data-action=vote-a]").click()
    expect(rater.locator(":scope > .ft-status")).to_contain_text("this browser cannot run Python")
    expect(rater.locator("[aria-busy]")).to_have_count(0)
    page.goto(visit.origin + PAGES["quiz"])
    quiz = page.locator("#quiz-module")
    for question in QUESTIONS:
        answer(quiz, question, right_answer(question))
    expect(quiz.locator("[data-metric=quiz_score]")).to_have_text("6 of 6")
    expect(quiz.locator(":scope > .ft-status")).to_be_empty()
    page.goto(visit.origin + PAGES["lora-rank"])
    widget = page.locator("#lora-rank")
    widget.locator("[name=rank]").fill("13")
    expect(widget.locator(":scope > .ft-status")).to_contain_text("this browser cannot run Python")
    widget.locator("[name=rank]").fill("16")
    expect(widget.locator("[data-metric=trainable_params]").first).to_have_text("8,388,608")
    expect(widget.locator(":scope > .ft-status")).to_be_empty()
    page.goto(f"{visit.origin}lessons/sft.html")
    lab = page.locator("#sft-lab")
    lab.get_by_role("button", name="Train", exact=True).click()
    started = lab.locator(":scope > .ft-status")
    expect(started).to_contain_text("Nothing was started. It needs Python, and this browser cannot run Python")
    expect(lab.locator("[data-part=results]")).to_contain_text("Recorded run")


@pytest.mark.python
def test_where_a_policy_forbids_webassembly_the_reader_is_told_and_may_try_again(visit: Visits) -> None:
    visit.expected.append("Content Security Policy")
    policy = "default-src 'self' 'unsafe-inline' data: blob:; script-src 'self' blob: 'unsafe-inline'"

    def forbid(route: Route) -> None:
        answered = route.fetch()
        route.fulfill(response=answered, headers={**answered.headers, "content-security-policy": policy})

    context = visit.context()
    context.route("**/*.html", forbid)
    page = context.new_page()
    page.goto(visit.origin + PAGES["lora-rank"])
    widget = page.locator("#lora-rank")
    widget.locator("[name=rank]").fill("13")
    expect(widget.get_by_role("button", name="Try again")).to_be_visible()
    expect(widget.locator(":scope > .ft-status")).to_contain_text("What you entered is kept")
    expect(widget.locator("[name=rank]")).to_have_value("13")
    widget.locator("[name=rank]").fill("16")
    expect(widget.locator("[data-metric=trainable_params]").first).to_have_text("8,388,608")


@pytest.mark.python
def test_when_the_network_is_gone_votes_are_kept_and_trying_again_helps(visit: Visits) -> None:
    visit.expected.append("ERR_INTERNET_DISCONNECTED")
    page = visit.open(PAGES["human-rater"])
    rater = page.locator("#human-rater")
    page.context.set_offline(True)
    for action in ("vote-a", "vote-b", "vote-b"):
        rater.locator(f"[data-action={action}]").click()
    assert number_of_votes(rater) == 3
    retry = rater.get_by_role("button", name="Try again")
    expect(retry).to_be_visible()
    page.context.set_offline(False)
    retry.click()
    expect(rater.locator("[data-metric=prediction_accuracy]")).to_contain_text("of 2")
    expect(retry).to_have_count(0)
    # Once Python is there, it needs no network any more.
    page.context.set_offline(True)
    rater.locator("[data-action=vote-a]").click()
    expect(rater.locator("[data-metric=prediction_accuracy]")).to_contain_text("of 3")


@pytest.mark.parametrize("fault", ["404", "garbage"])
def test_without_the_pages_script_the_page_reads_and_says_so(visit: Visits, server: StaticServer, fault: str) -> None:
    if fault == "404":
        visit.expected.append("Failed to load resource")
    else:
        visit.uncaught.append("Unexpected token '<'")
    server.faults["assets/course/course.js"] = fault
    page = visit.open(PAGES["lora-rank"])
    widget = page.locator("#lora-rank")
    assert figures_on_page(widget) == figures_from_python("lora-rank")
    said = "(s) => [getComputedStyle(s, '::after').content, getComputedStyle(s, '::after').visibility]"
    summary = widget.locator(".ft-summary")
    assert summary.evaluate(said)[1] == "hidden", "not before the script has had its time"
    page.evaluate("() => { for (const animation of document.getAnimations()) animation.finish(); }")
    content, visibility = summary.evaluate(said)
    assert "Reload the page to try again" in content
    assert visibility == "visible"
    server.faults.clear()
    page.reload()
    widget.locator("[name=rank]").fill("16")
    expect(widget.locator("[data-metric=trainable_params]").first).to_have_text("8,388,608")
    assert summary.evaluate(said)[0] == "none"


@pytest.mark.parametrize("pattern", ["assets/course/course.css", "assets/javascripts/*", "assets/stylesheets/*"])
def test_without_styles_or_the_themes_script_the_widgets_work(
    visit: Visits, server: StaticServer, pattern: str
) -> None:
    visit.expected.append("Failed to load resource")
    server.faults[pattern] = "404"
    page = visit.open(PAGES["lora-rank"])
    widget = page.locator("#lora-rank")
    widget.locator("[name=rank]").fill("13")
    expect(widget.locator("[data-metric=trainable_params]").first).to_have_text("6,815,744")
    assert page.locator("article h2").count() > 5


def test_without_the_chart_library_the_numbers_are_pointed_to(visit: Visits, server: StaticServer) -> None:
    visit.expected.append("Failed to load resource")
    server.faults["assets/course/plot-*"] = "404"
    page = visit.open(PAGES["lora-rank"])
    plot = page.locator("#lora-rank .ft-plot")
    plot.scroll_into_view_if_needed()
    expect(plot).to_contain_text("its numbers stand in the table below")
    page.locator("#lora-rank .ft-numbers summary").first.click()
    assert page.locator("#lora-rank .ft-numbers td").first.is_visible()


def test_a_widget_whose_data_is_broken_says_so_and_the_others_work(visit: Visits) -> None:
    def broken(route: Route) -> None:
        answered = route.fetch()
        text = answered.text()
        assert text.count(whole) == 1
        route.fulfill(response=answered, body=text.replace(whole, whole.replace('":', ":")))

    whole = '{"title":"LoRA rank explorer",'
    context = visit.context()
    context.route("**/lora.html", broken)
    page = context.new_page()
    page.goto(visit.origin + PAGES["lora-rank"])
    expect(page.locator("#lora-rank > .ft-status")).to_contain_text("Reload the page to try again")
    assert figures_on_page(page.locator("#lora-rank")) == figures_from_python("lora-rank")
    answer(page.locator("#quiz-lora"), {"id": "why-cheaper", "kind": "single"}, ["few-states"])
    expect(page.locator("#quiz-lora [data-result=right]").first).to_be_visible()
