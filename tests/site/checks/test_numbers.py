"""Every figure of the pages has a source; which have none is found line by line."""

from __future__ import annotations

from pathlib import Path

import markdown
import pytest

from widgets.engine.adapter import Adapter, LoraConfig
from widgets.engine.architectures.gpt import GPT, GPTConfig
from widgets.site import figures
from widgets.site.checks.check import check_page
from widgets.site.checks.numbers import BARE, CHOSEN, CITED, COMPUTED, count_figures, page_figures, shares
from widgets.site.figures import figure_text
from widgets.site.figures.tiny_model import adapter_params, two_phases_bytes
from widgets.site.sources.folders import DOCS
from widgets.site.sources.pages import page_paths, read_page


def figures_of(tmp_path: Path, text: str) -> list[tuple[str, str]]:
    path = tmp_path / "page.md"
    path.write_text(text, encoding="utf-8")
    return [(figure.kind, figure.text) for figure in page_figures(read_page(path))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It takes 27 GB.", [(BARE, "27")]),
        ("It takes [=lora-7b-full-gb] GB.", [(COMPUTED, "[=lora-7b-full-gb]")]),
        ("It takes 27.5 GB [@hu2021lora].", [(CITED, "27.5")]),
        ("First line with 10,000\nand the source below [@hu2021lora].", [(CITED, "10,000")]),
        ("It takes 27.5 GB [@hu2021lora]. Elsewhere 999 GB.", [(CITED, "27.5"), (BARE, "999")]),
        ("Elsewhere 999 GB! It takes 27.5 GB [@hu2021lora].", [(BARE, "999"), (CITED, "27.5")]),
        ("Elsewhere 999 GB. [@hu2021lora]", [(BARE, "999")]),
        (
            "Hu counts, e.g. 5 of them,\nand `x. Y` 6 et al. 7 [@hu2021lora].",
            [(CITED, "5"), (CITED, "6"), (CITED, "7")],
        ),
        ("Why “so?” asks Hu: 5 [@hu2021lora].", [(CITED, "5")]),
        ("**Hu.** It takes 5 GB.\n*So* says [@hu2021lora] 6.", [(BARE, "5"), (CITED, "6")]),
        ("One sentence. `code` takes 5. It cites [@hu2021lora].", [(BARE, "5")]),
        ("- An item. With 5 GB.\n  Another [@hu2021lora].", [(BARE, "5")]),
        ('!!! note "Hu has 5"\n    And 6 [@hu2021lora].', [(BARE, "5"), (CITED, "6")]),
        ("A batch of [~512 tokens].", [(CHOSEN, "512")]),
        ("- one item, 5 %\n- another [@hu2021lora]", [(BARE, "5")]),
        ("| a | 5 |\n|---|---|\n| b | 6 [@hu2021lora] |", [(BARE, "5"), (CITED, "6")]),
        ("| a | 5. So |\n|---|---|\n| b. C | 6 [@hu2021lora] |", [(BARE, "5"), (CITED, "6")]),
        ("Hu counted [@hu2021lora]:\n\n| a | 5 |\n|---|---|\n| b | 6 |", [(CITED, "5"), (CITED, "6")]),
        ("Hu counted [@hu2021lora].\n\n| a | 5 |\n|---|---|", [(BARE, "5")]),
        ("Hu counted [@hu2021lora]. So did we:\n\n| a | 5 |\n|---|---|", [(BARE, "5")]),
        ("Hu counted [@hu2021lora]:\n\n- 5\n- 6", [(CITED, "5"), (CITED, "6")]),
        ("Hu counted [@hu2021lora]:\n\nA paragraph with 5.", [(BARE, "5")]),
        ("At rank 8 and alpha 16, r = 4.", [(CHOSEN, "8"), (CHOSEN, "16"), (CHOSEN, "4")]),
        ("At KL 0.5 and rank 8, 16 or 32, a batch of 4 rows.", [(CHOSEN, n) for n in ("0.5", "8", "16", "32", "4")]),
        ("At KL 12.5 nats, alpha 16 GB.", [(BARE, "12.5"), (BARE, "16")]),
        ("A rate of 2e-4.", [(BARE, "2e-4")]),
        ("So $32 / 64 = 0.5$ bits.", [(BARE, "0.5")]),
        (r"So $8/64 + 32/(64 \cdot 256) \approx 0.127$.", [(BARE, "0.127")]),
        ("```math\n4 + \\frac{32}{64} = 4.5 \\text{ bits}\n```", [(BARE, "4.5")]),
        ("Three of 4 answers.", [(BARE, "4")]),
        ("It costs \\$5.", [(BARE, "5")]),
        ("## A heading with 28 GB", [(BARE, "28")]),
        ('!!! warning "It takes 9 hours"', [(BARE, "9")]),
    ],
)
def test_a_figure_is_computed_cited_chosen_or_bare(tmp_path: Path, text: str, expected: list[tuple[str, str]]) -> None:
    assert figures_of(tmp_path, text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Llama 2 7B, Llama-2-7B, Qwen2.5-0.5B, GPT-3, an A100, NF4 and bf16",
        "Python 3.11 and ZeRO-3, stage 2",
        "lessons 3 and 4, step 2, note 6, section 4",
        "in 2024, since 1952, a study of 2026 and May 2025, (Hu, 2021), in 2020 and 2021",
        "the 6B model, 7B and 13B",
        "4 bits, 16-bit numbers, 4 or 8 bits",
        "a mask of 0 and 1, −1 to 1, below 1",
        "`r=16` and `--port 8000`",
        r"$32 / 64 =$ and −ln 2, $r = 8$, $\alpha / r = 2$, $x = (5, -1)$, $N = 6 \cdot 7 \cdot$",
        "```math\nA_2 = 0.3 + 0.95 \\times 0.3\n```",
        "“28 GB, 6 GB, 4 GB”",
        "[a link](page-12.md#part-3){ .class-4 }",
        "[3 LoRA](lora.md)",
        "7. the seventh item",
        "**2. Register it** somewhere",
        "<figcaption>Figure 12</figcaption>",
        "<!-- 12 -->",
        "```text\n12 GB\n```",
    ],
)
def test_digits_that_claim_nothing_are_not_counted(tmp_path: Path, text: str) -> None:
    assert figures_of(tmp_path, text) == []


