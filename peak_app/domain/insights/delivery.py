"""How someone spoke, as numbers. No judgement, no model: formulas only.

Measured from the sound of both tracks where a call was recorded (`speech.py`), otherwise from the times and words of
the transcript, here. `basis` says which; what only sound can tell is left out then.

talk time         length of the union of a speaker's spoken lines
talk ratio        candidate's talk time / (candidate's + agent's talk time)
overlap           length of the intersection of both unions
words per minute  words of the candidate's spoken lines that have a length, without hesitations / minutes of their talk
                  time; not given below `PACE_MIN_MS`
answer            the candidate's spoken lines between two lines of the agent; its length is the sum of its lines
question          a line of the agent with a question mark
answer delay      start of the first spoken line of an answer minus end of the agent's line before; at least 0
reply delay       measured by the bridge: end of the person's speech → first sound of the agent's reply (`latency.py`)
cut-off           a spoken line of the candidate that the agent began to answer before its end, as the bridge noticed
filler            what `fillers.py` finds in a spoken line of the candidate
percentile        nearest rank: the smallest value with at least p % of the values at or below it

Typed answers count as words and turns, never as talk time, pace, delay, filler or cut-off. What the agent had prepared
and nobody heard counts as nothing.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Literal

from pydantic import BaseModel, Field

from peak_app.domain.insights.fillers import find_fillers, hesitation_kind
from peak_app.domain.insights.lines import Line

METRICS_VERSION = "5"
"""Goes into the input hash: results made by other formulas, here or in `speech.py`, are made anew."""

PACE_MIN_MS = 5_000
"""Below this much speech, words per minute says nothing."""


class Filler(BaseModel):
    """How often one filler was said, and in which lines (a line once for each time)."""

    word: str
    count: int
    line_ids: list[str]


class FillerMoment(BaseModel):
    """One filler where it was said. `around` are the words around it, as they were heard."""

    kind: str
    start_ms: int
    end_ms: int
    around: str = ""
    line_id: str | None = None


class Pause(BaseModel):
    """The candidate was quiet within an answer, and so was the agent."""

    start_ms: int
    end_ms: int
    line_id: str | None = None


class Overlap(BaseModel):
    """Both spoke at once. `by` is who came in while the other was speaking."""

    start_ms: int
    end_ms: int
    by: Literal["candidate", "agent"]


class PacePoint(BaseModel):
    """The pace of a stretch of the meeting; None where there was too little speech."""

    start_ms: int
    end_ms: int
    words: int
    talk_ms: int
    words_per_minute: float | None


class AnswerDelay(BaseModel):
    """How long the candidate took to begin an answer. `start_ms` is when the agent had finished, by the sound."""

    line_id: str | None
    delay_ms: int
    start_ms: int | None = None


class LongestAnswer(BaseModel):
    """`duration_ms` is speech without the pauses between its lines."""

    line_ids: list[str]
    duration_ms: int


class Delivery(BaseModel):
    """The numbers of one meeting. None: there is too little speech to say."""

    basis: Literal["sound", "words"] = "words"
    """Whether both voices were listened to, or only the transcript was read."""
    has_speech: bool = False
    """Whether anyone said anything; when False, nothing else means anything."""
    candidate_talk_ms: int = 0
    agent_talk_ms: int = 0
    overlap_ms: int = 0
    talk_ratio: float | None = None
    candidate_words: int = 0
    typed_answer_count: int = 0
    words_per_minute: float | None = None
    longest_answer: LongestAnswer | None = None
    question_count: int = 0
    answer_delays: list[AnswerDelay] = Field(default_factory=list)
    answer_delay_p50_ms: int | None = None
    reply_delay_p50_ms: int | None = None
    reply_delay_p95_ms: int | None = None
    interrupted_count: int = 0
    """Lines of the agent that were cut off by the candidate."""
    cut_off_line_ids: list[str] | None = None
    """Lines of the candidate that were cut off by the agent. None: nobody watched for it."""
    fillers: list[Filler] = Field(default_factory=list)
    filler_count: int = 0
    fillers_per_minute: float | None = None
    filler_moments: list[FillerMoment] = Field(default_factory=list)
    """This and what follows only sound can tell."""
    pauses: list[Pause] = Field(default_factory=list)
    overlaps: list[Overlap] = Field(default_factory=list)
    pace: list[PacePoint] = Field(default_factory=list)


def percentile(values: Sequence[int], percent: float) -> int | None:
    """Nearest-rank percentile; None of nothing."""
    if not values:
        return None
    ranked = sorted(values)
    return ranked[max(1, math.ceil(len(ranked) * percent / 100)) - 1]


Span = tuple[int, int]


def _union(lines: Iterable[Line]) -> list[Span]:
    spans: list[Span] = []
    for start, end in sorted((line.start_ms, line.end_ms) for line in lines):
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], end))
        elif end > start:
            spans.append((start, end))
    return spans


def _length_ms(spans: Sequence[Span]) -> int:
    return sum(end - start for start, end in spans)


def _answers(lines: Sequence[Line]) -> list[tuple[Line | None, list[Line]]]:
    """Each answer with the agent's line before it; None when the candidate spoke first."""
    answers: list[tuple[Line | None, list[Line]]] = []
    question: Line | None = None
    is_open = False
    for line in lines:
        if line.speaker == "agent":
            question, is_open = line, False
        elif is_open:
            answers[-1][1].append(line)
        else:
            answers.append((question, [line]))
            is_open = True
    return answers


