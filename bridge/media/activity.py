"""Whether and when the person makes voice-like sound, told from level alone: cheap enough for the way of every frame.

A frame holds sound when its level, taken where voices are strong, stands out from a floor that follows the room. Sound
counts as voice once it lasts longer than a keystroke; what follows voice at once (the "t" of "that") belongs to it. The
server's own detector decides about turns; this one tells what it can't: how much voice there was since a moment, and
when it really ended.
"""

import math
from collections import deque
from dataclasses import dataclass

import numpy as np

from bridge.media.opus import FRAME_BYTES, FRAME_MS
from peak_app.ports.voice import VOICE_RATE_HZ

REMEMBERED_MS = 60_000.0
SHORTEST_VOICE_MS = 90.0
"""More than four frames, which a click of 60 ms can touch."""
_JOIN_MS = 170.0
"""Sound this soon after voice is voice, however short: the stop before a last consonant is no longer."""
_DIP_MS = 25.0
"""One quiet frame does not end sound that is not known to be voice yet."""
_SEAM_MS = 10.0
"""Stretches of voice that close to each other are one: frames come with some jitter of the clock."""
_MOST_STRETCHES = 2_000
_BYTES_PER_MS = VOICE_RATE_HZ * 2 // 1000
_FOLD = 3
"""Samples summed into one: 8 kHz keeps what is strong in voices, and leaves hiss out."""
_PRE_EMPHASIS = np.float32(0.8)
"""Takes rumble and hum out."""
_SAMPLE = np.dtype("<i2")
_FULL_SCALE_DB = 20 * math.log10(32_768 * _FOLD)

# Levels are dB of full scale, of folded and emphasised sound.
_SOFTEST_DB = -68.0
"""Where a browser suppresses noise there is no floor; what is softer than this is no voice."""
_LOUDEST_START_DB = -45.0
"""The floor a call may begin with: whoever speaks at once is louder."""
_START_MS = 400.0
_LEAST_MARGIN_DB, _MARGIN_PER_DEVIATION = 1.8, 3.0
"""Above the floor, and more in a room that is unsteady: sound."""
_PROMINENCE_DB = 3.0
"""Above that, at its loudest: voice."""
_SPEECH_RANGE_DB = 27.0
"""Sound so far below the person's speech is breath and echo: speech has ended."""
_LEVEL_FALL_DB_PER_MS = 0.003
_FLOOR_RISE_DB_PER_MS = 0.0005
"""Speech pauses often enough to bring the floor back; what never pauses becomes the room."""
_STEADY_DB = 1.6
"""Mean deviation over a second of noise that is on all the time; speech has several times that."""
_TONAL_GAIN = 8.0
"""How much better than chance two samples foretell the next, above which sound is a tone or a hum, not noise."""


@dataclass(slots=True)
class _Stretch:
    start_ms: float
    end_ms: float
    peak_db: float = 0.0


