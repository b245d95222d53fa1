"""Figures that lessons show."""

import sys

import pytest

from widgets.core.errors import BuildError
from widgets.site import figures


def test_every_figure_computes_a_text():
    for name, figure in figures.load_figures().items():
        text = figure()
        assert isinstance(text, str), name
        assert text.strip(), name


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Let the package's figures be read from an empty folder."""
    monkeypatch.setattr(figures, "__path__", [str(tmp_path)])
    yield tmp_path
    for name in ("first", "second"):
        sys.modules.pop(f"widgets.site.figures.{name}", None)


def test_figures_of_all_modules_are_merged(folder):
    (folder / "second.py").write_text("FIGURES = {'b': lambda: '2'}\n")
    (folder / "first.py").write_text("FIGURES = {'a': lambda: '1'}\n")
    assert {name: figure() for name, figure in figures.load_figures().items()} == {"a": "1", "b": "2"}


def test_a_name_that_occurs_twice_names_both_files(folder):
    (folder / "first.py").write_text("FIGURES = {'a': lambda: '1'}\n")
    (folder / "second.py").write_text("FIGURES = {'a': lambda: '2'}\n")
    with pytest.raises(BuildError, match=r'"a" is defined twice: in .*figures/first\.py and in .*figures/second\.py'):
        figures.load_figures()


def test_a_module_without_figures_is_named(folder):
    (folder / "first.py").write_text("")
    with pytest.raises(BuildError, match=r"figures/first\.py: no dictionary FIGURES"):
        figures.load_figures()
