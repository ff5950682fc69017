import os
from pathlib import Path

import pytest

from peak_app.cli.run_folder import AlreadyRunning, Instance, ProcessMark, RunFolder


def an_instance(**changes) -> Instance:
    facts = {
        "supervisor": ProcessMark.of(os.getpid()),
        "origin": "http://127.0.0.1:3000",
        "port": 3000,
        "ports": {"ai": 1, "bridge": 2},
        "ai_url": None,
    }
    return Instance(**(facts | changes))


def test_an_instance_reads_back_as_it_was_written(tmp_path: Path):
    folder = RunFolder(tmp_path)
    written = an_instance(processes={"bridge": ProcessMark(7, 12.5)})
    folder.write_instance(written)
    assert folder.read_instance() == written
    assert (tmp_path / "run" / "instance.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"supervisor": 3}', "not json"])
def test_a_broken_file_counts_as_none(tmp_path: Path, content: str):
    folder = RunFolder(tmp_path)
    folder.path.mkdir()
    (folder.path / "instance.json").write_text(content)
    assert folder.read_instance() is None


def test_an_instance_lives_as_long_as_its_very_process():
    assert an_instance().is_alive()
    assert not an_instance(is_stopped=True).is_alive()
    # The same number with another start is another process.
    assert not an_instance(supervisor=ProcessMark(os.getpid(), 1000.0)).is_alive()


def test_only_one_launcher_holds_the_lock(tmp_path: Path):
    with RunFolder(tmp_path).locked(), pytest.raises(AlreadyRunning), RunFolder(tmp_path).locked():
        pass
    with RunFolder(tmp_path).locked():
        pass


def test_components_of_a_home_that_never_ran_are_none(tmp_path: Path):
    assert RunFolder(tmp_path).read_components() == []
