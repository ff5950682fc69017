"""The messages of docs/architecture.md in a call that is held elsewhere: as events that everyone in the call gets.

The service takes few of them, and small ones. They go one after the other, in order; captions that are not final and
the clock are left out whenever something else waits.
"""

import asyncio
import json
import logging
import time
from collections import deque

from bridge.messages import PageMessage, PageRequest, parse_request, to_json
from bridge.rate import Rate
from peak_app.ports.live_rooms import LiveRoom, RoomAway

log = logging.getLogger(__name__)

KEY = "peak"
"""What ours are under, among whatever else is sent in the call."""
PART_KEY = "peak_part"
"""What is too long for one event comes as several of these, in order: `{"at", "of", "text"}`."""
_MOST_PARTS = 25
"""Of the longest answer, where JSON needs six characters for each of its own."""
LONGEST_EVENT = 4_500
"""Bytes of one message; the service takes 5 kB with what it adds itself."""
_DISPENSABLE_PER_S, _DISPENSABLE_BURST = 3.0, 6.0
_MOST_WAITING = 200
"""Messages, beyond which the oldest are given up: the service has not answered for minutes."""


class Inbox:
    """What the person's page asks, put together where it came in parts."""

    def __init__(self) -> None:
        self._parts: list[str] = []

    def take(self, custom: object) -> PageRequest | None:
        """What a page wants, by an event of the call; None: not all of it is there, or it is none of ours, or makes no
        sense."""
        if not isinstance(custom, dict):
            return None
        try:
            text = json.dumps(custom[KEY]) if KEY in custom else self._whole(custom.get(PART_KEY))
            return parse_request(text) if text is not None else None
        except (TypeError, ValueError, RecursionError):
            return None

    def _whole(self, part: object) -> str | None:
        match part:
            case {"at": int(at), "of": int(of), "text": str(text)} if at < of <= _MOST_PARTS:
                if at == 0:
                    self._parts = []
                if at != len(self._parts):
                    return None
                self._parts.append(text[:LONGEST_EVENT])
                return "".join(self._parts) if at == of - 1 else None
            case _:
                return None


class Outbox:
    """`run` is its task."""

    def __init__(self, room: LiveRoom) -> None:
        self._room = room
        self._waiting: deque[PageMessage] = deque(maxlen=_MOST_WAITING)
        self._news = asyncio.Event()
        self._is_sending = False
        self._dispensable = Rate(_DISPENSABLE_PER_S, _DISPENSABLE_BURST)

    @property
    def is_empty(self) -> bool:
        return not self._waiting and not self._is_sending

    def put(self, message: PageMessage, *, is_dispensable: bool) -> None:
        if is_dispensable and not (self.is_empty and self._dispensable.admit(1, time.monotonic())):
            return
        self._waiting.append(message)
        self._news.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            while self._waiting:
                message = self._waiting.popleft()
                self._is_sending = True
                try:
                    await self._room.send_message({KEY: json.loads(to_json(message, LONGEST_EVENT))})
                except RoomAway:
                    log.info("message given up", extra={"kind": message.type})
                finally:
                    self._is_sending = False
            self._news.clear()
            await self._news.wait()
