"""Where the course's sources lie, relative to the repository's root."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
DOCS = ROOT / "docs"
QUIZZES = ROOT / "quizzes"
BIBLIOGRAPHY = DOCS / "bibliography"
