"""How someone's practice develops: one point per completed meeting, and one line per day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from peak_app.db.tenancy import TenantSessions
from peak_app.domain.insights.delivery import Delivery
from peak_app.domain.insights.models import Insight
from peak_app.domain.meetings.models import Meeting
from peak_app.domain.meetings.status import MeetingStatus
from peak_app.domain.progress import repository
from peak_app.domain.progress.models import ProgressDay
from peak_app.ports.clock import Clock

POINT_LIMIT = 60
DAY_LIMIT = 30


@dataclass(frozen=True, slots=True)
class PracticePoint:
    """One completed meeting. What is None was not measured, or not yet, or there was too little speech."""

    meeting_id: UUID
    title: str
    held_at: datetime
    connected_ms: int
    words_per_minute: float | None
    talk_ratio: float | None


class ProgressService:
    def __init__(self, sessions: TenantSessions, clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock

    def count_days(self, owner_id: UUID) -> int:
        """Add up the person's completed meetings by day, and give how many days there are. May be repeated."""
        with self._sessions.for_user(owner_id) as session:
            return repository.count_days(session, owner_id, self._clock())

    def list_days(self, user_id: UUID) -> Sequence[ProgressDay]:
        """The person's newest days as they were counted last, newest first."""
        with self._sessions.for_user(user_id) as session:
            return repository.list_days(session, user_id, DAY_LIMIT)

    def list_practice(self, user_id: UUID, *, limit: int = 12) -> list[PracticePoint]:
        """The newest completed meetings of the person, oldest first. Demo meetings are nobody's practice."""
        with self._sessions.for_user(user_id) as session:
            rows = session.exec(
                select(Meeting, Insight.content)
                .outerjoin(Insight, col(Insight.meeting_id) == col(Meeting.id))
                .where(
                    Meeting.owner_id == user_id,
                    Meeting.status == MeetingStatus.COMPLETED,
                    col(Meeting.is_demo).is_(False),
                )
                .order_by(col(Meeting.started_at).desc(), col(Meeting.created_at).desc())
                .limit(min(max(1, limit), POINT_LIMIT))
            ).all()
        return [_point(meeting, Delivery.model_validate(content or {})) for meeting, content in reversed(rows)]


def _point(meeting: Meeting, delivery: Delivery) -> PracticePoint:
    return PracticePoint(
        meeting_id=meeting.id,
        title=meeting.title,
        held_at=meeting.started_at or meeting.created_at,
        connected_ms=meeting.connected_ms,
        words_per_minute=delivery.words_per_minute,
        talk_ratio=delivery.talk_ratio,
    )
