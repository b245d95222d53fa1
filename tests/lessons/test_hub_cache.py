"""The hub cache stands in for what the lessons name, and is the same every time it is built."""

from __future__ import annotations

import hashlib
import re
import subprocess
from pathlib import Path

import pytest

from tests.lessons import hub_cache
from tests.lessons.checking import hub_home
from tests.lessons.environment import Environment
from widgets.site.sources.folders import ROOT
from widgets.site.sources.listings import find_listings

pytestmark = pytest.mark.lessons
HUB_NAME = re.compile(r'"([A-Z][\w-]+/[\w.-]+|tatsu-lab/[\w-]+|databricks/[\w-]+|meta-llama/[\w.-]+)"')


def hashes(home: Path) -> dict[str, str]:
    files = sorted(path for path in home.rglob("*") if path.is_file() and path.suffix != ".lock")
    return {str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_building_it_again_gives_the_same_files(environment: Environment, tmp_path: Path) -> None:
    command = [environment.python, "-m", "tests.lessons.hub_cache", tmp_path / "again"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    assert hashes(tmp_path / "again") == hashes(hub_home(environment))


def test_every_model_and_dataset_that_listings_name_is_in_it() -> None:
    programs = "\n".join(listing.program for listing in find_listings() if listing.kind == "run")
    assert set(HUB_NAME.findall(programs)) <= set(hub_cache.names())


def test_widths_are_multiples_of_32_for_4_bit_layers_on_a_cpu() -> None:
    head = hub_cache.HIDDEN_SIZE // hub_cache.HEADS
    widths = (hub_cache.HIDDEN_SIZE, hub_cache.INTERMEDIATE_SIZE, head * hub_cache.KEY_VALUE_HEADS)
    assert [width % 32 for width in widths] == [0, 0, 0]
