"""Everything that is served and that others wrote is named with the text of its licence."""

from __future__ import annotations

import pytest

from widgets.site.assets import licences as module
from widgets.site.assets.licences import RULE, licences

OPENINGS = {
    "pyodide": "Mozilla Public License Version 2.0",
    "plotly.js-basic-dist-min": "MIT License",
    "idiomorph": "Zero-Clause BSD",
    "CPython": "A. HISTORY OF THE SOFTWARE",
    "mkdocs-material": "Copyright (c) 2016",
    "Material Design Icons": "Pictogrammers Free License",
}


def test_every_part_has_its_whole_text() -> None:
    found = dict(zip(OPENINGS, licences().split(RULE), strict=True))
    for name, opening in OPENINGS.items():
        assert found[name].startswith(name), name
        assert opening in found[name], name
        assert len(found[name]) > 500, name
    assert "PYTHON SOFTWARE FOUNDATION LICENSE VERSION 2" in found["CPython"]


def test_a_package_without_a_text_stops_the_build(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TEXT_OF", {})
    with pytest.raises(module.BuildError, match="node_modules/pyodide brings no text"):
        licences()
