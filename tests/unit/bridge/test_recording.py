"""Tracks on disk: every sound at its place on the segment's clock."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge import recording
from bridge.recording import TrackWriter, open_segment


@pytest.fixture
def writer() -> Iterator[TrackWriter]:
    made = TrackWriter()
    yield made
    made.close()


def sound(ms: int, value: int = 1) -> bytes:
    return bytes([value]) * (ms * 48)


def test_sound_lies_at_its_time_and_gaps_are_silence(tmp_path: Path, writer: TrackWriter) -> None:
    segment = open_segment(tmp_path / "live", 60_000, writer)
    segment.add("agent", sound(100, 1), 60_000)
    segment.add("agent", sound(100, 2), 62_000)
    segment.add("candidate", sound(20, 3), 60_500)
    segment.flush()
    writer.close()
    agent = (tmp_path / "live" / "agent.0.pcm").read_bytes()
    assert agent == sound(100, 1) + bytes(1900 * 48) + sound(100, 2)
    candidate = (tmp_path / "live" / "candidate.0.pcm").read_bytes()
    assert candidate == bytes(500 * 48) + sound(20, 3)
    assert json.loads((tmp_path / "live" / "0.json").read_text()) == {"segment": 0, "started_ms": 60_000}


def test_jitter_makes_no_holes_and_nothing_is_overwritten(tmp_path: Path, writer: TrackWriter) -> None:
    segment = open_segment(tmp_path, 0, writer)
    for n, late in enumerate((0, 15, -5, 40, 0, 3)):
        segment.add("candidate", sound(20, n + 1), n * 20 + late)
    segment.flush()
    writer.close()
    assert (tmp_path / "candidate.0.pcm").read_bytes() == b"".join(sound(20, n + 1) for n in range(6))


def test_each_room_has_a_segment_of_its_own(tmp_path: Path, writer: TrackWriter) -> None:
    numbers = [open_segment(tmp_path, 1000 * n, writer).number for n in range(3)]
    assert numbers == [0, 1, 2]
    assert json.loads((tmp_path / "2.json").read_text())["started_ms"] == 2000


def test_a_disk_that_takes_nothing_is_noticed(tmp_path: Path, writer: TrackWriter) -> None:
    segment = open_segment(tmp_path, 0, writer)
    (tmp_path / "agent.0.pcm").mkdir()
    segment.add("agent", sound(600), 0)
    segment.flush()
    writer.close()
    assert segment.has_failed


def test_the_last_of_the_disk_is_left_to_the_database(
    tmp_path: Path, writer: TrackWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "SPARE_BYTES", 2**62)
    segment = open_segment(tmp_path, 0, writer)
    segment.add("agent", sound(20), 0)
    segment.flush()
    writer.close()
    assert segment.has_failed
    assert not (tmp_path / "agent.0.pcm").exists()
