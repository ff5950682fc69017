"""Queries of meetings and of the bridges that hold them. Row-level security narrows them to what one may see."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, case, func
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlmodel import Session, col, delete, select, update

from peak_app.db.ids import new_id
from peak_app.domain.agents.models import AgentVersion
from peak_app.domain.meetings.models import Bridge, CallLease, Meeting, Utterance, WaitingCall
from peak_app.domain.meetings.moments import OVERDUE_AFTER
from peak_app.domain.meetings.places import BridgeState, Waiter
from peak_app.domain.meetings.status import MeetingStatus
from peak_app.domain.meetings.turns import Turn
from peak_app.errors import NotFound
from peak_app.i18n.catalogue import t

_LINE_LOCK = 0x7065616B
"""Advisory lock of whoever gives places away."""


def _utterance_upsert() -> Insert:
    """Made once: to build it anew for each turn would cost the bridge more than to send it."""
    keys = ("id", "meeting_id", "owner_id", "item_id")
    words = ("speaker", "text", "unheard_text", "start_ms", "end_ms", "is_final", "is_typed")
    measured = ("reply_delay_ms", "delay_parts", "was_cut_off", "confidence")
    statement = insert(Utterance).values(
        {name: bindparam(name) for name in (*keys, *words, *measured)}
        | {"created_at": func.now(), "updated_at": func.now()}
    )
    replaced = {name: statement.excluded[name] for name in (*words, *measured, "updated_at")}
    return statement.on_conflict_do_update(index_elements=["meeting_id", "item_id"], set_=replaced)


_UPSERT_UTTERANCE = _utterance_upsert()


def list_agent_ids(session: Session, user_id: UUID) -> set[UUID]:
    """Of all agents that the person's meetings are with."""
    return set(session.exec(select(Meeting.agent_id).where(Meeting.owner_id == user_id).distinct()).all())


def get_meeting(session: Session, meeting_id: UUID, *, is_locked: bool = False) -> Meeting:
    """Raises: NotFound, also for a meeting of someone else."""
    query = select(Meeting).where(Meeting.id == meeting_id)
    meeting = session.exec(query.with_for_update() if is_locked else query).first()
    if meeting is None:
        raise NotFound(t("refusal.meeting_missing"))
    return meeting


def hold_existing(session: Session, meeting_ids: Collection[UUID]) -> set[UUID]:
    """Which of the person's own meetings are there, none of which can be deleted until the transaction ends."""
    # In one order, so that two who hold several never wait for each other.
    query = select(Meeting.id).where(col(Meeting.id).in_(meeting_ids)).order_by(col(Meeting.id))
    return set(session.exec(query.with_for_update(read=True, key_share=True)).all())


def get_version(session: Session, meeting: Meeting) -> AgentVersion:
    return session.exec(select(AgentVersion).where(AgentVersion.id == meeting.agent_version_id)).one()


def list_ahead(session: Session, user_id: UUID, now: datetime, limit: int) -> Sequence[tuple[Meeting, str]]:
    """Meetings of the person that are on or to come, with their agent's name.

    Running ones first, then by time; then those without a time, the newest first; then those whose time has passed.
    """
    at = col(Meeting.scheduled_at)
    place = case((at >= now - OVERDUE_AFTER, 0), (at.is_(None), 1), else_=2)
    rows = session.exec(
        select(Meeting, AgentVersion.name)
        .join(AgentVersion, col(AgentVersion.id) == Meeting.agent_version_id)
        .where(
            Meeting.owner_id == user_id,
            col(Meeting.status).in_([MeetingStatus.SCHEDULED, MeetingStatus.LIVE]),
        )
        .order_by(col(Meeting.status) != MeetingStatus.LIVE, place, at.asc(), col(Meeting.created_at).desc())
        .limit(limit)
    )
    return [(meeting, name) for meeting, name in rows]


def list_past(session: Session, user_id: UUID, limit: int) -> Sequence[tuple[Meeting, str]]:
    """Meetings of the person that were held, whatever became of them, with their agent's name; newest first."""
    rows = session.exec(
        select(Meeting, AgentVersion.name)
        .join(AgentVersion, col(AgentVersion.id) == Meeting.agent_version_id)
        .where(
            Meeting.owner_id == user_id,
            col(Meeting.status).in_([MeetingStatus.PROCESSING, MeetingStatus.COMPLETED, MeetingStatus.FAILED]),
        )
        .order_by(func.coalesce(Meeting.started_at, Meeting.created_at).desc())
        .limit(limit)
    )
    return [(meeting, name) for meeting, name in rows]


def list_titled(session: Session, user_id: UUID, text: str, limit: int) -> Sequence[tuple[Meeting, str]]:
    """The person's newest meetings whose title or agent's name has this text, with that name."""
    query = select(Meeting, AgentVersion.name).join(AgentVersion, col(AgentVersion.id) == Meeting.agent_version_id)
    query = query.where(Meeting.owner_id == user_id)
    if text:
        title = col(Meeting.title).icontains(text, autoescape=True)
        query = query.where(title | col(AgentVersion.name).icontains(text, autoescape=True))
    return session.exec(query.order_by(col(Meeting.created_at).desc()).limit(limit)).all()


def count_other_calls(session: Session, user_id: UUID, meeting_id: UUID) -> int:
    """The person's calls that some bridge holds, without that of the given meeting."""
    query = select(func.count()).where(CallLease.owner_id == user_id, CallLease.meeting_id != meeting_id)
    return session.exec(query.select_from(CallLease)).one()


