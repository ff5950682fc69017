"""A text model for tests: deterministic, scripted by its constructor, and it remembers what it was asked."""

import hashlib
import math
import re
from collections.abc import Callable, Sequence
from itertools import pairwise

from peak_app.errors import LanguageUnavailable
from peak_app.ports.language import (
    EMBEDDING_DIMENSIONS,
    AskedText,
    Citation,
    CitedText,
    Claim,
    CriterionScore,
    MeetingAnswer,
    MeetingScorecard,
    MeetingSummary,
    MeetingText,
    QuestionNote,
    ScoringText,
    Usage,
    Written,
)

ENGINE = "fake-model"
_STOP_WORDS = frozenset(
    {"a", "and", "did", "do", "how", "i", "in", "is", "it", "my", "of", "the", "was", "what", "you"}
)


def words_of(text: str) -> set[str]:
    return set(re.findall(r"[a-z]+", text.lower())) - _STOP_WORDS


def plain_summary(meeting: MeetingText) -> MeetingSummary:
    """The first line as overview, and each question with the answer after it."""
    lines = meeting.lines
    notes = [
        QuestionNote(
            question=line.text,
            note=after.text,
            line_ids=[line.id, after.id],
            first_line_id=line.id,
            last_line_id=after.id,
        )
        for line, after in pairwise(lines)
        if line.speaker == "agent" and after.speaker == "candidate"
    ]
    first = CitedText(text=lines[0].text, line_ids=[lines[0].id])
    return MeetingSummary(overview=[first], questions=notes, strengths=[], next_steps=[])


def plain_answer(asked: AskedText) -> MeetingAnswer:
    """The line of the candidate that shares most words with the question, quoted whole."""
    wanted = words_of(asked.question)
    own = [line for line in asked.lines if line.speaker == "candidate"]
    best = max(own, key=lambda line: len(wanted & words_of(line.text)), default=None)
    if best is None or not wanted & words_of(best.text):
        return MeetingAnswer(found=False, claims=[])
    return MeetingAnswer(
        found=True, claims=[Claim(citations=[Citation(line_id=best.id, quote=best.text)], text=best.text)]
    )


def plain_scorecard(meeting: ScoringText) -> MeetingScorecard:
    """Three points for everything, with the candidate's longest line as evidence; without one, no number."""
    own = [line for line in meeting.lines if line.speaker == "candidate"]
    longest = max(own, key=lambda line: len(line.text), default=None)
    quotes = [Citation(line_id=longest.id, quote=longest.text)] if longest else []
    return MeetingScorecard(
        criteria=[
            CriterionScore(
                criterion_id=criterion.id, score=3 if quotes else None, reason="It shows in part.", quotes=quotes
            )
            for criterion in meeting.rubric.criteria
        ]
    )


class FakeLanguage:
    """`failures` are raised first, one for each call of `summarize`, `score`, `answer` or `embed`.

    `cost_usd` is what each request costs.
    """

    def __init__(
        self,
        *,
        summary: Callable[[MeetingText], MeetingSummary] = plain_summary,
        answer: Callable[[AskedText], MeetingAnswer] = plain_answer,
        scorecard: Callable[[ScoringText], MeetingScorecard] = plain_scorecard,
        failures: Sequence[LanguageUnavailable] = (),
        version: str = "fake-1",
        before_call: Callable[[], None] = lambda: None,
        cost_usd: float | None = None,
    ) -> None:
        self._cost_usd = cost_usd
        self._summary = summary
        self._answer = answer
        self._scorecard = scorecard
        self._failures = list(failures)
        self._version = version
        self._before_call = before_call
        self.summarized: list[MeetingText] = []
        self.scored: list[ScoringText] = []
        self.asked: list[AskedText] = []
        self.embedded: list[str] = []

    @property
    def version(self) -> str:
        return self._version

    def _begin(self) -> None:
        self._before_call()
        if self._failures:
            raise self._failures.pop(0)

    def summarize(self, meeting: MeetingText) -> Written[MeetingSummary]:
        self._begin()
        self.summarized.append(meeting)
        return Written(self._summary(meeting), ENGINE, Usage(10, 5, self._cost_usd))

    def score(self, meeting: ScoringText) -> Written[MeetingScorecard]:
        self._begin()
        self.scored.append(meeting)
        return Written(self._scorecard(meeting), ENGINE, Usage(20, 8, self._cost_usd))

    def answer(
        self, asked: AskedText, on_progress: Callable[[MeetingAnswer], None] | None = None
    ) -> Written[MeetingAnswer]:
        """Progress is told of after each word."""
        self._begin()
        self.asked.append(asked)
        answer = self._answer(asked)
        for number, claim in enumerate(answer.claims if on_progress else []):
            words = claim.text.split(" ")
            for count in range(1, len(words) + 1):
                begun = claim.model_copy(update={"text": " ".join(words[:count])})
                on_progress(MeetingAnswer(found=answer.found, claims=[*answer.claims[:number], begun]))  # pyright: ignore[reportOptionalCall]
        return Written(answer, ENGINE, Usage(10, 5, self._cost_usd))

    def embed(self, texts: Sequence[str]) -> Written[list[list[float]]]:
        """A token is a word."""
        if not texts:
            return Written([], "", Usage(0, 0))
        self._begin()
        self.embedded += texts
        tokens = sum(len(text.split()) for text in texts)
        return Written([_bag_of_words(text) for text in texts], ENGINE, Usage(tokens, 0, self._cost_usd))


def _bag_of_words(text: str) -> list[float]:
    vector = [0.0] * EMBEDDING_DIMENSIONS
    for word in words_of(text) or {"silence"}:
        vector[int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "big") % EMBEDDING_DIMENSIONS] += 1.0
    length = math.sqrt(sum(value * value for value in vector))
    return [value / length for value in vector]
