"""The same Markdown, built with Material alone: what the course is compared with."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from widgets.site.sources.folders import DOCS, ROOT

PLAIN = """
site_name: Fine-Tuning LLMs
site_url: http://127.0.0.1:8000/
use_directory_urls: false
theme: {name: material, font: false, language: en, icon: {logo: material/tune-variant}, palette: [
  {media: "(prefers-color-scheme: light)", scheme: default, toggle: {icon: material/weather-night, name: Dark}},
  {media: "(prefers-color-scheme: dark)", scheme: slate, toggle: {icon: material/weather-sunny, name: Light}}],
  features: [navigation.footer, navigation.top, navigation.tracking, toc.follow,
  content.code.copy, content.code.annotate, search.suggest]}
plugins: [search]
exclude_docs: "includes/\\ndiagrams/\\nbibliography/\\n"
markdown_extensions: [abbr, admonition, attr_list, def_list, md_in_html, tables, {toc: {permalink: true}},
  pymdownx.details, pymdownx.highlight, pymdownx.inlinehilite, pymdownx.superfences,
  {pymdownx.tabbed: {alternate_style: true}},
  {pymdownx.snippets: {base_path: ["."]}}]
"""
"""Material with the course's settings of the theme, and with those of its Markdown extensions that come with it."""


def mkdocs_environment(project: Path) -> dict[str, str]:
    """Give the environment in which MkDocs builds a project with the project's own packages."""
    return {**os.environ, "PYTHONPATH": str(project), "NO_MKDOCS_2_WARNING": "1", "SITE_URL": "http://127.0.0.1:8000/"}


@contextmanager
def plain_site() -> Iterator[Path]:
    """Build the course's Markdown with Material alone, for the time of the block."""
    with tempfile.TemporaryDirectory() as scratch:
        project = Path(scratch)
        shutil.copytree(DOCS, project / "docs", ignore=shutil.ignore_patterns("assets"))
        (project / "widgets").symlink_to(ROOT / "widgets")
        (project / "mkdocs.yml").write_text(PLAIN, encoding="utf-8")
        command = [sys.executable, "-m", "mkdocs", "--quiet", "build", "--site-dir", str(project / "site")]
        subprocess.run(command, cwd=project, check=True, env=mkdocs_environment(project))
        yield project / "site"
