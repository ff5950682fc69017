"""Correcting what was misheard: the owner's words count from then on, and what was heard is kept."""

from uuid import UUID

from peak_app.db.audit import record
from peak_app.db.tenancy import TenantSessions
from peak_app.domain.fields import required_text
from peak_app.domain.insights import repository
from peak_app.domain.insights.lines import Line
from peak_app.domain.insights.transcripts import write_transcript
from peak_app.domain.meetings import repository as meetings
from peak_app.domain.meetings.status import MeetingStatus
from peak_app.errors import Conflict, NotFound
from peak_app.ports.clock import Clock

LINE_LIMIT = 10_000
"""Longest line, in characters: more than ten minutes of speech."""
NO_SUCH_LINE = "This line doesn't exist."
NOT_COMPLETED = "Lines can be corrected when the meeting is completed."


class CorrectionService:
    def __init__(self, sessions: TenantSessions, clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock

    def correct_line(self, user_id: UUID, meeting_id: UUID, line_id: object, text: object) -> None:
        """Have a line say what was really said. With the words that were heard, an earlier correction is taken back, or
        a line that may have been misheard is confirmed.

        Raises:
            InvalidInput: no words, or more than `LINE_LIMIT` characters.
            NotFound: no such line, or a meeting of someone else.
            Conflict: the meeting is not completed.
        """
        words = " ".join(required_text(text, "The line", LINE_LIMIT).split())
        with self._sessions.for_user(user_id) as session:
            # Two corrections at once take turns: each writes the whole transcript.
            meeting = meetings.get_meeting(session, meeting_id, is_locked=True)
            if meeting.owner_id != user_id:
                raise NotFound(meetings.MISSING)
            if meeting.status != MeetingStatus.COMPLETED:
                raise Conflict(NOT_COMPLETED)
            transcript = repository.find_transcript(session, meeting_id)
            lines = [Line.model_validate(line) for line in transcript.lines] if transcript else []
            line = next((line for line in lines if line.id == line_id), None)
            if line is None:
                raise NotFound(NO_SUCH_LINE)
            if words == line.text and not line.is_doubtful:
                return
            at = self._clock()
            repository.upsert_correction(
                session,
                owner_id=user_id,
                meeting_id=meeting_id,
                line_id=line.id,
                values={"original_text": line.original_text or line.text, "text": words, "corrected_at": at},
            )
            write_transcript(session, user_id, meeting_id, at)
            record(session, user_id, "line_corrected", meeting_id, at)
