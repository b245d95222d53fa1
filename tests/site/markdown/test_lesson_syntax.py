"""The course's own marks in the running text."""

from __future__ import annotations

import re

import markdown
import pytest

from widgets.site.figures import figures

EXTENSIONS = ["abbr", "md_in_html", "widgets.site.markdown.lesson_syntax"]


def render(text: str) -> str:
    return markdown.markdown(text, extensions=EXTENSIONS)


def test_a_figure_is_computed() -> None:
    name = sorted(figures())[0]
    html = render(f"It is [={name}].")
    assert f'data-figure-name="{name}"' in html
    assert figures()[name]() in html


def test_an_unknown_figure_stops_the_build() -> None:
    with pytest.raises(SystemExit, match="no-such-figure"):
        render("It is [=no-such-figure].")


def test_a_citation_links_to_the_list_of_sources() -> None:
    assert '<a href="#source-hu2021lora" class="ft-cite">Hu et al., 2021</a>' in render("See [@hu2021lora].")


def test_inline_formulas_and_dollar_amounts() -> None:
    html = render(r"The rank $r$ costs \$2 to \$5, or $0.37M and $6.6M.")
    assert html.count("<math") == 1
    assert "$2 to $5" in html
    assert "$0.37M and $6.6M" in html


def test_figures_and_citations_inside_code_are_left_alone() -> None:
    assert "[=x]" in render("`[=x]`")


def test_a_widget_is_a_block_and_not_wrapped_in_a_paragraph() -> None:
    html = render('<ft-widget name="x">\n<p>inside</p>\n</ft-widget>')
    assert "<p><ft-widget" not in html


def test_an_abbreviation_is_explained_once_and_for_the_keyboard() -> None:
    html = render("# About KL\n\nThe KL term. The KL again.\n\n*[KL]: Kullback-Leibler divergence")
    assert html.count("<abbr") == 1
    assert re.search(r'<abbr [^>]*tabindex="0"', html)
    assert "<h1>About KL</h1>" in html
    assert "The KL again." in re.sub(r"<[^>]+>", "", html)


def test_an_abbreviation_in_a_note_of_a_listing_is_left_to_the_running_text() -> None:
    listing = "```python\nloss = kl()  # (1)!\n```\n\n"
    text = "1. The KL is summed.\n\nThe KL never falls below 0.\n\n*[KL]: Kullback-Leibler divergence"
    extensions = [*EXTENSIONS, "pymdownx.highlight", "pymdownx.superfences"]
    html = markdown.markdown(listing + text, extensions=extensions)
    assert "<li>The KL is summed.</li>" in html
    assert re.search("The <abbr [^>]*>KL</abbr> never", html)
    assert re.search("The <abbr [^>]*>KL</abbr> is summed", markdown.markdown(text, extensions=extensions))


def test_a_lesson_says_how_long_it_takes_to_read() -> None:
    lesson = "# Title\n\n## In one breath\n\n" + "word " * 600
    assert '<p class="ft-reading-time">About 3 minutes of reading</p>' in render(lesson)
    assert "ft-reading-time" not in render("# Title\n\nNo lesson.")
