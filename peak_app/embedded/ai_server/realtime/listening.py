"""The listening half of a session: buffers audio, follows turns, has them transcribed piece by piece."""

import asyncio
import base64
import binascii
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from peak_app.embedded.ai_server.engines import Engines
from peak_app.embedded.ai_server.faults import InvalidRequest
from peak_app.embedded.ai_server.limits import MAX_AUDIO_EVENT_BYTES, MAX_INPUT_AUDIO_S
from peak_app.embedded.ai_server.realtime.answering import Answering, Draft, Prepared
from peak_app.embedded.ai_server.realtime.captions import Captions
from peak_app.embedded.ai_server.realtime.conversation import Conversation, Item, new_id
from peak_app.embedded.ai_server.realtime.ear import (
    Ear,
    EarEvent,
    Piece,
    PieceCut,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
    SpeechStopped,
)
from peak_app.embedded.ai_server.realtime.input_audio import InputAudio
from peak_app.embedded.ai_server.realtime.outbox import Outbox
from peak_app.embedded.ai_server.realtime.session_config import SessionConfig, TurnDetection
from peak_app.embedded.ai_server.realtime.utterance import looks_unfinished
from peak_app.embedded.ai_server.speech.pcm import EAR_RATE_HZ, VOICE_RATE_HZ, Resampler, to_samples
from peak_app.embedded.ai_server.speech.recogniser import Recognised

log = logging.getLogger(__name__)

Hearing = asyncio.Task[Recognised]
"""A piece that is being recognised."""

_PUSH_TO_TALK = TurnDetection(
    threshold=0.5,
    prefix_padding_ms=300,
    silence_duration_ms=2**31,
    unfinished_silence_ms=2**31,
    idle_timeout_ms=None,
    create_response=False,
    interrupt_response=False,
)
"""How pieces are found while the client decides about turns: a turn never ends by silence."""
_KEPT_WHEN_IDLE = 6 * EAR_RATE_HZ
_MIN_COMMIT_MS = 100
_FRAMES_IN_A_ROW = 8
"""Frames after which other tasks get a chance; a client may append minutes of audio in one event."""


@dataclass(slots=True)
class _Guess:
    """A transcription started in a pause, kept only if the pause turns out to be the end.

    `pieces` are all pieces of the turn up to the pause, `words` the last of them.
    """

    words: Hearing
    pieces: list[Hearing]
    draft: "asyncio.Task[Draft | None]"

    @property
    def is_unfinished(self) -> bool:
        """Whether the turn seems to lead on; until its words are known it may."""
        if not all(piece.done() for piece in self.pieces):
            return True
        texts = _texts(self.pieces)
        return texts is not None and looks_unfinished(_join(texts))


@dataclass(slots=True)
class _SpokenTurn:
    """A turn while it is being spoken."""

    item_id: str
    start: int
    is_interruption: bool
    pieces: list[Hearing] = field(default_factory=list)
    guess: _Guess | None = None
    voiced_ms: int = 0


def _ms(position: int) -> int:
    return position * 1000 // EAR_RATE_HZ


