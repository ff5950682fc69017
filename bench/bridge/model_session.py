"""One conversation of the stand-in for the model: the GA protocol of OpenAI's Realtime API, without a mind.

It says a tone when the benchmark wants one, answers whoever asks with a murmur, and treats an interruption as the
session was set up: it stops by itself only where `interrupt_response` is on.
"""

import asyncio
import base64
import time
from collections.abc import Callable
from itertools import count
from typing import Any

import numpy as np
import orjson
from websockets.asyncio.server import ServerConnection

from bench.bridge.control import Command, Sighting
from bench.bridge.sounds import LOUD, murmur, tone
from peak_app.ports.voice import VOICE_RATE_HZ

WORDS = "I moved the orders to a queue."
_MURMUR_MS = 60
_QUIET_SAMPLES = VOICE_RATE_HZ * 80 // 1000
"""Quiet after which a tone is a new one."""
_BYTES_PER_MS = VOICE_RATE_HZ * 2 // 1000
_PADDING_MS = 300
_FORMAT = {"type": "audio/pcm", "rate": VOICE_RATE_HZ}

_numbers = count(1)


def _new_id(kind: str) -> str:
    return f"{kind}_{next(_numbers):08d}"


class ModelSession:
    """`run` serves the connection until it is closed; the other methods do what the benchmark wishes."""

    def __init__(self, number: int, socket: ServerConnection, tell: Callable[[Sighting], None]) -> None:
        self.number = number
        self._socket = socket
        self._tell = tell
        self._config: dict[str, Any] = {}
        self._heard_bytes = 0
        self._quiet_samples = _QUIET_SAMPLES
        self._active: tuple[str, str] | None = None
        """Response and item that are being said."""
        self._saying: asyncio.Task[None] | None = None
        self._speech = ""

    # what the bridge sends

    async def run(self) -> None:
        await self._send("session.created", session={"type": "realtime", "object": "realtime.session"})
        self._see("session")
        try:
            async for data in self._socket:
                at = time.monotonic()
                message = orjson.loads(data)
                if message["type"] == "input_audio_buffer.append":
                    self._hear(base64.b64decode(message["audio"]), at)
                else:
                    await self._take(message, at)
        finally:
            if self._saying:
                self._saying.cancel()
            self._see("gone")

    def _hear(self, pcm: bytes, at: float) -> None:
        self._heard_bytes += len(pcm)
        samples = np.frombuffer(pcm, "<i2")
        loud = np.flatnonzero(samples > LOUD)
        if not len(loud):
            self._quiet_samples += len(samples)
            return
        if self._quiet_samples >= _QUIET_SAMPLES:
            self._see("tone", at)
        self._quiet_samples = len(samples) - int(loud[-1]) - 1

    async def _take(self, message: dict[str, Any], at: float) -> None:
        match message["type"]:
            case "session.update":
                self._config = message["session"]
                await self._send("session.updated", session=self._config)
            case "response.create" if self._active:
                await self._refuse("conversation_already_has_active_response")
            case "response.create":
                self._say(murmur(_MURMUR_MS), Command("reply", self.number))
            case "response.cancel" if self._active:
                await self._stop("client_cancelled")
            case "response.cancel":
                await self._refuse("response_cancel_not_active")
            case "conversation.item.truncate":
                self._see("truncate", at, message["audio_end_ms"])
                fields = {name: message[name] for name in ("item_id", "content_index", "audio_end_ms")}
                await self._send("conversation.item.truncated", **fields)
            case "conversation.item.create":
                await self._add_item({"id": _new_id("item"), "status": "completed", **message["item"]})
            case "input_audio_buffer.commit":
                await self._commit()

    # what the benchmark wishes

    async def do(self, command: Command) -> None:
        match command.wish:
            case "reply":
                self._say(tone(command.ms), command)
            case "speech":
                await self._begin_speech()
            case "speech_end":
                await self._end_speech()
            case "count":
                self._see("count", None, self._heard_bytes / _BYTES_PER_MS)

    async def _begin_speech(self) -> None:
        self._speech = _new_id("item")
        began_ms = max(0, self._heard_bytes // _BYTES_PER_MS - _PADDING_MS)
        self._see("speech")
        await self._send("input_audio_buffer.speech_started", audio_start_ms=began_ms, item_id=self._speech)
        if self._active and self._interrupts:
            await self._stop("turn_detected")

    async def _end_speech(self) -> None:
        ended_ms = self._heard_bytes // _BYTES_PER_MS
        await self._send("input_audio_buffer.speech_stopped", audio_end_ms=ended_ms, item_id=self._speech)
        await self._commit()

    @property
    def _interrupts(self) -> bool:
        detection = self._config.get("audio", {}).get("input", {}).get("turn_detection") or {}
        return detection.get("interrupt_response") is not False

    async def _commit(self) -> None:
        item_id, self._speech = self._speech or _new_id("item"), ""
        await self._send("input_audio_buffer.committed", item_id=item_id, previous_item_id=None)
        content = [{"type": "input_audio", "transcript": None}]
        await self._add_item(_message(item_id, "user", "completed", content))
        await self._send(
            "conversation.item.input_audio_transcription.completed",
            item_id=item_id,
            content_index=0,
            transcript=WORDS,
            usage={"type": "duration", "seconds": 1.0},
        )

    async def _add_item(self, item: dict[str, Any]) -> None:
        for kind in ("conversation.item.added", "conversation.item.done"):
            await self._send(kind, previous_item_id=None, item=item)

    # what it says

    def _say(self, pcm: bytes, command: Command) -> None:
        if self._saying:
            self._saying.cancel()
        self._active = (_new_id("resp"), _new_id("item"))
        self._saying = asyncio.create_task(self._reply(*self._active, pcm, command))

    async def _reply(self, response_id: str, item_id: str, pcm: bytes, command: Command) -> None:
        place = {"response_id": response_id, "item_id": item_id, "output_index": 0, "content_index": 0}
        item = _message(item_id, "assistant", "in_progress", [])
        await self._send("response.created", response=_response(response_id, "in_progress"))
        await self._send("response.output_item.added", response_id=response_id, output_index=0, item=item)
        await self._send("conversation.item.added", previous_item_id=None, item=item)
        await self._send("response.content_part.added", **place, part={"type": "audio", "transcript": ""})
        await self._send("response.output_audio_transcript.delta", **place, delta=WORDS)
        await self._send_sound(place, pcm, command)
        item = _message(item_id, "assistant", "completed", [{"type": "output_audio", "transcript": WORDS}])
        await self._send("response.output_audio.done", **place)
        await self._send("response.output_audio_transcript.done", **place, transcript=WORDS)
        await self._send("response.output_item.done", response_id=response_id, output_index=0, item=item)
        await self._send("conversation.item.done", previous_item_id=None, item=item)
        await self._send("response.done", response=_response(response_id, "completed", [item]))
        self._active = None

    async def _send_sound(self, place: dict[str, Any], pcm: bytes, command: Command) -> None:
        size = command.delta_ms * _BYTES_PER_MS
        began = time.monotonic()
        for at in range(0, len(pcm), size):
            delta = base64.b64encode(pcm[at : at + size]).decode()
            text = _text("response.output_audio.delta", **place, delta=delta)
            if at == 0 and command.ms:
                self._see("delta")
            await self._socket.send(text)
            due = began + (at + size) / _BYTES_PER_MS / 1000 / command.pace
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    async def _stop(self, reason: str) -> None:
        assert self._active is not None
        assert self._saying is not None
        self._saying.cancel()
        (response_id, item_id), self._active = self._active, None
        await self._send(
            "response.output_audio.done", response_id=response_id, item_id=item_id, output_index=0, content_index=0
        )
        details = {"type": "cancelled", "reason": reason}
        await self._send("response.done", response=_response(response_id, "cancelled", details=details))

    async def _refuse(self, code: str) -> None:
        await self._send("error", error={"type": "invalid_request_error", "code": code, "message": code})

    async def _send(self, kind: str, **fields: Any) -> None:
        await self._socket.send(_text(kind, **fields))

    def _see(self, sight: Any, at: float | None = None, ms: float = 0.0) -> None:
        self._tell(Sighting(sight, self.number, time.monotonic() if at is None else at, ms))


def _text(kind: str, **fields: Any) -> str:
    return orjson.dumps({"type": kind, "event_id": _new_id("event"), **fields}).decode()


def _message(item_id: str, role: str, status: str, content: list[dict[str, Any]]) -> dict[str, Any]:
    kind = {"object": "realtime.item", "type": "message"}
    return {"id": item_id, **kind, "status": status, "role": role, "content": content}


def _response(
    response_id: str, status: str, output: list[dict[str, Any]] | None = None, details: dict[str, str] | None = None
) -> dict[str, Any]:
    usage = {"total_tokens": 20, "input_tokens": 12, "output_tokens": 8}
    return {
        "id": response_id,
        "object": "realtime.response",
        "status": status,
        "status_details": details,
        "output": output or [],
        "output_modalities": ["audio"],
        "audio": {"output": {"format": _FORMAT, "voice": "marin"}},
        "usage": None if status == "in_progress" else usage,
    }
