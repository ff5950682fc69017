"""A meeting as one line of a list."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from peak_app.domain.meetings.service import MeetingView
from peak_app.domain.meetings.status import MeetingStatus
from peak_app.i18n.catalogue import t
from peak_app.state.formatting import length_text, moment_text


@dataclass
class MeetingRow:
    """Ready to show; `path` is where a click leads, `when` and `duration` are texts."""

    meeting_id: str
    title: str
    agent_name: str
    status: str
    status_text: str
    when: str
    duration: str
    is_demo: bool
    path: str

    @classmethod
    def of(cls, meeting: MeetingView, zone: tzinfo, now: datetime) -> "MeetingRow":
        at = meeting.started_at or meeting.scheduled_at or meeting.created_at
        return cls(
            meeting_id=str(meeting.meeting_id),
            title=meeting.title,
            agent_name=meeting.agent_name,
            status=meeting.status.value,
            status_text=status_text(meeting.status),
            when=moment_text(at, zone, now),
            duration=length_text(meeting.connected_ms) if meeting.connected_ms else "",
            is_demo=meeting.is_demo,
            path=f"/meetings/{meeting.meeting_id}",
        )


def status_text(status: MeetingStatus) -> str:
    return t(f"status.{status.value}")
