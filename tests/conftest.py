"""Options of the whole test run."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

from tests.site_fixtures import (  # noqa: F401
    built_site,
    chromium_executable,
    make_server,
    playwright,
)

# Before torch is imported: threads that wait for each other on a busy machine cost it more than they save.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# On a busy machine a case takes as long as it takes.
settings.register_profile("course", deadline=None)
settings.load_profile("course")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer ``--update-snapshots``: the only way in which files in tests/snapshots change."""
    parser.addoption("--update-snapshots", action="store_true", help="write tests/snapshots anew")
