from pathlib import Path

import av
import numpy as np
import pytest

from peak_app.domain.recordings.composition import Composed, compose
from peak_app.domain.recordings.live_files import live_files
from tests.camera_files import camera_stream, tone, write_camera, write_voice


def pitch_hz(path: Path, track: int, second: int) -> float:
    """The strongest frequency of one second of an audio track; 0 for silence."""
    with av.open(str(path)) as container:
        pieces = [frame.to_ndarray().reshape(-1) for frame in container.decode(audio=track)]
    samples = np.concatenate(pieces)[second * 48_000 : (second + 1) * 48_000]
    if np.abs(samples).max() < 0.01:
        return 0.0
    return float(np.abs(np.fft.rfft(samples)).argmax())


@pytest.fixture
def live(tmp_path: Path) -> Path:
    return tmp_path / "live"


def composed(live: Path) -> tuple[Composed, Path]:
    target = live.parent / "recording.webm"
    return compose(live_files(live), target), target


def test_the_first_track_is_both_voices_and_the_others_are_one_each(live: Path):
    write_voice(live, 0, 0, tone(2, 440), tone(1, 900))

    made, path = composed(live)

    assert made == Composed(duration_ms=2_000, frame_count=0, gaps=0, cameras_left_out=0)
    assert pitch_hz(path, 1, 1) == pytest.approx(440, abs=3)
    assert pitch_hz(path, 2, 0) == pytest.approx(900, abs=3)
    assert pitch_hz(path, 2, 1) == 0
    with av.open(str(path)) as container:
        titles = [stream.metadata["title"] for stream in container.streams.audio]
        defaults = [bool(stream.disposition & type(stream.disposition).default) for stream in container.streams.audio]
        assert (container.duration or 0) / 1_000_000 == pytest.approx(2.0, abs=0.05)
        assert {stream.codec.name for stream in container.streams} <= {"opus", "libopus"}
    assert titles == ["Both voices", "Candidate", "Agent"]
    assert defaults == [True, False, False]


def test_voices_and_picture_keep_the_meetings_clock(live: Path):
    write_voice(live, 0, 0, tone(2, 440), None)
    write_voice(live, 1, 4_000, tone(2, 660), None)
    write_camera(live, 0, 500, camera_stream(1), 3)
    write_camera(live, 1, 4_500, camera_stream(1, width=320, height=240), 2)

    made, path = composed(live)

    assert made.duration_ms == 6_000
    assert made.has_video
    assert [pitch_hz(path, 1, second) for second in (1, 3, 5)] == pytest.approx([440, 0, 660], abs=3)
    with av.open(str(path)) as container:
        times = [float(frame.time or 0) for frame in container.decode(video=0)]
    assert len(times) == made.frame_count == 30
    assert (times[0], times[15]) == pytest.approx((0.5, 4.5), abs=0.01)


def test_the_picture_is_copied_not_encoded_again(live: Path):
    stream = camera_stream(1)
    write_voice(live, 0, 0, tone(1, 440), None)
    write_camera(live, 0, 0, stream, 4)
    source = live.parent / "source.webm"
    source.write_bytes(stream)

    _, path = composed(live)

    def packets(file: Path) -> list[bytes]:
        with av.open(str(file)) as container:
            return [bytes(packet) for packet in container.demux(video=0) if packet.size]

    assert packets(path) == packets(source)


def test_a_player_can_go_to_any_place_at_once(live: Path):
    write_voice(live, 0, 0, tone(8, 440), None)
    write_camera(live, 0, 0, camera_stream(8), 5)

    _, path = composed(live)

    head = path.read_bytes()[:4_096]
    assert b"\x1c\x53\xbb\x6b" in head, "the index stands at the front"
    with av.open(str(path)) as container:
        container.seek(5_200_000)
        frame = next(container.decode(video=0))
    assert 4.0 <= float(frame.time or 0) <= 5.2


def test_a_damaged_camera_leaves_the_voices_whole(live: Path):
    write_voice(live, 0, 0, tone(3, 440), tone(3, 900))
    paths = write_camera(live, 0, 0, camera_stream(3), 6)
    paths[0].write_bytes(b"this is no video")

    made, path = composed(live)

    assert not made.has_video
    assert made.cameras_left_out == 1
    assert pitch_hz(path, 1, 2) == pytest.approx(440, abs=3)


def test_a_lost_chunk_leaves_a_gap_and_the_rest(live: Path):
    write_voice(live, 0, 0, tone(6, 440), None)
    paths = write_camera(live, 0, 0, camera_stream(6), 12)
    paths[5].unlink()

    made, _ = composed(live)

    assert made.gaps == 1
    assert 45 <= made.frame_count < 90


def test_a_camera_that_changes_its_codec_keeps_the_first(live: Path):
    write_voice(live, 0, 0, tone(3, 440), None)
    write_camera(live, 0, 0, camera_stream(1), 2)
    write_camera(live, 1, 1_500, camera_stream(1, codec="libvpx-vp9"), 2)

    made, _ = composed(live)

    assert (made.frame_count, made.cameras_left_out) == (15, 1)


def test_a_camera_that_goes_on_for_ever_ends_with_the_voices(live: Path):
    write_voice(live, 0, 0, tone(1, 440), None)
    write_camera(live, 0, 0, camera_stream(6), 3)

    made, path = composed(live)

    with av.open(str(path)) as container:
        assert (container.duration or 0) / 1_000_000 <= 3.1
    assert made.frame_count < 60
