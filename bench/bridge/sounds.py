"""What callers say, encoded beforehand, and how loud a piece of sound is. All sound is 20 ms frames at 24 kHz mono."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from bridge.media.opus import FRAME_BYTES, FRAME_MS, FRAME_SAMPLES, new_encoder
from peak_app.ports.voice import VOICE_RATE_HZ

LOUD = 3_000
"""Peak above which a millisecond counts as tone."""
TONE_PEAK = 12_000
TONE_HZ = 1_000
"""A whole period in each millisecond: every millisecond of a tone is loud."""
BURST_MS = 100
VOICE_MS = 1_200
_SAMPLES_PER_MS = VOICE_RATE_HZ // 1000
_QUIET_FRAMES = 50
_ROOM_NOISE = 20
"""Standard deviation; a microphone is never silent."""


@dataclass(frozen=True, slots=True)
class Sayings:
    """Opus packets. `quiet` may go on for ever, `burst` and `voice` are said once."""

    quiet: tuple[bytes, ...]
    burst: tuple[bytes, ...]
    voice: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Loudness:
    """Milliseconds of one packet: how many there are, how many are loud, and the first and last of these."""

    frame_ms: int
    loud_ms: int = 0
    first_ms: int = 0
    last_ms: int = 0


def tone(ms: int) -> bytes:
    """s16le."""
    at = np.arange(_SAMPLES_PER_MS * ms) / VOICE_RATE_HZ
    return (TONE_PEAK * np.sin(2 * np.pi * TONE_HZ * at)).astype("<i2").tobytes()


def murmur(ms: int) -> bytes:
    """Sound that is no tone: what the stand-in says when it is asked for an answer nobody measures."""
    return np.random.default_rng(3).normal(0, 200, _SAMPLES_PER_MS * ms).astype("<i2").tobytes()


def loudness(pcm: bytes) -> Loudness:
    samples = np.frombuffer(pcm, "<i2")
    frame_ms = len(samples) // _SAMPLES_PER_MS
    if not frame_ms or samples.max() <= LOUD:
        return Loudness(frame_ms)
    peaks = samples[: frame_ms * _SAMPLES_PER_MS].reshape(frame_ms, _SAMPLES_PER_MS).max(axis=1)
    loud = np.flatnonzero(peaks > LOUD)
    return Loudness(frame_ms, len(loud), int(loud[0]), int(loud[-1]))


@cache
def sayings() -> Sayings:
    # As browsers send: for voice, with a copy of each packet in the next.
    encoder = new_encoder(is_lossy=True)
    noise = np.random.default_rng(1)

    def packets(pcm: np.ndarray) -> tuple[bytes, ...]:
        room = noise.normal(0, _ROOM_NOISE, len(pcm))
        data = (pcm + room).astype("<i2").tobytes()
        return tuple(encoder.encode(data[at : at + FRAME_BYTES]) for at in range(0, len(data), FRAME_BYTES))

    silence = np.zeros(FRAME_SAMPLES * _QUIET_FRAMES)
    return Sayings(
        quiet=packets(silence)[_QUIET_FRAMES // 2 :],
        burst=packets(np.frombuffer(tone(BURST_MS), "<i2").astype(float)),
        voice=packets(_voice()),
    )


def _voice() -> np.ndarray:
    """Vowels of a low voice, four syllables a second: harmonics of 140 Hz under a swelling loudness."""
    at = np.arange(_SAMPLES_PER_MS * (VOICE_MS // FRAME_MS * FRAME_MS)) / VOICE_RATE_HZ
    harmonics = sum(np.sin(2 * np.pi * 140 * number * at) / number for number in range(1, 12))
    return 5_000 * harmonics * (0.6 + 0.4 * np.sin(2 * np.pi * 4 * at))
