"""What the fake microphone of the browser says: synthesised sentences with pauses to be answered in."""

import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from hibari import Hibari

RATE_HZ = 24_000


def _silence(seconds: float) -> np.ndarray:
    # Not quite zero: a real room is never, and a voice detector may tell.
    noise = np.random.default_rng(7).normal(0, 2e-4, int(RATE_HZ * seconds))
    return noise.astype(np.float32)


def write_speech(path: Path, parts: Sequence[str | float], *, is_backwards: bool = False) -> Path:
    """A WAV file of texts to say and seconds to be silent, in order; said backwards, nobody is sure of the words."""
    voice = Hibari(threads=1)
    pieces: list[np.ndarray] = []
    for part in parts:
        if isinstance(part, str):
            said = np.concatenate([np.asarray(chunk, np.float32) for chunk in voice.stream(part) if len(chunk)])
            pieces.append(said[::-1] if is_backwards else said)
        else:
            pieces.append(_silence(part))
    samples = np.clip(np.concatenate(pieces), -1, 1)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes((samples * 32767).astype("<i2").tobytes())
    return path
