"""What is kept of a scorecard: what each criterion got and on which words, and the stories behind it."""

from collections.abc import Sequence

from pydantic import BaseModel, Field

from peak_app.domain.scorecards.coverage import Coverage
from peak_app.domain.scorecards.stories import Story
from peak_app.ports.language import Citation


class CriterionResult(BaseModel):
    """`score` is 1 to 5, or None: not enough evidence. A score has at least one quote."""

    criterion_id: str
    score: int | None = None
    remark: str = ""
    """A sentence of the engine: why this score, or why none."""
    quotes: list[Citation] = Field(default_factory=list)
    is_doubtful: bool = False
    """There is no score because the words it would rest on may have been misheard."""


class ScorecardContent(BaseModel):
    """`results` has an entry for each criterion of the rubric, in its order."""

    results: list[CriterionResult]
    stories: list[Story]
    coverage: Coverage


def scores_of(results: Sequence[CriterionResult]) -> list[int]:
    """The scores that were given."""
    return [result.score for result in results if result.score is not None]


def mean_of(results: Sequence[CriterionResult]) -> float | None:
    """Mean of the scores; None when fewer than half of the criteria have one: it would pass for the whole."""
    scores = scores_of(results)
    return sum(scores) / len(scores) if scores and 2 * len(scores) >= len(results) else None
