"""The built site, Chromium, and servers for the tests that use a browser (tests/components and tests/e2e)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browsers import ADVICE, chromium_path
from tests.site_server import StaticServer, serving
from widgets.site.sources.folders import ROOT

if TYPE_CHECKING:  # the environment with torch has no Playwright
    from playwright.sync_api import Playwright


@pytest.fixture(scope="session")
def built_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of the built site: ``FT_SITE``, or ``site/``, or a fresh build where there is neither."""
    folder = Path(os.environ.get("FT_SITE", ROOT / "site"))
    if not (folder / "index.html").is_file():
        from widgets.site.assets.bundles import COURSE_ASSETS, build_assets
        from widgets.site.publish.build import build_site

        folder = tmp_path_factory.mktemp("built") / "site"
        if not COURSE_ASSETS.is_dir():
            build_assets()
        build_site(folder)
    return folder


@pytest.fixture(scope="session")
def chromium_executable() -> str:
    """Give the path of Chromium: Playwright's own if it is installed, else the system's."""
    path = chromium_path()
    if path is None:
        pytest.fail(ADVICE)
    return path


@pytest.fixture(scope="session")
def playwright(chromium_executable: str) -> Iterator[Playwright]:
    """Start Playwright, once for all tests of a process; the search for Chromium starts one too, so it comes first."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as running:
        yield running


@pytest.fixture
def make_server(built_site: Path) -> Iterator[Callable[..., StaticServer]]:
    """Serve a folder, by default the built site, under any prefix: ``make_server(prefix="/a/b/")``."""
    with ExitStack() as stack:

        def start(folder: Path = built_site, prefix: str = "/") -> StaticServer:
            return stack.enter_context(serving(folder, prefix))

        yield start
