from pathlib import Path

from peak_app.domain.recordings.live_files import live_files
from tests.camera_files import tone, write_voice


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path):
    files = live_files(tmp_path / "live")

    assert not files.has_audio
    assert files.voices == []
    assert files.newest_change_s == 0


def test_segments_come_in_the_order_of_the_meeting(tmp_path: Path):
    write_voice(tmp_path, 0, 9_000, tone(0.1, 440), None)
    write_voice(tmp_path, 1, 1_000, tone(0.2, 440), tone(0.1, 440))

    files = live_files(tmp_path)

    assert [(segment.started_ms, segment.end_ms) for segment in files.voices] == [(1_000, 1_200), (9_000, 9_100)]
    assert files.has_audio


def test_empty_voices_are_no_audio(tmp_path: Path):
    write_voice(tmp_path, 0, 0, b"", b"")

    assert not live_files(tmp_path).has_audio


def test_camera_chunks_are_ordered_by_number_not_by_name(tmp_path: Path):
    (tmp_path / "camera.0.json").write_text('{"started_ms": 5}')
    for index in (10, 2, 0):
        (tmp_path / f"camera.0.{index}.webm").write_bytes(b"x")

    (camera,) = live_files(tmp_path).cameras

    assert [index for index, _ in camera.chunks] == [0, 2, 10]
    assert camera.started_ms == 5


def test_files_without_a_sensible_start_or_name_are_left_out(tmp_path: Path):
    for name, content in {
        "0.json": "{",
        "1.json": '{"started_ms": -4}',
        "2.json": '{"started_ms": 999999999999}',
        "3.json": "[]",
        "camera.0.json": '{"started_ms": "soon"}',
        "camera.0.0.webm": "x",
        "camera.x.0.webm": "x",
        "notes.txt": "x",
    }.items():
        (tmp_path / name).write_text(content)

    files = live_files(tmp_path)

    assert files.voices == []
    assert files.cameras == []


def test_the_fingerprint_changes_with_a_file(tmp_path: Path):
    write_voice(tmp_path, 0, 0, tone(0.1, 440), None)
    before = live_files(tmp_path).input_hash

    (tmp_path / "candidate.0.pcm").write_bytes(tone(0.2, 440))

    assert live_files(tmp_path).input_hash != before
