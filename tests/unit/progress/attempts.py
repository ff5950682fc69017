"""Attempts for tests of what is made of them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

from peak_app.domain.progress.attempts import Attempt, Card, Measured
from peak_app.domain.scorecards.rubric import Criterion, Rubric

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
LEVELS = ("a", "b", "c", "d", "e")
RESULT = Criterion("result", "Result", "It says what came of it.", LEVELS, "result")
DEPTH = Criterion("depth", "Depth", "It goes deep.", LEVELS)
RUBRIC = Rubric("Engineering", 1, (RESULT, DEPTH))
OTHER = Rubric("Behavioural", 2, (RESULT,))
RUBRICS = {"eng": RUBRIC, "beh": OTHER}


def attempt(
    days_ago: float,
    scores: Mapping[str, int | None] | None = None,
    *,
    rubric: str = "eng",
    engine: str = "gpt-test",
    basis: str = "words",
    gap: str = "",
    **values: float | None,
) -> Attempt:
    """A meeting so many days ago. `values` are numbers of delivery; without any it was not measured."""
    number = round(days_ago * 100) + 1
    return Attempt(
        meeting_id=UUID(int=number),
        title=f"Round {number}",
        agent_id=UUID(int=7),
        agent_name="Ada",
        is_demo=False,
        held_at=NOW - timedelta(days=days_ago),
        connected_ms=600_000,
        card=None if scores is None else Card(UUID(int=number), rubric, engine, scores, gap),
        measured=Measured(basis, values) if values else None,
    )