def count_fillers(text: str) -> int:
    """How many fillers a text holds."""
    return len(find_fillers(text.split()))


def filler_counts(found: Iterable[tuple[str, str | None]]) -> list[Filler]:
    """Kinds of fillers with the lines they are in, the most frequent first."""
    counts: dict[str, int] = {}
    ids: dict[str, list[str]] = {}
    for kind, line_id in found:
        counts[kind] = counts.get(kind, 0) + 1
        ids.setdefault(kind, []).extend([line_id] if line_id else [])
    fillers = [Filler(word=kind, count=count, line_ids=ids[kind]) for kind, count in counts.items()]
    return sorted(fillers, key=lambda filler: (-filler.count, filler.word))


def measure(lines: Sequence[Line], reply_delays_ms: Sequence[int]) -> Delivery:
    """The numbers of a meeting, by the formulas above. `lines` in order; reply delays as the bridge measured them."""
    if not lines:
        return Delivery()
    candidate = [line for line in lines if line.speaker == "candidate"]
    spoken = [line for line in candidate if not line.is_typed]
    agent = [line for line in lines if line.speaker == "agent"]

    own, others = _union(spoken), _union(agent)
    talk_ms, agent_ms = _length_ms(own), _length_ms(others)
    overlap_ms = talk_ms + agent_ms - _length_ms(_union([*spoken, *agent]))
    minutes = talk_ms / 60_000
    has_pace = talk_ms >= PACE_MIN_MS
    # A line whose end was lost with the line to the model has words, but no time in which they were said.
    timed_words = sum(
        hesitation_kind(word) is None for line in spoken if line.duration_ms > 0 for word in line.text.split()
    )

    delays: list[AnswerDelay] = []
    longest: LongestAnswer | None = None
    for question, answer in _answers(lines):
        voiced = [line for line in answer if not line.is_typed]
        if not voiced:
            continue
        duration_ms = sum(line.duration_ms for line in voiced)
        if duration_ms and (longest is None or duration_ms > longest.duration_ms):
            longest = LongestAnswer(line_ids=[line.id for line in voiced], duration_ms=duration_ms)
        if question is not None and voiced[0] is answer[0]:
            delays.append(AnswerDelay(line_id=voiced[0].id, delay_ms=max(0, voiced[0].start_ms - question.end_ms)))

    fillers = filler_counts((place.kind, line.id) for line in spoken for place in find_fillers(line.text.split()))
    filler_count = sum(filler.count for filler in fillers)
    return Delivery(
        has_speech=True,
        candidate_talk_ms=talk_ms,
        agent_talk_ms=agent_ms,
        overlap_ms=overlap_ms,
        talk_ratio=round(talk_ms / (talk_ms + agent_ms), 3) if talk_ms + agent_ms else None,
        candidate_words=sum(line.word_count for line in candidate),
        typed_answer_count=len(candidate) - len(spoken),
        words_per_minute=round(timed_words / minutes, 1) if has_pace else None,
        longest_answer=longest,
        question_count=sum("?" in line.text for line in agent),
        answer_delays=delays,
        answer_delay_p50_ms=percentile([delay.delay_ms for delay in delays], 50),
        reply_delay_p50_ms=percentile(reply_delays_ms, 50),
        reply_delay_p95_ms=percentile(reply_delays_ms, 95),
        interrupted_count=sum(bool(line.unheard_text) for line in agent),
        cut_off_line_ids=[line.id for line in spoken if line.was_cut_off],
        fillers=fillers,
        filler_count=filler_count,
        fillers_per_minute=round(filler_count / minutes, 2) if has_pace else None,
    )
