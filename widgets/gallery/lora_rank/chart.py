"""The chart of trainable parameters over the rank, with a table of what else grows with the rank."""

from __future__ import annotations

from functools import lru_cache

from widgets.catalog import lora_counts
from widgets.catalog.models import ModelConfig
from widgets.core.chart import chart
from widgets.core.html import Html
from widgets.gallery.lora_rank.counts import file_size, model_state_bytes
from widgets.gallery.shared.memory_account import gigabytes

RANKS = tuple(2**exponent for exponent in range(9))
PRESETS = ("q,v", "q,k,v,o", "all-linear")
COLOURS = ("@accent", "@accent-2", "@train", "@good")


def figure(config: ModelConfig, rank: int, targets: str) -> dict[str, object]:
    """Build the Plotly figure: a line for each preset and for the chosen modules, and the reader's own setting."""
    lines = dict.fromkeys((*PRESETS, targets))
    data: list[dict[str, object]] = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": name,
            "x": list(RANKS),
            "y": list(_params_over_ranks(config, name)),
            "line": {"color": colour, "width": 4 if name == targets else 2},
        }
        for name, colour in zip(lines, COLOURS, strict=False)
    ]
    data.append(
        {
            "type": "scatter",
            "mode": "markers",
            "name": "your setting",
            "x": [rank],
            "y": [lora_counts.trainable_params(config, rank, targets)],
            "marker": {"color": "@ink", "size": 13, "symbol": "diamond"},
        }
    )
    layout = {
        "xaxis": {
            "title": {"text": "rank r"},
            "type": "log",
            "tickvals": list(RANKS),
            "ticktext": [str(each) for each in RANKS],
        },
        "yaxis": {"title": {"text": "trainable parameters"}, "type": "log", "exponentformat": "B", "dtick": 1},
        "legend": {"orientation": "h", "y": -0.3},
        "margin": {"l": 65, "r": 10, "t": 10, "b": 60},
    }
    return {"data": data, "layout": layout}


@lru_cache(maxsize=256)
def _params_over_ranks(config: ModelConfig, targets: str) -> tuple[int, ...]:
    # The lines stay as they are while the reader moves the rank; an adapter's parameters grow in proportion to it.
    per_rank = lora_counts.trainable_params(config, 1, targets)
    return tuple(rank * per_rank for rank in RANKS)


def rank_chart(chart_id: str, config: ModelConfig, rank: int, targets: str) -> Html:
    """Build the chart with its description and its table, which has a row for the chosen rank too."""
    here = lora_counts.trainable_params(config, rank, targets)
    return chart(
        chart_id,
        figure(config, rank, targets),
        title=f"{config.label}: trainable parameters over the rank",
        description=(
            "Both axes are logarithmic: each step to the right doubles the rank, and with it the parameters. "
            f"At rank {rank} on {targets} there are {here:,}."
        ),
        head=("Rank", "Trainable", "Share of all", "Adapter in bf16", "LoRA, model states", "QLoRA, model states"),
        rows=[_row(config, each, targets) for each in sorted({*RANKS, rank})],
    )


@lru_cache(maxsize=1024)
def _row(config: ModelConfig, rank: int, targets: str) -> tuple[str, ...]:
    states = (model_state_bytes(config, method, rank, targets) for method in ("lora", "qlora"))
    return (
        str(rank),
        f"{lora_counts.trainable_params(config, rank, targets):,}",
        f"{lora_counts.trainable_percent(config, rank, targets):.4f} %",
        file_size(lora_counts.adapter_bytes(config, rank, targets, "bf16")),
        *(gigabytes(size) for size in states),
    )
