"""Queries of the list of meetings. Row-level security narrows them; each also names the owner, for the index's sake.

What was said is looked up in stretches (`domain.insights.search` says why): a meeting is found by words that stand
within a hundred lines of each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select

from peak_app.domain.agents.models import AgentVersion
from peak_app.domain.insights.models import SearchStretch
from peak_app.domain.meetings.models import Meeting
from peak_app.domain.meetings.status import MeetingStatus


class Sort(StrEnum):
    """Orders of a list; what is equal comes newest first."""

    NEWEST = "newest"
    OLDEST = "oldest"
    TITLE = "title"
    SCORE = "score"


@dataclass(frozen=True, slots=True)
class MeetingFilter:
    """What a list is narrowed to; each that is empty or None narrows nothing."""

    words: str = ""
    """In the title, the agent's name, or what was said."""
    status: MeetingStatus | None = None
    agent_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    """The first moment that is not wanted any more."""
    least_score: float | None = None


def list_filtered(
    session: Session, user_id: UUID, wanted: MeetingFilter, *, sort: Sort, limit: int, offset: int
) -> list[tuple[Meeting, str]]:
    """The person's own meetings with their agents' names."""
    order = _ORDERS[sort]
    page = select(Meeting).where(*_conditions(user_id, wanted)).order_by(*order).limit(limit).offset(offset)
    meetings = session.exec(page).all()
    # Asked for by themselves: joined under the policies, the planner may read every meeting there is.
    versions = {meeting.agent_version_id for meeting in meetings}
    named = select(AgentVersion.id, AgentVersion.name).where(col(AgentVersion.id).in_(versions))
    names = dict(session.exec(named).all())
    return [(meeting, names[meeting.agent_version_id]) for meeting in meetings]


def count_filtered(session: Session, user_id: UUID, wanted: MeetingFilter) -> int:
    return session.exec(select(func.count()).select_from(Meeting).where(*_conditions(user_id, wanted))).one()


_NEWEST = (col(Meeting.happens_at).desc(), col(Meeting.id).desc())
_ORDERS = {
    Sort.NEWEST: _NEWEST,
    Sort.OLDEST: (col(Meeting.happens_at), col(Meeting.id)),
    Sort.TITLE: (func.lower(Meeting.title), *_NEWEST),
    Sort.SCORE: (col(Meeting.score).desc().nulls_last(), *_NEWEST),
}


def _conditions(user_id: UUID, wanted: MeetingFilter) -> Sequence[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [col(Meeting.owner_id) == user_id]
    if wanted.status:
        conditions.append(col(Meeting.status) == wanted.status)
    if wanted.agent_id:
        conditions.append(col(Meeting.agent_id) == wanted.agent_id)
    if wanted.since:
        conditions.append(col(Meeting.happens_at) >= wanted.since)
    if wanted.until:
        conditions.append(col(Meeting.happens_at) < wanted.until)
    if wanted.least_score is not None:
        conditions.append(col(Meeting.score) >= wanted.least_score)
    if wanted.words:
        conditions.append(_has_words(user_id, wanted.words))
    return conditions


def _has_words(user_id: UUID, words: str) -> ColumnElement[bool]:
    pattern = "%" + words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    versions = select(AgentVersion.id).where(AgentVersion.owner_id == user_id, col(AgentVersion.name).ilike(pattern))
    spoken = select(SearchStretch.meeting_id).where(
        SearchStretch.owner_id == user_id,
        col(SearchStretch.words).op("@@")(func.plainto_tsquery("english", words)),
    )
    return col(Meeting.title).ilike(pattern) | col(Meeting.agent_version_id).in_(versions) | col(Meeting.id).in_(spoken)
