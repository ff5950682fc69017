"""The registry of bridges and the line before them: one short transaction for each question."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from sqlmodel import Session

from peak_app.db.tenancy import TenantSessions
from peak_app.domain.meetings import repository
from peak_app.domain.meetings.models import HEARTBEAT_TRUST, CallLease, EventKind, Meeting, MeetingEvent
from peak_app.domain.meetings.places import (
    ASKING_WITHIN,
    BridgeState,
    Verdict,
    Waiter,
    judge,
    order_bridges,
    place_in_line,
    waiting_since,
)
from peak_app.domain.meetings.status import MeetingStatus, check_joinable
from peak_app.errors import ServiceUnavailable
from peak_app.i18n.catalogue import t
from peak_app.ports.clock import Clock


class PlacesTaken(ServiceUnavailable):
    """Nobody has a place now; the person stands in line."""

    def __init__(self, place: int) -> None:
        super().__init__(t("refusal.places_taken", place=place))
        self.place = place


class PlaceElsewhere(ServiceUnavailable):
    """This bridge takes no call now; another one may. For the web process, which asks the next one."""

    def __init__(self) -> None:
        super().__init__(t("refusal.call_cannot_start"))


class BridgeService:
    """The web process asks where to go, with its own role; bridges do the rest with the worker's."""

    def __init__(self, sessions: TenantSessions, clock: Clock, *, most_lag_ms: float) -> None:
        self._sessions = sessions
        self._clock = clock
        self._most_lag_ms = most_lag_ms

    def list_urls(self, user_id: UUID, meeting_id: UUID) -> Sequence[str]:
        """Addresses of living bridges in the order in which to ask them for this person's call."""
        with self._sessions.for_user(user_id) as session:
            holder_id = repository.find_holder(session, meeting_id)
            alive = repository.list_bridges(session, self._clock() - HEARTBEAT_TRUST)
        return [bridge.url for bridge in order_bridges(alive, holder_id=holder_id, most_lag_ms=self._most_lag_ms)]

    def list_living(self) -> Sequence[str]:
        """Addresses of all that have shown themselves lately."""
        with self._sessions.without_tenant() as session:
            return [bridge.url for bridge in repository.list_bridges(session, self._clock() - HEARTBEAT_TRUST)]

    def beat(self, bridge: BridgeState) -> frozenset[UUID]:
        """This bridge is alive; forgets those that are not. Gives the meetings whose calls it holds."""
        now = self._clock()
        with self._sessions.without_tenant() as session:
            held = repository.list_held(session, bridge.bridge_id)
            repository.upsert_bridge(session, replace(bridge, calls=len(held)), now)
            repository.forget_bridges(session, now - HEARTBEAT_TRUST)
            return frozenset(held)

    def sign_off(self, bridge_id: str) -> None:
        """This bridge goes away. Its calls stay with their leases, for the others to take."""
        with self._sessions.without_tenant() as session:
            repository.forget_bridge(session, bridge_id)

    def admit(self, owner_id: UUID, meeting_id: UUID, bridge: BridgeState) -> None:
        """Give the call a place on this bridge: a lease. Who has one here already keeps it.

        Raises:
            NotFound: no such meeting of this person.
            Conflict: it is over or cancelled.
            PlacesTaken: the person stands in line now, or still.
            PlaceElsewhere: they may have a place, but not here.
        """
        with self._sessions.for_user(owner_id) as session:
            meeting = repository.get_meeting(session, meeting_id)
            check_joinable(meeting.status, was_held=meeting.started_at is not None)
            holder_id = repository.find_holder(session, meeting_id)
            if holder_id == bridge.bridge_id:
                return
            # From here to the end of the transaction nobody else is given a place.
            repository.lock_line(session)
            verdict, place = self._decide(session, meeting, bridge, is_held=holder_id is not None)
            if verdict is Verdict.ADMITTED:
                self._give_place(session, meeting, bridge)
                return
        # Outside: an error within would roll the place in line back.
        raise PlacesTaken(place) if verdict is Verdict.WAIT else PlaceElsewhere

    def leave_line(self, owner_id: UUID, meeting_id: UUID) -> None:
        """The call is open, or the person does not wait any more."""
        with self._sessions.for_user(owner_id) as session:
            repository.delete_waiting(session, meeting_id)

    def _decide(self, session: Session, meeting: Meeting, bridge: BridgeState, *, is_held: bool) -> tuple[Verdict, int]:
        now = self._clock()
        taken = repository.count_held(session)
        alive = repository.list_bridges(session, now - HEARTBEAT_TRUST)
        others = [replace(one, calls=taken.get(one.bridge_id, 0)) for one in alive if one.bridge_id != bridge.bridge_id]
        own = replace(bridge, calls=taken.get(bridge.bridge_id, 0))
        repository.forget_waiting(session, now - ASKING_WITHIN)
        line = repository.list_waiting(session, {one.bridge_id for one in (own, *others)})
        is_resuming = is_held or meeting.status == MeetingStatus.LIVE
        waiter = Waiter(meeting.id, waiting_since(meeting.id, line, now), is_resuming)
        place = place_in_line(waiter, line)
        verdict = judge(waiter, place, own, others, self._most_lag_ms)
        if verdict is not Verdict.ADMITTED:
            repository.upsert_waiting(session, meeting.owner_id, waiter, now)
        return verdict, place

    def _give_place(self, session: Session, meeting: Meeting, bridge: BridgeState) -> None:
        now = self._clock()
        lease = repository.find_lease(session, meeting.id)
        if lease is None:
            session.add(
                CallLease(
                    meeting_id=meeting.id, owner_id=meeting.owner_id, bridge_id=bridge.bridge_id, heartbeat_at=now
                )
            )
        else:
            lease.move_to(bridge.bridge_id, now)
        session.add(
            MeetingEvent(
                meeting_id=meeting.id, owner_id=meeting.owner_id, kind=EventKind.TAKEN, detail=bridge.bridge_id, at=now
            )
        )
        session.flush()
        # So that the web process sees it before the next heartbeat.
        repository.set_calls(session, bridge.bridge_id, len(repository.list_held(session, bridge.bridge_id)))
