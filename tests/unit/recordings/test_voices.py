from pathlib import Path

import numpy as np

from peak_app.domain.recordings.live_files import VoiceSegment
from peak_app.domain.recordings.voices import sample_count, voice_blocks

RATE = 24_000


def pcm(path: Path, *values: int) -> Path:
    path.write_bytes(np.array(values, "<i2").tobytes())
    return path


def all_of(segments: list[VoiceSegment], name: str) -> list[int]:
    return [int(value) for block in voice_blocks(segments) for value in getattr(block, name)]


def test_a_segment_stands_where_it_began(tmp_path: Path):
    segment = VoiceSegment(1_500, pcm(tmp_path / "c", 7, 8), pcm(tmp_path / "a", 9))

    candidate = all_of([segment], "candidate")

    assert len(candidate) == sample_count([segment]) == 36_002
    assert candidate[:36_000] == [0] * 36_000
    assert candidate[36_000:] == [7, 8]
    assert all_of([segment], "agent")[36_000:] == [9, 0]


def test_between_segments_there_is_silence_and_blocks_last_a_second(tmp_path: Path):
    first = VoiceSegment(0, pcm(tmp_path / "c0", *[1] * RATE), pcm(tmp_path / "a0"))
    second = VoiceSegment(3_000, pcm(tmp_path / "c1", *[2] * 10), pcm(tmp_path / "a1"))

    blocks = list(voice_blocks([first, second]))

    assert [len(block.mix) for block in blocks] == [RATE, RATE, RATE, 10]
    assert [int(block.candidate.sum()) for block in blocks] == [RATE, 0, 0, 20]


def test_the_mix_is_clipped_never_wrapped_around(tmp_path: Path):
    segment = VoiceSegment(0, pcm(tmp_path / "c", 30_000, -30_000), pcm(tmp_path / "a", 30_000, -30_000))

    assert all_of([segment], "mix") == [32_767, -32_768]


def test_a_voice_without_a_file_is_silent(tmp_path: Path):
    segment = VoiceSegment(0, pcm(tmp_path / "c", 5), tmp_path / "missing")

    assert all_of([segment], "agent") == [0]


def test_half_a_sample_at_the_end_is_left_out(tmp_path: Path):
    path = tmp_path / "c"
    path.write_bytes(b"\x01\x00\x02")

    assert all_of([VoiceSegment(0, path, tmp_path / "a")], "candidate") == [1]
