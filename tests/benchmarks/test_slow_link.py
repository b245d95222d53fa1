"""The server of the benchmark: one link for all connections, texts gzipped, other origins served in place."""

from __future__ import annotations

import gzip
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from benchmarks.slow_link import files_below, serving


def test_two_connections_share_the_speed_of_the_link(tmp_path: Path) -> None:
    (tmp_path / "file.bin").write_bytes(bytes(20_000))
    with serving(files_below(tmp_path)) as served:
        served.link.bytes_per_second = 100_000
        start = time.perf_counter()
        with ThreadPoolExecutor(2) as pool:
            sizes = [len(body) for body in pool.map(lambda _: urlopen(f"{served.url}file.bin").read(), range(2))]
        seconds = time.perf_counter() - start
    assert sizes == [20_000, 20_000]
    assert seconds >= 0.38
    assert served.link.sent == 40_000


def test_texts_are_gzipped_for_a_browser_and_names_of_other_origins_replaced(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<script src='https://cdn.example/x.js'></script>", encoding="utf-8")
    with serving(files_below(tmp_path), {"https://cdn.example/": "{origin}/cdn/"}) as served:
        with urlopen(Request(served.url, headers={"Accept-Encoding": "gzip"})) as answer:
            body = gzip.decompress(answer.read())
        assert body.decode() == f"<script src='{served.url}cdn/x.js'></script>"


def test_what_is_not_there_is_answered_with_404_and_remembered(tmp_path: Path) -> None:
    with serving(files_below(tmp_path)) as served:
        with pytest.raises(HTTPError, match="404"):
            urlopen(f"{served.url}missing.js")
        assert served.link.missing == ["missing.js"]
