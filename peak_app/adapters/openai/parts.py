"""Meetings that are too long for one request: in parts, and what was written about the parts as one."""

import math
import operator
from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from typing import TypeVar

from peak_app.ports.language import (
    MOST_POINTS,
    CitedText,
    CriterionScore,
    MeetingScorecard,
    MeetingSummary,
    ScoringText,
    TextLine,
    Written,
)

T = TypeVar("T")

PART_LIMIT = 100_000
"""Characters of transcript that go into one request; longer meetings are read in parts of this size."""
MOST_QUOTES = 3
"""Of one criterion and part, when a meeting was scored in parts."""


def parts_of(lines: Sequence[TextLine]) -> Iterator[list[TextLine]]:
    """The lines in as few parts as the limit allows, at least one."""
    part: list[TextLine] = []
    size = 0
    for line in lines:
        if part and size + len(line.text) > PART_LIMIT:
            yield part
            part, size = [], 0
        part.append(line)
        size += len(line.text)
    yield part


def with_lines(meeting: ScoringText, lines: list[TextLine]) -> ScoringText:
    """The part of the meeting with these lines, and the stories told in them."""
    known = {line.id for line in lines}
    stories = [story for story in meeting.stories if known.issuperset([story.question_line_id, *story.line_ids])]
    return meeting.model_copy(update={"lines": lines, "stories": stories})


def joined(parts: Sequence[Written[T]], merge: Callable[[list[T]], T]) -> Written[T]:
    """What was written about several parts of a meeting as one."""
    if len(parts) == 1:
        return parts[0]
    usage = reduce(operator.add, (part.usage for part in parts))
    return Written(merge([part.value for part in parts]), parts[0].engine, usage)


def merged_summary(parts: Sequence[MeetingSummary]) -> MeetingSummary:
    """One summary of several: all questions, and the first of each part's points, so that no part is left out."""

    def first(texts: list[list[CitedText]], each: int) -> list[CitedText]:
        return [text for part in texts for text in part[:each]]

    return MeetingSummary(
        overview=first([part.overview for part in parts], 2),
        questions=[note for part in parts for note in part.questions],
        strengths=_spread(first([part.strengths for part in parts], 1)),
        next_steps=_spread(first([part.next_steps for part in parts], 1)),
    )


def _spread(points: list[CitedText]) -> list[CitedText]:
    """As many as there may be, from the beginning to the end of the meeting."""
    if len(points) <= MOST_POINTS:
        return points
    return [points[at * (len(points) - 1) // (MOST_POINTS - 1)] for at in range(MOST_POINTS)]


def merged_scorecard(meeting: ScoringText, parts: Sequence[MeetingScorecard]) -> MeetingScorecard:
    """For each criterion the mean of the parts that show it, rounded to a level, with the evidence of all of them."""
    merged: list[CriterionScore] = []
    for criterion in meeting.rubric.criteria:
        entries = [entry for part in parts for entry in part.criteria if entry.criterion_id == criterion.id]
        scored = [(entry.score, entry) for entry in entries if entry.score is not None]
        if not scored:
            merged += entries[:1]
            continue
        mean = sum(score for score, _ in scored) / len(scored)
        # The reason of one part is about its level: the one nearest to the whole is kept.
        _, nearest = min(scored, key=lambda pair: abs(pair[0] - mean))
        # One quote of each part before the second of any, so that none is left out.
        quotes = [entry.quotes[at : at + 1] for at in range(MOST_QUOTES) for _, entry in scored]
        merged.append(
            CriterionScore(
                criterion_id=criterion.id,
                score=math.floor(mean + 0.5),
                reason=nearest.reason,
                quotes=[quote for found in quotes for quote in found],
            )
        )
    return MeetingScorecard(criteria=merged)
