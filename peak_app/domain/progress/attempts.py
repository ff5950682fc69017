"""A completed meeting as progress sees it: what it was scored, by what, and how the person spoke."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from peak_app.domain.scorecards.scorecard import CriterionResult, mean_of

PACE, FILLERS, PAUSES, DELAY, TALK = "pace", "fillers", "pauses", "delay", "talk"


@dataclass(frozen=True, slots=True)
class Card:
    """A scorecard without its words.

    `scores` has every criterion of the rubric, None: not enough evidence. `engine` is who gave them, empty when too
    little was said to ask anyone; `gap` then says why.
    """

    scorecard_id: UUID
    rubric_key: str
    """The same for the same words of a rubric in the same version."""
    engine: str
    scores: Mapping[str, int | None]
    gap: str = ""

    @property
    def line_key(self) -> str:
        """Scores may only be compared, or stand in one line, where this is the same: other rubrics and other judges
        mean something else by a number."""
        return f"{self.rubric_key}-{self.engine}"

    def mean(self) -> float | None:
        """Of the scores, under the rule every page has for it."""
        return mean_of([CriterionResult(criterion_id=key, score=score) for key, score in self.scores.items()])


@dataclass(frozen=True, slots=True)
class Measured:
    """How the person spoke. `values` by measure; None: too little speech, or the basis can't tell.

    pace      words per minute, fillers  per minute of speech, pauses   over a second, per minute of speech
    delay     median seconds before an answer, talk     per cent of all speech that was the person's
    """

    basis: str
    """`sound` or `words`; the formulas differ, so numbers of both never stand in one line."""
    values: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One completed meeting. `card`: the scorecard that counts; None as long as there is none, as with `measured`."""

    meeting_id: UUID
    title: str
    agent_id: UUID
    agent_name: str
    is_demo: bool
    held_at: datetime
    connected_ms: int
    card: Card | None
    measured: Measured | None

    def score(self, criterion_id: str) -> int | None:
        return self.card.scores.get(criterion_id) if self.card else None

    def number(self, measure: str) -> float | None:
        return self.measured.values.get(measure) if self.measured else None


@dataclass(frozen=True, slots=True)
class ScoredLine:
    """Attempts with a number by one rubric and one engine, in the order they were given."""

    key: str
    rubric_key: str
    engine: str
    attempts: tuple[Attempt, ...]

    def scores(self, criterion_id: str) -> list[int | None]:
        """One entry for each attempt."""
        return [attempt.score(criterion_id) for attempt in self.attempts]


def scored_lines(attempts: Iterable[Attempt]) -> list[ScoredLine]:
    """One for each rubric and engine that gave any score, the one used last first."""
    found: dict[str, list[Attempt]] = {}
    for attempt in attempts:
        if attempt.card and any(score is not None for score in attempt.card.scores.values()):
            found.setdefault(attempt.card.line_key, []).append(attempt)
    lines = [
        ScoredLine(key, card.rubric_key, card.engine, tuple(held))
        for key, held in found.items()
        if (card := held[-1].card)
    ]
    return sorted(lines, key=lambda line: line.attempts[-1].held_at, reverse=True)


def measured_on(attempts: Sequence[Attempt], basis: str) -> list[Attempt]:
    """Those with any number on this basis."""
    return [
        attempt
        for attempt in attempts
        if attempt.measured
        and attempt.measured.basis == basis
        and any(value is not None for value in attempt.measured.values.values())
    ]
