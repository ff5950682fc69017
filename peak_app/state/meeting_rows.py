"""A meeting as one line of a list."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from peak_app.domain.meetings.service import MeetingView
from peak_app.domain.meetings.status import MeetingStatus
from peak_app.i18n.catalogue import t
from peak_app.state.formatting import length_text, moment_text, score_text


@dataclass
class MeetingRow:
    """Ready to show; `path` is where a click leads, `when`, `duration` and `score` are texts."""

    meeting_id: str
    title: str
    agent_name: str
    status: str
    status_text: str
    when: str
    duration: str
    is_demo: bool
    path: str
    score: str
    is_overdue: bool
    is_planned: bool
    """Whether it can still be moved or cancelled."""
    calendar_path: str
    """Where its entry for calendars is; empty when it has no time."""

    @classmethod
    def of(cls, meeting: MeetingView, zone: tzinfo, now: datetime) -> "MeetingRow":
        return cls(
            meeting_id=str(meeting.meeting_id),
            title=meeting.title,
            agent_name=meeting.agent_name,
            status=meeting.status.value,
            status_text=status_text(meeting.status),
            when=moment_text(meeting.happens_at, zone, now),
            duration=length_text(meeting.connected_ms) if meeting.connected_ms else "",
            is_demo=meeting.is_demo,
            path=f"/meetings/{meeting.meeting_id}",
            score=score_text(meeting.score),
            is_overdue=meeting.is_overdue(now),
            is_planned=meeting.status == MeetingStatus.SCHEDULED,
            calendar_path=calendar_path(meeting),
        )


def calendar_path(meeting: MeetingView) -> str:
    """Where the entry for calendars of a meeting is; empty when it has no time."""
    return f"/api/meetings/{meeting.meeting_id}/calendar.ics" if meeting.scheduled_at else ""


def status_text(status: MeetingStatus) -> str:
    return t(f"status.{status.value}")
