"""The Realtime API through OpenAI's SDK: the real service, the embedded server, or any that speaks the protocol."""

import asyncio
import base64
import binascii
import logging
import math
import secrets
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import openai
import orjson
from openai import AsyncOpenAI
from openai.resources.realtime.realtime import AsyncRealtimeConnection
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from peak_app.adapters.openai.session import EXTRAS, PADDING_MS, session_update
from peak_app.adapters.openai.usage import reply_use, transcription_use
from peak_app.config import EMBEDDED_MODEL, Settings
from peak_app.errors import VoiceUnavailable
from peak_app.i18n.catalogue import t
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
    VoiceEvent,
    VoiceProblem,
    VoiceSetup,
    VoiceTraits,
    known_languages,
)

log = logging.getLogger(__name__)

OPEN_TIMEOUT_S = 5.0
SEND_TIMEOUT_S = 10.0
LARGEST_MESSAGE = 2**24
LONGEST_DELTA = 64_000
"""Characters of one piece of text; more is not speech."""

_APPEND_HEAD, _APPEND_TAIL = '{"type":"input_audio_buffer.append","audio":"', '"}'
# What these say is no fault of ours: the answer ended by itself just before, or is under way already; nothing was said.
_HARMLESS_CODES = frozenset(
    {
        "response_cancel_not_active",
        "conversation_already_has_active_response",
        "input_audio_buffer_commit_empty",
    }
)
_FATAL_CODES = frozenset({"session_expired", "invalid_api_key", "insufficient_quota", "model_not_found"})


class OpenAIVoice:
    """Opens conversations with the Realtime service the settings name."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        # Once: reading the certificates takes tens of milliseconds, in which every call would stand still.
        self._client = AsyncOpenAI(
            api_key=settings.language_api_key,
            base_url=settings.language_api_url,
            max_retries=0,
            timeout=settings.provider_timeout_s,
        )

    @property
    def traits(self) -> VoiceTraits:
        """See `Voice.traits`: the embedded server reads a turn before it answers, OpenAI's model hears it."""
        return VoiceTraits(self._settings.is_embedded_ai, known_languages(self._settings.languages))

    async def connect(self, setup: VoiceSetup, history: tuple[PastLine, ...]) -> "OpenAIVoiceConnection":
        """See `Voice.connect`."""
        settings = self._settings
        options: dict[str, Any] = {
            "open_timeout": OPEN_TIMEOUT_S,
            "ping_interval": 10,
            "ping_timeout": 10,
            "close_timeout": 1,
            "max_size": LARGEST_MESSAGE,
            "compression": None,
        }
        if settings.is_embedded_ai:
            # websockets would send even loopback connections through a proxy of the environment.
            options["proxy"] = None
        model = EMBEDDED_MODEL if settings.is_embedded_ai else settings.realtime_model
        manager = self._client.realtime.connect(model=model, websocket_connection_options=options)  # pyright: ignore[reportArgumentType]  # a superset of the TypedDict
        try:
            connection = OpenAIVoiceConnection(await manager.enter(), model)
        except (OSError, TimeoutError, InvalidHandshake, openai.OpenAIError) as error:
            raise _refusal(error) from error
        try:
            async with asyncio.timeout(OPEN_TIMEOUT_S):
                await connection.set_up(session_update(settings, setup), history)
        except TimeoutError as error:
            await connection.close()
            raise VoiceUnavailable(t("model.voice_late")) from error
        except BaseException:
            await connection.close()
            raise
        return connection


def socket_of(connection: AsyncRealtimeConnection) -> ClientConnection | None:
    """The WebSocket below the SDK's own queue. None when this SDK keeps it elsewhere: sending then costs more."""
    socket = getattr(connection, "_connection", None)
    return socket if isinstance(socket, ClientConnection) else None


