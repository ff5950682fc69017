"""A Realtime server that does exactly what a test tells it: for failures a real one shows once a month.

It answers `session.update`, keeps everything it is sent, and speaks only when told to (`reply`, `speech`), or by itself
when `greets` is on. Items and responses are numbered anew on every connection, as some servers do.
"""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

RATE_HZ = 24_000
USAGE = {
    "total_tokens": 7,
    "input_tokens": 4,
    "output_tokens": 3,
    "input_token_details": {
        "text_tokens": 3,
        "audio_tokens": 1,
        "cached_tokens": 2,
        "cached_tokens_details": {"text_tokens": 2, "audio_tokens": 0},
    },
    "output_token_details": {"text_tokens": 1, "audio_tokens": 2},
}
"""What every answer takes, also one that is cancelled."""
HEARD_S = 1.5
"""What every turn is billed as."""


@dataclass
class RealtimeSession:
    """One connection: what came in, and methods that send what a server would."""

    socket: ServerConnection
    received: list[dict[str, Any]] = field(default_factory=list)
    audio: bytearray = field(default_factory=bytearray)
    config: dict[str, Any] = field(default_factory=dict)
    count: int = 0
    active: str | None = None
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.received if message.get("type") == kind]

    async def until(self, kind: str, count: int = 1, timeout_s: float = 5.0) -> list[dict[str, Any]]:
        """All messages of that type, as soon as there are so many."""
        async with asyncio.timeout(timeout_s):
            while len(self.of_type(kind)) < count:
                self.news.clear()
                await self.news.wait()
        return self.of_type(kind)

    @property
    def heard_ms(self) -> int:
        return len(self.audio) // 2 * 1000 // RATE_HZ

    async def send(self, kind: str, **fields: Any) -> None:
        self.count += 1
        await self.socket.send(json.dumps({"type": kind, "event_id": f"event_{self.count}", **fields}))

    async def reply(self, text: str, pcm: bytes, *, delta_ms: int = 200, is_complete: bool = True) -> tuple[str, str]:
        """Answer, faster than real time. Gives response and item. Incomplete: the answer is still being made."""
        self.count += 1
        response_id, item_id = f"resp_{self.count}", f"item_{self.count}"
        self.active = response_id
        place = {"response_id": response_id, "item_id": item_id, "output_index": 0, "content_index": 0}
        await self.send("response.created", response={"id": response_id, "status": "in_progress"})
        await self.send("response.output_audio_transcript.delta", **place, delta=text)
        size = RATE_HZ * 2 * delta_ms // 1000
        for at in range(0, len(pcm), size):
            delta = base64.b64encode(pcm[at : at + size]).decode()
            await self.send("response.output_audio.delta", **place, delta=delta)
        if is_complete:
            await self.complete(response_id, item_id, text)
        return response_id, item_id

    async def complete(self, response_id: str, item_id: str, text: str, status: str = "completed") -> None:
        place = {"response_id": response_id, "item_id": item_id, "output_index": 0, "content_index": 0}
        await self.send("response.output_audio.done", **place)
        await self.send("response.output_audio_transcript.done", **place, transcript=text)
        await self.send("response.done", response={"id": response_id, "status": status, "usage": USAGE})
        self.active = None

    async def speech_started(self, item_id: str, audio_start_ms: int | None = None) -> None:
        at = max(0, self.heard_ms - 300) if audio_start_ms is None else audio_start_ms
        await self.send("input_audio_buffer.speech_started", item_id=item_id, audio_start_ms=at)

    async def speech_stopped(
        self, item_id: str, text: str, audio_end_ms: int | None = None, logprobs: list[float] | None = None
    ) -> None:
        """The end of a turn, and its words; with a probability for each token where `include` asks for them."""
        at = self.heard_ms if audio_end_ms is None else audio_end_ms
        await self.send("input_audio_buffer.speech_stopped", item_id=item_id, audio_end_ms=at)
        await self.send("input_audio_buffer.committed", item_id=item_id)
        kind = "conversation.item.input_audio_transcription.completed"
        scores = [{"token": "", "bytes": [], "logprob": logprob} for logprob in logprobs or []]
        is_wanted = "item.input_audio_transcription.logprobs" in self.config.get("include", [])
        more = {"logprobs": scores} if is_wanted else {}
        usage = {"type": "duration", "seconds": HEARD_S}
        await self.send(kind, item_id=item_id, transcript=text, usage=usage, **more)

    async def error(self, code: str) -> None:
        await self.send("error", error={"type": "invalid_request_error", "code": code, "message": "no"})


@dataclass
class RealtimeServer:
    """`sessions` grows with every connection. `refusals` is how many connections are turned away with 503 first."""

    url: str = ""
    sessions: list[RealtimeSession] = field(default_factory=list)
    refusals: int = 0
    is_mute: bool = False
    """Whether connections are accepted and then left without any answer."""
    unknown_field: str = ""
    """A part of a session's configuration that is refused."""
    greeting: tuple[str, bytes] | None = None
    """What is said on every `response.create`."""
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def session(self, number: int, timeout_s: float = 10.0) -> RealtimeSession:
        """The connection with this number, as soon as it is set up."""
        async with asyncio.timeout(timeout_s):
            while len(self.sessions) <= number or not self.sessions[number].config:
                self._arrived.clear()
                await self._arrived.wait()
        return self.sessions[number]

    async def serve_one(self, socket: ServerConnection) -> None:
        session = RealtimeSession(socket)
        self.sessions.append(session)
        try:
            if self.is_mute:
                await socket.wait_closed()
                return
            await session.send("session.created", session={"type": "realtime", "id": f"sess_{len(self.sessions)}"})
            async for data in socket:
                await self._receive(session, json.loads(data))
        except ConnectionClosed:
            pass

    async def _receive(self, session: RealtimeSession, message: dict[str, Any]) -> None:
        if message["type"] == "input_audio_buffer.append":
            session.audio += base64.b64decode(message["audio"])
            return
        session.received.append(message)
        session.news.set()
        match message["type"]:
            case "session.update" if self.unknown_field in message["session"]:
                await session.error("unknown_parameter")
            case "session.update":
                session.config = message["session"]
                await session.send("session.updated", session=message["session"])
                self._arrived.set()
            case "response.create" if self.greeting is not None:
                await session.reply(*self.greeting)
            case "response.cancel" if session.active:
                response_id, session.active = session.active, None
                done = {"id": response_id, "status": "cancelled", "usage": USAGE}
                await session.send("response.done", response=done)
            case "response.cancel":
                await session.error("response_cancel_not_active")


@asynccontextmanager
async def realtime_server(port: int = 0) -> AsyncIterator[RealtimeServer]:
    """The server on loopback; port 0 chooses one."""
    state = RealtimeServer()

    def refuse(connection: ServerConnection, request: Request) -> Response | None:
        if state.refusals > 0:
            state.refusals -= 1
            return connection.respond(503, "busy\n")
        return None

    async with serve(state.serve_one, "127.0.0.1", port, process_request=refuse, compression=None) as server:
        state.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        yield state
