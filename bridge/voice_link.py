"""A call's line to the voice model: opened, kept, opened again with the conversation restored.

Sends are queued and leave from one task, so the media loop never waits. Sound that could not leave within a second is
thrown away: answering old sound would put the conversation out of step.
"""

import asyncio
import logging
import secrets
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from bridge import metrics
from bridge.clocks import HeardClock, MeetingClock
from bridge.events import (
    CallEvent,
    CandidateGuessArrived,
    CandidateTextArrived,
    ReplyBegan,
    ReplyFinished,
    ReplySoundArrived,
    ReplySoundCompleted,
    ReplyTextArrived,
    SpeechBegan,
    SpeechEnded,
    VoiceConnected,
    VoiceFaltered,
    VoiceGaveUp,
    VoiceLost,
    VoiceStayedAway,
)
from peak_app.errors import VoiceUnavailable
from peak_app.i18n.catalogue import t
from peak_app.ports.usage import ModelUse
from peak_app.ports.voice import (
    CandidateTextCompleted,
    CandidateTextGrew,
    CandidateTextGuessed,
    PastLine,
    Pcm16,
    ReplyAudioArrived,
    ReplyAudioCompleted,
    ReplyEnded,
    ReplyStarted,
    ReplyTextCompleted,
    ReplyTextGrew,
    SpeechStarted,
    SpeechStopped,
    UseCounted,
    Voice,
    VoiceConnection,
    VoiceEvent,
    VoiceProblem,
    VoiceSetup,
)

log = logging.getLogger(__name__)

OLDEST_SOUND_S = 1.0
RETRY_DELAYS_S = (0.2, 0.5, 1.0, 2.0, 4.0)
"""Waits before the first attempts to come back; after them the person is told."""
PATIENT_DELAYS_S = (8.0,) * 36
"""Waits before the further attempts; after the last, some five minutes later, the call ends."""
HEALTHY_S = 20.0
"""A connection that lasted this long was a good one: attempts are counted anew."""

ROTATE_AFTER_S = 50 * 60.0
"""Services end a session after an hour, without a warning: the call moves to another one before, between two turns."""
ROTATE_LOOK_S = 0.2
QUIET_MS = 1_000
"""How long nobody may have spoken when it does, so that no syllable is left behind."""

