"""YAML files of authors: data together with the line of each value, so that errors can name both.

YAML says silently yes to much that an author did not mean (a key written twice, ``8`` where text was meant).
:func:`read_yaml` refuses the first; :func:`schema_findings` explains the second in plain words.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from yaml.nodes import MappingNode, Node, SequenceNode
from yaml.reader import ReaderError

from widgets.core.errors import not_allowed

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

Finding = tuple[tuple[str | int, ...], str]

TYPE_WORDS = {
    "string": "text (in quotes if it looks like a number or like yes and no)",
    "object": "`name: value` lines",
    "array": "a list (lines that begin with `- `)",
    "number": "a number, without quotes and thousands separators",
    "integer": "a whole number, without quotes and thousands separators",
    "boolean": "true or false",
}


@dataclass(frozen=True)
class Problem:
    """Something wrong in a file.

    Attributes:
        file: The file, relative to the repository's root.
        line: The line, from 1.
        message: What was found, what is allowed, the nearest match.
    """

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        """Write the problem as editors and terminals link it: ``file:line: message``."""
        return f"{self.file}:{self.line}: {self.message}"


@dataclass(frozen=True)
class YamlSource:
    """A YAML file that could be read.

    Attributes:
        data: What it holds.
        root: The same as nodes that know their lines.
    """

    data: Any
    root: Node

    def line_of(self, path: tuple[str | int, ...]) -> int:
        """Give the line of the value at a path, or of the nearest thing around it that exists, from 1.

        A value of a mapping is found at the line of its key.
        """
        node, line = self.root, self.root.start_mark.line + 1
        for step in path:
            if isinstance(node, MappingNode):
                found = [(key, value) for key, value in node.value if key.value == step]
                if not found:
                    break
                line, node = found[0][0].start_mark.line + 1, found[0][1]
            elif isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
                line = node.start_mark.line + 1
            else:
                break
        return line


def read_yaml(path: Path, name: str) -> YamlSource | Problem:
    """Read a YAML file.

    Args:
        path: The file.
        name: How messages call it.

    Returns:
        The data with its lines, or why there is none.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        return Problem(name, 1, f"the file is not UTF-8 text: {error.reason} at byte {error.start}")
    try:
        loader = yaml.SafeLoader(text)
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        return Problem(name, line, f"not valid YAML: the character U+{error.character:04X} is not allowed")
    try:
        root = loader.get_single_node()
        if root is None:
            return Problem(name, 1, "the file is empty")
        repeated = _repeated_key(root)
        if repeated:
            return Problem(name, *repeated)
        return YamlSource(loader.construct_document(root), root)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        context = f" ({error.context})" if error.context else ""
        return Problem(name, line, f"not valid YAML: {error.problem}{context}{_yaml_hint(str(error.problem))}")
    except RecursionError:
        deep = "not valid YAML: an entry holds itself, through an anchor (&) and an alias (*), or is nested too deep"
        return Problem(name, 1, deep)
    except (ValueError, TypeError) as error:
        return Problem(name, 1, f"not valid YAML: {error}")
    finally:
        loader.dispose()


def _yaml_hint(problem: str) -> str:
    if "mapping values are not allowed" in problem:
        return "; a text that holds a colon and a space must stand in quotes"
    if "'`'" in problem or "'@'" in problem or "'%'" in problem:
        return "; a text that begins with ` @ or % must stand in quotes"
    if "'\\t'" in problem:
        return "; indent with spaces, not with tabs"
    return ""


def _repeated_key(node: Node) -> tuple[int, str] | None:
    if isinstance(node, MappingNode):
        seen: dict[Hashable, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if isinstance(key.value, str) and seen.setdefault(key.value, line) != line:
                return line, f'"{key.value}" is given twice; the first one stands in line {seen[key.value]}'
            inner = _repeated_key(value)
            if inner:
                return inner
    elif isinstance(node, SequenceNode):
        return next(filter(None, map(_repeated_key, node.value)), None)
    return None


@lru_cache(maxsize=8)
def _validator(schema: Path) -> Draft202012Validator:
    from jsonschema import Draft202012Validator  # slow to import, and only needed to explain what is wrong

    return Draft202012Validator(json.loads(schema.read_text(encoding="utf-8")))


def schema_findings(data: object, schema: Path) -> Iterator[Finding]:
    """Find where data breaks a JSON Schema, each place explained in plain words."""
    for error in sorted(
        _validator(schema).iter_errors(data), key=lambda one: [str(step) for step in one.absolute_path]
    ):
        yield from _explained(error)


def _explained(error: ValidationError) -> Iterator[Finding]:
    path, found, limit = tuple(error.absolute_path), error.instance, error.validator_value
    name = f"`{path[-1]}`" if path and isinstance(path[-1], str) else "this entry"
    match error.validator:
        case "additionalProperties":
            allowed = list(error.schema["properties"])
            for key in (key for key in found if key not in allowed):
                yield (*path, key), not_allowed("entry", key, allowed)
        case "required":
            missing = error.message.split("'")[1]
            yield path, f"`{missing}:` is missing; needed: {', '.join(limit)}"
        case "type":
            yield path, f"{name} must be {TYPE_WORDS[limit]}; found {_shown(found)}"
        case "enum":
            yield path, not_allowed(str(path[-1]), found, limit)
        case "pattern" if limit == r"\S":
            yield path, f"{name} is empty"
        case "pattern":
            rule = error.schema.get("description") or f"it must match {limit}"
            yield path, f"{name}: found {_shown(found)}; allowed: {rule[0].lower()}{rule[1:].rstrip('.')}"
        case "minItems" | "maxItems":
            bound = "at least" if error.validator == "minItems" else "at most"
            yield path, f"{name} must have {bound} {limit} entries; found {len(found)}"
        case "maxLength":
            yield path, f"{name} must have at most {limit} characters; found {len(found)}"
        case "minimum" | "maximum" | "exclusiveMinimum":
            words = {"minimum": "at least", "maximum": "at most", "exclusiveMinimum": "more than"}
            yield path, f"{name} must be {words[str(error.validator)]} {limit}; found {found}"
        case _:
            yield path, error.message


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)):
        return "`name: value` lines" if isinstance(value, dict) else "a list"
    text = str(value)
    return f'"{text[:60]}…"' if len(text) > 60 else f'"{text}"' if isinstance(value, str) else text
