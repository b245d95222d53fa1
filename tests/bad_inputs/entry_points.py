"""Give the messages of each kind of bad input, as the project's public functions say them.

Everything that names a module of the project stands here, so a move of modules changes this file alone, and no
message. A function takes the cases of one kind (name → input) and gives each one's messages.

Some things in a message are put into a fixed form, because they change with every lesson or every Python: the folder in
which a case lies, the folders inside ``widgets/`` (files move), the lists of all widgets and of all quizzes, how many
names a long list leaves out, and the quotation marks in the lists of ``argparse``.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.samples import PAIRS, QUIZ
from widgets.__main__ import main
from widgets.browser import bridge
from widgets.cli.train import DEFAULTS
from widgets.core.errors import CourseError
from widgets.core.frame import opening_of
from widgets.core.widget import default_state, view_of
from widgets.engine.adapter import LoraConfig
from widgets.engine.architectures.gpt import GPTConfig
from widgets.engine.checkpoint import load as load_checkpoint
from widgets.engine.sampling import SamplingConfig
from widgets.engine.tokenizer import Tokenizer
from widgets.gallery.human_rater.vote_files import from_jsonl
from widgets.gallery.registry import MODULES, get_widget
from widgets.gallery.script_builder.script.problems import find_problems as script_problems
from widgets.gallery.script_builder.script.settings import Settings
from widgets.recipes.pretrain import PretrainConfig
from widgets.site.checks.check import find_problems
from widgets.site.sources.abbreviations import abbreviation_problems
from widgets.site.sources.bibliography import load_bibliography
from widgets.site.sources.content import content_problems
from widgets.site.sources.folders import QUIZZES
from widgets.site.sources.listings import load_report, page_listings
from widgets.site.sources.script_stamp import load_script_report
from widgets.world import SimulatedRater, facts, load_world, tokenizer

Messages = dict[str, list[str]]
RIGHT = Path(__file__).with_name("right")
"""Files without a mistake, which the cases change."""

SAMPLES = {"quiz": QUIZ, "human-rater": PAIRS}
"""Content of the widgets that need one, in place of the course's own."""


def in_fixed_form(message: str, folder: Path) -> str:
    """Leave out of a message what may change although nothing that an author sees has changed."""
    message = message.replace(f"{folder}/", "").replace(str(folder), ".")
    message = re.sub(r"\bwidgets/(?:\w+/)+", "widgets/…/", message)
    message = re.sub(r" and \d+ more\b", " and … more", message)
    message = message.replace(", ".join(MODULES), "(all widgets)")
    message = message.replace(", ".join(sorted(path.stem for path in QUIZZES.glob("*.yml"))), "(all quizzes)")
    return re.sub(r"\(choose from [^)]*\)", lambda found: found.group().replace("'", ""), message)


def said(work: Callable[[], object]) -> list[str]:
    """Do something; give the sentence of the error that it ends with, or nothing."""
    try:
        work()
    except CourseError as error:
        return [str(error)]
    return []


def _file_name(case: str, ending: str) -> str:
    folder, _, name = case.rpartition("/")
    return f"{folder}/{name.replace(' ', '-')}{ending}".lstrip("/")


def pages(cases: Mapping[str, str], folder: Path) -> Messages:
    """Check pages, all in one go, as ``python -m widgets check`` does."""
    names = {_file_name(case, ".md"): case for case in cases}
    (folder / "neighbour.md").write_text("# Neighbour\n\n## Twice\n\n## Twice\n\nText { #mark }\n", encoding="utf-8")
    for name, case in names.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(cases[case], encoding="utf-8")
    messages: Messages = {case: [] for case in cases}
    for problem in find_problems(folder):
        case = names[Path(problem.file).relative_to(folder).as_posix()]
        messages[case].append(f"{problem.line}: {problem.message}")
    return messages


def listings(cases: Mapping[str, str], folder: Path) -> Messages:
    """Read the Python listings of pages."""
    messages = {}
    for case, text in cases.items():
        path = folder / _file_name(case, ".md")
        path.write_text(text, encoding="utf-8")
        messages[case] = said(lambda path=path: list(page_listings(path, folder)))  # type: ignore[misc]
    return messages


def _changed(right: str, case: Any) -> bytes:
    if isinstance(case, bytes):
        return case
    if isinstance(case, list):
        for old, new in zip(case[::2], case[1::2], strict=True):
            assert old in right, f"{old!r} is not in the file that is right"
            right = right.replace(old, new)
        case = right
    return str(case).encode()


def _content(cases: Mapping[str, Any], folder: Path, place: str, right_file: str) -> Messages:
    path, right = folder / place, (RIGHT / right_file).read_text(encoding="utf-8")
    path.parent.mkdir(parents=True)
    messages = {}
    for case, change in cases.items():
        path.write_bytes(_changed(right, change))
        messages[case] = [f"{problem.line}: {problem.message}" for problem in content_problems(folder)]
    return messages


def quizzes(cases: Mapping[str, Any], folder: Path) -> Messages:
    """Check a file of a quiz."""
    return _content(cases, folder, "quizzes/lora.yml", "quiz.yml")


def pairs(cases: Mapping[str, Any], folder: Path) -> Messages:
    """Check a file of the human rater's pairs."""
    return _content(cases, folder, "widgets/gallery/human_rater/pairs.yml", "pairs.yml")


def votes(cases: Mapping[str, str], folder: Path) -> Messages:
    """Load a file of votes into the human rater."""
    return {case: list(from_jsonl(text, PAIRS["pairs"]).problems) for case, text in cases.items()}


