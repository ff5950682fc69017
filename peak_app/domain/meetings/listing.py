"""Queries of the list of meetings. Row-level security narrows them; each also names the owner, for the index's sake.

What was said is looked up in stretches (`domain.insights.search` says why): a meeting is found by words that stand
within a hundred lines of each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, Text, cast, func, literal
from sqlalchemy.dialects.postgresql import TSQUERY
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
) -> tuple[list[tuple[Meeting, str]], int]:
    """One page of the person's own meetings with their agents' names, and how many there are in all."""
    conditions = _conditions(user_id, wanted)
    # To go through all that was said costs more than to count along; an index has the first page without the others.
    is_counting = bool(wanted.words)
    along = func.count().over() if is_counting else literal(0)
    page = select(Meeting, along).where(*conditions).order_by(*_ORDERS[sort]).limit(limit).offset(offset)
    rows = session.exec(page).all()
    if len(rows) < limit and (rows or not offset):
        # A page that is not full is the last one, and says how many there are.
        total = offset + len(rows)
    elif rows and is_counting:
        total = rows[0][1]
    else:
        total = session.exec(select(func.count()).select_from(Meeting).where(*conditions)).one()
    return _with_names(session, [meeting for meeting, _ in rows]), total


def _with_names(session: Session, meetings: Sequence[Meeting]) -> list[tuple[Meeting, str]]:
    # Asked for by themselves: joined under the policies, the planner may read every meeting there is.
    versions = {meeting.agent_version_id for meeting in meetings}
    named = select(AgentVersion.id, AgentVersion.name).where(col(AgentVersion.id).in_(versions))
    names = dict(session.exec(named).all())
    return [(meeting, names[meeting.agent_version_id]) for meeting in meetings]


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
    # The last word may still be being typed. Of nothing but common words there is no query.
    lexemes = func.nullif(cast(func.plainto_tsquery("english", words), Text), "")
    spoken = select(SearchStretch.meeting_id).where(
        SearchStretch.owner_id == user_id, col(SearchStretch.words).op("@@")(cast(lexemes + ":*", TSQUERY))
    )
    return col(Meeting.title).ilike(pattern) | col(Meeting.agent_version_id).in_(versions) | col(Meeting.id).in_(spoken)
