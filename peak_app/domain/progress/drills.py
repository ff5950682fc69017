"""What to practise next: rules over the newest numbers, each suggestion with the meetings it rests on. Pure.

A criterion is suggested when the median of its newest scores by one rubric and one engine is below `WEAK_BELOW`; the
lowest first, of equal ones that with more behind it. A delivery number is suggested when the median of its newest
values is beyond the limit of its rule. The limits are rules of thumb of this product, not findings of science: the page
shows them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from peak_app.domain.progress.attempts import (
    DELAY,
    FILLERS,
    PACE,
    PAUSES,
    TALK,
    Attempt,
    ScoredLine,
    measured_on,
    scored_lines,
)
from peak_app.domain.progress.spread import spread_of
from peak_app.domain.scorecards.rubric import Criterion, Rubric

WINDOW = 20
"""Newest meetings that are looked at."""
NEWEST = 5
"""Newest numbers of one criterion or measure that count."""
WEAK_BELOW = 4.0
"""Of 1 to 5."""
MOST_OF_A_KIND = 3


@dataclass(frozen=True, slots=True)
class DeliveryRule:
    """`limit` in the unit of the measure; beyond it means above, or below."""

    id: str
    measure: str
    side: Literal["above", "below"]
    limit: float

    def excess(self, value: float) -> float:
        """How many times beyond the limit; 1 and less: within it."""
        return value / self.limit if self.side == "above" else self.limit / max(value, 0.01)


DELIVERY_RULES = (
    DeliveryRule("fast", PACE, "above", 180),
    DeliveryRule("slow", PACE, "below", 100),
    DeliveryRule("fillers", FILLERS, "above", 4),
    DeliveryRule("pauses", PAUSES, "above", 8),
    DeliveryRule("delay", DELAY, "above", 6),
    DeliveryRule("quiet", TALK, "below", 40),
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A number, and the meeting it is from."""

    attempt: Attempt
    value: float


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`key` names it for as long as its rubric or rule is there. Of a criterion, `rule` is None.

    Evidence has the newest first.
    """

    key: str
    median: float
    evidence: tuple[Evidence, ...]
    rubric: Rubric | None = None
    criterion: Criterion | None = None
    rule: DeliveryRule | None = None

    @property
    def agent_id(self) -> UUID:
        """The agent of the newest meeting behind it."""
        return self.evidence[0].attempt.agent_id


def suggest(attempts: Sequence[Attempt], rubrics: Mapping[str, Rubric]) -> list[Suggestion]:
    """Criteria, then delivery, of each the weakest first.

    Args:
        attempts: the newest ones, oldest first.
        rubrics: by key, those of the attempts.
    """
    return [*_of_criteria(attempts, rubrics), *_of_delivery(attempts)]


def _of_criteria(attempts: Sequence[Attempt], rubrics: Mapping[str, Rubric]) -> list[Suggestion]:
    found = [
        suggestion
        for line in scored_lines(attempts)
        if line.rubric_key in rubrics
        for criterion in rubrics[line.rubric_key].criteria
        if (suggestion := _of_criterion(line, rubrics[line.rubric_key], criterion))
    ]
    # Sorting is stable, and lines come with the rubric used last first.
    found.sort(key=lambda suggestion: (suggestion.median, -len(suggestion.evidence)))
    # Rubrics share criteria: the same skill is suggested once, where it is weakest.
    known: dict[str, Suggestion] = {}
    for suggestion in found:
        if suggestion.criterion:
            known.setdefault(f"{suggestion.criterion.id} {suggestion.criterion.name}", suggestion)
    return list(known.values())[:MOST_OF_A_KIND]


def _of_criterion(line: ScoredLine, rubric: Rubric, criterion: Criterion) -> Suggestion | None:
    evidence = _newest(list(zip(line.attempts, line.scores(criterion.id), strict=True)))
    spread = spread_of(entry.value for entry in evidence)
    if spread is None or spread.median >= WEAK_BELOW:
        return None
    key = f"criterion/{line.key}/{criterion.id}"
    return Suggestion(key, spread.median, evidence, rubric=rubric, criterion=criterion)


def _of_delivery(attempts: Sequence[Attempt]) -> list[Suggestion]:
    measured = [attempt for attempt in attempts if attempt.measured]
    if not measured:
        return []
    # Numbers of another basis than the newest ones mean something else.
    newest = measured[-1].measured
    same = measured_on(measured, newest.basis) if newest else []
    found: list[tuple[float, Suggestion]] = []
    for rule in DELIVERY_RULES:
        evidence = _newest([(attempt, attempt.number(rule.measure)) for attempt in same])
        spread = spread_of(entry.value for entry in evidence)
        if spread is not None and (excess := rule.excess(spread.median)) > 1:
            found.append((excess, Suggestion(f"delivery/{rule.id}", spread.median, evidence, rule=rule)))
    found.sort(key=lambda entry: -entry[0])
    return [suggestion for _, suggestion in found[:MOST_OF_A_KIND]]


def _newest(values: Sequence[tuple[Attempt, float | None]]) -> tuple[Evidence, ...]:
    known = [Evidence(attempt, value) for attempt, value in values if value is not None]
    return tuple(reversed(known[-NEWEST:]))
