"""Check programs without running them: do they parse, do their imports exist, do calls fit the installed libraries?

Runs in the environment that has the libraries: ``python -m tests.lessons.signatures`` reads a JSON object (key →
program) and writes one (key → list of [line, problem]). A call is looked at when its target can be told from the
imports: ``SFTConfig(…)``, ``torch.manual_seed(…)``, and methods of objects made by a class's own call
(``trainer = SFTTrainer(…)``; ``trainer.train(…)``). What takes ``**kwargs`` accepts every keyword.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import sys
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

UNKNOWN: Any = object()
Problem = tuple[int, str]


def check_program(program: str) -> list[Problem]:
    """Find what does not fit, ordered by line."""
    try:
        tree = ast.parse(program)
    except SyntaxError as error:
        return [(error.lineno or 1, f"SyntaxError: {error.msg}")]
    names: dict[str, Any] = {}
    problems: list[Problem] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            problems += list(_import(node, names))
    for changed in _rebound(tree):
        names.pop(changed, None)
    made = _made_objects(tree, names)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            problems += list(_call(node, names, made))
    return sorted(set(problems))


def _import(node: ast.Import | ast.ImportFrom, names: dict[str, Any]) -> Iterator[Problem]:
    """Import what a statement imports, and note under which names."""
    for alias in node.names:
        try:
            if isinstance(node, ast.Import):
                module = importlib.import_module(alias.name)
                names[alias.asname or alias.name.partition(".")[0]] = (
                    module if alias.asname else sys.modules[alias.name.partition(".")[0]]
                )
            else:
                names[alias.asname or alias.name] = _member(node.module or "", alias.name)
        except (ImportError, AttributeError) as error:
            yield node.lineno, f"{type(error).__name__}: {error}"


def _member(module_name: str, name: str) -> Any:
    module = importlib.import_module(module_name)
    try:
        return getattr(module, name)
    except AttributeError:
        try:
            return importlib.import_module(f"{module_name}.{name}")
        except ModuleNotFoundError:
            near = get_close_matches(name, dir(module), n=1)
            hint = f'; did you mean "{near[0]}"?' if near else ""
            raise ImportError(f'{module_name} has no "{name}"{hint}') from None


def _rebound(tree: ast.AST) -> set[str]:
    """Names that the program itself gives a meaning: what they hold is not what was imported."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    found = {node.name for node in ast.walk(tree) if isinstance(node, functions)}
    found |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return found | {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}


def _made_objects(tree: ast.AST, names: dict[str, Any]) -> dict[str, type]:
    """Names that are assigned once, from a call of an imported class: name → class."""
    stored = [n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    made: dict[str, type] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and len(node.targets) == 1:
            target, maker = node.targets[0], _resolve(node.value.func, names)
            if isinstance(target, ast.Name) and stored.count(target.id) == 1 and inspect.isclass(maker):
                made[target.id] = maker
    return made


def _resolve(node: ast.expr, names: dict[str, Any]) -> Any:
    """Find the object that an expression of dots names."""
    if isinstance(node, ast.Name):
        return names.get(node.id, UNKNOWN)
    if isinstance(node, ast.Attribute):
        owner = _resolve(node.value, names)
        if owner is not UNKNOWN and (inspect.ismodule(owner) or inspect.isclass(owner)):
            return getattr(owner, node.attr, UNKNOWN)
    return UNKNOWN


def _call(node: ast.Call, names: dict[str, Any], made: dict[str, type]) -> Iterator[Problem]:
    """Compare one call with the signature of what it calls."""
    target = _resolve(node.func, names)
    given_first = 0
    if isinstance(node.func, ast.Attribute):
        owner = node.func.value
        if isinstance(owner, ast.Name) and owner.id in made:
            kind = made[owner.id]
            target = inspect.getattr_static(kind, node.func.attr, UNKNOWN)
            given_first = int(inspect.isfunction(target))
            target = target if given_first else UNKNOWN
        elif target is UNKNOWN:
            resolved = _resolve(owner, names)
            if inspect.ismodule(resolved) and not hasattr(resolved, node.func.attr):
                yield node.lineno, f'AttributeError: {resolved.__name__} has no "{node.func.attr}"'
    if target is UNKNOWN or not callable(target):
        return
    try:
        signature = inspect.signature(target, follow_wrapped=not _wraps_bound_method(target))
    except (TypeError, ValueError):  # written in C, without a signature
        return
    is_open = any(isinstance(a, ast.Starred) for a in node.args) or any(k.arg is None for k in node.keywords)
    positional = [None] * (given_first + sum(not isinstance(a, ast.Starred) for a in node.args))
    keywords = {keyword.arg: None for keyword in node.keywords if keyword.arg}
    try:
        (signature.bind_partial if is_open else signature.bind)(*positional, **keywords)
    except TypeError as error:
        yield _line_of(node, str(error)), f"TypeError: {_name(node.func)}() {error}{_hint(str(error), signature)}"


def _wraps_bound_method(target: Any) -> bool:
    """Tell a class method that copies another one, as ``AutoModel…`` have: its first argument is taken off twice."""
    return inspect.ismethod(target) and inspect.ismethod(getattr(target, "__wrapped__", None))


def _line_of(node: ast.Call, message: str) -> int:
    """Find the line of the keyword that a message is about; else that of the call."""
    return next((k.lineno for k in node.keywords if k.arg and f"'{k.arg}'" in message), node.lineno)


def _name(node: ast.expr) -> str:
    return ast.unparse(node)


def _hint(message: str, signature: inspect.Signature) -> str:
    if "unexpected keyword" not in message:
        return ""
    near = get_close_matches(message.split("'")[1], list(signature.parameters), n=1)
    return f'; did you mean "{near[0]}"?' if near else ""


if __name__ == "__main__":
    json.dump({key: check_program(program) for key, program in json.load(sys.stdin).items()}, sys.stdout)
