"""Calls that stand in a sentence, such as ``DPOConfig(beta=0.1)``, fit the installed libraries, too.

A call that a page names because it is refused today stands in a sentence that says so: it must not fit.
"""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass
from functools import cache

import pytest

from tests.lessons.checking import misfits
from tests.lessons.warm import Warm
from widgets.site.sources.folders import DOCS, ROOT
from widgets.site.sources.pages import page_paths, read_page

pytestmark = pytest.mark.lessons
LIBRARIES = ("trl", "peft", "transformers", "torch", "datasets", "accelerate")
REFUSED = re.compile(r"no longer works|refuse that")


@dataclass(frozen=True)
class InlineCall:
    """A call in the prose of a page: where, what, and whether the page says that it is refused."""

    place: str
    call: ast.Call
    is_refused: bool

    @property
    def owner(self) -> str:
        """The name that the call begins with."""
        return ast.unparse(self.call.func).partition(".")[0]

    def program(self, libraries: dict[str, str]) -> str:
        """Write a program that makes the call; what a sentence leaves out is left open."""
        source = ast.unparse(self.call)
        return (
            f"from {libraries[self.owner]} import {self.owner}\n{source[:-1]}{', ' if source[-2] != '(' else ''}**{{}})"
        )


def read_calls(place: str, text: str) -> list[InlineCall]:
    """Find the calls in backticks of a paragraph; an ellipsis stands for anything."""
    found = []
    for sentence in re.split(r"(?<=[.!?]) (?=[A-Z*`])", text):
        for code in re.findall(r"`([A-Z][\w.]*\([^`]*\))`", sentence):
            call = ast.parse(code.replace("…", "..."), mode="eval").body
            assert isinstance(call, ast.Call), f"{place}: {code}"
            found.append(InlineCall(place, call, bool(REFUSED.search(sentence))))
    return found


@cache
def calls() -> list[InlineCall]:
    """Find the calls in the prose of all pages and quizzes."""
    found = []
    for path in page_paths():
        for line, text in read_page(path).lines:
            found += read_calls(f"docs/{path.relative_to(DOCS).as_posix()}:{line}", text)
    for path in sorted((ROOT / "quizzes").glob("*.yml")):
        for line, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            found += read_calls(f"quizzes/{path.name}:{line}", text)
    return found


@pytest.fixture(scope="module")
def libraries(warm: Warm) -> dict[str, str]:
    """Ask the installed libraries for the classes that they offer: class → library."""
    folder = warm.folder("names")
    output = warm.submit(lambda server: server.run_module("tests.lessons.library_names", folder, *LIBRARIES)).result()
    answer: dict[str, str] = json.loads(output.splitlines()[-1])
    return answer


def problems(found: list[InlineCall], libraries: dict[str, str], warm: Warm) -> list[str]:
    """Say which calls do not do what their page says: fit, or be refused."""
    unknown = [f"{one.place}: no library has {one.owner}" for one in found if one.owner not in libraries]
    known = {str(number): one for number, one in enumerate(found) if one.owner in libraries}
    answers = misfits({key: one.program(libraries) for key, one in known.items()}, warm.environment, warm)
    wrong = [f"{one.place}: {answers[key][0][1]}" for key, one in known.items() if answers[key] and not one.is_refused]
    wrong += [f"{one.place}: is not refused" for key, one in known.items() if one.is_refused and not answers[key]]
    return unknown + wrong


def test_calls_in_sentences_fit_the_installed_libraries(libraries: dict[str, str], warm: Warm) -> None:
    assert {"SFTConfig", "DPOConfig", "BitsAndBytesConfig", "AutoPeftModelForCausalLM"} <= {c.owner for c in calls()}
    assert problems(calls(), libraries, warm) == []


def test_each_kind_of_wrong_call_is_found(libraries: dict[str, str], warm: Warm) -> None:
    text = (
        "Use `SFTConfig(max_seq_length=…)` or `LoraConfig(r=8)`. Today `DPOConfig(beta=0.1)` no longer works. "
        "With `PPOTrainer()` it goes, or `AutoModelForCausalLM.from_pretrained()`."
    )
    found = problems(read_calls("page:1", text), libraries, warm)
    assert found[0] == "page:1: no library has PPOTrainer"
    assert "unexpected keyword argument 'max_seq_length'" in found[1]
    assert found[2:] == ["page:1: is not refused"]
