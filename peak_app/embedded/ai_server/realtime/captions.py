"""What a person is understood to be saying while they speak: the stretch since the last pause, read again and again.

A reading is a whole recognition, so it is only made while nothing else waits for the recogniser, while the person's
voice is heard (the pause behind it leaves time to finish), and for half of the time at most.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import numpy as np

from peak_app.embedded.ai_server.realtime.conversation import new_id
from peak_app.embedded.ai_server.realtime.input_audio import InputAudio
from peak_app.embedded.ai_server.realtime.outbox import Outbox
from peak_app.embedded.ai_server.speech.pcm import EAR_RATE_HZ, Samples
from peak_app.embedded.ai_server.speech.recogniser import MIN_VOICED_MS, Recogniser

log = logging.getLogger(__name__)

READ_EVERY_MS = 650
LONGEST_READING_MS = 4_000
"""Speech without a pause is not read again from its beginning once it is longer than this."""
_KEPT_TAIL_MS = 800
_DIP_MS = 64
_EVENT = "conversation.item.input_audio_transcription.segment"


@dataclass(slots=True)
class _Shown:
    """The turn that is being spoken. Samples before `known_until` are read, as `known`."""

    item_id: str
    segment_id: str
    start: int
    known_until: int
    known: str = ""
    known_voiced_ms: int = 0
    text: str = ""


class Captions:
    """Begin a turn, tell how it goes on, end it; segments go out in between, each replacing the one before."""

    def __init__(
        self,
        recogniser: Recogniser,
        audio: InputAudio,
        outbox: Outbox,
        start: Callable[[Coroutine[Any, Any, Any]], "asyncio.Task[Any]"],
    ) -> None:
        self._recogniser = recogniser
        self._audio = audio
        self._outbox = outbox
        self._start = start
        self._turn: _Shown | None = None
        self._read_at = 0
        self._rests_until = 0.0
        self._reading: asyncio.Task[None] | None = None

    def begin(self, item_id: str, start: int) -> None:
        self._turn = _Shown(item_id, new_id("seg"), start, known_until=start)

    def end(self) -> None:
        """The turn is over: nothing of it is shown any more."""
        self._turn = None

    def settle(self, item_id: str, until: int, voiced_ms: int, text: str) -> None:
        """The words of the turn up to a pause are known."""
        turn = self._turn
        if turn is None or turn.item_id != item_id or until <= turn.known_until:
            return
        turn.known, turn.known_until, turn.known_voiced_ms = text, until, voiced_ms
        self._show(turn, text, until)

    def hear(self, position: int, voiced_ms: int) -> None:
        """The person's voice is heard just now; `voiced_ms` of it in this turn."""
        turn = self._turn
        if turn is None or voiced_ms - turn.known_voiced_ms < MIN_VOICED_MS:
            return
        is_early = position - self._read_at < READ_EVERY_MS * EAR_RATE_HZ // 1000
        is_resting = asyncio.get_running_loop().time() < self._rests_until
        if is_early or is_resting or self._reading is not None or not self._recogniser.is_idle:
            return
        self._read_at = position
        self._reading = self._start(self._read(turn, position, voiced_ms))

    async def _read(self, turn: _Shown, position: int, voiced_ms: int) -> None:
        begun = asyncio.get_running_loop().time()
        known, start = turn.known, turn.known_until
        samples = self._audio.cut(start, position)
        length = len(samples)
        is_long = length > LONGEST_READING_MS * EAR_RATE_HZ // 1000
        if is_long:
            samples = samples[: _quietest(samples)]
        try:
            read = await self._recogniser.transcribe(samples, voiced_ms - turn.known_voiced_ms)
        except Exception:
            # The words of the turn itself are still to come, and then its failure is told.
            log.exception("caption failed")
            return
        finally:
            self._reading = None
            now = asyncio.get_running_loop().time()
            self._rests_until = now + (now - begun)
        # The recogniser ends everything like a sentence; this one goes on.
        text = f"{known} {read.text.rstrip('.')}".strip()
        if self._turn is not turn or turn.known_until != start:
            return
        if is_long:
            tail_ms = (length - len(samples)) * 1000 // EAR_RATE_HZ
            turn.known, turn.known_until = text, position - length + len(samples)
            turn.known_voiced_ms = max(0, voiced_ms - tail_ms)
            # What is shown reaches further already; the next reading comes at once.
            self._read_at, self._rests_until = 0, 0.0
        else:
            self._show(turn, text, position)

    def _show(self, turn: _Shown, text: str, until: int) -> None:
        if not text or text == turn.text:
            return
        turn.text = text
        end_s = (until - turn.start) / EAR_RATE_HZ
        place = {"item_id": turn.item_id, "content_index": 0, "id": turn.segment_id, "speaker": "speaker"}
        self._outbox.emit(_EVENT, **place, start=0.0, end=round(end_s, 3), text=text)


def _quietest(samples: Samples) -> int:
    """Where to cut: the quietest place of the second half, some way before its end."""
    frame = _DIP_MS * EAR_RATE_HZ // 1000
    last = len(samples) - _KEPT_TAIL_MS * EAR_RATE_HZ // 1000
    first = len(samples) // 2
    count = (last - first) // frame
    loudness = np.square(samples[first : first + count * frame]).reshape(count, frame).sum(axis=1)
    return first + int(np.argmin(loudness)) * frame + frame // 2
