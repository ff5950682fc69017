"""16-bit little-endian mono PCM and its float form. Rates in Hz, samples in [-1, 1]."""

import math

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

VOICE_RATE_HZ = 24_000
"""Rate on the wire, in both directions."""
EAR_RATE_HZ = 16_000
"""Rate the speech detector and the recogniser work at."""


def to_samples(pcm: bytes) -> Samples:
    """Floats of 16-bit little-endian PCM; `pcm` has an even length."""
    return np.frombuffer(pcm, dtype="<i2").astype(np.float32) / np.float32(32768)


def to_pcm(samples: Samples) -> bytes:
    """16-bit little-endian PCM, clipped."""
    return (np.clip(samples, -1.0, 1.0) * 32767).astype("<i2").tobytes()


def pcm_ms(pcm_bytes: int, rate_hz: int = VOICE_RATE_HZ) -> int:
    """Whole milliseconds of that many bytes."""
    return pcm_bytes * 1000 // (2 * rate_hz)


class Resampler:
    """Changes the rate of a stream, in pieces of any length, by a windowed-sinc polyphase filter."""

    _ZERO_CROSSINGS = 16

    def __init__(self, source_hz: int, target_hz: int) -> None:
        shared = math.gcd(source_hz, target_hz)
        self._up, self._down = target_hz // shared, source_hz // shared
        self._is_identity = self._up == self._down
        widest = max(self._up, self._down)
        half = self._ZERO_CROSSINGS * widest
        taps = 2 * half // self._up + 1
        length = taps * self._up
        at = np.arange(length) - half
        # A little below the lower Nyquist frequency, so that the transition band does not alias.
        cutoff = 0.94 / widest
        window = np.kaiser(length, 8.0)
        kernel = np.sinc(at * cutoff) * cutoff * window * self._up
        self._phases = np.ascontiguousarray(kernel.reshape(taps, self._up).T[:, ::-1], dtype=np.float32)
        self._taps = taps
        self._held = np.zeros(taps - 1, np.float32)
        self._skip = half // self._down
        self._phase = 0

    def push(self, samples: Samples) -> Samples:
        """The output that became computable; a few milliseconds stay inside until more input or `flush`."""
        if self._is_identity:
            return samples
        line = np.concatenate((self._held, samples))
        ready = len(line) - self._taps + 1
        # Output m sits at input position (phase + m * down) / up, measured from the first window that fits.
        count = max(0, -(-(ready * self._up - self._phase) // self._down))
        if count == 0:
            self._held = line
            return np.zeros(0, np.float32)
        position = self._phase + np.arange(count) * self._down
        base = position // self._up
        windows = np.lib.stride_tricks.sliding_window_view(line, self._taps)
        made = np.einsum("nt,nt->n", windows[base], self._phases[position % self._up])
        following = self._phase + count * self._down
        used = min(following // self._up, ready)
        self._phase = following - used * self._up
        self._held = line[used:].copy()
        if self._skip:
            dropped = min(self._skip, len(made))
            self._skip -= dropped
            made = made[dropped:]
        return made.astype(np.float32, copy=False)

    def flush(self) -> Samples:
        """The tail still inside the filter; the stream ends here."""
        return self.push(np.zeros(self._taps, np.float32))


def resample(samples: Samples, source_hz: int, target_hz: int) -> Samples:
    """A whole recording at another rate, in blocks of a second so that memory stays flat."""
    if source_hz == target_hz:
        return samples
    resampler = Resampler(source_hz, target_hz)
    parts = [resampler.push(samples[at : at + source_hz]) for at in range(0, len(samples), source_hz)]
    parts.append(resampler.flush())
    wanted = len(samples) * target_hz // source_hz
    return np.concatenate(parts)[:wanted]
