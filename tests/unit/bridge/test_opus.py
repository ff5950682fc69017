"""Both ways to Opus: libopus itself, and PyAV where that is missing."""

import math
import struct

import pytest

from bridge.media import opus


def tone(frames: int) -> bytes:
    count = frames * opus.FRAME_SAMPLES
    return b"".join(struct.pack("<h", int(8000 * math.sin(2 * math.pi * 300 * n / 24_000))) for n in range(count))


def loudness(pcm: bytes) -> float:
    samples = struct.unpack(f"<{len(pcm) // 2}h", pcm)
    return math.sqrt(sum(sample * sample for sample in samples) / len(samples))


@pytest.fixture(params=["direct", "wrapped"])
def is_direct(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    if request.param == "wrapped":
        monkeypatch.setattr(opus, "_library", lambda: None)
    return request.param == "direct"


def test_the_wheel_brings_libopus_along() -> None:
    assert opus.is_direct()


def test_sound_survives(is_direct: bool) -> None:
    encoder, decoder = opus.new_encoder(), opus.new_decoder()
    assert opus.is_direct() == is_direct
    sound = tone(50)
    packets = [encoder.encode(sound[at : at + opus.FRAME_BYTES]) for at in range(0, len(sound), opus.FRAME_BYTES)]
    heard = b"".join(decoder.decode(packet) for packet in packets if packet)
    assert abs(len(heard) - len(sound)) <= opus.FRAME_BYTES
    assert abs(loudness(heard[9600:]) - loudness(sound)) < 0.1 * loudness(sound)


def test_what_is_not_opus_is_refused(is_direct: bool) -> None:
    with pytest.raises(opus.OpusError):
        opus.new_decoder().decode(b"\xff\xff\xff\xff\xff")


def test_a_lost_frame_has_its_length(is_direct: bool) -> None:
    assert len(opus.new_decoder().recover(None, opus.FRAME_SAMPLES)) == opus.FRAME_BYTES


def test_on_a_lossy_link_a_lost_frame_comes_out_of_the_next() -> None:
    encoder, decoder = opus.new_encoder(is_lossy=True), opus.new_decoder()
    sound = tone(20)
    packets = [encoder.encode(sound[at : at + opus.FRAME_BYTES]) for at in range(0, len(sound), opus.FRAME_BYTES)]
    for packet in packets[:10]:
        decoder.decode(packet)
    assert loudness(decoder.recover(packets[11], opus.FRAME_SAMPLES)) > 3000
