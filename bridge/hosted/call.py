"""A meeting's call at a video service: the coach is in it as long as the room is open, the person comes and goes.

Whoever else is in the call hears the agent and the person, and is heard by them; the model, the recording and the
transcript hear the person alone, by their user. A reconnect is another session of the same user, so someone is gone
only when none of theirs is left for a while.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable

from bridge.hosted.messages import Inbox, Outbox
from bridge.hosted.seat import HostedSeat
from bridge.hosted.voice import HostedVoice
from bridge.rate import REQUEST_BURST, REQUESTS_PER_S, Rate
from bridge.seat import Seat, SeatCallbacks
from peak_app.ports.live_rooms import Attendant, LiveRoom, LiveRoomCallbacks, RoomAway

log = logging.getLogger(__name__)

OpenRoom = Callable[[LiveRoomCallbacks], LiveRoom]

AWAY_AFTER_S = 5.0
"""A reconnect takes a second or two, in which the person has no session."""
POLL_S = 0.1
RETRY_S = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Waits before the coach tries to get in again, the last one over and over."""
LAST_WORDS_S = 2.0
"""Longest wait at the end for messages to be taken."""


class HostedCall:
    """`join` once, then `close` once.

    Args:
        open_room: makes one connection to the call.
        person_id: the candidate's user at the service.
        admit: told of each seat before it is taken.
        on_ended: somebody ended the call for all.
    """

    def __init__(
        self,
        open_room: OpenRoom,
        person_id: str,
        seat_id: str,
        callbacks: SeatCallbacks,
        *,
        admit: Callable[[Seat], None],
        on_ended: Callable[[], None],
    ) -> None:
        self._open_room = open_room
        self._person_id = person_id
        self._seat_id = seat_id
        self._is_awaited = False
        """A page asked to join; its session has not come yet."""
        self._callbacks = callbacks
        self._admit = admit
        self._on_ended = on_ended
        self._loop = asyncio.get_running_loop()
        self._room: LiveRoom | None = None
        self._voice: HostedVoice | None = None
        self._outbox: Outbox | None = None
        self._inbox = Inbox()
        self._tasks: list[asyncio.Task[None]] = []
        self._watch: asyncio.Task[None] | None = None
        self._seat: HostedSeat | None = None
        self._sessions: list[str] = []
        """The person's, the newest last."""
        self._away_since_s: float | None = None
        self._is_gone = False
        self._is_closed = False
        self._requests = Rate(REQUESTS_PER_S, REQUEST_BURST)

    async def join(self) -> None:
        """Be in the call.

        Raises:
            RoomAway: it can't be now.
        """
        await self._connect()
        self._watch = asyncio.create_task(self._keep_watch(), name="hosted call")

    def expect(self, seat_id: str) -> None:
        """A page asked to join a call that is held: the next session to come is another seat, with a greeting."""
        self._seat_id, self._is_awaited = seat_id, True

    async def _connect(self) -> None:
        callbacks = LiveRoomCallbacks(
            on_present=self._note_present,
            on_sound=self._hear,
            on_message=self._take_message,
            on_ended=self._on_ended,
            on_gone=self._lose_connection,
        )
        room = self._open_room(callbacks)
        self._room, self._voice, self._outbox = room, HostedVoice(room, self._callbacks.playout), Outbox(room)
        self._is_gone = False
        await room.join()
        self._tasks = [
            asyncio.create_task(self._voice.run(), name="hosted voice"),
            asyncio.create_task(self._outbox.run(), name="hosted messages"),
        ]

    async def close(self) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        if self._outbox is not None and not self._is_gone:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LAST_WORDS_S):
                    while not self._outbox.is_empty:  # noqa: ASYNC110 - a moment, at the very end
                        await asyncio.sleep(0.02)
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        await self._disconnect()

    async def _disconnect(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        if self._room is not None:
            await self._room.leave()
            self._room = None

    # coming and going

    def _note_present(self, present: frozenset[Attendant]) -> None:
        there = {each.session_id for each in present if each.user_id == self._person_id}
        kept = [session for session in self._sessions if session in there]
        new = sorted(there.difference(kept))
        self._sessions = kept + new
        if not self._sessions:
            if self._seat is not None and self._away_since_s is None:
                self._away_since_s = self._loop.time()
            return
        self._away_since_s = None
        if self._seat is None or (new and self._is_awaited):
            self._sit()
        else:
            self._seat.listen_to(self._sessions[-1])

    def _sit(self) -> None:
        if self._is_closed or self._voice is None or self._outbox is None:
            return
        if self._seat is not None:
            # What it is told from now on would reach the new page as well.
            self._seat.fall_silent()
        self._is_awaited = False
        seat = HostedSeat(self._seat_id, self._sessions[-1], self._voice.playout, self._outbox, self._callbacks)
        self._seat = seat
        self._admit(seat)
        self._callbacks.on_connected(seat)

    def _rise(self) -> None:
        seat, self._seat, self._away_since_s = self._seat, None, None
        if seat is not None:
            if self._voice is not None:
                self._voice.playout.cut()
            self._callbacks.on_lost(seat)

    def _lose_connection(self) -> None:
        log.warning("connection to the video service lost")
        self._is_gone = True
        self._sessions = []
        self._rise()

    async def _keep_watch(self) -> None:
        """Silence for the muted, an end to waiting for the absent, and another connection for a lost one."""
        retries = 0
        while True:
            await asyncio.sleep(POLL_S)
            if self._is_gone:
                await asyncio.sleep(RETRY_S[min(retries, len(RETRY_S) - 1)])
                retries = retries + 1 if not await self._reconnect() else 0
                continue
            if self._away_since_s is not None and self._loop.time() - self._away_since_s >= AWAY_AFTER_S:
                self._rise()
            if self._seat is not None:
                self._seat.fill(time.monotonic() * 1000)

    async def _reconnect(self) -> bool:
        await self._disconnect()
        try:
            await self._connect()
        except RoomAway:
            self._is_gone = True
            return False
        log.info("connected to the video service again")
        return True

    # sound and messages

    def _hear(self, attendant: Attendant, pcm: bytes, stamp: int) -> None:
        if self._seat is not None and attendant.user_id == self._person_id:
            self._seat.hear(attendant.session_id, pcm, stamp, time.monotonic() * 1000)

    def _take_message(self, user_id: str, custom: object) -> None:
        if user_id != self._person_id or self._seat is None:
            return
        if not self._requests.admit(1, time.monotonic()):
            return
        request = self._inbox.take(custom)
        if request is not None:
            self._callbacks.on_request(self._seat, request)
