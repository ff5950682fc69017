"""Whether enough was said, and understood, to give numbers at all.

answers   the candidate's answers, without asides; fewer than `ANSWERS_NEEDED` give no numbers
words     of them; an answer that gives up counts for `GIVE_UP_WORTH`, since more would not have come of waiting
unclear   a spoken line of some length in which hardly any words were recognised. When that is half of the speech or
          more, the recogniser missed too much; a single such line is no evidence for anything
certainty of the candidate's words on the whole: the mean over lines, by their words. What was typed or corrected is
          certain, and lines of which nobody knows are left out. Below `CONFIDENCE_NEEDED` no number rests on them
"""

from collections.abc import Iterable, Sequence
from typing import Literal

from pydantic import BaseModel

from peak_app.domain.insights.lines import Line, is_doubtful
from peak_app.domain.scorecards.answers import answers_of, gives_up

ANSWERS_NEEDED = 2
WORDS_NEEDED = 60
GIVE_UP_WORTH = 30
UNCLEAR_FROM_MS = 4_000
"""In a shorter line a pause for thought is all there may be."""
UNCLEAR_WORDS_PER_S = 0.5
"""People who think while they talk still say one word a second."""
UNCLEAR_SHARE = 0.5

Gap = Literal["little", "unclear", "doubtful"]


class Coverage(BaseModel):
    """`gap` says why there are no numbers; None: there may be."""

    answers: int
    words: int
    unclear_share: float
    gap: Gap | None
    certainty: float | None = None
    """Of all the candidate said; None when the recogniser did not tell."""


def is_unclear(line: Line) -> bool:
    """Whether most of a spoken line was not recognised."""
    if line.is_typed or line.duration_ms < UNCLEAR_FROM_MS:
        return False
    return line.word_count < line.duration_ms / 1000 * UNCLEAR_WORDS_PER_S


def certainty_of(lines: Iterable[Line]) -> float | None:
    """How certain the candidate's words in these lines are on the whole, 0 to 1; None when nobody knows."""
    known = [
        (line.certainty, line.word_count)
        for line in lines
        if line.speaker == "candidate" and line.certainty is not None
    ]
    words = sum(count for _, count in known)
    return sum(certainty * count for certainty, count in known) / words if words else None


def coverage_of(lines: Sequence[Line]) -> Coverage:
    """`lines` are without asides."""
    answers = answers_of(lines)
    words = sum(max(answer.word_count, GIVE_UP_WORTH * gives_up(answer.text)) for answer in answers)
    spoken = [line for line in lines if line.speaker == "candidate" and not line.is_typed]
    spoken_ms = sum(line.duration_ms for line in spoken)
    unclear_ms = sum(line.duration_ms for line in spoken if is_unclear(line))
    share = round(unclear_ms / spoken_ms, 3) if spoken_ms else 0.0
    certainty = certainty_of(lines)
    gap: Gap | None = None
    if share >= UNCLEAR_SHARE:
        gap = "unclear"
    elif len(answers) < ANSWERS_NEEDED or words < WORDS_NEEDED:
        gap = "little"
    elif is_doubtful(certainty):
        gap = "doubtful"
    certainty = None if certainty is None else round(certainty, 3)
    return Coverage(answers=len(answers), words=words, unclear_share=share, gap=gap, certainty=certainty)
