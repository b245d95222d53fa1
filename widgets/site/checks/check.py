"""Check every source of the site and report each mistake with file, line, what was found and what is allowed.

The generators' formatters know neither page nor line, and some mistakes pass them silently; so everything an
author writes is read here first, in every build.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from functools import partial
from pathlib import Path

from widgets.core.errors import BuildError, CourseError
from widgets.site.checks import numbers
from widgets.site.checks.links import link_problems
from widgets.site.figures import figure_text
from widgets.site.markdown import mathematics
from widgets.site.markdown.fences import parse_fence
from widgets.site.sources import abbreviations, bibliography
from widgets.site.sources.content import content_problems
from widgets.site.sources.course import course_problems, lesson_text
from widgets.site.sources.folders import DOCS, QUIZZES, ROOT
from widgets.site.sources.grammar import CITATION, FIGURE, FORMULA, HEADING, LESSON, SECTIONS, SNIPPET, TYPED_LESSON
from widgets.site.sources.pages import Fence, Page, page_paths, prose, read_page
from widgets.site.sources.yaml_source import Problem


def check_page(page: Page, docs: Path = DOCS) -> Iterator[Problem]:
    """Find the mistakes of one page."""
    name = _relative(page.path)
    checks: tuple[Callable[[Page, Path], Iterator[tuple[int, str]]], ...] = (
        _fences,
        _syntax,
        link_problems,
        _snippets,
        _headings,
        _sections,
        _numbers,
    )
    for find in checks:
        for line, message in find(page, docs):
            yield Problem(name, line, message)


def _relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.as_posix()


def _line_in_fence(fence: Fence, message: str) -> int:
    """Find the line of a fence that a message speaks about; the opening line if none can be told."""
    in_yaml = re.search(r"line (\d+), column", message)
    if in_yaml:
        return fence.line + int(in_yaml.group(1))
    for found in re.findall(r'"([^"]+)"|option (\S+)', message):
        word = found[0] or found[1]
        for offset, line in enumerate(fence.text.splitlines(), 1):
            if word and word in line:
                return fence.line + offset
    return fence.line


def _fences(page: Page, _: Path) -> Iterator[tuple[int, str]]:
    ids: dict[str, int] = {}
    for fence in page.fences:
        if not fence.language:
            yield fence.line, "a code fence needs a language; use `text` for plain text"
        try:
            if fence.language in ("widget", "quiz"):
                placed = parse_fence(fence.language, fence.text)
                if placed.widget_id in ids:
                    yield (
                        fence.line,
                        (
                            f'id "{placed.widget_id}" stands already at line {ids[placed.widget_id]}; '
                            "give one of them another `id:`"
                        ),
                    )
                ids.setdefault(placed.widget_id, fence.line)
            elif fence.language == "math":
                yield from _formula(fence.line, (fence.text, True), partial(_line_in_fence, fence))
            elif fence.language == "sources":
                bibliography.render_sources(fence.text)
        except CourseError as error:
            yield _line_in_fence(fence, str(error)), str(error)


def _syntax(page: Page, _: Path) -> Iterator[tuple[int, str]]:
    """Check formulas, figures and citations in the running text."""
    listed = {
        line.partition(":")[0].strip()
        for fence in page.fences
        if fence.language == "sources"
        for line in fence.text.splitlines()
    }
    if any(fence.language == "bibliography" for fence in page.fences):
        listed |= set(bibliography.load_bibliography())
    for number, line in prose(page):
        for mark in LESSON.finditer(line):
            yield from _try(number, partial(lesson_text, mark))
        for typed in TYPED_LESSON.finditer(line):
            yield number, f'"{typed.group()}" is wrong once a lesson is put before it; write its mark, [lesson:id]'
        for latex in FORMULA.findall(line):
            yield from _formula(number, (latex, False), lambda _, number=number: number)  # type: ignore[misc]
        for name in FIGURE.findall(line):
            yield from _try(number, partial(figure_text, name))
        for key in CITATION.findall(line):
            problems = list(_try(number, partial(bibliography.get_entry, key)))
            yield from problems
            if not problems and key not in listed:
                yield number, f'"{key}" is cited but the page\'s `sources` fence does not list it'


def _numbers(page: Page, _: Path) -> Iterator[tuple[int, str]]:
    """Find the figures that are neither computed nor cited nor marked as chosen."""
    yield from numbers.bare_problems(page)


def _try(line: int, work: Callable[[], object]) -> Iterator[tuple[int, str]]:
    try:
        work()
    except CourseError as error:
        yield line, str(error)


def _formula(line: int, formula: mathematics.Formula, place: Callable[[str], int]) -> Iterator[tuple[int, str]]:
    """Report a formula that KaTeX refuses: in its words at the formula's line, and in ours where the mistake is."""
    problem = mathematics.problem_of(formula)
    if problem is None:
        return
    name = f'formula "{formula[0].strip()}"'
    yield line, f"{name}: {problem}"
    explanation = mathematics.explanation(formula[0])
    if explanation:
        message = f"{name}: {explanation}"
        yield place(message), message


