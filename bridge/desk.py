"""All calls of this bridge: who may join which, and the housekeeping they share."""

import asyncio
import logging
import time
import weakref
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from bridge.ice import call_network
from bridge.journal import Entry
from bridge.peer import checked_offer
from bridge.room import Room, RoomSetting
from peak_app.domain.meetings.bridges import BridgeService, PlaceElsewhere
from peak_app.domain.meetings.places import BridgeState
from peak_app.domain.meetings.ticket import Ticket, TicketNotValid
from peak_app.domain.meetings.turns import CallBrief
from peak_app.errors import PeakError, ServiceUnavailable, VoiceUnavailable
from peak_app.i18n.catalogue import t

log = logging.getLogger(__name__)

T = TypeVar("T")

BEAT_S = 5.0
SWEEP_S = 15.0
_END_WAIT_S = 5.0


@dataclass(frozen=True, slots=True)
class DeskSetting:
    """What a bridge is to the others. `loop_lag_ms` may be called from any thread."""

    bridges: BridgeService
    url: str
    capacity: int
    loop_lag_ms: Callable[[], float]


@dataclass(frozen=True, slots=True)
class _Call:
    """A call that is held here. `since`: monotonic seconds."""

    room: Room
    brief: CallBrief
    since: float
    task: asyncio.Task[None]


