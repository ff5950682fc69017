"""Events on their way to the client: queued in order at once, written by one task."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

import orjson

from peak_app.embedded.ai_server.limits import MAX_OUTBOX_BYTES, PRODUCER_PAUSE_BYTES, WRITE_TIMEOUT_S
from peak_app.embedded.ai_server.realtime.conversation import new_id


class ClientStuck(Exception):
    """The client does not read what it is sent."""


class Outbox:
    """`emit` never waits, so several events can be one step; `room` makes producers of audio wait for slow readers."""

    def __init__(self) -> None:
        self._queue: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._has_work = asyncio.Event()
        self._has_room = asyncio.Event()
        self._has_room.set()
        self._is_closing = False

    def emit(self, type_: str, **fields: Any) -> None:
        """Queue one event; an id is added."""
        frame = orjson.dumps({"type": type_, "event_id": new_id("event"), **fields})
        self._queue.append(frame)
        self._waiting_bytes += len(frame)
        if self._waiting_bytes > PRODUCER_PAUSE_BYTES:
            self._has_room.clear()
        self._has_work.set()

    async def room(self) -> None:
        """Wait until the client has read enough of what is queued; always lets other tasks run."""
        await asyncio.sleep(0)
        await self._has_room.wait()

    def close(self) -> None:
        """Let `drain` return when everything is written."""
        self._is_closing = True
        self._has_work.set()

    async def drain(self, write: Callable[[str], Awaitable[None]]) -> None:
        """Write events until closed; raises `ClientStuck` or TimeoutError when the client does not read."""
        while True:
            while self._queue:
                if self._waiting_bytes > MAX_OUTBOX_BYTES:
                    raise ClientStuck
                frame = self._queue.popleft()
                self._waiting_bytes -= len(frame)
                if self._waiting_bytes <= PRODUCER_PAUSE_BYTES:
                    self._has_room.set()
                async with asyncio.timeout(WRITE_TIMEOUT_S):
                    await write(frame.decode())
            if self._is_closing:
                return
            self._has_work.clear()
            await self._has_work.wait()
