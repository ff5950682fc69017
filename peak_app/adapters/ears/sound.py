"""Sound as the local models want it: 16 kHz floats, and how loud it is every 10 ms."""

import numpy as np
from numpy.typing import NDArray
from scipy.signal import firwin, upfirdn

from peak_app.ports.voice import Pcm16

Samples = NDArray[np.float32]
Levels = NDArray[np.float32]

EAR_RATE_HZ = 16_000
LEVEL_MS = 10
SAMPLES_PER_MS = EAR_RATE_HZ // 1000
_LEVEL_SAMPLES = LEVEL_MS * SAMPLES_PER_MS
_UP, _DOWN = 2, 3
_TAPS = np.asarray(firwin(145, 0.94 / _DOWN), np.float32) * _UP
_HISTORY = 72
"""Samples of the block before that the filter still reaches; a multiple of `_DOWN`."""
_LEAD = (len(_TAPS) - 1) // 2 // _DOWN
"""Samples of the result by which the filter is late."""
_SOFTEST = 1e-6


class Downsampler:
    """From the rate of calls, 24 kHz, to 16 kHz, block by block."""

    def __init__(self) -> None:
        self._before = np.zeros(_HISTORY, np.float32)
        self._late = _LEAD

    def push(self, sound: Pcm16) -> Samples:
        """What can be told with this block; 1.5 ms stay behind for the next. The last block may have any length."""
        block = np.frombuffer(sound.data, "<i2").astype(np.float32) / np.float32(32768)
        line = np.concatenate((self._before, block, np.zeros(-len(block) % _DOWN, np.float32)))
        made = upfirdn(_TAPS, line, _UP, _DOWN)[_HISTORY * _UP // _DOWN : len(line) * _UP // _DOWN]
        self._before = line[-_HISTORY:]
        late, self._late = self._late, 0
        return made[late:].astype(np.float32)


def levels_of(samples: Samples) -> Levels:
    """Level of every whole 10 ms, in dB of full scale."""
    whole = len(samples) // _LEVEL_SAMPLES
    frames = samples[: whole * _LEVEL_SAMPLES].reshape(whole, _LEVEL_SAMPLES)
    # Each frame around its own mean: a microphone with an offset is not loud.
    power = np.maximum(frames.var(axis=1), _SOFTEST**2)
    return (10 * np.log10(power)).astype(np.float32)
