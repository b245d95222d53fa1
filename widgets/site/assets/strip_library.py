"""Take comments and docstrings out of the standard library: a quarter of its bytes, and nothing that runs.

This file is run by the very Python that will import the library (Pyodide's, under Node), because another version may
not be able to read its syntax. Every line keeps its number, so tracebacks stay true. A docstring becomes an empty
string, which is what the library must cope with under ``python -OO`` as well; Pyodide's own packages keep theirs,
since it puts them into its functions.
"""

from __future__ import annotations

import ast
import io
import tokenize
import zipfile
from pathlib import Path

WITH_DOCSTRINGS = ("pyodide/", "_pyodide/")


def without_comments(source: str, *, keeps_docstrings: bool = False) -> str:
    """Blank out comments, and docstrings unless they stay.

    Raises:
        ValueError: If what is left would not be the same program.

    >>> without_comments("def f():\\n    '''Say one.'''\\n    return 1  # one\\n")
    'def f():\\n    ""\\n    return 1\\n'
    """
    lines = [line.encode() for line in _lines(source)]
    if not keeps_docstrings:
        for string in _docstrings(ast.parse(source)):
            first, last = string.lineno - 1, (string.end_lineno or string.lineno) - 1
            rest = lines[last][string.end_col_offset :]
            lines[last] = b"\n" if last > first else lines[last]
            lines[first] = lines[first][: string.col_offset] + b'""' + (rest if last == first else b"\n")
            if last > first:
                lines[first] = lines[first].rstrip(b"\n") + rest
            for number in range(first + 1, last + 1):
                lines[number] = b"\n"
    text = b"".join(lines).decode()
    shorter = _lines(text)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            shorter[row - 1] = f"{shorter[row - 1][:column].rstrip()}\n"
    result = "".join(shorter)
    if _shape(source, keeps_docstrings) != _shape(result, keeps_docstrings):
        raise ValueError("the program would not be the same without its comments")
    return result


def _lines(text: str) -> list[str]:
    """Split at newlines only, as Python counts lines; form feeds stand in the middle of some."""
    *lines, rest = text.split("\n")
    return [*(f"{line}\n" for line in lines), rest]


def _docstrings(tree: ast.AST) -> list[ast.Constant]:
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        match node.body:
            case [ast.Expr(ast.Constant(str()) as string), *_]:
                found.append(string)
    return found


def _shape(source: str, keeps_docstrings: bool) -> list[tuple[str, int]]:
    """List the nodes of a program with their lines, docstrings taken as empty."""
    tree = ast.parse(source)
    if not keeps_docstrings:
        for string in _docstrings(tree):
            string.value = ""
    return [(ast.dump(tree), 0), *((type(node).__name__, getattr(node, "lineno", 0)) for node in ast.walk(tree))]


def strip_archive(archive: str, result: str) -> None:
    """Strip every Python file of an archive; the entries of the result are stored, with no times, in the same order."""
    with zipfile.ZipFile(archive) as source, zipfile.ZipFile(result, "w", zipfile.ZIP_STORED) as target:
        for name in source.namelist():
            data = source.read(name)
            if Path(name).suffix == ".py":
                text = data.decode()
                data = without_comments(text, keeps_docstrings=name.startswith(WITH_DOCSTRINGS)).encode()
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            target.writestr(entry, data)
