"""Show memory accounts of several methods side by side: bars to one scale, components, formulas, GPUs."""

from __future__ import annotations

from collections.abc import Mapping

from widgets.catalog.account import COMPONENTS, HOLDERS, MemoryEstimate
from widgets.catalog.gpus import GPUS, Gpu, gpus_needed
from widgets.catalog.memory import GB
from widgets.catalog.methods import METHODS
from widgets.core.html import Html, element, join, metric

BAR_WIDTH = 1000
"""Width of a bar's drawing, in units of its own."""

Estimates = Mapping[str, MemoryEstimate]


def gigabytes(num_bytes: int) -> str:
    """Write bytes as gigabytes (1e9 bytes): two decimals below 10 GB, one above.

    >>> gigabytes(3_930_000_000), gigabytes(107_814_649_856), gigabytes(4_194_304)
    ('3.93 GB', '107.8 GB', '0.004 GB')
    """
    size = num_bytes / GB
    digits = 1 if size >= 10 else 2 if size >= 0.1 else 3
    return f"{size:,.{digits}f} GB"


def memory_metric(num_bytes: int, method: str, component: str | None = None) -> Html:
    """Show bytes as ``memory_bytes`` of a method, or of one component of it."""
    return metric("memory_bytes", num_bytes, gigabytes(num_bytes), data_method=method, data_component=component)


def smallest_gpu(num_bytes: int) -> str:
    """Say on which GPU so many bytes fit, or how many of the largest would be needed."""
    for gpu in GPUS:
        if num_bytes <= gpu.memory_bytes:
            return f"fits one {gpu.label}"
    largest = GPUS[-1]
    return f"needs {gpus_needed(num_bytes, largest)} × {largest.label}, split evenly"


def bars(estimates: Estimates) -> Html:
    """Draw one stacked bar for each method, all to the scale of the largest total."""
    largest = max(estimate.total_bytes for estimate in estimates.values())
    rows = [_bar_row(method, estimate, largest) for method, estimate in estimates.items()]
    used = [name for name in COMPONENTS if any(estimate.component_bytes(name) for estimate in estimates.values())]
    legend = element(
        "ul",
        (element("li", element("span", class_=f"mc-key mc-{name}"), COMPONENTS[name]) for name in used),
        class_="mc-legend",
    )
    return join(element("ul", rows, class_="mc-bars"), legend)


def _bar_row(method: str, estimate: MemoryEstimate, largest: int) -> Html:
    pieces = []
    start = 0
    for name, size in estimate.by_component().items():
        left, right = start * BAR_WIDTH // largest, (start + size) * BAR_WIDTH // largest
        pieces.append(element("rect", class_=f"mc-{name}", x=left, width=max(1, right - left), height=24))
        start += size
    bar = element(
        "svg", pieces, viewBox=f"0 0 {BAR_WIDTH} 24", preserveAspectRatio="none", class_="mc-bar", aria_hidden="true"
    )
    holders = [HOLDERS[holder] for holder in estimate.holders]
    models = f"{len(holders)} {'model' if len(holders) == 1 else 'models'} in memory"
    return element(
        "li",
        element(
            "div",
            element("strong", METHODS[method].label),
            element("span", memory_metric(estimate.total_bytes, method), class_="mc-total"),
            class_="mc-row-head",
        ),
        bar,
        element("small", f"{models}; {smallest_gpu(estimate.total_bytes)}"),
    )


def component_table(estimates: Estimates) -> Html:
    """List the bytes of every component of every method."""
    used = [name for name in COMPONENTS if any(estimate.component_bytes(name) for estimate in estimates.values())]
    rows = [
        element(
            "tr",
            element("th", COMPONENTS[name], scope="row"),
            (
                element("td", memory_metric(size, method, name) if (size := estimate.component_bytes(name)) else "–")
                for method, estimate in estimates.items()
            ),
        )
        for name in used
    ]
    return _table("Memory by component", "Component", estimates, rows)


def gpu_table(estimates: Estimates) -> Html:
    """Say for each GPU whether each method fits on one, and how many it takes if not."""
    rows = [
        element(
            "tr",
            element("th", gpu.label, scope="row"),
            (_fit(estimate, gpu) for estimate in estimates.values()),
        )
        for gpu in GPUS
    ]
    return _table("GPUs of each kind that hold it", "GPU", estimates, rows)


def _fit(estimate: MemoryEstimate, gpu: Gpu) -> Html:
    count = gpus_needed(estimate.total_bytes, gpu)
    if count == 1:
        return element("td", element("span", "✓ ", aria_hidden="true"), "fits", class_="mc-fits")
    return element("td", f"{count} of them")


def _table(caption: str, corner: str, estimates: Estimates, rows: list[Html]) -> Html:
    head = element(
        "tr",
        element("th", corner, scope="col"),
        (element("th", METHODS[method].label, scope="col") for method in estimates),
    )
    table = element(
        "table",
        element("caption", caption),
        element("thead", head),
        element("tbody", rows),
        class_="ft-table",
    )
    return element("div", table, class_="ft-scroll", tabindex="0", role="region", aria_label=caption)


def formulas(estimates: Estimates) -> Html:
    """Write out how each part of each method's account was computed."""
    blocks = [
        element(
            "section",
            element("h4", METHODS[method].label),
            element(
                "dl",
                (
                    join(
                        element("dt", f"{part.label} of the {HOLDERS[part.holder]}"),
                        element(
                            "dd",
                            part.symbols,
                            element("br"),
                            element("code", part.formula),
                            f" = {gigabytes(part.num_bytes)}",
                        ),
                    )
                    for part in estimate.parts
                ),
            ),
        )
        for method, estimate in estimates.items()
    ]
    return element("div", blocks, class_="mc-formulas")
