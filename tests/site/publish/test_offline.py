"""What the build prepares for readers without a network: the list of files, the service worker, the archive."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import subprocess
import zipfile
from pathlib import Path

import pytest

from widgets.__main__ import main
from widgets.core.errors import BuildError
from widgets.site.assets.wheel import project_version
from widgets.site.publish import course_archive
from widgets.site.publish.course_archive import READ_ME, archive_name, date_of, write_archive
from widgets.site.publish.offline import file_list, prepare_offline

PACKED = gzip.compress(b"wasm" * 100, mtime=0)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Give a small site with a file of each kind."""
    folder = tmp_path / "site"
    for name, data in {
        "404.html": b"<p>not here</p>",
        "index.html": b"<p>home</p>",
        "lessons/lora.html": b"<p>lora</p>",
        "lessons/copy.html": b"<p>lora</p>",
        "assets/course/service-worker.js": b"1",
        "assets/course/wasm-1.wasm.gz": PACKED,
        "assets/javascripts/bundle.min.js": b"2",
        "assets/javascripts/bundle.min.js.map": b"3",
        "assets/javascripts/lunr/min/lunr.de.min.js": b"4",
        "search/search_index.json": b'{"config":{"lang":["en"]},"docs":[]}',
        "sitemap.xml": b"<urlset/>",
        "sitemap.xml.gz": b"\x1f\x8b",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def test_the_list_names_each_file_that_a_reader_needs_with_its_size_and_hash(site: Path) -> None:
    prepare_offline(site)
    listed = {entry["path"]: entry for entry in json.loads((site / "offline.json").read_text())["files"]}
    assert list(listed) == [
        "404.html",
        "assets/course/wasm-1.wasm.gz",
        "assets/javascripts/bundle.min.js",
        "index.html",
        "lessons/copy.html",
        "lessons/lora.html",
        "search/search_index.json",
    ]
    for name, entry in listed.items():
        data = (site / name).read_bytes()
        assert (entry["bytes"], entry["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())


def test_a_packed_file_is_known_by_its_content_too(site: Path) -> None:
    files = {entry["path"]: entry for entry in file_list(site)["files"]}
    assert files["assets/course/wasm-1.wasm.gz"]["unpacked"] == hashlib.sha256(b"wasm" * 100).hexdigest()
    assert "unpacked" not in files["index.html"]


def test_the_version_follows_content_and_names_alone(site: Path) -> None:
    before = file_list(site)
    assert file_list(site) == before
    assert before["release"] == project_version()
    (site / "sitemap.xml").write_bytes(b"<urlset>today</urlset>")
    assert file_list(site)["version"] == before["version"]
    (site / "lessons" / "lora.html").rename(site / "lessons" / "lora-2.html")
    renamed = file_list(site)["version"]
    (site / "index.html").write_bytes(b"<p>HOME</p>")
    assert len({before["version"], renamed, file_list(site)["version"]}) == 3


def test_a_content_that_stands_in_two_files_is_counted_once(site: Path) -> None:
    listing = file_list(site)
    all_bytes = sum(entry["bytes"] for entry in listing["files"])
    assert listing["bytes"] == all_bytes - len(b"<p>lora</p>")


def test_search_in_another_language_takes_its_files_along(site: Path) -> None:
    (site / "search" / "search_index.json").write_text('{"config":{"lang":["de"]},"docs":[]}')
    assert any("lunr.de" in entry["path"] for entry in file_list(site)["files"])


def test_the_service_worker_lies_at_the_root_from_where_it_may_answer_for_all_pages(site: Path) -> None:
    prepare_offline(site)
    assert (site / "service-worker.js").read_bytes() == b"1"
    assert not (site / "assets" / "course" / "service-worker.js").exists()


def test_a_site_with_foreign_assets_is_refused_with_the_command_that_helps(site: Path) -> None:
    (site / "assets" / "course" / "service-worker.js").unlink()
    with pytest.raises(BuildError, match="python -m widgets assets"):
        prepare_offline(site)


def test_the_archive_is_one_folder_with_the_site_and_the_words_to_read_first(site: Path, tmp_path: Path) -> None:
    prepare_offline(site)
    packed = zipfile.ZipFile(write_archive(site, tmp_path / "out"))
    folder = f"fine-tuning-llms-{project_version()}"
    names = packed.namelist()
    assert names[0] == f"{folder}/{READ_ME}", "it stands first in the folder"
    assert all(name.startswith(f"{folder}/") for name in names)
    assert packed.read(f"{folder}/lessons/lora.html") == b"<p>lora</p>"
    assert {f"{folder}/offline.json", f"{folder}/service-worker.js"} <= set(names)
    assert not [name for name in names if "sitemap" in name or name.endswith(".map")]
    words = packed.read(names[0]).decode()
    assert "python3 -m http.server" in words
    assert project_version() in words
    assert 'href="index.html"' in words


def test_the_archive_of_a_commit_has_the_same_bytes_whenever_it_is_made(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(course_archive, "_commit_date", lambda: 1_790_000_000)
    first = write_archive(site, tmp_path / "first").read_bytes()
    for path in site.rglob("*"):
        path.touch()
    assert write_archive(site, tmp_path / "second").read_bytes() == first


def test_the_files_carry_the_date_of_the_commit_so_that_browsers_see_a_new_version(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    repository = tmp_path / "repository"
    repository.mkdir()
    monkeypatch.setattr(course_archive, "ROOT", repository)
    for path in site.rglob("*"):
        os.utime(path, (1_700_000_000, 1_700_000_000))
    assert date_of(site.rglob("*")) == (2023, 11, 14, 22, 13, 20), "without a repository the newest file counts"
    when = {"GIT_AUTHOR_DATE": "1790000000 +0000", "GIT_COMMITTER_DATE": "1790000000 +0000"}
    name = ["-c", "user.name=N", "-c", "user.email=n@example.org"]
    for command in (["init", "--quiet"], [*name, "commit", "--quiet", "--allow-empty", "--message", "Begin"]):
        subprocess.run(["git", *command], cwd=repository, env={**os.environ, **when}, check=True)
    assert date_of(site.rglob("*")) == (2026, 9, 21, 14, 13, 20)
    entries = zipfile.ZipFile(write_archive(site, tmp_path / "out")).infolist()
    assert {entry.date_time for entry in entries} == {(2026, 9, 21, 14, 13, 20)}
    (repository / "changed").write_text("since")
    assert date_of(site.rglob("*"))[0] == 2023
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1600000000")
    assert date_of(site.rglob("*"))[0] == 2020


def test_the_command_says_where_the_archive_is(site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert main(["zip", "--folder", str(site), "--out", str(out)]) == 0
    assert f"{archive_name()}.zip" in capsys.readouterr().out
    assert [path.name for path in out.iterdir()] == [f"{archive_name()}.zip"]


def test_a_folder_without_a_site_is_said_with_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["zip", "--folder", str(tmp_path), "--out", str(tmp_path / "out")]) == 1
    assert "holds no site; build one with: make site" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