class OpenAIVoiceConnection:
    """One WebSocket. Messages to it are JSON text; what comes from it is judged field by field."""

    def __init__(self, connection: AsyncRealtimeConnection, model: str) -> None:
        self._connection = connection
        self._model = model
        self._transcriber = ""
        self._socket = socket_of(connection)
        self._odd_bytes: dict[str, bytes] = {}
        self._early: list[dict[str, Any]] = []

    async def set_up(self, session: dict[str, Any], history: tuple[PastLine, ...]) -> None:
        """Configure the session, wait until the service says so, and restore the history.

        A service that refuses what is asked for is asked once more without the extras it may not know.
        """
        await self._send({"type": "session.update", "session": session})
        while True:
            message = await self._receive()
            if message is None:
                raise VoiceUnavailable(t("model.voice_closed"))
            kind = message.get("type")
            if kind == "session.updated":
                self._note_models(message.get("session"))
                break
            if kind == "error":
                code = _code(message)
                if EXTRAS & session.keys() and code not in _FATAL_CODES:
                    session = {name: value for name, value in session.items() if name not in EXTRAS}
                    await self._send({"type": "session.update", "session": session})
                    continue
                raise VoiceUnavailable(t("model.voice_refused"), retryable=code not in _FATAL_CODES)
            self._early.append(message)
        previous = "root"
        for line in history:
            previous = await self._create_item(line, previous)

    def _note_models(self, session: object) -> None:
        """The names that its use is counted under, as the service says them."""
        self._model = _text(session, "model", 80) or self._model
        heard = _child(_child(session, "audio"), "input")
        self._transcriber = _text(_child(heard, "transcription"), "model", 80)

    # what the call tells the model

    async def append(self, audio: Pcm16) -> None:
        # Fifty times a second: the SDK's typed send would cost a hundred times as much, and what it does for
        # connections it resumes itself (ours are resumed by the call) as much as all the rest of the sending.
        text = _APPEND_HEAD + base64.b64encode(audio.data).decode() + _APPEND_TAIL
        socket = self._socket
        if socket is None:
            await self._send_text(text)
            return
        timer = asyncio.get_running_loop().call_later(SEND_TIMEOUT_S, socket.transport.abort)
        try:
            await socket.send(text)
        except (ConnectionClosed, OSError) as error:
            raise VoiceUnavailable(t("model.voice_lost")) from error
        finally:
            timer.cancel()

    async def commit(self) -> None:
        await self._send({"type": "input_audio_buffer.commit"})

    async def instruct(self, instructions: str) -> None:
        await self._send({"type": "session.update", "session": {"type": "realtime", "instructions": instructions}})

    async def ask(self, instructions: str | None) -> None:
        message: dict[str, Any] = {"type": "response.create"}
        if instructions:
            message["response"] = {"instructions": instructions}
        await self._send(message)

    async def add_line(self, line: PastLine) -> None:
        await self._create_item(line, None)

    async def cancel(self) -> None:
        await self._send({"type": "response.cancel"})

    async def truncate(self, item_id: str, heard_ms: int) -> None:
        await self._send(
            {"type": "conversation.item.truncate", "item_id": item_id, "content_index": 0, "audio_end_ms": heard_ms}
        )

    async def close(self) -> None:
        with suppress(ConnectionClosed, OSError, TimeoutError):
            async with asyncio.timeout(2):
                await self._connection.close()

    async def _create_item(self, line: PastLine, previous: str | None) -> str:
        is_candidate = line.speaker == "candidate"
        identity = f"peak_{secrets.token_hex(8)}"
        content = {"type": "input_text" if is_candidate else "output_text", "text": line.text}
        item = {
            "id": identity,
            "type": "message",
            "role": "user" if is_candidate else "assistant",
            "content": [content],
        }
        message: dict[str, Any] = {"type": "conversation.item.create", "item": item}
        if previous:
            message["previous_item_id"] = previous
        await self._send(message)
        return identity

    async def _send(self, message: dict[str, Any]) -> None:
        await self._send_text(orjson.dumps(message).decode())

    async def _send_text(self, text: str) -> None:
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                await self._connection.send_raw(text)
        except (ConnectionClosed, OSError, TimeoutError, openai.OpenAIError) as error:
            raise VoiceUnavailable(t("model.voice_lost")) from error

    # what the model tells the call

    async def events(self) -> AsyncIterator[VoiceEvent]:
        for message in self._early:
            for event in self.parse(message):
                yield event
        self._early.clear()
        while (message := await self._receive()) is not None:
            for event in self.parse(message):
                yield event

    async def _receive(self) -> dict[str, Any] | None:
        """The next message that is a JSON object with a type; None when the connection is closed."""
        while True:
            try:
                data = await self._connection.recv_bytes()
            except ConnectionClosed as closed:
                log.info("voice connection closed, code %s", closed.rcvd.code if closed.rcvd else "none")
                return None
            try:
                message = orjson.loads(data)
            except orjson.JSONDecodeError:
                log.warning("voice message is not JSON, %d bytes", len(data))
                continue
            if isinstance(message, dict) and isinstance(message.get("type"), str):
                return message

    def parse(self, message: dict[str, Any]) -> list[VoiceEvent]:  # noqa: PLR0911, PLR0912 - one line for each message
        """What a message means to a call. Unknown types, and known ones with fields missing, mean nothing."""
        kind = message["type"]
        item_id, response_id = _text(message, "item_id", 64), _text(message, "response_id", 64)
        match kind:
            case "response.output_audio.delta":
                return self._audio(response_id, item_id, message.get("delta"))
            case "response.output_audio.done" if item_id:
                self._odd_bytes.pop(item_id, None)
                return [ReplyAudioCompleted(response_id, item_id)]
            case "response.output_audio_transcript.delta" if item_id and (words := _text(message, "delta")):
                return [ReplyTextGrew(response_id, item_id, words)]
            case "response.output_audio_transcript.done" if item_id:
                return [ReplyTextCompleted(response_id, item_id, _text(message, "transcript"))]
            case "response.created":
                identity = _text(message.get("response"), "id", 64)
                return [ReplyStarted(identity, self._model)] if identity else []
            case "response.done":
                return self._done(message.get("response"))
            case "input_audio_buffer.speech_started" if item_id:
                return [SpeechStarted(item_id, _count(message, "audio_start_ms") + PADDING_MS)]
            case "input_audio_buffer.speech_stopped" if item_id:
                return [SpeechStopped(item_id, _count(message, "audio_end_ms"))]
            case "conversation.item.input_audio_transcription.segment" if item_id and (words := _text(message, "text")):
                return [CandidateTextGuessed(item_id, words)]
            case "conversation.item.input_audio_transcription.delta" if item_id and (words := _text(message, "delta")):
                return [CandidateTextGrew(item_id, words)]
            case "conversation.item.input_audio_transcription.completed" if item_id:
                return [
                    CandidateTextCompleted(item_id, _text(message, "transcript").strip(), _confidence(message)),
                    UseCounted(transcription_use(item_id, message.get("usage"), self._transcriber)),
                ]
            case "conversation.item.input_audio_transcription.failed" if item_id:
                log.warning("transcription failed: %s", _code(message))
                return [CandidateTextCompleted(item_id, "")]
            case "error":
                code = _code(message)
                return [] if code in _HARMLESS_CODES else [VoiceProblem(code, is_fatal=code in _FATAL_CODES)]
            case _:
                return []

    def _audio(self, response_id: str, item_id: str, delta: object) -> list[VoiceEvent]:
        if not item_id or not isinstance(delta, str):
            return []
        try:
            data = base64.b64decode(delta, validate=True)
        except binascii.Error:
            log.warning("voice audio is not base64, %d characters", len(delta))
            return []
        # A piece may end inside a sample: its first half waits for the next piece.
        data = self._odd_bytes.pop(item_id, b"") + data
        if len(data) % 2:
            self._odd_bytes[item_id] = data[-1:]
            data = data[:-1]
        return [ReplyAudioArrived(response_id, item_id, Pcm16(data))] if data else []

    def _done(self, response: object) -> list[VoiceEvent]:
        identity = _text(response, "id", 64)
        if not isinstance(response, dict) or not identity:
            return []
        usage = response.get("usage")
        status = response.get("status")
        if status == "failed":
            details = response.get("status_details")
            log.warning("reply failed: %s", _code(details if isinstance(details, dict) else {}))
        return [
            ReplyEnded(identity, status == "failed", _count(usage, "total_tokens")),
            UseCounted(reply_use(response, self._model)),
        ]


