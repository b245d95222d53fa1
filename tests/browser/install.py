"""Find a browser for the tests, or install one: ``python -m tests.browser.install``.

Playwright's own Chromium comes first, where it can be downloaded; then the system's; then apt's, where that is
allowed; otherwise a message says what to install.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

SYSTEM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ADVICE = """No Chromium was found and none could be installed. Install one of these and run the command again:
  python -m playwright install --with-deps chromium
  apt-get install chromium          (Debian)
  brew install --cask chromium      (macOS)"""


def playwright_chromium() -> str | None:
    """Give the path of Playwright's own Chromium, if it is there."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def system_chromium() -> str | None:
    """Give the path of the system's Chromium, if it is there."""
    return next((path for name in SYSTEM_NAMES if (path := shutil.which(name))), None)


def chromium_path() -> str | None:
    """Give the path of the Chromium that the tests drive; ``FT_CHROMIUM`` in the environment comes first."""
    return os.environ.get("FT_CHROMIUM") or playwright_chromium() or system_chromium()


def install() -> str | None:
    """Find a Chromium, installing one if need be, and give its path."""
    found = playwright_chromium()
    if found:
        return found
    for command in (
        [sys.executable, "-m", "playwright", "install", "chromium", "chromium-headless-shell"],
        ["apt-get", "install", "--yes", "--quiet", "chromium"],
    ):
        found = system_chromium() if command[0] == "apt-get" else None
        if found:
            return found
        if command[0] == "apt-get" and (not shutil.which("apt-get") or os.geteuid() != 0):
            break
        if command[0] == "apt-get":
            subprocess.run(["apt-get", "update", "--quiet"], capture_output=True, check=False)
        print(f"  trying: {' '.join(command[-4:])}", flush=True)
        subprocess.run(command, capture_output=True, check=False, timeout=900)
        found = chromium_path()
        if found:
            return found
    return None


if __name__ == "__main__":
    path = install()
    print(f"  browser for the tests: {path}" if path else ADVICE, file=sys.stdout if path else sys.stderr)
    sys.exit(0 if path else 1)
