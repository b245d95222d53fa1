"""The folder of the self-test: the built site, the script beside it, and what CPython gives.

``python -m tests.e2e.self_test`` serves it at this machine's own address, for a browser that the tests do
not drive, for example Safari.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import shutil
import tempfile
import threading
import zipfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from tests.site_server import serving
from widgets.recipes import sft
from widgets.recipes.results import TrainingStep
from widgets.site.assets.wheel import SIDE_MODULES
from widgets.site.sources.folders import DOCS, ROOT
from widgets.site.sources.pages import page_paths
from widgets.world import qa_pairs
from widgets.world.model import base_model

HERE = Path(__file__).parent
STEPS, LEARNING_RATE = 20, 0.002
TOLERANCE = 1e-4
"""Nats between the losses of two platforms: sums of 32-bit numbers are taken in another order."""


@cache
def native_losses() -> tuple[float, ...]:
    """Train natively as the self-test does in the browser, and give the loss of each step, in nats."""
    config = sft.SFTConfig(steps=STEPS, learning_rate=LEARNING_RATE)
    results = sft.train(base_model(), qa_pairs("train", "full", seed=0), config)
    return tuple(result.loss for result in results if isinstance(result, TrainingStep))


def kernel_sizes(site: Path) -> dict[str, int]:
    """Give the builds of the kernels in the site's wheel with their sizes in bytes."""
    [wheel] = site.glob("assets/course/fine_tuning_llms-*.whl.gz")
    with zipfile.ZipFile(io.BytesIO(gzip.decompress(wheel.read_bytes()))) as archive:
        return {name: archive.getinfo(f"widgets/engine/{name}").file_size for name in SIDE_MODULES}


def pages_with_widgets(site: Path) -> list[str]:
    """List the pages of the site that hold a widget or a quiz."""
    pages = [path.relative_to(DOCS).with_suffix(".html").as_posix() for path in page_paths()]
    return [page for page in pages if "<ft-widget" in (site / page).read_text(encoding="utf-8")]


def order_for(site: Path) -> dict[str, Any]:
    """Give what ``train`` in ``self_test.js`` is asked for, without the site's address."""
    return {
        "kernels": kernel_sizes(site),
        "refused": "",
        "page": "lessons/sft.html",
        "settings": {"steps": str(STEPS), "learning_rate": str(LEARNING_RATE)},
    }


def fill(folder: Path, site: Path) -> None:
    """Put the site (as a link) and the self-test into a folder that is to be served.

    Args:
        folder: An empty folder.
        site: The built site; it is served at ``course/``.
    """
    (folder / "course").symlink_to(site.resolve(), target_is_directory=True)
    for name in ("self_test.html", "self_test.js"):
        shutil.copy(HERE / name, folder)
    data = {
        "order": order_for(site),
        "pages": pages_with_widgets(site),
        "losses": native_losses(),
        "tolerance": TOLERANCE,
    }
    (folder / "self_test.json").write_text(json.dumps(data), encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve the self-test until it is interrupted."""
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.self_test", description=main.__doc__)
    parser.add_argument("--site", type=Path, default=ROOT / "site", help="the built site (default: site)")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder), options.site)
        with serving(Path(folder)) as server:
            print(f"Open {server.url}self_test.html in the browser; end with Ctrl-C.", flush=True)
            threading.Event().wait()


if __name__ == "__main__":
    main()
