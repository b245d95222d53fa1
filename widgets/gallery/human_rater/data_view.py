"""Export, import and deletion of the human rater's votes, as HTML."""

from __future__ import annotations

from collections.abc import Sequence

from widgets.core.html import Html, element, join
from widgets.core.widget import button
from widgets.gallery.human_rater.vote_files import Reading, from_jsonl, to_jsonl
from widgets.gallery.human_rater.votes import Pair, Vote
from widgets.gallery.shared.vote_buttons import deletion

FILE_NAME = "preferences.jsonl"
MOST_PROBLEMS = 10


def render_export(widget_id: str, pairs: Sequence[Pair], votes: Sequence[Vote]) -> Html:
    """Render the votes as JSON Lines to copy or to download."""
    text = to_jsonl(pairs, votes)
    summary = element("summary", "Export your votes as preference data")
    if not text:
        return element("details", summary, element("p", "There is no decided vote to export yet."))
    rows, ties = text.count("\n"), sum(choice == "tie" for _, choice in votes)
    left_out = f" {ties} {'tie' if ties == 1 else 'ties'} left out: this form has no place for them." if ties else ""
    element_id = f"{widget_id}-export"
    return element(
        "details",
        summary,
        element(
            "p",
            f"{rows} {'row' if rows == 1 else 'rows'} of JSON Lines with ",
            element("code", "prompt"), ", ", element("code", "chosen"), " and ", element("code", "rejected"),
            f", as TRL's RewardTrainer and DPOTrainer read them.{left_out}",
        ),
        element("textarea", text, id=element_id, rows=6, readonly=True, wrap="off", spellcheck="false",
                autocomplete="off", aria_label="Your votes as JSON Lines"),
        element(
            "div",
            button("Copy", "copy", data_source=element_id),
            button(f"Download {FILE_NAME}", "download", data_source=element_id, data_filename=FILE_NAME),
            class_="ft-buttons",
        ),
    )  # fmt: skip


def render_import(widget_id: str, pairs: Sequence[Pair], text: str) -> Html:
    """Render the place where exported votes are put back in, and what was found in the text.

    Args:
        widget_id: The widget's id on the page.
        pairs: All pairs.
        text: What the reader pasted or chose; "" for nothing.
    """
    element_id = f"{widget_id}-import"
    box = element(
        "textarea", id=element_id, name="import_jsonl", rows=4, wrap="off", spellcheck="false", autocomplete="off",
        aria_describedby=f"{element_id}-result",
    )  # fmt: skip
    file = element(
        "input", type="file", id=f"{element_id}-file", accept=".jsonl,.json,.txt", data_reads_into="import_jsonl"
    )
    return element(
        "details",
        element("summary", "Import votes"),
        element("label", "Lines of an exported file", for_=element_id),
        box,
        element("label", "Or choose the file", for_=f"{element_id}-file"),
        file,
        element(
            "div",
            button("Read the lines", "import", commit="import_jsonl", data_empty="Paste lines or choose a file first."),
            class_="ft-buttons",
        ),
        element("div", _reading(from_jsonl(text, pairs), text), id=f"{element_id}-result", role="status"),
    )


def _reading(reading: Reading, text: str) -> Html | None:
    if not text.strip():
        return None
    shown = reading.problems[:MOST_PROBLEMS]
    rest = len(reading.problems) - len(shown)
    problems = join(
        (element("p", problem, class_="ft-problem") for problem in shown),
        element("p", f"… and {rest} more lines with problems.", class_="ft-problem") if rest else None,
    )
    if not reading.count:
        return join(problems, element("p", "No vote could be read, so nothing changes."))
    votes = "1 vote" if reading.count == 1 else f"{reading.count} votes"
    gaps = ""
    if reading.gaps:
        gaps = f" {reading.gaps} earlier {'pair has' if reading.gaps == 1 else 'pairs have'} no line (ties are not "
        gaps += "exported) and will be skipped."
    written = ",".join(f"{pair_id}:{choice}" for pair_id, choice in reading.votes)
    return join(
        problems,
        element("p", f"{votes} read.{gaps} Using them replaces the votes that are here now."),
        element(
            "div",
            button(f"Use {votes}", "use-import", sets={"votes": written, "import_jsonl": ""}, primary=True),
            button("Leave it", "drop-import", sets={"import_jsonl": ""}),
            class_="ft-buttons",
        ),
    )


def render_reset(count: int, asking: bool) -> Html:
    """Render the way to delete all votes; it asks first. It writes no ids.

    Args:
        count: Number of votes.
        asking: True while the reader is being asked.
    """
    if count == 0:
        return element("div", button("Delete all votes", "reset", aria_disabled="true"), class_="ft-buttons")
    return deletion("Delete all votes", count, asking, {"votes": ""}, " Export them first if you want to keep them.")
