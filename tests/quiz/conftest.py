"""A quiz with one question of each kind, in two wordings where that matters."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from widgets.core.widget import Content

GOLDEN = Path(__file__).with_name("golden")


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    """Compare markup with a file in ``golden/``; ``UPDATE_GOLDEN=1`` writes the files instead."""

    def compare(name: str, html: str) -> None:
        path = GOLDEN / f"{name}.html"
        text = html.replace("><", ">\n<") + "\n"
        if os.environ.get("UPDATE_GOLDEN"):
            GOLDEN.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")

    return compare


@pytest.fixture(scope="session")
def content() -> Content:
    return {
        "quiz": "sample",
        "title": "A sample",
        "questions": [
            {
                "id": "why-cheaper",
                "kind": "single",
                "wordings": [
                    {
                        "prompt": "Why is `W` frozen?",
                        "choices": [
                            {"id": "fewer", "text": "Fewer gradients", "correct": True, "why": "Only A and B."},
                            {"id": "smaller", "text": "A smaller model", "why": "It stays as large."},
                            {"id": "data", "text": "Less data", "why": "The data are the same."},
                        ],
                    },
                    {
                        "prompt": "What makes LoRA cheap?",
                        "choices": [
                            {"id": "fewer", "text": "Fewer optimiser states", "correct": True, "why": "Two, not 7e9."},
                            {"id": "bits", "text": "Four bits", "why": "That is QLoRA."},
                            {"id": "steps", "text": "Fewer steps", "why": "Not in general."},
                        ],
                    },
                ],
            },
            {
                "id": "which",
                "kind": "multiple",
                "wordings": [
                    {
                        "prompt": "Which are trained?",
                        "choices": [
                            {"id": "a", "text": "A", "correct": True, "why": "A is."},
                            {"id": "b", "text": "B", "correct": True, "why": "B is."},
                            {"id": "w", "text": "W", "why": "W is not."},
                            {"id": "e", "text": "E", "why": "E is not."},
                        ],
                    }
                ],
            },
            {
                "id": "count",
                "kind": "numeric",
                "wordings": [
                    {
                        "prompt": "How many?",
                        "answer": 4194304,
                        "unit": "parameters",
                        "why": "A sum.",
                        "near_misses": [{"value": 8388608, "why": "That is rank 16."}],
                    },
                    {"prompt": "How much?", "answer": 2.5, "tolerance_percent": 2, "unit": "GB", "why": "Bytes."},
                ],
            },
        ],
    }