def decode_audio(raw: object) -> bytes:
    """PCM of an append event; raises `InvalidRequest`."""
    if not isinstance(raw, str):
        raise InvalidRequest("Missing required parameter: 'audio'.", "missing_required_parameter", "audio")
    if len(raw) > MAX_AUDIO_EVENT_BYTES * 4 // 3 + 4:
        raise InvalidRequest("One event carries at most 15 MiB of audio.", "invalid_value", "audio")
    try:
        pcm = base64.b64decode(raw, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidRequest("Invalid 'audio': expected base64.", "invalid_value", "audio") from error
    if len(pcm) % 2:
        raise InvalidRequest("Invalid 'audio': 16-bit samples need an even number of bytes.", "invalid_value", "audio")
    return pcm


class Listening:
    """Feeds the ear, owns the turn that is being spoken and commits turns to the conversation."""

    def __init__(
        self,
        *,
        engines: Engines,
        conversation: Conversation,
        answering: Answering,
        outbox: Outbox,
        start: Callable[[Coroutine[Any, Any, Any]], "asyncio.Task[Any]"],
        on_speech: Callable[[], None],
    ) -> None:
        self._engines = engines
        self._conversation = conversation
        self._answering = answering
        self._outbox = outbox
        self._start = start
        self._on_speech = on_speech
        self._resampler = Resampler(VOICE_RATE_HZ, EAR_RATE_HZ)
        self._audio = InputAudio()
        self._ear = Ear(engines.detector())
        self._captions = Captions(engines.recogniser, self._audio, outbox, start)
        self._turn: _SpokenTurn | None = None
        self._uncommitted_ms = 0.0

    @property
    def is_speaking(self) -> bool:
        return self._turn is not None

    @property
    def position_ms(self) -> int:
        """Milliseconds of audio received in this session."""
        return _ms(self._audio.end)

    # audio

    async def append(self, pcm: bytes, config: SessionConfig) -> None:
        """Take in audio and act on what is heard in it."""
        if self._uncommitted_ms > MAX_INPUT_AUDIO_S * 1000 and config.turn_detection is None:
            raise InvalidRequest(
                f"The input audio buffer holds at most {MAX_INPUT_AUDIO_S} seconds: commit or clear it.",
                "input_audio_buffer_full",
                "audio",
            )
        self._uncommitted_ms += len(pcm) / 2 / VOICE_RATE_HZ * 1000
        samples = self._resampler.push(to_samples(pcm))
        self._audio.append(samples)
        detection = config.turn_detection or _PUSH_TO_TALK
        for count, frame in enumerate(self._ear.frames(samples), start=1):
            guess = self._turn.guess if self._turn else None
            is_unfinished = guess is not None and guess.is_unfinished
            for event in self._ear.hear(frame, detection, is_unfinished=is_unfinished):
                self._act(event, config)
            if count % _FRAMES_IN_A_ROW == 0:
                await asyncio.sleep(0)
        if self._turn is not None and config.wants_live_captions and not self._ear.is_quiet:
            self._captions.hear(self._ear.position, self._ear.voiced_ms)
        needed_from = self._ear.open_piece.start if self._turn else self._ear.position - _KEPT_WHEN_IDLE
        self._audio.forget_before(needed_from)

    def _act(self, event: EarEvent, config: SessionConfig) -> None:
        match event:
            case SpeechStarted():
                self._begin(event.start, config)
            case SpeechPaused():
                self._pause(event, config)
            case SpeechResumed():
                self._drop_guess()
            case PieceCut():
                self._drop_guess()
                self._close_piece(event.piece, config)
            case SpeechStopped():
                self._stop(event, config)

    def _begin(self, start: int, config: SessionConfig) -> None:
        self._on_speech()
        detection = config.turn_detection
        is_playing = asyncio.get_running_loop().time() < self._answering.playback_ends_at
        turn = _SpokenTurn(new_id("item"), start, is_interruption=is_playing or self._answering.active is not None)
        self._turn = turn
        self._captions.begin(turn.item_id, start)
        if detection is None:
            return
        self._outbox.emit("input_audio_buffer.speech_started", audio_start_ms=_ms(start), item_id=turn.item_id)
        if detection.interrupt_response:
            self._answering.interrupt("turn_detected")
            self._answering.playback_ends_at = 0.0

    def _transcription(self, piece: Piece) -> Hearing:
        samples = self._audio.cut(piece.start, piece.end)
        return self._start(self._engines.recogniser.transcribe(samples, piece.voiced_ms))

    def _close_piece(self, piece: Piece, config: SessionConfig) -> None:
        if self._turn is not None:
            self._turn.pieces.append(self._transcription(piece))
            self._caption(self._turn, self._turn.pieces, piece.end, config)

    def _caption(self, turn: _SpokenTurn, pieces: list[Hearing], until: int, config: SessionConfig) -> None:
        """Show these pieces of the turn as soon as their words are known."""
        if config.wants_live_captions:
            self._start(self._settle_caption(turn.item_id, list(pieces), until, self._ear.voiced_ms))

    async def _settle_caption(self, item_id: str, pieces: list[Hearing], until: int, voiced_ms: int) -> None:
        await asyncio.wait(pieces)
        texts = _texts(pieces)
        if texts is not None:
            self._captions.settle(item_id, until, voiced_ms, _join(texts))

    def _pause(self, event: SpeechPaused, config: SessionConfig) -> None:
        turn = self._turn
        if turn is None:
            return
        if event.is_closed:
            self._close_piece(event.piece, config)
            words = turn.pieces[-1]
        else:
            words = self._transcription(event.piece)
        pieces = [*turn.pieces, *([] if event.is_closed else [words])]
        if not event.is_closed:
            self._caption(turn, pieces, event.piece.end, config)
        turn.guess = _Guess(words, pieces, self._start(self._draft(pieces, config)))

    async def _draft(self, pieces: list[Hearing], config: SessionConfig) -> Draft | None:
        if config.turn_detection is None:
            return None
        await asyncio.wait(pieces)
        texts = _texts(pieces)
        return None if texts is None else await self._answering.prepare(_join(texts), config)

    def _drop_guess(self) -> None:
        turn = self._turn
        if turn is None or turn.guess is None:
            return
        turn.guess.draft.cancel()
        if turn.guess.words not in turn.pieces:
            turn.guess.words.cancel()
        turn.guess = None

    # turns

    def _stop(self, event: SpeechStopped, config: SessionConfig) -> None:
        turn = self._turn
        detection = config.turn_detection
        if turn is None or detection is None:
            return
        self._turn = None
        self._outbox.emit("input_audio_buffer.speech_stopped", audio_end_ms=_ms(event.end), item_id=turn.item_id)
        item = self._commit_turn(turn, _ms(event.end - turn.start), event.piece, config)
        if detection.create_response:
            self._answering.answer_turn(item, config, is_needed=turn.is_interruption)

    def _commit_turn(self, turn: _SpokenTurn, audio_ms: int, rest: Piece, config: SessionConfig) -> Item:
        """The turn as an item. `rest` is what follows its last closed piece."""
        guess = turn.guess
        # With a guess it pauses: the guess was right, and only quiet followed.
        pieces = [*turn.pieces, self._transcription(rest)] if guess is None else guess.pieces
        item = self._commit(turn.item_id, audio_ms, pieces, config)
        if guess is not None:
            self._answering.keep(Prepared(item, guess.draft))
        return item

    def _commit(self, item_id: str, audio_ms: int, pieces: list[Hearing], config: SessionConfig) -> Item:
        item = Item(item_id, "user", is_audio=True, audio_ms=audio_ms)
        self._captions.end()
        self._answering.keep(None)
        previous = self._conversation.add(item)
        self._uncommitted_ms = 0.0
        self._outbox.emit("input_audio_buffer.committed", previous_item_id=previous, item_id=item.id)
        self._outbox.emit("conversation.item.added", previous_item_id=previous, item=item.describe())
        self._outbox.emit("conversation.item.done", previous_item_id=previous, item=item.describe())
        item.transcript = self._start(self._settle(item, pieces, config))
        return item

    async def _settle(self, item: Item, pieces: list[Hearing], config: SessionConfig) -> str:
        is_reported = config.audio.input.transcription is not None
        place = {"item_id": item.id, "content_index": 0}
        try:
            heard = [await piece for piece in pieces]
        except Exception:
            # A fault of the recogniser must not end the call: the person is told and says it again.
            log.exception("transcription failed")
            if is_reported:
                error = {
                    "type": "server_error",
                    "code": "transcription_failed",
                    "message": "The speech could not be read.",
                }
                self._outbox.emit("conversation.item.input_audio_transcription.failed", **place, error=error)
            self._conversation.revision += 1
            return ""
        texts = [piece.text for piece in heard]
        item.text = _join(texts)
        self._conversation.revision += 1
        if is_reported:
            so_far = ""
            for text in filter(None, texts):
                delta = f" {text}" if so_far else text
                so_far += delta
                self._outbox.emit("conversation.item.input_audio_transcription.delta", **place, delta=delta)
            usage = {"type": "duration", "seconds": round(item.audio_ms / 1000, 3)}
            kind = "conversation.item.input_audio_transcription.completed"
            sure: dict[str, Any] = {}
            if config.wants_logprobs:
                sure["logprobs"] = [token.describe() for piece in heard for token in piece.tokens]
            self._outbox.emit(kind, **place, transcript=item.text, usage=usage, **sure)
        return item.text

    def commit(self, config: SessionConfig) -> None:
        """End the turn on the client's word; raises `InvalidRequest` when there is hardly any audio.

        While turns are detected, only a turn can be committed: what is heard between turns is not kept.
        """
        turn = self._turn
        end = self._audio.end
        heard_ms = self._uncommitted_ms
        if config.turn_detection is not None:
            heard_ms = _ms(end - turn.start) if turn is not None else 0
        if heard_ms < _MIN_COMMIT_MS:
            raise InvalidRequest(
                f"Error committing input audio buffer: buffer too small. Expected at least {_MIN_COMMIT_MS}ms of "
                f"audio, but buffer only has {heard_ms:.2f}ms of audio.",
                "input_audio_buffer_commit_empty",
            )
        self._turn = None
        if turn is None:
            self._commit(new_id("item"), round(heard_ms), [], config)
        else:
            # The last frame may be incomplete; what is in it belongs to the turn too.
            open_piece = self._ear.open_piece
            self._commit_turn(turn, round(heard_ms), Piece(open_piece.start, end, open_piece.voiced_ms), config)
        self._ear.reset()

    def clear(self) -> None:
        """Forget uncommitted audio and the turn in it."""
        self._forget_turn()
        self._audio.forget_before(self._audio.end)
        self._outbox.emit("input_audio_buffer.cleared")

    def change_detection(self) -> None:
        """Another way of turn taking applies from now on: what was begun under the old one is dropped."""
        self._forget_turn()

    def _forget_turn(self) -> None:
        self._drop_guess()
        self._captions.end()
        if self._turn is not None:
            for piece in self._turn.pieces:
                piece.cancel()
        self._turn = None
        self._ear.reset()
        self._uncommitted_ms = 0.0

    def commit_silence(self, config: SessionConfig, start_ms: int) -> Item:
        """A turn in which nobody spoke for too long."""
        item_id = new_id("item")
        end_ms = self.position_ms
        kind = "input_audio_buffer.timeout_triggered"
        self._outbox.emit(kind, audio_start_ms=min(start_ms, end_ms), audio_end_ms=end_ms, item_id=item_id)
        item = self._commit(item_id, max(0, end_ms - start_ms), [], config)
        item.is_silence = True
        return item


def _texts(pieces: list[Hearing]) -> list[str] | None:
    """What was understood of pieces that are done; None when one of them was not."""
    if any(piece.cancelled() or piece.exception() is not None for piece in pieces):
        return None
    return [piece.result().text for piece in pieces]


def _join(texts: list[str]) -> str:
    return " ".join(text for text in texts if text)
