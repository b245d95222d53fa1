"""Find the browsers for the tests, or install them: ``python -m tests.browsers``.

Three engines are tested. Chromium: Playwright's own comes first, where it can be downloaded; then the system's.
Firefox: the system's. WebKit: WebKitGTK's small browser with its WebDriver, on an invisible screen. What is missing is
installed with apt where that is allowed; otherwise a message says what to install. Without Chromium there are no tests;
without another engine its tests are skipped and say so, but in continuous integration (``CI`` is set) they fail.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

Programs = tuple[str, ...]

SHELL = "chromium-headless-shell"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FIREFOX_NAMES = ("firefox-esr", "firefox", "/Applications/Firefox.app/Contents/MacOS/firefox")
MINI_BROWSERS = ("lib/*/webkit2gtk-4.*/MiniBrowser", "libexec/webkit2gtk-4.*/MiniBrowser")
MINUTES = 60
"""Seconds."""
ADVICE = """No Chromium was found and none could be installed. Install one of these and run the command again:
  python -m playwright install --with-deps chromium
  apt-get install chromium          (Debian)
  brew install --cask chromium      (macOS)"""


def first_program(names: Iterable[str]) -> str | None:
    """Give the path of the first program that is there and says its version."""
    return next((path for name in names if (path := shutil.which(name)) and answers(path)), None)


def answers(path: str) -> bool:
    """Say whether a program runs; one that only advises to install it does not, nor does one without its libraries."""
    try:
        return subprocess.run([path, "--version"], capture_output=True, check=False, timeout=MINUTES).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


@cache
def playwright_chromium() -> str | None:
    """Give the path of Playwright's own Chromium, if it starts: its download brings no system libraries."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if answers(path) else None


def chromium_path() -> str | None:
    """Give the path of the Chromium that the tests drive; ``FT_CHROMIUM`` in the environment comes first."""
    return os.environ.get("FT_CHROMIUM") or playwright_chromium() or first_program(CHROMIUM_NAMES)


def chromium_shell_path() -> str:
    """Give the path of Chromium without a window, which needs less than half the processor; "" if there is none.

    Playwright brings it along, Debian has it as a package of its own. ``FT_CHROMIUM`` in the environment comes first.
    """
    named, whole = os.environ.get("FT_CHROMIUM"), playwright_chromium()
    if named or not whole:
        return named or first_program([SHELL]) or ""
    beside = Path(whole).parents[2].glob("chromium_headless_shell-*/*/*headless*shell*")
    return next((str(path) for path in sorted(beside, reverse=True) if answers(str(path))), "")


def chromium_programs() -> Programs | None:
    """Give Chromium, if it is there."""
    path = chromium_path()
    return (path,) if path else None


def firefox_programs() -> Programs | None:
    """Give Firefox, if it is there; ``FT_FIREFOX`` in the environment comes first."""
    path = os.environ.get("FT_FIREFOX") or first_program(FIREFOX_NAMES)
    return (path,) if path else None


def webkit_programs() -> Programs | None:
    """Give WebKitGTK's driver, its browser and a screen for it, if all three are there."""
    driver, screen = shutil.which("WebKitWebDriver"), shutil.which("Xvfb")
    browsers = [path for pattern in MINI_BROWSERS for path in Path("/usr").glob(pattern)]
    return (driver, str(max(browsers)), screen) if driver and browsers and screen else None


def install_chromium() -> None:
    """Download Playwright's own Chromium, or install the system's."""
    run([sys.executable, "-m", "playwright", "install", "chromium", "chromium-headless-shell"])
    playwright_chromium.cache_clear()
    if not chromium_path():
        apt("chromium")
    if not chromium_shell_path():
        apt(SHELL)


def install_firefox() -> None:
    """Install Firefox under Debian's name, or under Ubuntu's."""
    apt("firefox-esr")
    if not firefox_programs():
        apt("firefox")


def install_webkit() -> None:
    """Install WebKitGTK's driver, which brings the browser along, and an invisible screen."""
    apt("webkit2gtk-driver", "xvfb")


def apt(*packages: str) -> None:
    """Install packages of Debian or Ubuntu where that is allowed without a password."""
    if not shutil.which("apt-get"):
        return
    rights = [] if os.geteuid() == 0 else ["sudo", "--non-interactive"]
    if rights and not shutil.which(rights[0]):
        return
    run([*rights, "apt-get", "update", "--quiet"], is_told=False)
    run([*rights, "apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *packages])


def run(command: Sequence[str], *, is_told: bool = True) -> None:
    """Try a command that installs something; whether it has helped is looked at afterwards."""
    if is_told:
        print(f"  trying: {' '.join(command[-4:])}", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(command, capture_output=True, check=False, timeout=15 * MINUTES, env=environment)


@dataclass(frozen=True)
class Engine:
    """A browser engine that the tests use.

    Attributes:
        name: ``chromium``, ``firefox`` or ``webkit``.
        programs: Finds what is needed to drive it; None if something is missing.
        install: Tries to install what is missing.
        advice: What to do where that does not work.
    """

    name: str
    programs: Callable[[], Programs | None]
    install: Callable[[], None]
    advice: str


ENGINES = {
    engine.name: engine
    for engine in (
        Engine("chromium", chromium_programs, install_chromium, ADVICE),
        Engine(
            "firefox",
            firefox_programs,
            install_firefox,
            "Firefox is not installed and could not be installed here, so nothing is tested in it. "
            "Install it (Debian: apt-get install firefox-esr) or name it in FT_FIREFOX.",
        ),
        Engine(
            "webkit",
            webkit_programs,
            install_webkit,
            "WebKitGTK with its WebDriver is not installed and could not be installed here, so nothing is tested in "
            "WebKit. It exists for Linux (Debian: apt-get install webkit2gtk-driver xvfb).",
        ),
    )
}


def must_be_there(engine: Engine) -> bool:
    """Say whether a missing engine is an error: Chromium always, every one in continuous integration."""
    return engine.name == "chromium" or os.environ.get("CI", "").lower() not in ("", "0", "false")


def main() -> int:
    """Find or install every engine, say what came of it, and give the exit status."""
    status = 0
    for engine in ENGINES.values():
        if not engine.programs():
            engine.install()
        programs = engine.programs()
        if programs:
            print(f"  {engine.name} for the tests: {programs[0]}")
        elif must_be_there(engine):
            print(engine.advice, file=sys.stderr)
            status = 1
        else:
            print(f"  {engine.advice}")
    return status


if __name__ == "__main__":
    sys.exit(main())
