"""What the assets command makes: the same bytes every time, small, complete and free of what does not belong."""

from __future__ import annotations

import base64
import csv
import gzip
import hashlib
import io
import json
import re
import zipfile
from pathlib import Path

import pytest

from widgets.core.errors import BuildError
from widgets.site.assets import bundles
from widgets.site.assets.bundles import Asset, build_assets, hashed, make_assets, packed, snapshot_key
from widgets.site.assets.runtime import PYODIDE, is_used, lock_file, standard_library
from widgets.site.assets.wheel import make_wheel
from widgets.site.sources.folders import ROOT


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Asset]:
    """Make all assets once, by the name under which the code asks for them."""
    return {asset.name: asset for asset in make_assets(tmp_path_factory.mktemp("assets"))}


@pytest.fixture(scope="module")
def wheel() -> zipfile.ZipFile:
    """Give the wheel, opened."""
    return zipfile.ZipFile(io.BytesIO(make_wheel()[1]))


def runtime(made: dict[str, Asset]) -> list[Asset]:
    """List the worker and what Python needs, in their order."""
    return [asset for name, asset in made.items() if asset.file.endswith(".gz") and name != "plot.js"]


def test_the_script_of_every_page_is_small(made: dict[str, Asset]):
    assert len(gzip.compress(made["course.js"].data, 9)) < 13_800
    assert len(gzip.compress(made["early.js"].data, 9)) < 350


def test_python_with_engine_and_model_comes_in_at_most_five_and_a_half_megabytes(made: dict[str, Asset]):
    heavy = [*runtime(made), made["python.js"]]
    assert len(heavy) == 6
    assert sum(len(asset.data) for asset in heavy) <= 5_500_000


def test_a_lab_with_its_charts_comes_in_at_most_six_and_a_half_megabytes(made: dict[str, Asset]):
    heavy = [
        *runtime(made),
        *(made[name] for name in ("python.js", "conversation.js", "plot.js", "course.js", "course.css")),
    ]
    assert sum(len(asset.data) for asset in heavy) <= 6_300_000, "a lesson's own HTML takes up to 200 kB"


def test_the_chart_library_survives_being_put_into_a_page_as_text(made: dict[str, Asset]):
    text = gzip.decompress(made["plot.js"].data).decode()
    assert text.startswith('"use strict";var ftPlot=')
    assert not re.search("[\r\0\ufeff]", text), "browsers would change it, and its hash with it"


def test_the_key_of_a_snapshot_changes_with_each_file_in_it(made: dict[str, Asset]):
    files = runtime(made)
    key = snapshot_key(files)
    assert key in made["python.js"].data.decode()
    for number, asset in enumerate(files):
        changed = [*files[:number], packed(asset.name, b"something else"), *files[number + 1 :]]
        assert snapshot_key(changed) != key


