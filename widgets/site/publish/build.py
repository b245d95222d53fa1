"""Build the site beside the old one and swap it in when it is complete and checked."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from widgets.core.errors import BuildError
from widgets.site.assets.notebooks import write_notebooks
from widgets.site.checks import check
from widgets.site.checks.built_site import check_built_site
from widgets.site.markdown.downloads import COLAB_VARIABLE, colab_address
from widgets.site.publish.lighten import lighten
from widgets.site.publish.offline import prepare_offline
from widgets.site.publish.policy import lock_down
from widgets.site.sources.folders import ROOT


def build_site(out: Path, *, generator: str = "mkdocs") -> None:
    """Check the sources, build, check the built pages, and put the result in place.

    Args:
        out: Folder of the site; it is replaced only when everything went well.
        generator: ``mkdocs`` or ``zensical``.

    Raises:
        BuildError: If a source, the build or a built page is wrong; ``out`` is then as it was.
    """
    if check.report():
        raise BuildError("the sources have errors (listed above)")
    if os.environ.get(COLAB_VARIABLE):
        colab_address(os.environ[COLAB_VARIABLE], "lesson")  # Zensical would show a traceback in place of the message
    fresh = out.resolve().with_name(f"{out.name}-new")
    if generator == "zensical" and not fresh.is_relative_to(ROOT):
        raise BuildError(
            f"Zensical builds only into a folder of the project; found --out {out}, allowed: inside {ROOT}"
        )
    write_notebooks()
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        _generate(generator, fresh)
        if generator == "mkdocs":
            lighten(fresh)
        lock_down(fresh)
        problems = check_built_site(fresh, expected_widgets=check.count_fences())
        if problems:
            listing = "\n".join(f"  {problem}" for problem in problems[:40])
            more = f"\n  … and {len(problems) - 40} more" if len(problems) > 40 else ""
            raise BuildError(f"the built site has {len(problems)} problem(s):\n{listing}{more}")
        prepare_offline(fresh)
        _swap(fresh, out.resolve())
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _generate(generator: str, folder: Path) -> None:
    """Run the generator on the unchanged configuration, writing into ``folder``."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NO_MKDOCS_2_WARNING": "1"}
    if generator == "mkdocs":
        # Not --quiet: MkDocs then no longer counts the warnings at which --strict stops.
        command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--clean", "--site-dir", str(folder)]
    else:
        # Zensical has no option for the output folder, wants it inside the project, and caches by Markdown text:
        # so it gets a configuration of its own beside mkdocs.yml, for the time of a clean build.
        configuration = ROOT / ".zensical.yml"
        configuration.write_text(f"INHERIT: mkdocs.yml\nsite_dir: {folder.relative_to(ROOT)}\n", encoding="utf-8")
        command = [sys.executable, "-m", "zensical", "build", "--clean", "--config-file", str(configuration)]
    try:
        result = subprocess.run(command, cwd=ROOT, env=environment, check=False)
    finally:
        (ROOT / ".zensical.yml").unlink(missing_ok=True)
    if result.returncode != 0 or not (folder / "index.html").is_file():
        raise BuildError(f"{generator} did not build the site (exit status {result.returncode})")


def _swap(fresh: Path, out: Path) -> None:
    """Put the fresh folder in the old one's place; the old one goes last."""
    old = out.with_name(f"{out.name}-old")
    shutil.rmtree(old, ignore_errors=True)
    if out.exists():
        out.rename(old)
    fresh.rename(out)
    shutil.rmtree(old, ignore_errors=True)