def _snippets(page: Page, _: Path) -> Iterator[tuple[int, str]]:
    numbered = [*page.lines]
    for fence in page.fences:
        numbered += [(fence.line + offset, line) for offset, line in enumerate(fence.text.splitlines(), 1)]
    for number, line in numbered:
        match = SNIPPET.match(line)
        if not match:
            continue
        path = ROOT / match["path"]
        if not path.is_file():
            yield number, f'snippet file "{match["path"]}" does not exist'
        elif match["section"] and not match["section"].lstrip("-").replace(":", "").isdigit():
            allowed = re.findall(r"\[start:([\w-]+)\]", path.read_text(encoding="utf-8"))
            if match["section"] not in allowed:
                near = get_close_matches(match["section"], allowed, n=1)
                hint = f'; did you mean "{near[0]}"?' if near else ""
                yield (
                    number,
                    (f'{match["path"]} has no section "{match["section"]}"; allowed: {", ".join(allowed)}{hint}'),
                )


def _headings(page: Page, _: Path) -> Iterator[tuple[int, str]]:
    level = 0
    for number, line in page.lines:
        match = HEADING.match(line)
        if match:
            found = len(match["marks"])
            if found > level + 1:
                yield number, f"heading of level {found} after one of level {level}; do not skip levels"
            level = found


def _sections(page: Page, docs: Path) -> Iterator[tuple[int, str]]:
    """Check that a lesson has the sections of every lesson, in their order."""
    if page.path.parent != docs / "lessons":
        return
    found = [(number, line[3:].strip()) for number, line in page.lines if line.startswith("## ")]
    for number, title in found:
        if title not in SECTIONS:
            near = get_close_matches(title, SECTIONS, n=1)
            hint = f'; did you mean "{near[0]}"?' if near else ""
            yield number, f'section "{title}" is not one of a lesson\'s: {", ".join(SECTIONS)}{hint}'
    titles = [title for _, title in found if title in SECTIONS]
    for missing in [title for title in SECTIONS if title not in titles]:
        yield 1, f'the section "## {missing}" is missing'
    if sorted(titles, key=SECTIONS.index) != titles:
        yield 1, f"the sections stand in the wrong order; it is: {', '.join(SECTIONS)}"


def find_problems(docs: Path = DOCS) -> list[Problem]:
    """Find every mistake in the sources, ordered by file and line."""
    problems = [*content_problems(), *abbreviations.abbreviation_problems(), *course_problems()]
    try:
        bibliography.load_bibliography()
    except BuildError as error:
        problems.append(Problem("docs/bibliography", 1, str(error)))
        return problems
    pages = [read_page(path) for path in page_paths(docs)]
    mathematics.answers_to(formula for page in pages for _, formula in mathematics.formulas_of(page))  # all at once
    for page in pages:
        problems += check_page(page, docs)
    return sorted(set(problems), key=lambda problem: (problem.file, problem.line, problem.message))


def count_fences(docs: Path = DOCS) -> dict[str, int]:
    """Count the widgets that each page places: path relative to ``docs`` → number."""
    return {
        path.relative_to(docs).as_posix(): sum(fence.language in ("widget", "quiz") for fence in read_page(path).fences)
        for path in page_paths(docs)
    }


def report() -> int:
    """Print every mistake; return 1 if there is one, 0 if not."""
    problems = find_problems()
    for problem in problems:
        print(problem, file=sys.stderr)
    pages, quizzes = len(page_paths()), len(list(QUIZZES.glob("*.yml")))
    found = f"{len(problems)} problem(s)" if problems else "no problem"
    print(f"checked {pages} pages and {quizzes} quizzes: {found}", file=sys.stderr)
    print(numbers.shares(numbers.count_figures(read_page(path) for path in page_paths())), file=sys.stderr)
    return 1 if problems else 0
