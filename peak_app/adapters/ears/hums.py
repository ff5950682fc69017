"""Filled pauses by their sound: voice that stands by itself, keeps its vowel, and is no word when heard alone."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from peak_app.adapters.ears.sound import EAR_RATE_HZ, LEVEL_MS, Levels, Samples
from peak_app.ports.ears import Stretch

SHORTEST_MS, LONGEST_MS = 140, 1_200
_APART_MS = 60
"""Quiet around a sound that stands by itself. Stops within words are shorter, or louder."""
_QUIET_DB = 25.0
"""How far below the loudest of the stretch is quiet."""

_FRAME, _HOP, _BINS = 400, 160, 512
_LOW_HZ, _HIGH_HZ, _BANDS = 200, 4_000, 18
_CORE_DB = 12.0
"""Frames that much softer than the loudest are rise and fall."""
_APART_FRAMES = 3
_STEADY_DB = 4.7
"""By how much the shape of the spectrum may change within 30 ms, in the middle; vowels of words glide more."""
_VOICED_SHARE = 0.7
_PITCH_HZ = (60, 400)
_PERIODIC = 0.5
"""Correlation of a frame with itself one period later, from which on it is voiced."""

_HESITATION = re.compile(r"(?:u+h*m+|u+h+|a+h+|h?e+r+m+(?:'?s)?|e+r+|h+m+|m+)")


def kind_of(text: str) -> str | None:
    """What kind of hesitation a text is; None when it is anything else."""
    word = text.strip(" .,?!…\"'-").lower()
    if not _HESITATION.fullmatch(word):
        return None
    if "r" in word:
        return "erm" if "m" in word else "er"
    if word[0] in "hm":
        return "hmm"
    return "um" if "m" in word else "uh"


def islands_of(stretches: Sequence[Stretch], levels: Levels, room: float) -> Iterator[Stretch]:
    """Sounds with quiet around them that are as long as a filled pause may be."""
    for stretch in stretches:
        first, last = stretch.start_ms // LEVEL_MS, stretch.end_ms // LEVEL_MS
        within = levels[first:last]
        if not len(within):
            continue
        loud = np.flatnonzero(within >= max(float(within.max()) - _QUIET_DB, room + 6.0))
        breaks = np.flatnonzero(np.diff(loud) > _APART_MS // LEVEL_MS)
        for run in np.split(loud, breaks + 1):
            start_ms, end_ms = (first + int(run[0])) * LEVEL_MS, (first + int(run[-1]) + 1) * LEVEL_MS
            if SHORTEST_MS <= end_ms - start_ms <= LONGEST_MS:
                yield Stretch(start_ms, end_ms)


def is_steady_voice(sound: Samples) -> bool:
    """Whether 16 kHz sound is one vowel, or a hum, that keeps its colour."""
    if len(sound) < _FRAME + _HOP * (_APART_FRAMES + 1):
        return False
    frames = np.lib.stride_tricks.sliding_window_view(sound, _FRAME)[::_HOP]
    frames = frames - frames.mean(axis=1, keepdims=True)
    level = 10 * np.log10((frames**2).mean(axis=1) + 1e-12)
    core = level > level.max() - _CORE_DB
    moves = np.abs(_shapes(frames)[_APART_FRAMES:] - _shapes(frames)[:-_APART_FRAMES]).mean(axis=1)
    moves = moves[core[_APART_FRAMES:] & core[:-_APART_FRAMES]]
    is_voiced = core & (_periodicity(frames) > _PERIODIC)
    return bool(len(moves)) and float(np.median(moves)) <= _STEADY_DB and float(is_voiced.mean()) >= _VOICED_SHARE


def _shapes(frames: Samples) -> Samples:
    """The spectrum of each frame in bands, in dB, without its loudness."""
    power = np.abs(np.fft.rfft(frames * np.hanning(_FRAME), _BINS)) ** 2
    edges = np.round(np.geomspace(_LOW_HZ, _HIGH_HZ, _BANDS + 1) * _BINS / EAR_RATE_HZ).astype(int)
    bands = [power[:, low : max(high, low + 1)].sum(axis=1) for low, high in pairwise(edges)]
    shape = 10 * np.log10(np.stack(bands, axis=1) + 1e-9)
    return shape - shape.mean(axis=1, keepdims=True)


def _periodicity(frames: Samples) -> Samples:
    alike = np.fft.irfft(np.abs(np.fft.rfft(frames, 2 * _BINS)) ** 2)
    shortest, longest = EAR_RATE_HZ // _PITCH_HZ[1], EAR_RATE_HZ // _PITCH_HZ[0]
    return alike[:, shortest:longest].max(axis=1) / (alike[:, 0] + 1e-12)
