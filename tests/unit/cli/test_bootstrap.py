from pathlib import Path

import pytest

from peak_app.cli import bootstrap


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in (*bootstrap.LOCKS.values(), "pyproject.toml"):
        (tmp_path / name).write_text(name)
    (tmp_path / ".venv").mkdir()
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    return tmp_path


def note_installed(project: Path, kind: str) -> None:
    (project / ".venv" / f".peak-{kind}").write_text(bootstrap.wanted_stamp(kind))


def test_nothing_is_installed_at_first(project: Path):
    assert not bootstrap.is_installed("runtime")
    assert not bootstrap.is_installed("dev")


def test_the_tools_include_what_the_product_needs_but_not_the_other_way_round(project: Path):
    note_installed(project, "runtime")
    assert bootstrap.is_installed("runtime")
    assert not bootstrap.is_installed("dev")
    note_installed(project, "dev")
    (project / ".venv" / ".peak-runtime").unlink()
    assert bootstrap.is_installed("runtime")


@pytest.mark.parametrize("name", ["requirements.lock", "pyproject.toml"])
def test_a_changed_lock_or_project_is_installed_anew(project: Path, name: str):
    note_installed(project, "runtime")
    (project / name).write_text("changed")
    assert not bootstrap.is_installed("runtime")


def test_a_folder_that_was_moved_is_installed_anew(project: Path, monkeypatch: pytest.MonkeyPatch):
    note_installed(project, "runtime")
    moved = project.with_name("moved")
    project.rename(moved)
    monkeypatch.setattr(bootstrap, "ROOT", moved)
    monkeypatch.setattr(bootstrap, "VENV", moved / ".venv")
    assert not bootstrap.is_installed("runtime")
