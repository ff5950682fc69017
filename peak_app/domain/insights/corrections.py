"""Correcting what was misheard: the owner's words count from then on, and what was heard is kept."""

from datetime import timedelta
from uuid import UUID

from peak_app.db.audit import record
from peak_app.db.tenancy import TenantSessions
from peak_app.domain.accounts.attempt_limit import AttemptLimit
from peak_app.domain.fields import required_text
from peak_app.domain.insights import repository
from peak_app.domain.insights.lines import Line
from peak_app.domain.insights.transcripts import write_transcript
from peak_app.domain.meetings import repository as meetings
from peak_app.domain.meetings.status import MeetingStatus
from peak_app.errors import Conflict, InvalidInput, NotFound, TooManyRequests
from peak_app.i18n.catalogue import t
from peak_app.ports.clock import Clock

LINE_LIMIT = 10_000
"""Longest line, in characters: more than ten minutes of speech."""
TRANSCRIPT_LIMIT = 500_000
"""Longest transcript a correction may make, in characters: more than twice what is said in three hours."""
CORRECTED_PER_MINUTE = 60
"""Of one person: each correction writes a whole transcript."""


class CorrectionService:
    def __init__(self, sessions: TenantSessions, clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock
        self._corrected = AttemptLimit(CORRECTED_PER_MINUTE, timedelta(minutes=1))

    def correct_line(self, user_id: UUID, meeting_id: UUID, line_id: object, text: object) -> None:
        """Have a line say what was really said. With the words that were heard, an earlier correction is taken back, or
        a line that may have been misheard is confirmed.

        Raises:
            InvalidInput: no words, more than `LINE_LIMIT` characters, or a line that grows beyond `TRANSCRIPT_LIMIT`.
            NotFound: no such line, or a meeting of someone else.
            Conflict: the meeting is not completed.
            TooManyRequests: more than `CORRECTED_PER_MINUTE`, refused ones included.
        """
        words = " ".join(required_text(text, t("field.line"), LINE_LIMIT).split())
        if not self._corrected.admit(str(user_id), self._clock()):
            raise TooManyRequests(t("transcript.too_many"))
        with self._sessions.for_user(user_id) as session:
            # Two corrections at once take turns: each writes the whole transcript.
            meeting = meetings.get_meeting(session, meeting_id, is_locked=True)
            if meeting.owner_id != user_id:
                raise NotFound(t("refusal.meeting_missing"))
            if meeting.status != MeetingStatus.COMPLETED:
                raise Conflict(t("refusal.not_completed"))
            transcript = repository.find_transcript(session, meeting_id)
            lines = [Line.model_validate(line) for line in transcript.lines] if transcript else []
            line = next((line for line in lines if line.id == line_id), None)
            if line is None:
                raise NotFound(t("refusal.line_missing"))
            if words == line.text and not line.is_doubtful:
                return
            length = sum(len(line.text) for line in lines) - len(line.text) + len(words)
            if length > TRANSCRIPT_LIMIT and len(words) > len(line.text):
                raise InvalidInput(t("transcript.too_long", most=f"{TRANSCRIPT_LIMIT:,}", length=f"{length:,}"))
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
