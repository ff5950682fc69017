"""`Ears` on this machine: Silero tells when there is speech, Moonshine which words, and the sound itself the rest."""

import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from peak_app.adapters.ears.activity import SpeechModel, clean_stretches, room_level, speech_stretches
from peak_app.adapters.ears.hums import is_steady_voice, islands_of, kind_of
from peak_app.adapters.ears.pieces import LONGEST_MS, Piece, pieces_of, words_of
from peak_app.adapters.ears.recogniser import MODEL, Recogniser, is_loop, is_phantom, without_loops
from peak_app.adapters.ears.sound import SAMPLES_PER_MS, Downsampler, Levels, Samples, levels_of
from peak_app.ports.ears import BothVoices, Heard, HeardWord, Hum, Stretch

RULES_VERSION = "1"
_PADDING_MS = 120
"""Sound around a piece that the recogniser is given with it."""
_ALONE_MS = 80
"""The same around a sound that is heard by itself."""
_SURELY_A_WORD_MS = 600
_NICENESS = 10
"""Calls that are going on come first."""


@dataclass(frozen=True, slots=True)
class _Activity:
    candidate: Sequence[Stretch]
    agent: Sequence[Stretch]
    levels: Levels
    length_ms: int


class LocalEars:
    """Loads its models for each call it hears: the process that does this has other work most of the time."""

    @property
    def version(self) -> str:
        return f"{MODEL}, silero-vad, rules {RULES_VERSION}"

    def listen(self, voices: Iterable[BothVoices]) -> Heard:
        # In a thread of its own, for on Linux niceness is a thread's.
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="ears", initializer=_stand_back) as thread:
            return thread.submit(_listen, voices).result()


def _stand_back() -> None:
    with suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


def _listen(voices: Iterable[BothVoices]) -> Heard:
    activity = _find_activity(voices)
    words: list[HeardWord] = []
    hums: list[Hum] = []
    room = room_level(activity.levels)
    recogniser = Recogniser()
    try:
        for piece, sound in _cut(pieces_of(activity.candidate, activity.levels), voices):
            words += _words(recogniser, piece, sound, activity.levels)
            for island in islands_of(piece.stretches, activity.levels, room):
                if not is_steady_voice(_part(sound, piece, island, 0)):
                    continue
                kind = kind_of(recogniser.transcribe(_part(sound, piece, island, _ALONE_MS)))
                if kind:
                    hums.append(Hum(kind, island.start_ms, island.end_ms))
    finally:
        recogniser.close()
    return Heard(activity.length_ms, activity.candidate, activity.agent, words, hums)


def _words(recogniser: Recogniser, piece: Piece, sound: Samples, levels: Levels) -> list[HeardWord]:
    text = recogniser.transcribe(sound)
    if piece.voiced_ms < _SURELY_A_WORD_MS and is_phantom(text):
        return []
    if not is_loop(text):
        return words_of(text, piece)
    words: list[HeardWord] = []
    for half in pieces_of(piece.stretches, levels, LONGEST_MS // 2):
        text = recogniser.transcribe(_part(sound, piece, Stretch(half.start_ms, half.end_ms), _PADDING_MS))
        words += words_of(without_loops(text), half)
    return words


def _find_activity(voices: Iterable[BothVoices]) -> _Activity:
    model = SpeechModel()
    candidate, agent = Downsampler(), Downsampler()
    probabilities: list[Samples] = []
    levels: list[Levels] = []
    agent_levels: list[Levels] = []
    rest, agent_rest = np.zeros(0, np.float32), np.zeros(0, np.float32)
    samples = 0
    for moment in voices:
        heard = candidate.push(moment.candidate)
        samples += len(heard)
        probabilities.append(model.push(heard))
        rest = _level(np.concatenate((rest, heard)), levels)
        agent_rest = _level(np.concatenate((agent_rest, agent.push(moment.agent))), agent_levels)
    whole = np.concatenate([np.zeros(0, np.float32), *levels])
    return _Activity(
        candidate=speech_stretches(np.concatenate([np.zeros(0, np.float32), *probabilities]), whole),
        agent=clean_stretches(np.concatenate([np.zeros(0, np.float32), *agent_levels])),
        levels=whole,
        length_ms=samples // SAMPLES_PER_MS,
    )


def _level(line: Samples, levels: list[Levels]) -> Samples:
    """Take the level of what is whole; gives the rest."""
    levels.append(levels_of(line))
    return line[len(levels[-1]) * 10 * SAMPLES_PER_MS :]


def _cut(pieces: Sequence[Piece], voices: Iterable[BothVoices]) -> Iterator[tuple[Piece, Samples]]:
    """Each piece with its sound, from `_PADDING_MS` before it to as much after it. Holds one piece at a time."""
    waiting = iter(pieces)
    piece = next(waiting, None)
    rate = Downsampler()
    held, start = np.zeros(0, np.float32), 0
    for moment in voices:
        if piece is None:
            return
        held = np.concatenate((held, rate.push(moment.candidate)))
        while piece is not None and (piece.end_ms + _PADDING_MS) * SAMPLES_PER_MS <= start + len(held):
            yield piece, held[max(0, _first(piece) - start) : (piece.end_ms + _PADDING_MS) * SAMPLES_PER_MS - start]
            piece = next(waiting, None)
        keep = (_first(piece) if piece else start + len(held)) - start
        if keep > 0:
            held, start = held[keep:], start + min(keep, len(held))
    if piece is not None:
        # The recording ends with the last word.
        yield piece, held[max(0, _first(piece) - start) :]


def _first(piece: Piece) -> int:
    return max(0, piece.start_ms - _PADDING_MS) * SAMPLES_PER_MS


def _part(sound: Samples, piece: Piece, island: Stretch, around_ms: int) -> Samples:
    begin_ms = _first(piece) // SAMPLES_PER_MS
    first = max(0, island.start_ms - around_ms - begin_ms) * SAMPLES_PER_MS
    return sound[first : (island.end_ms + around_ms - begin_ms) * SAMPLES_PER_MS]
