"""Charts: Plotly figures as plain dicts, drawn by the page's script when they come near the viewport.

The same numbers always stand in a table behind a disclosure, so a chart is readable without script and by
screen readers. The chart's space is reserved, so nothing moves when it is drawn.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from widgets.core.html import Child, Html, element


def chart(
    chart_id: str,
    figure: Mapping[str, object],
    *,
    title: str,
    description: str,
    head: Sequence[str],
    rows: Sequence[Sequence[Child]],
) -> Html:
    """Build a chart with its description and its data table.

    Args:
        chart_id: Unique on the page.
        figure: ``{"data": [...], "layout": {...}}`` as Plotly reads it; numbers already rounded. Colours may be
            names of the site's colours: ``"@accent"``, ``"@accent-2"``, ``"@good"``, ``"@bad"``, ``"@ink"``,
            ``"@frozen"``, ``"@train"``; the page's script replaces them so that both colour schemes work.
        title: The chart's caption.
        description: What the chart shows, in words and figures, one or two sentences.
        head: The table's column headings.
        rows: The table's rows; the first cell of each is its row heading.
    """
    table = element(
        "table",
        element("thead", element("tr", (element("th", text, scope="col") for text in head))),
        element(
            "tbody",
            (
                element("tr", element("th", row[0], scope="row"), (element("td", cell) for cell in row[1:]))
                for row in rows
            ),
        ),
        class_="ft-table",
    )
    return element(
        "figure",
        element("figcaption", title, class_="ft-caption"),
        element(
            "div",
            class_="ft-plot",
            id=chart_id,
            role="img",
            aria_label=f"{title}. {description}",
            data_figure=json.dumps(figure, separators=(",", ":"), allow_nan=False),
        ),
        element("p", description, class_="ft-description"),
        element(
            "details",
            element("summary", "The numbers as a table"),
            element("div", table, class_="ft-scroll", tabindex="0", role="region", aria_label=f"{title}: table"),
            class_="ft-numbers",
            id=f"{chart_id}-table",
        ),
        class_="ft-chart",
    )