@pytest.mark.parametrize(
    "text",
    [
        *("7 GB", "about 0.5", "1.5", "10 times", "at 10:30", "100", "1,000", "48B tokens", "\\$5M"),
        *(
            "2048 tokens",
            "1950 MB",
            "in 2000 steps",
            "of 1950 MB",
            "in 1999 GPU-hours",
            "since 2048",
            "a window of 1024",
        ),
        *("6B dollars", "€6B", "7B parameters", "2B %"),
    ],
)
def test_other_digits_are(tmp_path: Path, text: str) -> None:
    assert {kind for kind, _ in figures_of(tmp_path, text)} == {BARE}


def test_a_bare_figure_is_reported_at_its_line_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text("# T\n\nSome text,\nand 27.5 GB.\n", encoding="utf-8")
    [problem] = check_page(read_page(path), tmp_path)
    assert problem.line == 4
    assert problem.message == (
        'the figure "27.5" has no source; compute it, [=name], cite a source in its sentence or row, [@key], '
        "or mark a setting or an example of your own, [~27.5]"
    )


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("It takes 5 GB [@hu2021lora].\nElsewhere 999 GB.", 4, "the citation nearby covers only its own sentence, or"),
        ("| a | 9 |\n|---|---|\n| b | 6 [@hu2021lora] |", 3, "the citation nearby covers only its own sentence, or"),
        ("So $32 / 64 = 0.5$ bits.", 3, "end the formula with its sign, and let the result be computed"),
        ("```math\n4 +\n4 = 8\n```", 5, 'the result "8" is typed into a formula'),
    ],
)
def test_the_message_tells_why_a_figure_has_no_source(tmp_path: Path, text: str, line: int, said: str) -> None:
    path = tmp_path / "page.md"
    path.write_text(f"# T\n\n{text}\n\n```sources\nhu2021lora: it\n```\n", encoding="utf-8")
    [problem] = check_page(read_page(path), tmp_path)
    assert problem.line == line
    assert said in problem.message


def test_a_figure_that_does_not_exist_is_reported_with_the_nearest(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text("# T\n\nIt is [=lora-7b-qv-r9] and [@hu2021lara].\n", encoding="utf-8")
    figure, citation = sorted(check_page(read_page(path), tmp_path), key=lambda problem: "reference" in problem.message)
    assert figure.line == citation.line == 3
    assert 'unknown figure "lora-7b-qv-r9"' in figure.message
    assert 'did you mean "lora-7b-qv-r8"' in figure.message
    assert 'did you mean "hu2021lora"' in citation.message


def test_a_figure_that_cannot_be_computed_is_reported_at_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "figures", lambda: {"broken": lambda: str(1 / 0)})
    path = tmp_path / "page.md"
    path.write_text("# T\n\nIt is [=broken].\n", encoding="utf-8")
    [problem] = check_page(read_page(path), tmp_path)
    assert (problem.line, problem.message) == (
        3,
        "figure broken could not be computed: ZeroDivisionError: division by zero",
    )


@pytest.mark.parametrize("path", page_paths(), ids=lambda path: path.relative_to(DOCS).as_posix())
def test_no_page_has_a_bare_figure(path: Path) -> None:
    assert [
        f"{path.name}:{figure.line}: {figure.text}" for figure in page_figures(read_page(path)) if figure.kind == BARE
    ] == []


def test_more_figures_are_computed_than_anything_else() -> None:
    counts = count_figures(read_page(path) for path in page_paths())
    assert counts[COMPUTED] > counts[CITED] + counts[CHOSEN]
    assert shares(counts).endswith("0 bare (0 %)")


def test_a_mark_for_what_was_chosen_shows_its_text_and_what_is_marked_inside_it() -> None:
    html = markdown.markdown("A [~24 GB] card, [~**8**].", extensions=["widgets.site.markdown.lesson_syntax"])
    assert '<span class="ft-chosen">24 GB</span>' in html
    assert '<span class="ft-chosen"><strong>8</strong></span>' in html


def test_the_tiny_model_s_figures_are_those_of_its_world() -> None:
    assert figure_text("tiny-params") == "118,000"
    assert [figure_text(f"tiny-{name}") for name in ("words", "animals", "train-animals", "held-out-animals")] == [
        "215",
        "64",
        "44",
        "20",
    ]


def test_an_adapter_of_the_tiny_model_is_counted_as_the_engine_counts_it() -> None:
    adapter = Adapter(GPT(GPTConfig(215, 64, 2, 4, 64), seed=0), LoraConfig(rank=8))
    assert adapter_params(8) == adapter.parameters.count
    assert figure_text("tiny-full-over-r8") == "6.4"


def test_the_texts_of_the_two_phases_are_hundreds_of_thousands_and_thousands_of_bytes() -> None:
    general, special = two_phases_bytes()
    assert 300_000 < general < 900_000
    assert 8_000 < special < 40_000
