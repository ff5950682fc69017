"""A client that writes down everything a server sends and holds it against the rules."""

import asyncio
import base64
import json
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect

from peak_app.ports.outflows import outside_host
from tests.contracts.realtime_conformance.rules import Event, violations
from tests.contracts.realtime_conformance.schema import schema_faults

RATE_HZ = 24_000
CHUNK_MS = 100
_WAIT_S = 30.0


class Broken(AssertionError):
    """The server broke a rule or did not do what was expected in time."""


def read_speech(path: Path, seconds: float) -> bytes:
    """The beginning of a mono 16-bit WAV as 24 kHz PCM. Takes 24 or 48 kHz."""
    with wave.open(str(path)) as file:
        step, rest = divmod(file.getframerate(), RATE_HZ)
        if rest or file.getnchannels() != 1 or file.getsampwidth() != 2:
            raise ValueError("The speech must be 16-bit mono at 24 or 48 kHz.")
        pcm = file.readframes(int(seconds * file.getframerate()))
    return b"".join(pcm[at : at + 2] for at in range(0, len(pcm), 2 * step)) if step > 1 else pcm


class Recorder:
    """One connection. `events` is the log; every wait looks only at what is new to it."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._news = asyncio.Event()
        self.events: list[Event] = []
        self.faults: list[str] = []
        self.is_closed = False
        self._sent = 0

    async def read(self) -> None:
        """Write down frames until the connection closes."""
        async for frame in self._socket:
            text = frame if isinstance(frame, str) else frame.decode()
            event = json.loads(text)
            self.faults += schema_faults(text, event)
            self.events.append(event)
            self._news.set()
        self.is_closed = True
        self._news.set()

    async def send(self, kind: str, **fields: Any) -> str:
        """Send one client event; gives its id."""
        self._sent += 1
        event_id = f"client_{self._sent}"
        await self._socket.send(json.dumps({"type": kind, "event_id": event_id, **fields}))
        return event_id

    async def send_raw(self, frame: str | bytes) -> None:
        await self._socket.send(frame)

    async def wait(
        self, kind: str, accept: Callable[[Event], bool] = lambda _: True, *, since: int = 0, timeout_s: float = _WAIT_S
    ) -> Event:
        """The first event of that type from position `since` that is accepted."""
        try:
            async with asyncio.timeout(timeout_s):
                while True:
                    for event in self.events[since:]:
                        if event["type"] == kind and accept(event):
                            return event
                    if self.is_closed:
                        raise Broken(f"the connection closed before {kind}")
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            kinds = [event["type"] for event in self.events[since:]]
            raise Broken(f"no {kind} within {timeout_s:.0f} s; got {kinds[-12:]}") from None

    async def configure(self, **session: Any) -> Event:
        since = len(self.events)
        await self.send("session.update", session={"type": "realtime", **session})
        return (await self.wait("session.updated", since=since))["session"]

    async def say_text(self, text: str) -> str:
        """Add a typed user message; gives its id."""
        since = len(self.events)
        content = [{"type": "input_text", "text": text}]
        await self.send("conversation.item.create", item={"type": "message", "role": "user", "content": content})
        return (await self.wait("conversation.item.done", since=since))["item"]["id"]

    async def respond(self, **response: Any) -> Event:
        """Ask for a response and wait for its end; gives the finished response."""
        since = len(self.events)
        await self.send("response.create", **({"response": response} if response else {}))
        created = await self.wait("response.created", since=since)
        return await self.finished(created["response"]["id"])

    async def finished(self, response_id: str) -> Event:
        done = await self.wait("response.done", lambda event: event["response"]["id"] == response_id)
        return done["response"]

    async def speak(self, pcm: bytes, *, speed: float = 1.0) -> None:
        """Append audio in pieces of 100 ms, `speed` times as fast as it was spoken; 0 sends all at once."""
        loop = asyncio.get_running_loop()
        size = RATE_HZ * 2 * CHUNK_MS // 1000
        due = loop.time()
        for at in range(0, len(pcm), size):
            await self.send("input_audio_buffer.append", audio=base64.b64encode(pcm[at : at + size]).decode())
            if speed:
                due += CHUNK_MS / 1000 / speed
                await asyncio.sleep(max(0.0, due - loop.time()))

    async def error_after(self, since: int) -> Event:
        return (await self.wait("error", since=since))["error"]

    def check(self) -> None:
        """Raise `Broken` with every schema fault and broken rule of the whole log."""
        found = self.faults + violations(self.events)
        if found:
            raise Broken("; ".join(dict.fromkeys(found)))


def proxy_for(url: str) -> Literal[True] | None:
    """What of the environment's proxies holds for a server: all of it, but nothing for this machine."""
    return True if outside_host(urlsplit(url).hostname) else None


@asynccontextmanager
async def recording(url: str, model: str, api_key: str | None = None) -> AsyncIterator[Recorder]:
    """A connection to `url` (ws://host:port/v1) with `session.created` received; checked when left without an error."""
    headers = {"Authorization": f"Bearer {api_key}"} if api_key else None
    address = f"{url}/realtime?model={model}"
    async with connect(address, additional_headers=headers, max_size=2**24, proxy=proxy_for(url)) as socket:
        recorder = Recorder(socket)
        reader = asyncio.create_task(recorder.read())
        try:
            await recorder.wait("session.created")
            yield recorder
            recorder.check()
        finally:
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)
