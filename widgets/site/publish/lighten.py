"""Make the built pages lighter: what the theme loads or works out on every page, but only few readers need.

The course is correct without this step; it saves bytes, and time before the first click is answered.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from widgets.core.errors import BuildError


@dataclass(frozen=True)
class Edit:
    """A piece of text of the theme that is replaced in the built site.

    Attributes:
        files: Pattern of the one file that holds it.
        found: The text, which stands there once.
        replacement: What takes its place.
        loss: What readers would get if it stayed, for the author of an update.
    """

    files: str
    found: str
    replacement: str
    loss: str


EDITS = (
    # The theme waits with the index when pages are opened as files; this makes it wait everywhere.
    Edit(
        "assets/javascripts/bundle.*.min.js",
        '(location.protocol!=="file:"),',
        "(!1),",
        "the search index would be loaded with every page",
    ),
    # The theme adds <meta name="color-scheme"> after it has read the palette, and browsers then work out the style of
    # the whole page again, twice. colours.css says the same to the browser from the start.
    Edit(
        "assets/javascripts/bundle.*.min.js",
        'let o=x("meta",{name:"color-scheme"});document.head.appendChild(o);',
        'let o=x("meta",{name:"color-scheme"});',
        "every page would work out its whole style twice more",
    ),
    # Switching off transitions for every element while colours change costs two more rounds on each page, to spare the
    # one reader who presses the switch a short fade.
    Edit(
        "assets/stylesheets/palette.*.min.css",
        "[data-md-color-switching] *,[data-md-color-switching] :after,[data-md-color-switching] :before"
        "{transition-duration:0s!important}",
        "",
        "every page would work out its whole style twice more",
    ),
)


def lighten(site: Path) -> None:
    """Edit the theme's files in a built site.

    Args:
        site: The folder of the built site.

    Raises:
        BuildError: If the theme's files are not as expected (another version of the theme).
    """
    for edit in EDITS:
        files = sorted(site.glob(edit.files))
        texts = [path.read_text(encoding="utf-8") for path in files]
        if len(files) != 1 or texts[0].count(edit.found) != 1:
            raise BuildError(
                f"the theme's {edit.files} has changed, so {edit.loss}; see widgets/site/publish/lighten.py"
            )
        files[0].write_text(texts[0].replace(edit.found, edit.replacement), encoding="utf-8")