def _refusal(error: Exception) -> VoiceUnavailable:
    if isinstance(error, InvalidStatus):
        status = error.response.status_code
        log.warning("voice service answered %d", status)
        if status in (401, 403):
            return VoiceUnavailable(t("model.voice_key"), retryable=False)
        if status in (429, 503):
            return VoiceUnavailable(t("model.voice_busy"))
        return VoiceUnavailable(t("model.voice_service_refused"), retryable=status >= 500)
    log.warning("voice service not reached: %s", type(error).__name__)
    return VoiceUnavailable(t("model.voice_away"))


def _child(source: object, field: str) -> object:
    return source.get(field) if isinstance(source, dict) else None


def _text(source: object, field: str, limit: int = LONGEST_DELTA) -> str:
    value = source.get(field) if isinstance(source, dict) else None
    return value if isinstance(value, str) and len(value) <= limit else ""


def _count(source: object, field: str) -> int:
    value = source.get(field) if isinstance(source, dict) else None
    return max(0, value) if isinstance(value, int) else 0


def _confidence(source: dict[str, Any]) -> float | None:
    """How sure the service was of the tokens it lists, on the whole; None when it lists none."""
    scores = source.get("logprobs")
    if not isinstance(scores, list):
        return None
    found = [score.get("logprob") for score in scores if isinstance(score, dict)]
    known = [float(logprob) for logprob in found if isinstance(logprob, int | float) and math.isfinite(logprob)]
    return math.exp(min(0.0, sum(known) / len(known))) if known else None


def _code(source: dict[str, Any]) -> str:
    """The error's code, made fit for a log: codes are identifiers, messages may quote what was said."""
    error = source.get("error")
    code = _text(error, "code", 64) or _text(error, "type", 64)
    return code if code.replace("_", "").replace(".", "").replace("-", "").isalnum() else "unknown"
