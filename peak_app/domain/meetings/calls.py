"""The life of a call, as its bridge tells it: opened, connected, journalled, ended."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import col, select, update

from peak_app.db.outbox import MEETING_ENDED, publish
from peak_app.db.tenancy import TenantSessions
from peak_app.domain.agents import repository as agents
from peak_app.domain.agents.conduct import conduct_of_settings
from peak_app.domain.meetings import repository
from peak_app.domain.meetings.models import CallLease, EventKind, MeetingEvent, Utterance
from peak_app.domain.meetings.status import MeetingStatus, advance, check_joinable
from peak_app.domain.meetings.turns import CallBrief, DelayParts, StaleCall, Turn
from peak_app.errors import Conflict
from peak_app.i18n.catalogue import t
from peak_app.ports.clock import Clock


class CallService:
    """Used by bridges with the worker role; each method is one short transaction."""

    def __init__(self, sessions: TenantSessions, clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock

    def open_call(self, owner_id: UUID, meeting_id: UUID, bridge_id: str) -> CallBrief:
        """Take the call over and read what is needed to hold it; the meeting's state stays.

        Raises:
            NotFound: no such meeting of this person.
            Conflict: it is over or cancelled.
        """
        with self._sessions.for_user(owner_id) as session:
            meeting = repository.get_meeting(session, meeting_id, is_locked=True)
            check_joinable(meeting.status, was_held=meeting.started_at is not None)
            lease = repository.find_lease(session, meeting_id)
            now = self._clock()
            if lease is None:
                lease = CallLease(meeting_id=meeting_id, owner_id=owner_id, bridge_id=bridge_id, heartbeat_at=now)
                session.add(lease)
                session.add(_event(owner_id, meeting_id, EventKind.TAKEN, bridge_id, now))
            elif lease.bridge_id != bridge_id:
                lease.move_to(bridge_id, now)
                session.add(_event(owner_id, meeting_id, EventKind.TAKEN, bridge_id, now))
            version = repository.get_version(session, meeting)
            repository.close_turns(session, meeting_id)
            rows = repository.list_utterances(session, meeting_id)
            # What the agent was saying last counts also when nobody can tell how much of it was heard. An answer that
            # was cut before anything was heard stays not final too, but the person's own words came after it.
            newest = max(rows, key=lambda row: row.created_at, default=None)
            turns = tuple(_turn(row) for row in rows if row.is_final or (row is newest and row is rows[-1]))
            return CallBrief(
                meeting_id=meeting_id,
                owner_id=owner_id,
                title=meeting.title,
                agent_name=version.name,
                instructions=version.instructions,
                practice_bank=version.settings.get("practice_bank", ""),
                conduct=conduct_of_settings(version.settings),
                is_recorded=meeting.is_recorded,
                started_at=meeting.started_at,
                connected_ms=lease.connected_ms,
                turns=turns,
                focus=meeting.focus,
                documents=agents.list_documents(session, version),
            )

    def is_recorded(self, owner_id: UUID, meeting_id: UUID) -> bool:
        """What the person has chosen; fixed once someone was connected. Raises: NotFound."""
        with self._sessions.for_user(owner_id) as session:
            return repository.get_meeting(session, meeting_id).is_recorded

    def mark_connected(self, owner_id: UUID, meeting_id: UUID, bridge_id: str) -> datetime:
        """Someone is connected from now on; the first time makes the meeting live. Gives when the meeting started.

        Raises:
            Conflict: another bridge took the call, or the meeting is over.
        """
        now = self._clock()
        with self._sessions.for_user(owner_id) as session:
            meeting = repository.get_meeting(session, meeting_id, is_locked=True)
            lease = repository.find_lease(session, meeting_id)
            if lease is None or lease.bridge_id != bridge_id:
                raise Conflict(t("refusal.call_taken_over"))
            if meeting.status == MeetingStatus.SCHEDULED:
                meeting.status = advance(meeting.status, MeetingStatus.LIVE)
                meeting.status_at, meeting.status_reason = now, ""
            if meeting.status != MeetingStatus.LIVE:
                raise Conflict(t("refusal.meeting_over"))
            meeting.started_at = meeting.started_at or now
            lease.connected_at, lease.heartbeat_at = lease.connected_at or now, now
            session.add(_event(owner_id, meeting_id, EventKind.CONNECTED, bridge_id, now))
            return meeting.started_at

    def mark_disconnected(self, owner_id: UUID, meeting_id: UUID, bridge_id: str) -> None:
        """Nobody is connected for now: time stops counting. The call stays open."""
        now = self._clock()
        with self._sessions.for_user(owner_id) as session:
            lease = repository.find_lease(session, meeting_id)
            if lease is not None and lease.bridge_id == bridge_id:
                lease.connected_ms = _ms(lease.connected_time(now))
                lease.connected_at, lease.heartbeat_at = None, now
                session.add(_event(owner_id, meeting_id, EventKind.DISCONNECTED, bridge_id, now))

    def note_model_lost(self, owner_id: UUID, meeting_id: UUID, times: int) -> None:
        """The voice model left this call so often and was reached again."""
        with self._sessions.for_user(owner_id) as session:
            session.add(_event(owner_id, meeting_id, EventKind.MODEL_LOST, str(times), self._clock()))

    def beat(self, bridge_id: str) -> None:
        """This bridge and all its calls are alive."""
        with self._sessions.without_tenant() as session:
            session.execute(
                update(CallLease)
                .where(
                    col(CallLease.bridge_id) == bridge_id,
                    # While nobody is connected the sign of life stays at the moment the person left.
                    col(CallLease.connected_at).is_not(None),
                )
                .values(heartbeat_at=self._clock())
            )

    def save_turn(self, owner_id: UUID, meeting_id: UUID, turn: Turn) -> None:
        """Journal a turn; repeats of an item replace it."""
        with self._sessions.for_user(owner_id) as session:
            repository.upsert_utterance(session, owner_id, meeting_id, turn)

    def end_call(self, owner_id: UUID, meeting_id: UUID, reason: str) -> bool:
        """Close the call and let the pipeline begin, in one transaction. False when it was closed already.

        A call that nobody ever connected to leaves its meeting scheduled. Reasons are `ended_by_person`, `time_up`,
        `minutes_up`, `lost` and `failed`; the catalogue has what the meeting says of each: `meeting.after_*`.
        """
        now = self._clock()
        with self._sessions.for_user(owner_id) as session:
            meeting = repository.get_meeting(session, meeting_id, is_locked=True)
            lease = repository.find_lease(session, meeting_id)
            if meeting.status == MeetingStatus.LIVE:
                meeting.status = advance(meeting.status, MeetingStatus.PROCESSING)
                meeting.status_at, meeting.status_reason = now, _ending_text(reason)
                meeting.ended_at = lease.heartbeat_at if lease and reason == "lost" else now
                meeting.connected_ms = _ms(lease.connected_time(now)) if lease else meeting.connected_ms
                repository.close_turns(session, meeting_id)
                publish(session, MEETING_ENDED, owner_id=owner_id, meeting_id=meeting_id)
                is_closed_now = True
            else:
                is_closed_now = False
            if lease is not None:
                session.delete(lease)
            if lease is not None or is_closed_now:
                session.add(_event(owner_id, meeting_id, EventKind.ENDED, reason, now))
            return is_closed_now

    def list_stale_calls(self, older_than: timedelta) -> Sequence[StaleCall]:
        """Calls without a sign of life for that long, of any bridge: their meetings must not stay live for ever."""
        with self._sessions.without_tenant() as session:
            rows = session.exec(select(CallLease).where(col(CallLease.heartbeat_at) < self._clock() - older_than)).all()
            return [StaleCall(row.meeting_id, row.owner_id, row.bridge_id, row.heartbeat_at) for row in rows]


def _ending_text(reason: str) -> str:
    # Whoever ended the call knows why.
    return "" if reason == "ended_by_person" else t(f"meeting.after_{reason}")


def _ms(time: timedelta) -> int:
    return round(time / timedelta(milliseconds=1))


def _event(owner_id: UUID, meeting_id: UUID, kind: EventKind, detail: str, at: datetime) -> MeetingEvent:
    return MeetingEvent(meeting_id=meeting_id, owner_id=owner_id, kind=kind, detail=detail[:80], at=at)


def _turn(row: Utterance) -> Turn:
    return Turn(
        item_id=row.item_id,
        speaker="agent" if row.speaker == "agent" else "candidate",
        text=row.text,
        start_ms=row.start_ms,
        end_ms=row.end_ms,
        unheard_text=row.unheard_text,
        is_final=row.is_final,
        is_typed=row.is_typed,
        reply_delay_ms=row.reply_delay_ms,
        delay_parts=DelayParts(**row.delay_parts) if row.delay_parts else None,
        was_cut_off=row.was_cut_off,
        confidence=row.confidence,
    )