class CallDesk:
    """`run` is its task; the other methods serve requests."""

    def __init__(self, setting: RoomSetting, own: DeskSetting) -> None:
        self._setting = setting
        self._own = own
        self._calls: dict[UUID, _Call] = {}
        # Gone with the last one who waits: a door taken away under someone would let two rooms open for one meeting.
        self._doors: weakref.WeakValueDictionary[UUID, asyncio.Lock] = weakref.WeakValueDictionary()
        self._opening = 0
        self._changed = asyncio.Event()
        self._is_draining = False
        self._is_closing = False

    @property
    def calls(self) -> int:
        return len(self._calls)

    @property
    def is_draining(self) -> bool:
        return self._is_draining

    def state(self) -> BridgeState:
        """What the registry shows of this bridge. From any thread."""
        return BridgeState(
            bridge_id=self._setting.bridge_id,
            url=self._own.url,
            capacity=self._own.capacity,
            calls=self.calls,
            loop_lag_ms=self._own.loop_lag_ms(),
            is_draining=self._is_draining,
        )

    async def join(self, ticket: Ticket, sdp: object) -> str:
        """The answer to a page's offer, in a new room or the meeting's present one.

        Raises:
            PeakError: InvalidInput for the offer, NotFound or Conflict for the meeting, ServiceUnavailable when the
                model, the database or the bridge can't take the call now.
        """
        offer = checked_offer(sdp)
        answer = await self._enter(ticket, lambda room: room.join(offer, ticket))
        return call_network().announced(answer)

    async def join_hosted(self, ticket: Ticket) -> None:
        """Be in the meeting's call at the video service, in a new room or the meeting's present one.

        Raises:
            PeakError: as `join`, and ServiceUnavailable when the video service can't take the coach in.
        """
        await self._enter(ticket, lambda room: room.join_hosted(ticket))

    async def _enter(self, ticket: Ticket, take_seat: Callable[[Room], Coroutine[Any, Any, T]]) -> T:
        if self._is_closing:
            raise PlaceElsewhere
        door = self._doors.setdefault(ticket.meeting_id, asyncio.Lock())
        async with door:
            call = self._calls.get(ticket.meeting_id)
            if call is None:
                return await self._open_room(ticket, take_seat)
            if call.room.owner_id != ticket.owner_id:
                raise TicketNotValid
            if call.room.is_over or await self._is_outdated(call):
                # Only an outdated one is not over yet.
                call.room.hand_on()
                await call.room.wait_closed()
                return await self._open_room(ticket, take_seat)
            return await take_seat(call.room)

    async def _is_outdated(self, call: _Call) -> bool:
        """Whether the person has chosen otherwise about recording since the room was made, and nobody has come yet."""
        if call.brief.started_at is not None:
            return False
        try:
            wish = await asyncio.to_thread(self._setting.calls.is_recorded, call.room.owner_id, call.room.meeting_id)
        except SQLAlchemyError:
            # Nobody can have chosen anything meanwhile.
            return False
        return wish != call.brief.is_recorded

    async def _open_room(self, ticket: Ticket, take_seat: Callable[[Room], Coroutine[Any, Any, T]]) -> T:
        self._opening += 1
        try:
            brief = await asyncio.to_thread(self._take_call, ticket)
            room = Room(self._setting, brief)
            answer = await self._begin(room, brief, ticket, take_seat)
            task = asyncio.create_task(self._host(room), name=f"room {room.meeting_id}")
            self._calls[room.meeting_id] = _Call(room, brief, time.monotonic(), task)
        finally:
            self._opening -= 1
            self._changed.set()
        leave = self._own.bridges.leave_line
        self._setting.journal.submit(Entry("out of line", lambda: leave(ticket.owner_id, ticket.meeting_id)))
        return answer

    def _take_call(self, ticket: Ticket) -> CallBrief:
        """Get a place for the call, and all that is known of it. Blocks."""
        try:
            self._own.bridges.admit(ticket.owner_id, ticket.meeting_id, self.state())
            return self._setting.calls.open_call(ticket.owner_id, ticket.meeting_id, self._setting.bridge_id)
        except SQLAlchemyError as error:
            log.error("call not opened: %s", type(error).__name__)  # noqa: TRY400 - a traceback quotes the statement
            raise ServiceUnavailable(t("refusal.database_away")) from error

    async def _begin(
        self, room: Room, brief: CallBrief, ticket: Ticket, take_seat: Callable[[Room], Coroutine[Any, Any, T]]
    ) -> T:
        """Connect the room to its model while a seat is taken in it; gives what that gave."""
        calls = self._setting.calls
        is_open = False
        try:
            async with asyncio.TaskGroup() as tasks:
                answer = tasks.create_task(take_seat(room))
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
        return answer.result()

    async def _host(self, room: Room) -> None:
        try:
            await room.run()
        except Exception:
            log.exception("room failed", extra={"meeting_id": str(room.meeting_id)})
        finally:
            self._calls.pop(room.meeting_id, None)
            self._changed.set()

    async def end(self, ticket: Ticket) -> None:
        """End the call, wherever it stands; returns when it is closed or about to be.

        Raises:
            PeakError: NotFound, or ServiceUnavailable for the database.
        """
        call = self._calls.get(ticket.meeting_id)
        if call is not None and call.room.owner_id == ticket.owner_id:
            call.room.end()
            try:
                async with asyncio.timeout(_END_WAIT_S):
                    await call.room.wait_closed()
            except TimeoutError:
                log.warning("call still closing")
            return
        try:
            await asyncio.to_thread(self._setting.calls.end_call, ticket.owner_id, ticket.meeting_id, "ended_by_person")
        except SQLAlchemyError as error:
            raise ServiceUnavailable(t("refusal.database_away")) from error

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
            if self._calls and self._setting.journal.waiting < len(self._calls) + 10:
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
            if stale.meeting_id in self._calls:
                continue
            try:
                ended += self._setting.calls.end_call(stale.owner_id, stale.meeting_id, "lost")
            except PeakError as error:
                log.warning("stale call not ended: %s", type(error).__name__)
            else:
                log.info("stale call ended", extra={"meeting_id": str(stale.meeting_id)})
        return ended

    def give_up_lost(self, held: frozenset[UUID], since: float) -> None:
        """Close rooms whose calls another bridge has taken: `held` are ours, as the database knew at that time."""
        for meeting_id, call in list(self._calls.items()):
            if meeting_id not in held and call.since < since and not call.room.is_over:
                log.warning("call was taken over", extra={"meeting_id": str(meeting_id)})
                call.room.lose_lease()

    def drain(self) -> None:
        """Take no more calls; those that run go on, also for pages that come back to them."""
        self._is_draining = True

    async def wait_empty(self) -> None:
        """Until no call is held here."""
        while self._calls or self._opening:
            self._changed.clear()
            await self._changed.wait()

    async def close(self) -> None:
        """Hand all calls on: they stay live and can be resumed by the next process."""
        self._is_closing = True
        calls = list(self._calls.values())
        for call in calls:
            call.room.hand_on()
        if calls:
            await asyncio.wait([call.task for call in calls], timeout=3)


def _first(errors: BaseExceptionGroup[PeakError]) -> PeakError:
    """The refusal to tell: what the page did wrong before what failed here."""
    flat: list[PeakError] = []
    for error in errors.exceptions:
        flat += [_first(error)] if isinstance(error, BaseExceptionGroup) else [error]
    return min(flat, key=lambda error: isinstance(error, VoiceUnavailable))
