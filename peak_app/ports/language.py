"""What the product asks of a text model, and the exact shapes it answers in.

The same schemas are the contract with every server the OpenAI SDK may be pointed at: they are sent as strict JSON
schemas, so a real model and the embedded practice coach answer in the same shape.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, Protocol, TypeVar

from pydantic import BaseModel, Field

EMBEDDING_DIMENSIONS = 384
"""Length of every embedding. MiniLM has 384 by nature; OpenAI's models are asked to shorten theirs to it."""

T = TypeVar("T")
Speaker = Literal["candidate", "agent"]


class TextLine(BaseModel):
    """One line of a transcript as a model sees it. Times are milliseconds from the start of the meeting."""

    id: str
    speaker: Speaker
    start_ms: int
    end_ms: int
    text: str


class MeetingText(BaseModel):
    """The input of every request about a meeting: one JSON document, so that words in it can't pose as instructions."""

    title: str
    agent_name: str
    agent_instructions: str
    lines: list[TextLine]


class AskedLine(TextLine):
    """`rank` is the line's place among those that search found, 1 the best; None: it only stood beside one."""

    rank: int | None = None
    likeness: float | None = None
    """How near its meaning is to the question's, at most 1, as search measured it."""


class AskedMeeting(BaseModel):
    """Lines of one meeting, in the order they were said. `held_on` is a day, as 2026-11-26, or empty."""

    title: str
    agent_name: str
    held_on: str
    is_whole: bool
    """Whether these are all its lines, and not only what search found."""
    lines: list[AskedLine]


class AskedText(BaseModel):
    """A question with all that may be used to answer it. No two lines have the same id, whatever their meeting."""

    question: str
    meetings: list[AskedMeeting]

    @property
    def lines(self) -> list[AskedLine]:
        return [line for meeting in self.meetings for line in meeting.lines]


class CitedText(BaseModel):
    """A sentence with the ids of the lines it rests on."""

    text: str
    line_ids: list[str]


class QuestionNote(BaseModel):
    """What became of one question of the agent: the question's line, and a note resting on the answer's lines.

    From the line with the question to the last line of its answer; empty when it was written before this was asked.
    """

    question: str
    note: str
    line_ids: list[str]
    first_line_id: str = ""
    last_line_id: str = ""


MOST_POINTS = 3
"""Of strengths, and of next steps: more would not be practised."""


class MeetingSummary(BaseModel):
    """Structured output named `meeting_summary`."""

    overview: list[CitedText]
    questions: list[QuestionNote]
    strengths: list[CitedText]
    next_steps: list[CitedText]

    @property
    def is_empty(self) -> bool:
        return not (self.overview or self.questions or self.strengths or self.next_steps)


class Citation(BaseModel):
    """A verbatim quote from the line with that id."""

    line_id: str
    quote: str


class Claim(BaseModel):
    """A sentence or two of an answer. The quotes come first: nothing is written that was not looked up before."""

    citations: list[Citation]
    text: str


class MeetingAnswer(BaseModel):
    """Structured output named `meeting_answer`. `found` is false, without claims, when the lines do not say."""

    found: bool
    claims: list[Claim]

    @property
    def text(self) -> str:
        return " ".join(claim.text for claim in self.claims)

    @property
    def citations(self) -> list[Citation]:
        return [citation for claim in self.claims for citation in claim.citations]


Rule = Literal["structure", "own_part", "result", "specifics", "reason", "directness", "length"]
"""What can be counted in answers without a model."""
LOWEST_SCORE, HIGHEST_SCORE = 1, 5
"""Ends of every criterion's scale; the level with number n is described by the n-th of its sentences."""


class RubricCriterion(BaseModel):
    """One thing to look for. `levels` has a sentence for each score, the lowest first."""

    id: str
    name: str
    looks_for: str
    levels: list[str]
    rule: Rule | None = None
    """How it is counted without a model; None: only a model can judge it."""


class RubricText(BaseModel):
    name: str
    criteria: list[RubricCriterion]


class StoryPart(BaseModel):
    """What word rules took for a part of a story: `situation`, `task`, `action` or `result`."""

    part: str
    quotes: list[Citation]


class StoryText(BaseModel):
    """The answer to a question about something that happened, which may have been given in several turns."""

    question_line_id: str
    line_ids: list[str]
    parts: list[StoryPart]


class Material(BaseModel):
    """What the candidate gave the agent to read: `kind` is `cv`, `job` or `notes`."""

    kind: str
    name: str
    text: str


class ScoringText(MeetingText):
    """A meeting with the rubric to score it by. `material` is what may be known beside the lines; it proves nothing."""

    rubric: RubricText
    stories: list[StoryText] = Field(default_factory=list)
    material: list[Material] = Field(default_factory=list)


class CriterionScore(BaseModel):
    """`score` is None when the lines don't show it; `reason` is one sentence."""

    criterion_id: str
    score: int | None
    reason: str
    quotes: list[Citation]


class MeetingScorecard(BaseModel):
    """Structured output named `meeting_scorecard`: one entry for each criterion of the rubric."""

    criteria: list[CriterionScore]


@dataclass(frozen=True, slots=True)
class Usage:
    """What requests took, as the provider counted it. Zero: nothing, or it did not say."""

    input_tokens: int
    output_tokens: int
    cost_usd: float | None = None
    """None: nobody said what a token costs."""

    def __add__(self, other: "Usage") -> "Usage":
        """Of both; without a cost when one of them has none, for half of it would pass for the whole."""
        costs = (self.cost_usd, other.cost_usd)
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            None if costs[0] is None or costs[1] is None else costs[0] + costs[1],
        )

    def to_facts(self) -> dict[str, int | float]:
        """What is known of it, for people and the pipeline to read."""
        tokens = {"input_tokens": self.input_tokens, "output_tokens": self.output_tokens}
        cost = {} if self.cost_usd is None else {"cost_usd": round(self.cost_usd, 6)}
        return {name: count for name, count in tokens.items() if count} | cost


@dataclass(frozen=True, slots=True)
class Written(Generic[T]):
    """A result with the name of the engine that wrote it, as the provider reported it."""

    value: T
    engine: str
    usage: Usage


class Language(Protocol):
    """Reads transcripts. All methods raise `LanguageUnavailable`; `retryable` says whether waiting helps."""

    @property
    def version(self) -> str:
        """Names models and prompts, at most 20 characters: what was made with another version is made anew."""
        ...

    def summarize(self, meeting: MeetingText) -> Written[MeetingSummary]: ...

    def answer(
        self, asked: AskedText, on_progress: Callable[[MeetingAnswer], None] | None = None
    ) -> Written[MeetingAnswer]:
        """Answer the question from the lines alone.

        `on_progress` is given what there is while more is being written: claims with all their citations, of which the
        last one's text may break off anywhere.
        """
        ...

    def score(self, meeting: ScoringText) -> Written[MeetingScorecard]:
        """Score the candidate by `meeting.rubric`, each score with quotes of theirs."""
        ...

    def embed(self, texts: Sequence[str]) -> Written[list[list[float]]]:
        """One unit vector of `EMBEDDING_DIMENSIONS` floats for each text, in order."""
        ...
