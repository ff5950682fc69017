import os
from pathlib import Path

import pytest

from peak_app.cli import page
from peak_app.cli.command import CommandFailed
from peak_app.cli.page import build_environment, ensure_build


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project whose page can't be built: its application is not there."""
    (tmp_path / "peak_app" / "cli").mkdir(parents=True)
    (tmp_path / "peak_app" / "page.py").write_text("one")
    (tmp_path / "assets" / "external").mkdir(parents=True)
    (tmp_path / "rxconfig.py").write_text("raise SystemExit('no configuration here')")
    return tmp_path


def finish_build(root: Path, language: str = "en") -> Path:
    folder = page._folder(root, page._digest_sources(root, language))
    (folder / "build" / "client").mkdir(parents=True)
    return folder


def test_a_page_that_is_built_is_not_built_again(root: Path, capsys: pytest.CaptureFixture[str]):
    folder = finish_build(root)
    assert ensure_build(root, "en", root / "log") == folder
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("name", ["peak_app/page.py", "peak_app/new.jsx", "assets/new.svg", "rxconfig.py"])
def test_a_change_of_what_the_page_is_made_of_asks_for_a_new_build(root: Path, name: str):
    before = page._digest_sources(root, "en")
    (root / name).write_text("changed")
    assert page._digest_sources(root, "en") != before


@pytest.mark.parametrize("name", ["peak_app/cli/up.py", "peak_app/notes.txt", "assets/external/link.js"])
def test_a_change_of_anything_else_does_not(root: Path, name: str):
    before = page._digest_sources(root, "en")
    (root / name).write_text("changed")
    assert page._digest_sources(root, "en") == before


def test_each_language_has_its_own_page(root: Path):
    assert page._digest_sources(root, "en") != page._digest_sources(root, "de")


def test_a_page_for_calls_at_stream_is_another_one(root: Path):
    assert page._digest_sources(root, "en") != page._digest_sources(root, "en", is_hosted=True)


def test_a_build_for_calls_at_stream_leaves_the_locks_as_they_are(root: Path):
    lock = root / "reflex.lock" / "package.json"
    lock.parent.mkdir()
    lock.write_text("{}")
    (root / "rxconfig.py").write_text(f"open({str(lock)!r}, 'w').write('changed'); raise SystemExit('stopped')")
    with pytest.raises(CommandFailed, match="stopped"):
        ensure_build(root, "en", root / "log", is_hosted=True)
    assert lock.read_text() == "{}"


def test_a_failed_build_says_so_and_where_its_output_is(root: Path):
    with pytest.raises(CommandFailed, match="can't be built") as failed:
        ensure_build(root, "en", root / "logs" / "build.log")
    assert str(root / "logs" / "build.log") in failed.value.sentence
    assert "no configuration here" in failed.value.sentence


def test_only_the_newest_builds_are_kept(root: Path):
    current = finish_build(root)
    for age in range(1, 8):
        old = current.with_name(f"old{age}")
        old.mkdir()
        os.utime(old, (1000 - age, 1000 - age))
    ensure_build(root, "en", root / "log")
    assert sorted(path.name for path in current.parent.iterdir()) == sorted([current.name, "old1", "old2", "old3"])


def test_without_a_home_folder_the_tools_keep_their_files_below_the_project(tmp_path: Path):
    told = build_environment(tmp_path, {"PATH": "/bin"})
    assert told["HOME"] == str(tmp_path / ".web")
    assert told["PATH"].endswith(":/bin")
    assert build_environment(tmp_path, {"HOME": str(tmp_path)})["HOME"] == str(tmp_path)
