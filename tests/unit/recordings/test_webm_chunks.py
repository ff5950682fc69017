import io
import random
from pathlib import Path

import av
import pytest

from peak_app.domain.recordings.webm_chunks import ChunkReader, sound_stream
from tests.camera_files import camera_stream, write_camera

FPS = 15


@pytest.fixture(scope="module")
def stream() -> bytes:
    """Six seconds, a cluster and a key frame in each."""
    return camera_stream(6, fps=FPS)


def frame_times(data: bytes) -> list[float]:
    if not data:
        return []
    with av.open(io.BytesIO(data), format="matroska") as container:
        return [round(float(frame.time or 0), 2) for frame in container.decode(video=0)]


def joined(paths: list[tuple[int, Path]]) -> tuple[bytes, int]:
    reader = ChunkReader()
    return b"".join(sound_stream(paths, reader)), reader.gaps


@pytest.mark.parametrize("pieces", [1, 2, 7, 40])
def test_a_whole_stream_stays_whole_wherever_it_was_cut(tmp_path: Path, stream: bytes, pieces: int):
    paths = write_camera(tmp_path, 0, 0, stream, pieces)

    data, gaps = joined(list(enumerate(paths)))

    assert gaps == 0
    assert frame_times(data) == frame_times(stream)


def test_after_a_missing_chunk_the_picture_goes_on_at_the_next_key_frame(tmp_path: Path, stream: bytes):
    paths = list(enumerate(write_camera(tmp_path, 0, 0, stream, 12)))

    data, gaps = joined(paths[:4] + paths[5:])

    times = frame_times(data)
    before = [time for time in times if time < 2.0]
    after = [time for time in times if time >= 2.0]
    assert gaps == 1
    assert len(before) >= FPS
    assert after[0] in (2.0, 3.0)
    assert times[-1] == frame_times(stream)[-1]
    assert times == sorted(times)


@pytest.mark.parametrize("seed", range(5))
def test_garbage_in_a_chunk_costs_its_cluster_and_no_more(tmp_path: Path, stream: bytes, seed: int):
    paths = write_camera(tmp_path, 0, 0, stream, 12)
    paths[5].write_bytes(random.Random(seed).randbytes(paths[5].stat().st_size))

    data, gaps = joined(list(enumerate(paths)))

    times = frame_times(data)
    assert gaps >= 1
    assert len(times) >= 3 * FPS
    assert times[-1] == frame_times(stream)[-1]


def test_without_the_beginning_nothing_can_be_played(tmp_path: Path, stream: bytes):
    paths = list(enumerate(write_camera(tmp_path, 0, 0, stream, 6)))

    data, gaps = joined(paths[1:])

    assert data == b""
    assert gaps == 1


def test_a_stream_cut_off_at_its_end_keeps_what_came(tmp_path: Path, stream: bytes):
    paths = write_camera(tmp_path, 0, 0, stream[: len(stream) * 2 // 3], 3)

    times = frame_times(joined(list(enumerate(paths)))[0])

    assert 3 * FPS < len(times) < 6 * FPS


@pytest.mark.parametrize("seed", range(30))
def test_any_damage_ends_in_less_picture_never_in_an_error(tmp_path: Path, stream: bytes, seed: int):
    chance = random.Random(seed)
    damaged = bytearray(stream)
    for _ in range(chance.randrange(1, 6)):
        at = chance.randrange(len(damaged))
        damaged[at : at + chance.randrange(1, 400)] = chance.randbytes(chance.randrange(0, 400))

    data, _ = joined(list(enumerate(write_camera(tmp_path, 0, 0, bytes(damaged), 9))))

    assert len(data) <= len(damaged) + 16 * 12


def test_what_waits_for_more_does_not_grow_without_end():
    reader = ChunkReader()
    for _ in range(50):
        reader.feed(bytes(100_000))

    assert reader.pending_bytes < 200_000
