"""The theme's files in a built site are made lighter, and an update of the theme that prevents it is refused."""

from pathlib import Path

import pytest

from widgets.core.errors import BuildError
from widgets.site.publish.lighten import EDITS, Edit, lighten


def site_with(folder: Path, texts: dict[str, str]) -> Path:
    """Write a site with the theme's files, by the pattern of their names."""
    for pattern, text in texts.items():
        path = folder / pattern.replace("*", "0a1b")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def theme() -> dict[str, str]:
    """Give files that hold what is replaced, and something else."""
    texts: dict[str, str] = {}
    for edit in EDITS:
        texts[edit.files] = f"{texts.get(edit.files, 'kept;')}{edit.found}"
    return texts


def test_every_edit_is_made_and_the_rest_stays(tmp_path: Path) -> None:
    lighten(site_with(tmp_path, theme()))
    for edit in EDITS:
        text = next(tmp_path.glob(edit.files)).read_text(encoding="utf-8")
        assert text.startswith("kept;")
        assert edit.found not in text
        assert edit.replacement in text


@pytest.mark.parametrize("edit", EDITS)
def test_another_version_of_the_theme_is_refused_with_what_it_would_cost(tmp_path: Path, edit: Edit) -> None:
    texts = theme()
    texts[edit.files] = texts[edit.files].replace(edit.found, "")
    with pytest.raises(BuildError, match=edit.loss):
        lighten(site_with(tmp_path, texts))
