"""One version everywhere: what is built, what is cited and what the changelog calls the newest."""

import re
import tomllib

from widgets.site.sources.folders import ROOT


def test_changelog_and_citation_name_the_version_that_is_built() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    released = re.findall(
        r"^## (\d+\.\d+\.\d+) — (\d{4}-\d{2}-\d{2})$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.M
    )
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert released[0][0] == version
    assert f"\nversion: {version}\n" in citation
    assert f"\ndate-released: {released[0][1]}\n" in citation
