"""Where each result of a meeting comes from: which asset made it, of which input, by what, when and in what time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, select

from peak_app.db.tenancy import TenantSessions
from peak_app.domain.insights import repository
from peak_app.domain.insights.models import Insight, Summary, Transcript
from peak_app.domain.insights.steps import (
    DELIVERY,
    RECORDING,
    SCORECARD,
    SEARCH_INDEX,
    SUMMARY,
    TRANSCRIPT,
    Fact,
    StepOutcome,
)
from peak_app.domain.meetings import repository as meetings
from peak_app.domain.recordings.models import Recording
from peak_app.domain.scorecards.models import Scorecard

_Result = type[Transcript] | type[Summary] | type[Insight] | type[Scorecard] | type[Recording]

RESULTS: Final[Mapping[str, _Result]] = {
    TRANSCRIPT: Transcript,
    SUMMARY: Summary,
    DELIVERY: Insight,
    SCORECARD: Scorecard,
    RECORDING: Recording,
}
"""What each asset leaves, the newest row of which counts."""
FFMPEG = "FFmpeg"


@dataclass(frozen=True, slots=True)
class Origin:
    """Empty texts and None: there is no such thing, or nobody noted it."""

    asset: str
    engine: str
    prompt_version: str
    rubric: str
    rubric_version: int | None
    input_hash: str
    """64 hex digits: the same input has the same one."""
    made_at: datetime
    took_ms: int | None


class LineageService:
    def __init__(self, sessions: TenantSessions) -> None:
        self._sessions = sessions

    def list_origins(self, user_id: UUID, meeting_id: UUID) -> list[Origin]:
        """Of every result there is, in the order of the steps. Raises: NotFound."""
        with self._sessions.for_user(user_id) as session:
            meetings.get_meeting(session, meeting_id)
            steps = {step.name: step for step in repository.list_steps(session, meeting_id) if step.is_done}
            found = [_origin(session, meeting_id, name, table, steps.get(name)) for name, table in RESULTS.items()]
        index = steps.get(SEARCH_INDEX)
        return [origin for origin in (*found, _origin_of_index(index) if index else None) if origin]


def _origin(session: Session, meeting_id: UUID, name: str, table: _Result, step: StepOutcome | None) -> Origin | None:
    newest = select(table).where(table.meeting_id == meeting_id).order_by(col(table.created_at).desc()).limit(1)
    row = session.exec(newest).first()
    if row is None:
        return None
    rubric = row.rubric if isinstance(row, Scorecard) else {}
    return Origin(
        asset=name,
        engine=FFMPEG if isinstance(row, Recording) else row.engine,
        prompt_version=row.prompt_version if isinstance(row, Summary | Scorecard) else "",
        rubric=str(rubric.get("name", "")),
        rubric_version=rubric.get("version"),
        input_hash=row.input_hash,
        made_at=row.created_at,
        took_ms=_took_ms(step.facts) if step else None,
    )


def _origin_of_index(step: StepOutcome) -> Origin:
    """The index has a row for each line, and its step tells what it was made of."""
    return Origin(
        asset=SEARCH_INDEX,
        engine="",
        prompt_version=str(step.facts.get("version", "")),
        rubric="",
        rubric_version=None,
        input_hash=str(step.facts.get("input", "")),
        made_at=step.finished_at,
        took_ms=_took_ms(step.facts),
    )


def _took_ms(facts: Mapping[str, Fact]) -> int | None:
    took_ms = facts.get("took_ms")
    return took_ms if isinstance(took_ms, int) else None