def test_the_page_script_names_the_very_files(made: dict[str, Asset]):
    page, client = made["course.js"].data.decode(), made["python.js"].data.decode()
    assert made["python.js"].file in page
    assert made["plot.js"].file in page
    for name in ("worker.js", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json"):
        assert made[name].file in client


def test_names_follow_the_content():
    assert hashed("a.js", b"1").file != hashed("a.js", b"2").file
    assert re.fullmatch(r"a\.b-[0-9a-f]{10}\.js", hashed("a.b.js", b"1").file)
    assert packed("a.js", b"1" * 99).file == f"{hashed('a.js', b'1' * 99).file}.gz"
    assert gzip.decompress(packed("a.js", b"1" * 99).data) == b"1" * 99


def test_the_wheel_is_the_same_every_time():
    assert make_wheel() == make_wheel()


def test_the_wheel_holds_the_part_for_the_browser_only(wheel: zipfile.ZipFile):
    names = wheel.namelist()
    assert "widgets/core/widget.py" in names
    assert "widgets/browser/bridge.py" in names
    assert {"widgets/engine/engine.so", "widgets/engine/engine-relaxed.so"} <= set(names)
    assert not [
        name for name in names if name.startswith("widgets/site/") or name.endswith((".js", ".c", ".pyc", ".md"))
    ]


def test_the_record_of_the_wheel_is_right(wheel: zipfile.ZipFile):
    record = next(name for name in wheel.namelist() if name.endswith("/RECORD"))
    rows = list(csv.reader(io.StringIO(wheel.read(record).decode())))
    assert {row[0] for row in rows} == set(wheel.namelist())
    for name, digest, size in rows:
        if name != record:
            data = wheel.read(name)
            expected = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            assert (digest, int(size)) == (f"sha256={expected}", len(data))


def test_a_compiled_library_changes_the_tag_of_the_wheel(tmp_path: Path):
    package = tmp_path / "widgets"
    for name in ("__init__.py", "browser/__init__.py", "browser/bridge.py", "engine/kernels.so", "engine/kernels.c"):
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_bytes(b"")
    name, data = make_wheel(package)
    assert name.endswith("-py3-none-pyemscripten_2026_0_wasm32.whl")
    names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    assert "widgets/engine/kernels.so" in names
    assert "widgets/engine/kernels.c" not in names


def test_the_lock_file_names_the_wheel_alone():
    lock = json.loads(lock_file("x.whl", b"wheel"))
    original = json.loads((ROOT / "node_modules/pyodide/pyodide-lock.json").read_text())
    assert lock["info"] == original["info"]
    [package] = lock["packages"].values()
    assert package["file_name"] == "x.whl"
    assert package["sha256"] == hashlib.sha256(b"wheel").hexdigest()
    assert set(package) >= set(original["packages"]["micropip"]) - {"tool"}


def test_the_standard_library_keeps_what_python_needs():
    names = zipfile.ZipFile(io.BytesIO(standard_library())).namelist()
    assert {"tarfile.py", "json/decoder.py", "encodings/utf_8.py", "asyncio/__init__.py"} <= set(names)
    assert not [name for name in names if name.startswith(("unittest/", "xml/")) or not is_used(name)]


def test_the_standard_library_keeps_its_lines_without_comments_and_docstrings():
    original = zipfile.ZipFile(PYODIDE / "python_stdlib.zip")
    smaller = zipfile.ZipFile(io.BytesIO(standard_library()))
    for name in ("json/decoder.py", "tarfile.py", "_pyodide/_core_docs.py"):
        before, after = original.read(name).decode(), smaller.read(name).decode()
        assert before.count("\n") == after.count("\n"), name
        assert len(after) < len(before), name
    assert "Simple JSON decoder" not in smaller.read("json/decoder.py").decode()
    assert '"""' in smaller.read("_pyodide/_core_docs.py").decode(), "Pyodide puts these into its functions"


def test_the_folder_is_complete_and_an_old_file_is_gone(
    made: dict[str, Asset], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(bundles, "make_assets", lambda scratch: list(made.values()))
    out = tmp_path / "assets" / "course"
    out.mkdir(parents=True)
    (out / "python-0000000000.js").write_text("old")
    build_assets(out)
    listed = {entry["file"]: entry["bytes"] for entry in json.loads((out / "manifest.json").read_text())}
    there = {path.name: path.stat().st_size for path in out.iterdir() if path.name != "manifest.json"}
    assert there == listed
    assert "python-0000000000.js" not in there
    assert [path.name for path in out.parent.iterdir()] == ["course"]
    assert (out / "licences.txt").read_text().count("licence MPL-2.0") == 1


def test_a_script_with_an_error_stops_the_build_and_keeps_the_old_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    sources = tmp_path / "browser"
    sources.mkdir()
    (sources / "course.js").write_text("let = ;")
    out = tmp_path / "course"
    out.mkdir()
    (out / "course.js").write_text("old")
    monkeypatch.setattr(bundles, "SOURCES", sources)
    monkeypatch.setattr(bundles, "standard_library", lambda: b"")  # packing it takes seconds
    with pytest.raises(BuildError, match="could not be bundled"):
        build_assets(out)
    assert (out / "course.js").read_text() == "old"


def test_missing_npm_packages_are_said_with_the_command_that_helps(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(bundles, "ESBUILD", tmp_path / "esbuild")
    with pytest.raises(BuildError, match="python -m widgets npm ci"):
        build_assets(tmp_path / "out")


def test_the_lock_file_of_npm_names_no_host():
    assert "resolved" not in (ROOT / "package-lock.json").read_text()