def states(cases: Mapping[str, Mapping[str, str]], folder: Path) -> Messages:
    """Give a widget a state, as the address of a page, a control or the device's storage does."""
    messages = {}
    for case, given in cases.items():
        widget = get_widget(given["widget"])
        content = SAMPLES.get(widget.name, {})
        state = {name: text for name, text in given.items() if name != "widget"}
        known = {field.name for field in widget.fields_of(content)}
        assert set(state) <= known, f"{case}: {widget.name} has only {known}"
        problems = view_of(widget, widget.name, content, {**default_state(widget.fields_of(content)), **state}).problems
        messages[case] = [f"{name}: {text}" for name, text in problems.items()]
    return messages


def requests(cases: Mapping[str, list[str]], folder: Path) -> Messages:
    """Ask Python what the script of a page asks."""
    messages = {}
    for number, (case, (name, state, *action)) in enumerate(cases.items()):
        try:
            opening = opening_of(get_widget(name), {})
        except CourseError:
            opening = json.dumps({"widget": name, "content": {}})
        answer = json.loads(bridge.open_widget(case, name, opening))
        if "problem" not in answer:
            asked = bridge.begin(number, case, state, action[0]) if action else bridge.render(case, state)
            answer = json.loads(asked)
        messages[case] = [answer["problem"]] if "problem" in answer else []
    return messages


def scripts(cases: Mapping[str, Mapping[str, Any]], folder: Path) -> Messages:
    """Ask the script builder about choices that do not go together."""
    return {
        case: [f"{name}: {text}" for name, text in script_problems(Settings(**given)).items()]
        for case, given in cases.items()
    }


def settings(cases: Mapping[str, Mapping[str, Any]], folder: Path) -> Messages:
    """Make the settings of recipes, and what else the engine is given."""
    sizes = {"vocab_size": 8, "context_length": 8}
    makers: dict[str, Callable[..., object]] = {
        **{name: lambda defaults=defaults, **given: replace(defaults, **given) for name, defaults in DEFAULTS.items()},
        "pretrain": PretrainConfig,
        "LoraConfig": LoraConfig,
        "GPTConfig": lambda **given: GPTConfig(**(sizes | given)),
        "SamplingConfig": SamplingConfig,
        "SimulatedRater": SimulatedRater,
        "checkpoint": lambda data: load_checkpoint(data.encode()),
        "tokenizer": lambda text: tokenizer().encode(text),
        "vocabulary": lambda words: Tokenizer(words),
    }
    return {
        case: said(lambda given=given: makers[given["of"]](**{k: v for k, v in given.items() if k != "of"}))  # type: ignore[misc]
        for case, given in cases.items()
    }


def world(cases: Mapping[str, Mapping[str, str]], folder: Path) -> Messages:
    """Read the facts of the tiny model's world with a change, or ask for one that it lacks."""
    messages = {}
    for case, given in cases.items():
        if "of" in given:
            messages[case] = said(lambda given=given: getattr(load_world(), given["of"])(given["name"]))  # type: ignore[misc]
            continue
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(facts, "read_data_file", partial(_changed_file, facts.read_data_file, given))
            messages[case] = said(load_world.__wrapped__)
    return messages


def _changed_file(read: Callable[[str], str], change: Mapping[str, str], file: str) -> str:
    text = read(file)
    if file == change["file"]:
        assert change["old"] in text
        text = text.replace(change["old"], change["new"])
    return text


def files(cases: Mapping[str, Mapping[str, str]], folder: Path) -> Messages:
    """Read the other files of authors."""
    readers: dict[str, Callable[[Path], list[str]]] = {
        "abbreviations": lambda path: [f"{one.line}: {one.message}" for one in abbreviation_problems(path)],
        "bibliography": lambda path: said(lambda: load_bibliography(path.parent)),
        "listings": lambda path: said(lambda: load_report(path)),
        "scripts": lambda path: said(lambda: load_script_report(path)),
    }
    messages = {}
    for number, (case, given) in enumerate(cases.items()):
        path = folder / str(number) / f"{given['of']}.json"
        path.parent.mkdir()
        path.write_text(given["text"], encoding="utf-8")
        messages[case] = readers[given["of"]](path)
    return messages


def commands(cases: Mapping[str, list[str]], folder: Path) -> Messages:
    """Type command lines; of what is written, the last line says what is wrong."""
    messages = {}
    before = Path.cwd()
    os.chdir(folder)
    try:
        for case, arguments in cases.items():
            written = io.StringIO()
            with contextlib.redirect_stderr(written), contextlib.redirect_stdout(io.StringIO()):
                try:
                    status: object = main(arguments)
                except SystemExit as error:
                    status = error.code
            messages[case] = [f"status {status}", *written.getvalue().splitlines()[-1:]]
    finally:
        os.chdir(before)
    return messages


KINDS: dict[str, Callable[[Mapping[str, Any], Path], Messages]] = {
    kind.__name__: kind
    for kind in (
        pages, listings, quizzes, pairs, votes, states, requests, scripts, settings, world, files, commands,
    )
}  # fmt: skip
"""Name of a file of cases → what says their messages."""


def messages_of(kind: str, cases: Mapping[str, Any], folder: Path) -> Messages:
    """Give the messages of all cases of a kind, in their fixed form."""
    found = KINDS[kind](cases, folder)
    return {case: [in_fixed_form(message, folder) for message in messages] for case, messages in found.items()}
