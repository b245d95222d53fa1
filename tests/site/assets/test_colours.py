"""Colours stand in one file, so that a fork changes them there."""

import re

import pytest

from widgets.site.sources.folders import ROOT

STYLES = sorted((ROOT / "widgets" / "browser" / "styles").glob("*.css"))


@pytest.mark.parametrize("path", [path for path in STYLES if path.name != "colours.css"], ids=lambda path: path.name)
def test_no_style_but_colours_names_a_colour_by_its_digits(path) -> None:
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b", path.read_text(encoding="utf-8")) == []
