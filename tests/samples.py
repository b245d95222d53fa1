"""Content made for tests, so that no change of the course's own questions and pairs changes what they expect."""

from __future__ import annotations

from typing import Any

QUIZ: dict[str, Any] = {
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
"""A quiz with one question of each kind, in two wordings where that matters."""

PAIRS: dict[str, Any] = {
    "pairs": [
        {
            "id": "p01",
            "prompt": "Where do penguins live?",
            "a": "- on the coasts of the Southern Ocean\n- for example, in Antarctica",
            "b": "Great question! Perhaps you could tell me first which penguins you mean?",
        },
        {
            "id": "p02",
            "prompt": "Is a spider an insect?",
            "a": "No, because it has 8 legs; an insect has 6.",
            "b": "Yes, please do not worry.",
            "note": "A spider is an arachnid.",
        },
    ]
}
"""Two pairs of answers for the human rater."""