def list_utterances(session: Session, meeting_id: UUID) -> Sequence[Utterance]:
    """The journal in the order it was spoken."""
    return session.exec(
        select(Utterance)
        .where(Utterance.meeting_id == meeting_id)
        .order_by(col(Utterance.start_ms), col(Utterance.created_at))
    ).all()


def upsert_utterance(session: Session, owner_id: UUID, meeting_id: UUID, turn: Turn) -> None:
    """Write a turn; a repeat of the same item replaces it."""
    session.connection().execute(
        _UPSERT_UTTERANCE,
        {
            "id": new_id(),
            "meeting_id": meeting_id,
            "owner_id": owner_id,
            "item_id": turn.item_id,
            "speaker": turn.speaker,
            "text": turn.text,
            "unheard_text": turn.unheard_text,
            "start_ms": turn.start_ms,
            "end_ms": turn.end_ms,
            "is_final": turn.is_final,
            "is_typed": turn.is_typed,
            "reply_delay_ms": turn.reply_delay_ms,
            "delay_parts": asdict(turn.delay_parts) if turn.delay_parts else {},
            "was_cut_off": turn.was_cut_off,
            "confidence": turn.confidence,
        },
    )


def close_turns(session: Session, meeting_id: UUID) -> None:
    """What is known of turns of the person that nobody goes on writing down is all there will be of them."""
    session.execute(
        update(Utterance)
        .where(
            col(Utterance.meeting_id) == meeting_id,
            col(Utterance.speaker) == "candidate",
            col(Utterance.is_final).is_(False),
        )
        .values(is_final=True, updated_at=func.now())
    )


def find_lease(session: Session, meeting_id: UUID) -> CallLease | None:
    return session.exec(select(CallLease).where(CallLease.meeting_id == meeting_id).with_for_update()).first()


def find_holder(session: Session, meeting_id: UUID) -> str | None:
    """The bridge that holds the call, alive or not."""
    return session.exec(select(CallLease.bridge_id).where(CallLease.meeting_id == meeting_id)).first()


# Bridges. Only the worker role sees the leases and the line of everyone.


def list_bridges(session: Session, since: datetime) -> Sequence[BridgeState]:
    """Those that were heard of since then."""
    rows = session.exec(select(Bridge).where(col(Bridge.heartbeat_at) >= since)).all()
    return [
        BridgeState(
            bridge_id=row.id,
            url=row.url,
            capacity=row.capacity,
            calls=row.calls,
            loop_lag_ms=row.loop_lag_ms,
            is_draining=row.is_draining,
        )
        for row in rows
    ]


def upsert_bridge(session: Session, bridge: BridgeState, at: datetime) -> None:
    facts = {
        "url": bridge.url,
        "capacity": bridge.capacity,
        "calls": bridge.calls,
        "loop_lag_ms": bridge.loop_lag_ms,
        "is_draining": bridge.is_draining,
        "heartbeat_at": at,
    }
    statement = insert(Bridge).values(id=bridge.bridge_id, **facts)
    session.execute(statement.on_conflict_do_update(index_elements=["id"], set_=facts))


def set_calls(session: Session, bridge_id: str, calls: int) -> None:
    session.execute(update(Bridge).where(col(Bridge.id) == bridge_id).values(calls=calls))


def forget_bridge(session: Session, bridge_id: str) -> None:
    session.execute(delete(Bridge).where(col(Bridge.id) == bridge_id))


def forget_bridges(session: Session, before: datetime) -> None:
    """Those not heard of since then. A bridge that was only asleep registers again with its next heartbeat."""
    session.execute(delete(Bridge).where(col(Bridge.heartbeat_at) < before))


def list_held(session: Session, bridge_id: str) -> Sequence[UUID]:
    return session.exec(select(CallLease.meeting_id).where(CallLease.bridge_id == bridge_id)).all()


def count_held(session: Session) -> Mapping[str, int]:
    """Places taken, by bridge."""
    rows = session.execute(select(CallLease.bridge_id, func.count()).group_by(col(CallLease.bridge_id)))
    return {row[0]: row[1] for row in rows}


# The line.


def lock_line(session: Session) -> None:
    """Until the transaction ends, no other one gives a place away."""
    session.execute(select(func.pg_advisory_xact_lock(_LINE_LOCK)))


def list_waiting(session: Session, living: Collection[str]) -> list[Waiter]:
    """Everyone in line. Who has a place on a living bridge waits no more; who had one on another is resuming."""
    rows = session.execute(
        select(WaitingCall.meeting_id, WaitingCall.waiting_since, CallLease.bridge_id).join(
            CallLease, col(CallLease.meeting_id) == WaitingCall.meeting_id, isouter=True
        )
    )
    return [
        Waiter(meeting_id, waiting_since, is_resuming=holder_id is not None)
        for meeting_id, waiting_since, holder_id in rows
        if holder_id not in living
    ]


def upsert_waiting(session: Session, owner_id: UUID, waiter: Waiter, at: datetime) -> None:
    """Stand in line, or keep one's place in it; asked for at that time."""
    statement = insert(WaitingCall).values(
        meeting_id=waiter.meeting_id, owner_id=owner_id, waiting_since=waiter.waiting_since, asked_at=at
    )
    session.execute(statement.on_conflict_do_update(index_elements=["meeting_id"], set_={"asked_at": at}))


def delete_waiting(session: Session, meeting_id: UUID) -> None:
    session.execute(delete(WaitingCall).where(col(WaitingCall.meeting_id) == meeting_id))


def forget_waiting(session: Session, before: datetime) -> None:
    """Those who have not asked since then."""
    session.execute(delete(WaitingCall).where(col(WaitingCall.asked_at) < before))
