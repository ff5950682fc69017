"""Rates and formats of sound."""

import numpy as np
import pytest

from peak_app.embedded.ai_server.faults import InvalidRequest
from peak_app.embedded.ai_server.speech.pcm import Resampler, pcm_ms, resample, to_pcm, to_samples
from peak_app.embedded.ai_server.speech.wav import read_wav, write_wav


def _tone(rate_hz: int, pitch_hz: int) -> np.ndarray:
    return np.sin(2 * np.pi * pitch_hz * np.arange(rate_hz) / rate_hz).astype(np.float32)


@pytest.mark.parametrize(
    ("source_hz", "target_hz"), [(24_000, 16_000), (48_000, 16_000), (44_100, 16_000), (8_000, 16_000)]
)
def test_a_tone_keeps_its_pitch_and_place(source_hz: int, target_hz: int) -> None:
    made = resample(_tone(source_hz, 1000), source_hz, target_hz)
    assert len(made) == target_hz
    assert np.abs(made - _tone(target_hz, 1000))[200:-200].max() < 0.002


def test_what_the_lower_rate_cannot_hold_is_removed() -> None:
    assert np.abs(resample(_tone(24_000, 10_000), 24_000, 16_000))[200:-200].max() < 0.001


def test_a_stream_in_pieces_gives_the_same_as_in_one() -> None:
    samples = np.random.default_rng(3).uniform(-1, 1, 24_000).astype(np.float32)
    whole = Resampler(24_000, 16_000).push(samples)
    stream = Resampler(24_000, 16_000)
    pieces = [stream.push(piece) for piece in np.split(samples, [1, 2, 5, 700, 701, 9999, 20_000])]
    assert np.allclose(np.concatenate(pieces), whole, atol=1e-6)


def test_pcm_survives_the_way_through_samples() -> None:
    pcm = np.array([0, 1, -1, 32767, -32768], "<i2").tobytes()
    assert np.abs(np.frombuffer(to_pcm(to_samples(pcm)), "<i2").astype(int) - np.frombuffer(pcm, "<i2")).max() <= 1
    assert to_pcm(np.array([5.0, -5.0], np.float32)) == np.array([32767, -32767], "<i2").tobytes()
    assert pcm_ms(48_000) == 1000


def test_a_written_wav_is_read_back() -> None:
    pcm = to_pcm(_tone(24_000, 440))
    samples, rate_hz = read_wav(write_wav(pcm, 24_000))
    assert rate_hz == 24_000
    assert np.abs(samples - to_samples(pcm)).max() < 1e-4


def test_a_recording_that_was_cut_off_is_read_as_far_as_it_goes() -> None:
    content = write_wav(to_pcm(_tone(24_000, 440)), 24_000)
    samples, _ = read_wav(content[: 44 + 2 * 1000 + 1])
    assert len(samples) == 1000


@pytest.mark.parametrize(
    "content",
    [b"", b"RIFF", b"RIFFxxxxWAVE", b"OggS" + bytes(100), b"RIFF\x00\x00\x00\x00WAVEdata\x04\x00\x00\x00abcd"],
)
def test_other_files_are_refused(content: bytes) -> None:
    with pytest.raises(InvalidRequest):
        read_wav(content)
