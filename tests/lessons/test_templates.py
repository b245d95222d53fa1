"""What the lesson on SFT says of chat templates: the three tabs, and where TRL can grade assistant turns only."""

from __future__ import annotations

import json
import re

import pytest

from tests.lessons.warm import Warm
from widgets.site.sources.folders import DOCS
from widgets.site.sources.pages import read_page

pytestmark = pytest.mark.lessons
PAGE = DOCS / "lessons" / "sft.md"

ASK = """
import json, sys
from importlib.resources import files
from jinja2 import Environment
from types import SimpleNamespace
from trl.chat_template_utils import get_training_chat_template

row = json.loads(sys.stdin.read())
templates = {name: files("trl").joinpath("chat_templates", f"{name}.jinja").read_text() for name in
             ("qwen2_5", "llama3", "gemma")}
instruct = "You are Qwen, created by Alibaba Cloud. You are a helpful assistant."
templates["qwen2_5 base"] = templates["qwen2_5"].replace(instruct, "You are a helpful assistant.")
bos = {"llama3": "<|begin_of_text|>", "gemma": "<bos>"}
answer = {}
for name, text in templates.items():
    jinja = Environment(trim_blocks=True, lstrip_blocks=True)
    written = jinja.from_string(text).render(messages=row, bos_token=bos.get(name, ""), add_generation_prompt=False)
    try:
        get_training_chat_template(SimpleNamespace(chat_template=text, apply_chat_template=lambda *a, **k: ""))
        error = ""
    except ValueError as problem:
        error = str(problem)
    answer[name] = [written, error]
print(json.dumps(answer))
"""


@pytest.fixture(scope="module")
def templates(warm: Warm) -> dict[str, tuple[str, str]]:
    """Write the row of the page with TRL's copies of the templates: name → text, TRL's objection."""
    [row] = [json.loads(fence.text) for fence in read_page(PAGE).fences if fence.language == "json"]
    answer: dict[str, tuple[str, str]] = warm.answer_of(ASK, json.dumps([*row["prompt"], *row["completion"]]))
    return answer


@pytest.mark.parametrize(("tab", "name"), [("Qwen2.5 Instruct", "qwen2_5"), ("Llama 3", "llama3"), ("Gemma", "gemma")])
def test_a_tab_shows_what_the_template_of_that_name_writes(
    tab: str, name: str, templates: dict[str, tuple[str, str]]
) -> None:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    line = lines.index(f'=== "{tab}"') + 1
    shown = next(fence.text for fence in read_page(PAGE).fences if fence.line > line)
    assert shown.strip() == templates[name][0].strip()


def test_trl_grades_assistant_turns_with_the_template_of_instruct_but_not_with_that_of_the_base_model(
    templates: dict[str, tuple[str, str]],
) -> None:
    assert templates["qwen2_5"][1] == ""
    assert "not training-compatible" in templates["qwen2_5 base"][1]
    text = PAGE.read_text(encoding="utf-8")
    assert "it stops with the words “not training-compatible”" in text
    assert "says only “You are a helpful assistant.”" in text
    assert "<|im_start|>system\nYou are a helpful assistant.<|im_end|>" in templates["qwen2_5 base"][0]


def test_the_line_that_splits_messages_gives_the_rows_of_the_lesson(warm: Warm) -> None:
    [line] = re.findall(r"`(rows\.map\(.*\))` does it", PAGE.read_text(encoding="utf-8"))
    [row] = [json.loads(fence.text) for fence in read_page(PAGE).fences if fence.language == "json"]
    program = (
        "import json, sys\nfrom datasets import Dataset\n"
        f"rows = Dataset.from_list([json.load(sys.stdin)])\nprint(json.dumps({line}[0]))"
    )
    given = json.dumps({"messages": [*row["prompt"], *row["completion"]]})
    assert warm.answer_of(program, given) == row
