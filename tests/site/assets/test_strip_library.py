"""Comments and docstrings go, and the program stays: the same nodes on the same lines."""

from __future__ import annotations

import io
import tokenize
import zipfile
from pathlib import Path

import pytest

from widgets.site.assets import strip_library
from widgets.site.assets.strip_library import strip_archive, without_comments

PROGRAM = '''\
#!/usr/bin/env python
"""What it is for,

in two paragraphs."""
import os  # the system

class A:
    """One."""; x = 1

    def f(self, a="# no comment", b="""not a
    docstring"""):  # a comment
        \'\'\'Two
        lines.\'\'\'
        # a line of its own
        return f"{a}#{b}"
'''


def test_comments_and_docstrings_go_and_strings_stay() -> None:
    assert (
        without_comments(PROGRAM)
        == '''\

""


import os

class A:
    ""; x = 1

    def f(self, a="# no comment", b="""not a
    docstring"""):
        ""


        return f"{a}#{b}"
'''
    )


def test_docstrings_may_stay() -> None:
    kept = without_comments(PROGRAM, keeps_docstrings=True)
    assert '"""What it is for,' in kept
    assert "# a comment" not in kept


@pytest.mark.parametrize(
    "source", ["", "x = 1", "# only", "\x0c\nx = 1 # a\n", "é = 'é' # é\n", 'def f():\n  "a" "b"\n']
)
def test_odd_programs_stay_programs(source: str) -> None:
    shorter = without_comments(source)
    compile(shorter, "shorter", "exec")
    assert "#" not in shorter


def test_a_change_of_the_program_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strip_library.tokenize, "COMMENT", tokenize.NAME)  # takes a name for a comment
    with pytest.raises(ValueError, match="would not be the same without its comments"):
        without_comments("x\n")


def test_what_is_no_python_stays_as_it_is(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.py", "# a\nx = 1\n")
        archive.writestr("pyodide/b.py", '"""B."""  # b\n')
        archive.writestr("c.txt", "# c\n")
    strip_archive(str(tmp_path / "a.zip"), str(tmp_path / "b.zip"))
    result = zipfile.ZipFile(io.BytesIO((tmp_path / "b.zip").read_bytes()))
    assert {name: result.read(name).decode() for name in result.namelist()} == {
        "a.py": "\nx = 1\n",
        "pyodide/b.py": '"""B."""\n',
        "c.txt": "# c\n",
    }
