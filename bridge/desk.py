"""All calls of this bridge: who may join which, and the housekeeping they share."""

import asyncio
import logging
import weakref
from datetime import timedelta
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from bridge.journal import Entry
from bridge.peer import checked_offer
from bridge.room import Room, RoomSetting
from peak_app.domain.meetings.ticket import Ticket, TicketNotValid
from peak_app.errors import DATABASE_AWAY, PeakError, ServiceUnavailable, VoiceUnavailable

log = logging.getLogger(__name__)

MOST_CALLS = 32
"""Calls one process holds with all its frames on time."""
BEAT_S = 5.0
SWEEP_S = 15.0
_END_WAIT_S = 5.0


class CallDesk:
    """`run` is its task; the other methods serve requests."""

    def __init__(self, setting: RoomSetting) -> None:
        self._setting = setting
        self._rooms: dict[UUID, Room] = {}
        self._tasks: dict[UUID, asyncio.Task[None]] = {}
        # Gone with the last one who waits: a door taken away under someone would let two rooms open for one meeting.
        self._doors: weakref.WeakValueDictionary[UUID, asyncio.Lock] = weakref.WeakValueDictionary()
        self._is_closing = False

    @property
    def calls(self) -> int:
        return len(self._rooms)

    async def join(self, ticket: Ticket, sdp: object) -> str:
        """The answer to a page's offer, in a new room or the meeting's present one.

        Raises:
            PeakError: InvalidInput for the offer, NotFound or Conflict for the meeting, ServiceUnavailable when the
                model, the database or the bridge can't take the call now.
        """
        offer = checked_offer(sdp)
        if self._is_closing:
            raise ServiceUnavailable("The call service is restarting. Try again in a moment.")
        door = self._doors.setdefault(ticket.meeting_id, asyncio.Lock())
        async with door:
            room = self._rooms.get(ticket.meeting_id)
            if room is not None and room.is_over:
                await room.wait_closed()
                room = None
            if room is None:
                return await self._open_room(ticket, offer)
            if room.owner_id != ticket.owner_id:
                raise TicketNotValid
            return await room.join(offer, ticket)

    async def _open_room(self, ticket: Ticket, offer: str) -> str:
        if len(self._rooms) >= MOST_CALLS:
            raise ServiceUnavailable("All places for calls are taken. Try again in a few minutes.")
        calls, bridge_id = self._setting.calls, self._setting.bridge_id
        try:
            brief = await asyncio.to_thread(calls.open_call, ticket.owner_id, ticket.meeting_id, bridge_id)
        except SQLAlchemyError as error:
            log.error("call not opened: %s", type(error).__name__)  # noqa: TRY400 - a traceback quotes the statement
            raise ServiceUnavailable(DATABASE_AWAY) from error
        room = Room(self._setting, brief)
        is_open = False
        try:
            async with asyncio.TaskGroup() as tasks:
                answer = tasks.create_task(room.join(offer, ticket))
                tasks.create_task(room.open())
            is_open = True
        except BaseExceptionGroup as errors:
            refusals = errors.subgroup(PeakError)
            if refusals is None:
                raise
            raise _first(refusals) from errors
        finally:
            if not is_open:
                await room.abandon()
                if brief.started_at is None:
                    # Nobody was ever connected: the meeting stays as it was.
                    entry = Entry("open", lambda: calls.end_call(ticket.owner_id, ticket.meeting_id, "failed"))
                    self._setting.journal.submit(entry)
        self._rooms[room.meeting_id] = room
        self._tasks[room.meeting_id] = asyncio.create_task(self._host(room), name=f"room {room.meeting_id}")
        return answer.result()

    async def _host(self, room: Room) -> None:
        try:
            await room.run()
        except Exception:
            log.exception("room failed", extra={"meeting_id": str(room.meeting_id)})
        finally:
            self._rooms.pop(room.meeting_id, None)
            self._tasks.pop(room.meeting_id, None)

    async def end(self, ticket: Ticket) -> None:
        """End the call, wherever it stands; returns when it is closed or about to be.

        Raises:
            PeakError: NotFound, or ServiceUnavailable for the database.
        """
        room = self._rooms.get(ticket.meeting_id)
        if room is not None and room.owner_id == ticket.owner_id:
            room.end()
            try:
                async with asyncio.timeout(_END_WAIT_S):
                    await room.wait_closed()
            except TimeoutError:
                log.warning("call still closing")
            return
        try:
            await asyncio.to_thread(self._setting.calls.end_call, ticket.owner_id, ticket.meeting_id, "ended_by_person")
        except SQLAlchemyError as error:
            raise ServiceUnavailable(DATABASE_AWAY) from error

    # housekeeping

    async def run(self) -> None:
        """Signs of life, and an end for calls that nobody holds any more. Until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._beat())
            tasks.create_task(self._sweep())

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_S)
            # While the database is down, entries that wait are sign enough of what is to come.
            if self._rooms and self._setting.journal.waiting < len(self._rooms) + 10:
                entry = Entry("beat", lambda: self._setting.calls.beat(self._setting.bridge_id))
                self._setting.journal.submit(entry)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            try:
                await asyncio.to_thread(self.end_stale_calls)
            except SQLAlchemyError as error:
                log.warning("stale calls not looked for: %s", type(error).__name__)

    def end_stale_calls(self) -> int:
        """End calls without a sign of life for longer than anyone may take to come back. Blocks; gives how many."""
        ended = 0
        # Signs of life come every few seconds; a short grace must not make a living call look dead.
        older_than = max(timedelta(milliseconds=self._setting.grace_ms), timedelta(seconds=3 * BEAT_S))
        for stale in self._setting.calls.list_stale_calls(older_than):
            if stale.meeting_id in self._rooms:
                continue
            try:
                ended += self._setting.calls.end_call(stale.owner_id, stale.meeting_id, "lost")
            except PeakError as error:
                log.warning("stale call not ended: %s", type(error).__name__)
            else:
                log.info("stale call ended", extra={"meeting_id": str(stale.meeting_id)})
        return ended

    async def close(self) -> None:
        """Hand all calls on: they stay live and can be resumed by the next process."""
        self._is_closing = True
        for room in list(self._rooms.values()):
            room.hand_on()
        if self._tasks:
            await asyncio.wait(list(self._tasks.values()), timeout=3)


def _first(errors: BaseExceptionGroup[PeakError]) -> PeakError:
    """The refusal to tell: what the page did wrong before what failed here."""
    flat: list[PeakError] = []
    for error in errors.exceptions:
        flat += [_first(error)] if isinstance(error, BaseExceptionGroup) else [error]
    return min(flat, key=lambda error: isinstance(error, VoiceUnavailable))