_Send = Callable[[VoiceConnection], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Sound:
    data: bytes
    at_ms: float
    queued_at: float


class VoiceLink:
    """`run` is the one task; the other methods may be called at any time from the same loop."""

    def __init__(
        self,
        voice: Voice,
        setup: VoiceSetup,
        *,
        clock: MeetingClock,
        emit: Callable[[CallEvent], None],
        history: Callable[[], tuple[PastLine, ...]],
        last_voice_ms: Callable[[float], float | None],
        retry_delays_s: tuple[float, ...] = RETRY_DELAYS_S,
        patient_delays_s: tuple[float, ...] = PATIENT_DELAYS_S,
        is_between_turns: Callable[[], bool] = lambda: True,
        rotate_after_s: float = ROTATE_AFTER_S,
        on_attempt: Callable[[], None] = lambda: None,
        on_use: Callable[[str, ModelUse], None] = lambda _connection, _use: None,
    ) -> None:
        """`last_voice_ms` tells when the person's last sound before a time of the meeting ended, if any is known.

        `is_between_turns` tells whether nothing is being said, heard or owed, as far as the call knows.
        `on_attempt` is called before each attempt to connect, `on_use` with what an answer or a turn's words took, and
        with a name for the connection: services may number both anew on each.
        """
        self._voice = voice
        self._setup = setup
        self._clock = clock
        self._emit = emit
        self._history = history
        self._last_voice_ms = last_voice_ms
        self._retry_delays_s = retry_delays_s
        self._patient_delays_s = patient_delays_s
        self._is_between_turns = is_between_turns
        self._rotate_after_s = rotate_after_s
        self._successor: VoiceConnection | None = None
        self._open_turns: set[str] = set()
        self._on_attempt = on_attempt
        self._on_use = on_use
        self._open_replies: dict[str, str] = {}
        self._is_continued = False
        self._connection: VoiceConnection | None = None
        self._queue: deque[_Sound | _Send] = deque()
        self._wake = asyncio.Event()
        self._heard = HeardClock()
        self._prefix = ""
        self.reconnects = 0
        self.tokens = 0
        self.dropped_ms = 0.0
        """Sound thrown away because it could not leave in time."""
        self.sent_bytes = 0
        """Of the person's sound, before it is coded for the way."""

    async def open(self) -> None:
        """Connect for the first time.

        Raises:
            VoiceUnavailable: the call can't be held now.
        """
        self._on_attempt()
        self._connection = await self._voice.connect(self._setup, self._history())

    async def run(self) -> None:
        """Keep the line until cancelled; comes back when it breaks."""
        failures = 0
        try:
            while self._connection is not None:
                connected_at = time.monotonic()
                await self._converse(self._connection)
                if self._successor is not None:
                    self._connection, self._successor = self._successor, None
                    log.info("voice session replaced before its end")
                    continue
                self._emit(VoiceLost(self._clock.now_ms()))
                if time.monotonic() - connected_at >= HEALTHY_S:
                    failures = 0
                failures = await self._come_back(failures)
        finally:
            await self.close()

    async def close(self) -> None:
        opened = (self._connection, self._successor)
        self._connection = self._successor = None
        for connection in opened:
            if connection is not None:
                await connection.close()

    def restart(self) -> None:
        """Give the present connection up; `run` makes a new one."""
        connection = self._connection
        if connection is not None:
            self._send(lambda _: connection.close())

    @property
    def has_open_replies(self) -> bool:
        """Whether an answer is being made whose end was not heard."""
        return bool(self._open_replies)

    # sending

    def send_sound(self, audio: Pcm16, at_ms: float) -> None:
        """Sound that began at this meeting time."""
        self._queue.append(_Sound(audio.data, at_ms, time.monotonic()))
        self._wake.set()

    def ask(self, instructions: str | None) -> None:
        self._send(lambda connection: connection.ask(instructions))

    def add_line(self, line: PastLine) -> None:
        self._send(lambda connection: connection.add_line(line))

    def commit(self) -> None:
        self._send(lambda connection: connection.commit())

    def instruct(self, instructions: str) -> None:
        """Other instructions from now on, also for connections to come."""
        self._setup = replace(self._setup, instructions=instructions)
        self._send(lambda connection: connection.instruct(instructions))

    def cancel(self) -> None:
        self._send(lambda connection: connection.cancel())

    def truncate(self, item_id: str, heard_ms: int) -> None:
        # Items of an earlier connection are unknown to this one.
        if item_id.startswith(self._prefix):
            name = item_id.removeprefix(self._prefix)
            self._send(lambda connection: connection.truncate(name, heard_ms))

    def _send(self, send: _Send) -> None:
        self._queue.append(send)
        self._wake.set()

    # one connection

    async def _converse(self, connection: VoiceConnection) -> None:
        """Until the connection is gone."""
        self._heard = HeardClock()
        # The model may number its items anew on each connection; the journal must not mix them up.
        self._prefix = f"{secrets.token_hex(3)}."
        self._open_turns.clear()
        if not self._is_continued:
            self._queue.clear()
            self._emit(VoiceConnected(self._clock.now_ms()))
        self._is_continued = False
        # Sound that waited for the change of sessions leaves at once.
        self._wake.set()
        sender = asyncio.create_task(self._send_all(connection))
        reader = asyncio.create_task(self._read_all(connection))
        rotation = asyncio.create_task(self._rotate())
        tasks = (sender, reader, rotation)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
            self._is_continued = self._successor is not None
            for response_id, model in self._open_replies.items():
                # It was made, and it will be billed: that nobody heard what it took is no reason to forget it.
                self._on_use(self._prefix, ModelUse("reply", response_id, model, "lost"))
            self._open_replies.clear()
            await connection.close()
        for result in results:
            if isinstance(result, Exception) and not isinstance(result, VoiceUnavailable):
                log.error("voice connection failed", exc_info=result)

    async def _rotate(self) -> None:
        """When its time has come, open the next connection while this one holds, and come back once nothing is lost."""
        await asyncio.sleep(self._rotate_after_s)
        while True:
            if self._can_rotate():
                setup, history = self._setup, self._history()
                try:
                    self._on_attempt()
                    following = await self._voice.connect(setup, history)
                except VoiceUnavailable:
                    log.warning("voice session not replaced yet")
                    await asyncio.sleep(OLDEST_SOUND_S)
                    continue
                if self._can_rotate() and (self._setup, self._history()) == (setup, history):
                    self._successor = following
                    return
                await following.close()
            await asyncio.sleep(ROTATE_LOOK_S)

    def _can_rotate(self) -> bool:
        """Whether nobody speaks, no words and no answer are awaited, and nothing but sound waits to be sent."""
        now = self._clock.now_ms()
        last = self._last_voice_ms(now)
        is_quiet = last is None or now - last >= QUIET_MS
        waits = any(not isinstance(entry, _Sound) for entry in self._queue)
        return is_quiet and not (self._open_turns or self._open_replies or waits) and self._is_between_turns()

    async def _send_all(self, connection: VoiceConnection) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._queue:
                entry = self._queue.popleft()
                if isinstance(entry, _Sound):
                    await self._send_gathered(connection, entry)
                else:
                    await entry(connection)

    async def _send_gathered(self, connection: VoiceConnection, sound: _Sound) -> None:
        """Send this sound and what queued up right behind it, without what has become too old."""
        oldest = time.monotonic() - OLDEST_SOUND_S
        gathered = bytearray()
        entry: _Sound | None = sound
        while entry is not None:
            audio = Pcm16(entry.data)
            if entry.queued_at >= oldest:
                self._heard.note(entry.at_ms, audio.duration_ms)
                gathered += entry.data
            else:
                self.dropped_ms += audio.duration_ms
            entry = None
            if self._queue and isinstance(following := self._queue[0], _Sound):
                self._queue.popleft()
                entry = following
        if gathered:
            self.sent_bytes += len(gathered)
            await connection.append(Pcm16(bytes(gathered)))

    async def _read_all(self, connection: VoiceConnection) -> None:
        async for event in connection.events():
            translated = self._translate(event)
            if translated is not None:
                self._emit(translated)
            if isinstance(event, VoiceProblem) and event.is_fatal:
                return

    def _translate(self, event: VoiceEvent) -> CallEvent | None:  # noqa: PLR0911, PLR0912 - one line for each event
        now = self._clock.now_ms()
        match event:
            case SpeechStarted():
                self._open_turns.add(event.item_id)
                return SpeechBegan(now, self._name(event.item_id), self._spoken_at(event.heard_ms, now))
            case SpeechStopped():
                return SpeechEnded(now, self._name(event.item_id), self._ended_at(event.heard_ms, now))
            case CandidateTextGuessed():
                return CandidateGuessArrived(now, self._name(event.item_id), event.text)
            case CandidateTextGrew():
                return CandidateTextArrived(now, self._name(event.item_id), event.text, is_final=False)
            case CandidateTextCompleted():
                self._open_turns.discard(event.item_id)
                return CandidateTextArrived(now, self._name(event.item_id), event.text, True, event.confidence)
            case ReplyStarted():
                self._open_replies[event.response_id] = event.model
                return ReplyBegan(now, event.response_id)
            case ReplyAudioArrived():
                return ReplySoundArrived(now, event.response_id, self._name(event.item_id), event.audio)
            case ReplyAudioCompleted():
                return ReplySoundCompleted(now, event.response_id, self._name(event.item_id))
            case ReplyTextGrew():
                return ReplyTextArrived(now, event.response_id, self._name(event.item_id), event.text, is_final=False)
            case ReplyTextCompleted():
                return ReplyTextArrived(now, event.response_id, self._name(event.item_id), event.text, is_final=True)
            case ReplyEnded():
                self.tokens += event.total_tokens
                self._open_replies.pop(event.response_id, None)
                return ReplyFinished(now, event.response_id, event.is_failed)
            case UseCounted():
                self._on_use(self._prefix, event.use)
                return None
            case VoiceProblem():
                log.warning("voice model: %s", event.code)
                return VoiceFaltered(now, event.code)

    def _name(self, item_id: str) -> str:
        return f"{self._prefix}{item_id}"[:64]

    def _spoken_at(self, heard_ms: int, now_ms: int) -> int:
        spoken = self._heard.meeting_ms(heard_ms)
        return now_ms if spoken is None else max(0, min(spoken, now_ms))

    def _ended_at(self, heard_ms: int, now_ms: int) -> int:
        """When the last sound of a turn ended: services count the quiet they waited for as part of it."""
        turn_over = self._spoken_at(heard_ms, now_ms)
        last = self._last_voice_ms(turn_over)
        return turn_over if last is None else max(0, min(round(last), turn_over))

    # coming back

    async def _come_back(self, failures: int) -> int:
        """Connect again; gives how many attempts in a row have been spent."""
        self._connection = None
        sentence = t("room.voice_lost")
        delays_s = (*self._retry_delays_s, *self._patient_delays_s)
        while failures < len(delays_s):
            if failures == len(self._retry_delays_s):
                self._emit(VoiceStayedAway(self._clock.now_ms(), sentence))
            await asyncio.sleep(delays_s[failures])
            failures += 1
            self._on_attempt()
            try:
                self._connection = await self._voice.connect(self._setup, self._history())
            except VoiceUnavailable as error:
                log.warning("voice model not back after attempt %d", failures)
                sentence = error.sentence
                if not error.retryable:
                    break
            else:
                self.reconnects += 1
                metrics.count_reconnect()
                log.info("voice model back after attempt %d", failures)
                return failures
        self._emit(VoiceGaveUp(self._clock.now_ms(), sentence))
        return failures
