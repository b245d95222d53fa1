"""Make the built pages lighter: what the theme loads on every page, but only few readers need.

The course is correct without this step; it only saves bytes.
"""

from __future__ import annotations

from pathlib import Path

from widgets.core.errors import BuildError

EAGER = '(location.protocol!=="file:"),'
LAZY = "(!1),"


def search_on_demand(site: Path) -> None:
    """Let Material's script fetch the search index when the reader opens the search, not on every page.

    The theme waits for that already when pages are opened as files; this makes it wait everywhere.

    Raises:
        BuildError: If the theme's script is not as expected (another version of the theme).
    """
    scripts = sorted((site / "assets" / "javascripts").glob("bundle.*.min.js"))
    if len(scripts) != 1 or scripts[0].read_text(encoding="utf-8").count(EAGER) != 1:
        raise BuildError(
            "the theme's script has changed, so the search index would be loaded with every page; "
            "see widgets/site/publish/lighten.py"
        )
    text = scripts[0].read_text(encoding="utf-8")
    scripts[0].write_text(text.replace(EAGER, LAZY), encoding="utf-8")
