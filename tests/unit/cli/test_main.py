import os
from pathlib import Path

import pytest

from peak_app.cli.main import main
from peak_app.cli.run_folder import Instance, ProcessMark, RunFolder


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PEAK_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


def pretend_running(home: Path, ai_url: str | None) -> None:
    instance = Instance(ProcessMark.of(os.getpid()), "http://127.0.0.1:3000", 3000, {}, ai_url)
    RunFolder(home).write_instance(instance)


def test_nothing_running_is_one_sentence_and_status_1(home: Path, capsys: pytest.CaptureFixture[str]):
    for arguments in (["status"], ["ai", "url"]):
        assert main(arguments) == 1
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err == f"Nothing runs for {home}; start it with `peak up`.\n"


def test_the_address_of_the_ai_server_is_all_there_is_on_the_last_line(home: Path, capsys: pytest.CaptureFixture[str]):
    pretend_running(home, "http://127.0.0.1:4321")
    assert main(["ai", "url"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "http://127.0.0.1:4321/v1"


def test_without_an_embedded_ai_server_there_is_no_address(home: Path, capsys: pytest.CaptureFixture[str]):
    pretend_running(home, None)
    assert main(["ai", "url"]) == 1
    assert "provider" in capsys.readouterr().err


def test_status_lists_components_and_tells_by_its_own_status_whether_all_are_ready(
    home: Path, capsys: pytest.CaptureFixture[str]
):
    pretend_running(home, None)
    part = {"name": "bridge", "state": "ready", "pid": 7, "restarts": 2, "since": "2026-01-01T00:00:00+00:00"}
    RunFolder(home).write_components([part])
    assert main(["status"]) == 0
    assert "bridge       ready" in capsys.readouterr().out
    RunFolder(home).write_components([part, part | {"name": "web", "state": "failed", "pid": None}])
    assert main(["status"]) == 1


def test_a_wrong_setting_is_one_sentence_and_status_2(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("PEAK_FREE_MINUTE", "9")
    assert main(["up"]) == 2
    assert capsys.readouterr().err == "PEAK_FREE_MINUTE is not a setting. Did you mean PEAK_FREE_MINUTES?\n"


def test_there_is_no_address_before_there_is_a_database(home: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["db", "url"]) == 1
    assert "There is no database yet" in capsys.readouterr().err
