"""The transcript as everything after it reads it: the journal's lines with the corrections of their owner."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from peak_app.domain.insights import repository
from peak_app.domain.insights.fingerprint import fingerprint
from peak_app.domain.insights.lines import Line, corrected, lines_of
from peak_app.domain.insights.models import Transcript
from peak_app.domain.meetings import repository as meetings

JOURNAL_ENGINE = "call journal"


@dataclass(frozen=True, slots=True)
class WrittenTranscript:
    lines: list[Line]
    input_hash: str
    is_unchanged: bool
    """Whether exactly these lines were there already."""


def write_transcript(session: Session, owner_id: UUID, meeting_id: UUID, at: datetime) -> WrittenTranscript:
    """Write the lines that count into the one row that every reader of lines starts from.

    Its fingerprint changes with every correction, so that whatever is made from lines is made anew by the next run.
    """
    corrections = {row.line_id: row for row in repository.list_corrections(session, meeting_id)}
    lines = corrected(lines_of(meetings.list_utterances(session, meeting_id)), corrections)
    content = [line.model_dump(mode="json") for line in lines]
    input_hash = fingerprint(content)
    known = repository.find_transcript(session, meeting_id)
    if known is not None and known.input_hash == input_hash:
        return WrittenTranscript(lines, input_hash, True)
    values = repository.result_values(
        engine=JOURNAL_ENGINE,
        input_hash=input_hash,
        at=at,
        lines=content,
        word_count=sum(line.word_count for line in lines),
    )
    repository.upsert_result(session, Transcript, owner_id=owner_id, meeting_id=meeting_id, values=values)
    return WrittenTranscript(lines, input_hash, False)
