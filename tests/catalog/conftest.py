"""What PEFT counted: tests/catalog/lora_params.json, made with the versions named inside it.

The tests under torch_reference need torch and run in an environment that has it.
"""

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

collect_ignore_glob = [] if find_spec("torch") else ["torch_reference/*"]

REFERENCE = json.loads(Path(__file__).with_name("lora_params.json").read_text(encoding="utf-8"))
TARGETS = {"q_v": "q,v", "q_k_v_o": "q,k,v,o", "all_linear": "all-linear"}
ADAPTERS = [
    pytest.param(model_id, TARGETS[choice], int(rank), entry, counts, id=f"{model_id}-{choice}-r{rank}")
    for model_id, model in REFERENCE["models"].items()
    for choice, entry in model["lora"].items()
    for rank, counts in entry["ranks"].items()
]


@pytest.fixture
def reference() -> dict[str, Any]:
    """The whole reference file."""
    return REFERENCE


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that takes ``adapter`` on every adapter of the reference file, ``peft_model`` on every model."""
    if "adapter" in metafunc.fixturenames:
        cases = [pytest.param(case.values, id=case.id) for case in ADAPTERS]
        metafunc.parametrize("adapter", cases)
    if "peft_model" in metafunc.fixturenames:
        metafunc.parametrize("peft_model", REFERENCE["models"].items(), ids=list(REFERENCE["models"]))