class VoiceActivity:
    """One microphone. Sound of 24 kHz, mono, 16 bit; times are ms of the meeting."""

    def __init__(self) -> None:
        self._floor_db = _SOFTEST_DB
        self._deviation_db = 1.0
        self._speech_db = -math.inf
        self._mean_db, self._unsteady_db = _SOFTEST_DB, 10.0
        self._heard_ms = 0.0
        self._tonality = 1.0
        self._voice: deque[_Stretch] = deque(maxlen=_MOST_STRETCHES)
        self._maybe: _Stretch | None = None
        """Sound that has not lasted long enough."""
        self._until_ms = -math.inf

    def hear(self, pcm: bytes, at_ms: float) -> bool:
        """Take sound that began at this ms of the meeting; whether it holds voice."""
        if at_ms < self._until_ms:
            self._forget_from(at_ms)
        holds_voice = False
        for start in range(0, len(pcm) - 1, FRAME_BYTES):
            piece = pcm[start : start + FRAME_BYTES] if len(pcm) > FRAME_BYTES else pcm
            duration_ms = len(piece) / _BYTES_PER_MS
            level_db = self._level(piece)
            if level_db is None:
                self._heard_ms += duration_ms
            elif self._stands_out(level_db, duration_ms):
                holds_voice |= self._note(at_ms, at_ms + duration_ms, level_db)
            at_ms += duration_ms
        self._until_ms = at_ms
        while self._voice and self._voice[0].end_ms < at_ms - REMEMBERED_MS:
            self._voice.popleft()
        return holds_voice

    def voiced_ms(self, since_ms: float) -> float:
        """Milliseconds of voice that began at or after this time."""
        total = 0.0
        for stretch in reversed(self._voice):
            if stretch.end_ms <= since_ms:
                break
            total += stretch.end_ms - max(since_ms, stretch.start_ms)
        return total

    def last_voice_ms(self, before_ms: float) -> float | None:
        """When the last voice before this time ended; None when none is remembered."""
        for stretch in reversed(self._voice):
            if stretch.start_ms < before_ms:
                return min(stretch.end_ms, before_ms)
        return None

    # level

    def _level(self, piece: bytes) -> float | None:
        """None for digital silence, which says nothing about the room."""
        samples = np.frombuffer(piece, _SAMPLE, len(piece) // 2).astype(np.float32)
        whole = len(samples) // _FOLD * _FOLD
        if whole < 4 * _FOLD:
            return None
        folded = samples[0:whole:_FOLD] + samples[1:whole:_FOLD] + samples[2:whole:_FOLD]
        sharp = folded[1:] - _PRE_EMPHASIS * folded[:-1]
        energy = float(sharp @ sharp)
        if energy == 0.0:
            return None
        level_db = 10 * math.log10(energy / len(sharp)) - _FULL_SCALE_DB
        if level_db > self._floor_db + _LEAST_MARGIN_DB:
            self._tonality += 0.05 * (_foretold(sharp, energy) - self._tonality)
        return level_db

    def _stands_out(self, level_db: float, duration_ms: float) -> bool:
        """Whether this level is sound, after the floor has learned from it."""
        self._follow(level_db, duration_ms)
        threshold_db = self._threshold_db
        is_sound = level_db > threshold_db
        if level_db > threshold_db + _PROMINENCE_DB:
            self._speech_db = max(self._speech_db, level_db - 6.0)
            self._speech_db += 0.1 * max(0.0, level_db - self._speech_db)
        self._speech_db -= _LEVEL_FALL_DB_PER_MS * duration_ms
        return is_sound and level_db > self._speech_db - _SPEECH_RANGE_DB

    @property
    def _margin_db(self) -> float:
        return _LEAST_MARGIN_DB + _MARGIN_PER_DEVIATION * min(self._deviation_db, 2.0)

    @property
    def _threshold_db(self) -> float:
        return max(self._floor_db + self._margin_db, _SOFTEST_DB)

    def _follow(self, level_db: float, duration_ms: float) -> None:
        self._heard_ms += duration_ms
        weight = min(1.0, duration_ms / FRAME_MS)
        off_db = level_db - self._mean_db
        self._mean_db += 0.05 * weight * off_db
        self._unsteady_db += 0.05 * weight * (abs(off_db) - self._unsteady_db)
        above_db = level_db - self._floor_db
        if self._heard_ms < _START_MS:
            # A call begins in the room's own noise, often faded in.
            self._floor_db += 0.3 * (min(level_db, _LOUDEST_START_DB) - self._floor_db)
        elif above_db < self._margin_db:
            # Only what is below the floor is surely noise; above it the ends of words look just the same.
            if above_db > 0:
                self._floor_db += 0.02 * weight * above_db
            elif above_db > -self._margin_db:
                self._floor_db += 0.06 * weight * above_db
                self._deviation_db += 0.05 * weight * (-above_db - self._deviation_db)
            else:
                self._floor_db += 0.3 * weight * above_db
        elif self._unsteady_db < _STEADY_DB and self._tonality < _TONAL_GAIN:
            self._floor_db += 0.1 * weight * (self._mean_db - self._floor_db)
        else:
            self._floor_db += _FLOOR_RISE_DB_PER_MS * duration_ms

    # voice

    def _note(self, start_ms: float, end_ms: float, level_db: float) -> bool:
        """Take a piece of sound; whether it is voice."""
        if self._voice and start_ms - self._voice[-1].end_ms <= _JOIN_MS:
            self._add(start_ms, end_ms)
            return True
        maybe = self._maybe
        if maybe is None or start_ms - maybe.end_ms > _DIP_MS:
            maybe = self._maybe = _Stretch(start_ms, end_ms, level_db)
        maybe.end_ms, maybe.peak_db = end_ms, max(maybe.peak_db, level_db)
        is_prominent = maybe.peak_db > self._threshold_db + _PROMINENCE_DB
        if maybe.end_ms - maybe.start_ms < SHORTEST_VOICE_MS or not is_prominent:
            return False
        self._maybe = None
        self._add(maybe.start_ms, maybe.end_ms)
        return True

    def _add(self, start_ms: float, end_ms: float) -> None:
        last = self._voice[-1] if self._voice else None
        if last and start_ms - last.end_ms <= _SEAM_MS:
            last.end_ms = end_ms
        else:
            self._voice.append(_Stretch(start_ms, end_ms))

    def _forget_from(self, at_ms: float) -> None:
        """Sound comes anew from this time on: what was there before does not count twice."""
        while self._voice and self._voice[-1].start_ms >= at_ms:
            self._voice.pop()
        if self._voice:
            self._voice[-1].end_ms = min(self._voice[-1].end_ms, at_ms)
        if self._maybe:
            self._maybe.end_ms = min(self._maybe.end_ms, at_ms)


def _foretold(sharp: np.ndarray, energy: float) -> float:
    """Energy over what a linear prediction by two samples leaves of it: 1 for white noise, hundreds for a tone."""
    first = float(sharp[1:] @ sharp[:-1]) / energy
    second = float(sharp[2:] @ sharp[:-2]) / energy
    rest = 1 - first * first
    if rest <= 1e-3:
        return 1e3
    reflection = (second - first * first) / rest
    return min(1e3, 1 / max(1e-3, rest * (1 - reflection * reflection)))
