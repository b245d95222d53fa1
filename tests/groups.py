"""Which tests stay in one process when several run side by side: those that share what is costly to make.

pytest-xdist has a mark for this, ``xdist_group``; but it writes a group into the test's id, which pytest 9.2 no longer
lets it do, and then it spreads the tests without a word. So the groups are read from the ids here.
"""

from __future__ import annotations

import re

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

GROUPS = {
    "tests/components/test_hosting.py": "builds",
    "tests/components/test_policy.py": "builds",
    "tests/components/test_snapshot.py": "snapshot",
    "tests/components/test_same_bytes.py": "same bytes",
    "tests/components/test_in_a_document.py": "in a document",
}
"""File → group: they build a site, or keep one Python warm."""

ENGINE = re.compile(r"^tests/e2e/.*\[(chromium|firefox|webkit)\b")


def group_of(test_id: str) -> str:
    """Give the group of a test; one that shares nothing is a group of its own.

    >>> group_of("tests/components/test_policy.py::test_a"), group_of("tests/e2e/test_b.py::test_c[webkit]")
    ('builds', 'webkit')
    >>> group_of("tests/core/test_html.py::test_d")
    'tests/core/test_html.py::test_d'
    """
    engine = ENGINE.match(test_id)
    return engine[1] if engine else GROUPS.get(test_id.partition("::")[0], test_id)


class Groups(LoadScopeScheduling):
    """Hand whole groups to the processes."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling | None:
    """Schedule by groups where ``--dist=loadgroup`` asks for it."""
    return Groups(config, log) if config.getvalue("dist") == "loadgroup" else None
