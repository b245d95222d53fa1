"""Golden messages: what every bad input among ``cases/`` is answered with.

Authors and readers rely on these sentences: file, line, what was found, what is allowed, the nearest match. A change
of the code that changes one has to say so. Look at the difference before you write it down:

python -m pytest tests/bad_inputs --update-snapshots
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.bad_inputs.entry_points import KINDS, messages_of

HERE = Path(__file__).parent
GOLDEN = HERE / "messages.json"
AT_LEAST = 150
"""So many bad inputs are kept; a case is taken out only with what it was about."""


def cases_of(kind: str) -> dict[str, Any]:
    """Read the cases of a kind: name → input."""
    cases: dict[str, Any] = yaml.safe_load((HERE / "cases" / f"{kind}.yml").read_text(encoding="utf-8"))
    return cases


@pytest.mark.parametrize("kind", KINDS)
def test_every_bad_input_is_answered_as_before(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    found = messages_of(kind, cases_of(kind), tmp_path)
    golden = json.loads(GOLDEN.read_text(encoding="utf-8")) if GOLDEN.is_file() else {}
    if request.config.getoption("--update-snapshots"):
        golden[kind] = found
        ordered = {name: golden[name] for name in KINDS if name in golden}
        GOLDEN.write_text(json.dumps(ordered, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert golden[kind] == found


def test_every_file_of_cases_is_used_and_every_case_has_its_messages() -> None:
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert {path.stem for path in (HERE / "cases").iterdir()} == set(KINDS) == set(golden)
    for kind in KINDS:
        assert set(golden[kind]) == set(cases_of(kind))
    assert sum(map(len, golden.values())) >= AT_LEAST
