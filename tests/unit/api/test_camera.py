"""Chunks of the camera on disk."""

import json
from pathlib import Path
from uuid import UUID

import pytest

from peak_app.api import camera
from peak_app.api.bodies import BodyTooLarge, MediaTypeNotTaken
from peak_app.api.camera import CameraFolder
from peak_app.domain.recordings.live_files import live_files
from peak_app.errors import Conflict

OWNER, MEETING = UUID(int=1), UUID(int=2)
FIRST = bytes.fromhex("1a45dfa3") + b"first"


def write(folder: CameraFolder, index: int, chunk: bytes, segment: int = 0, at_ms: int = 1200) -> None:
    folder.write(OWNER, MEETING, segment=segment, index=index, at_ms=at_ms, chunk=chunk)


def live(media: Path) -> Path:
    return media / str(OWNER) / str(MEETING) / "live"


def test_chunks_and_the_start_of_their_segment_are_kept(tmp_path: Path) -> None:
    folder = CameraFolder(tmp_path)
    write(folder, 0, FIRST)
    write(folder, 1, b"more")
    assert sorted(path.name for path in live(tmp_path).iterdir()) == [
        "camera.0.0.webm",
        "camera.0.1.webm",
        "camera.0.json",
    ]
    assert json.loads((live(tmp_path) / "camera.0.json").read_text()) == {"started_ms": 1200}
    assert (live(tmp_path) / "camera.0.1.webm").read_bytes() == b"more"


def test_what_is_no_webm_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaTypeNotTaken):
        write(CameraFolder(tmp_path), 0, b"<html>")
    assert not live(tmp_path).exists()


def test_a_chunk_without_the_first_of_its_segment_is_refused(tmp_path: Path) -> None:
    folder = CameraFolder(tmp_path)
    write(folder, 0, FIRST)
    with pytest.raises(Conflict):
        write(folder, 1, b"more", segment=1)


def test_a_meeting_has_a_limit_that_survives_a_restart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera, "MEETING_LIMIT", 20)
    write(CameraFolder(tmp_path), 0, FIRST)
    folder = CameraFolder(tmp_path)
    write(folder, 1, b"x" * 11)
    with pytest.raises(BodyTooLarge):
        write(folder, 2, b"x")
    # A repeat of a chunk takes no more room.
    write(folder, 1, b"x" * 11)


def test_nothing_is_written_over_also_not_by_another_device_with_the_same_number(tmp_path: Path) -> None:
    write(CameraFolder(tmp_path), 0, FIRST)
    other = CameraFolder(tmp_path)
    with pytest.raises(Conflict):
        write(other, 0, FIRST + b" of another camera", at_ms=9000)
    assert (live(tmp_path) / "camera.0.0.webm").read_bytes() == FIRST
    assert json.loads((live(tmp_path) / "camera.0.json").read_text()) == {"started_ms": 1200}


def test_a_repeat_mends_a_first_chunk_whose_start_was_lost(tmp_path: Path) -> None:
    folder = CameraFolder(tmp_path)
    write(folder, 0, FIRST)
    (live(tmp_path) / "camera.0.json").unlink()
    write(folder, 0, FIRST)
    assert (live(tmp_path) / "camera.0.json").exists()


def test_a_meeting_has_a_limit_of_segments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera, "SEGMENTS", 2)
    folder = CameraFolder(tmp_path)
    write(folder, 0, FIRST, segment=999_999_999)
    write(folder, 0, FIRST, segment=7)
    with pytest.raises(Conflict):
        write(folder, 0, FIRST, segment=8)
    write(folder, 1, b"more", segment=7)


def test_the_pipeline_reads_what_was_kept(tmp_path: Path) -> None:
    folder = CameraFolder(tmp_path)
    write(folder, 0, FIRST, segment=999_999_999, at_ms=500)
    write(folder, 1, b"more", segment=999_999_999)
    (film,) = live_files(live(tmp_path)).cameras
    assert film.started_ms == 500
    assert [path.read_bytes() for _, path in film.chunks] == [FIRST, b"more"]
