"""Where each result of a meeting comes from: which asset made it, of which input, by what, when and in what time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session, col, select

from peak_app.db.tenancy import TenantSessions
from peak_app.domain.insights import repository
from peak_app.domain.insights.models import Insight, Making, Summary, Transcript
from peak_app.domain.insights.steps import (
    DELIVERY,
    RECORDING,
    SCORECARD,
    SEARCH_INDEX,
    SUMMARY,
    TRANSCRIPT,
    USAGE,
)
from peak_app.domain.meetings import repository as meetings
from peak_app.domain.recordings.models import Recording
from peak_app.domain.scorecards.models import Scorecard
from peak_app.ports.language import Usage

_Result = type[Transcript] | type[Summary] | type[Insight] | type[Scorecard] | type[Recording]

RESULTS: Final[Mapping[str, _Result]] = {
    TRANSCRIPT: Transcript,
    SUMMARY: Summary,
    DELIVERY: Insight,
    SCORECARD: Scorecard,
    RECORDING: Recording,
}
"""What each asset leaves, the newest row of which counts."""
_BY_MAKING: Final = (SEARCH_INDEX, USAGE)
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
    run_id: str
    """Of the pipeline; empty: nobody noted it."""
    usage: Usage
    """What the models took that were asked for it."""


class LineageService:
    def __init__(self, sessions: TenantSessions) -> None:
        self._sessions = sessions

    def list_origins(self, user_id: UUID, meeting_id: UUID) -> list[Origin]:
        """Of every result there is, in the order of the steps. Raises: NotFound."""
        with self._sessions.for_user(user_id) as session:
            meetings.get_meeting(session, meeting_id)
            makings = repository.list_makings(session, meeting_id)
            found = [_origin(session, meeting_id, name, table, makings) for name, table in RESULTS.items()]
        # The index has a row for each line, and the ledger none that says of what: how they were made last does.
        last = [next((_origin_of(making) for making in makings if making.name == name), None) for name in _BY_MAKING]
        return [origin for origin in (*found, *last) if origin]


def _origin(session: Session, meeting_id: UUID, name: str, table: _Result, makings: Sequence[Making]) -> Origin | None:
    since = Scorecard.counts_since if table is Scorecard else table.created_at
    newest = select(table).where(table.meeting_id == meeting_id).order_by(col(since).desc()).limit(1)
    row = session.exec(newest).first()
    if row is None:
        return None
    made = next((making for making in makings if (making.name, making.input_hash) == (name, row.input_hash)), None)
    rubric = row.rubric if isinstance(row, Scorecard) else {}
    return Origin(
        asset=name,
        engine=FFMPEG if isinstance(row, Recording) else row.engine,
        prompt_version=row.prompt_version if isinstance(row, Summary | Scorecard) else "",
        rubric=str(rubric.get("name", "")),
        rubric_version=rubric.get("version"),
        input_hash=row.input_hash,
        made_at=row.created_at,
        took_ms=made.took_ms if made else None,
        run_id=made.run_id if made else "",
        usage=_usage(made.facts if made else {}),
    )


def _origin_of(made: Making) -> Origin:
    return Origin(
        asset=made.name,
        engine=str(made.facts.get("engine", "")),
        prompt_version=str(made.facts.get("version", "")),
        rubric="",
        rubric_version=None,
        input_hash=made.input_hash,
        made_at=made.made_at,
        took_ms=made.took_ms,
        run_id=made.run_id,
        usage=_usage(made.facts),
    )


def _usage(facts: Mapping[str, Any]) -> Usage:
    return Usage(facts.get("input_tokens", 0), facts.get("output_tokens", 0), facts.get("cost_usd"))
