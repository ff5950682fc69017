"""Chunks of the camera on disk."""

import json
from pathlib import Path
from uuid import UUID

import pytest

from peak_app.api import camera
from peak_app.api.bodies import BodyTooLarge, MediaTypeNotTaken
from peak_app.api.camera import CameraFolder
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
    write(folder, 1, b"y" * 11)
