"""Where the course's sources lie, and where the build puts what it makes of them."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
DOCS = ROOT / "docs"
QUIZZES = ROOT / "quizzes"
BIBLIOGRAPHY = DOCS / "bibliography"
SCHEMAS = DOCS / "schemas"
RECORDS = ROOT / "records"
"""Outcomes of the last checks of programs; never published."""

COURSE_ASSETS = DOCS / "assets" / "course"
"""What the build makes for the pages to load."""

CODE = COURSE_ASSETS / "code"
"""Scripts and notebooks of the lessons."""
