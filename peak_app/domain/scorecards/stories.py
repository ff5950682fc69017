"""The stories of a meeting: answers to questions about what happened, with their parts and how long each took.

share     of a part: the time of its words / the time of the answer; within a line, time passes evenly over its
          characters. An answer that was only typed is measured by its characters.
missing   the part to ask for: the first of `_WANTED` that the answer doesn't have
"""

import re
from collections.abc import Sequence

from pydantic import BaseModel

from peak_app.domain.insights.lines import Line
from peak_app.domain.scorecards.answers import Answer, answers_of, gives_up
from peak_app.domain.scorecards.star import PARTS, Part, find_parts
from peak_app.i18n.english import is_english
from peak_app.ports.language import Citation, StoryPart, StoryText

_WANTED: tuple[Part, ...] = ("action", "result", "situation", "task")
_STORY_WORDS = 10
"""A shorter answer is no story yet."""
_FOLLOW_UP_WORDS = 30
"""A longer question begins a new subject."""

_BEFORE_STORY = re.compile(
    r"\b(?:tell (?:me|us)(?: a (?:bit|little))?(?: more)? about(?! yourself\b| you\b| your (?:day|hobbies))"
    r"|tell (?:me|us) the story|describe|give (?:me|us) (?:an|one|another) example|walk (?:me|us) through|talk about"
    r"|think of|can you (?:think of|remember|recall|share)|have you ever|when (?:did|have) you|how (?:did|have) you"
    r"|(?:what|which)\b.{0,60}\b(?:did|have) you|(?:what|which) (?:is|was) the (?:most|best|worst|hardest|biggest)"
    r"|what did you do)\b",
    re.IGNORECASE,
)
_HAPPENED = re.compile(
    r"\b(?:(?:a|the|one|any) (?:\w+ )?(?:time|situation|occasion|example|case|moment|project|piece of work|problem|bug"
    r"|decision|mistake|conflict|disagreement|challenge|failure|goal|deadline|change|journey|person you hired)"
    r"|(?:did|have) you (?:ever |last |once )?\w+|you (?:had|made|worked|found|led|noticed|changed|did|were|hired|built"
    r"|failed|convinced|have (?:\w+ )?(?:been|made|had|worked|found|led|built|seen|written|changed|received|kept"
    r"|dealt))|yours that|of yours)\b",
    re.IGNORECASE,
)
_FOLLOW_UP = re.compile(
    r"\b(?:(?:the|its) (?:result|outcome|end|effect|hardest part|reaction)|in the end|came of it|turn(?:ed)? out"
    r"|(?:what|which) (?:was|were|part was) your(?:s| own)?|your own part|you yourself|you personally|what did you do"
    r"|what happened|and then|why did you|how did (?:you|it|that|they|he|she)|how (?:many|much|long|large|big)"
    r"|in numbers|(?:that|this) (?:time|situation|project|decision|story|person|day|team)"
    r"|(?:do|did|of|about|with|after|in|from) (?:that|it|this)\b|afterwards|differently|more about|learn)\b",
    re.IGNORECASE,
)


class StorySpan(BaseModel):
    """`text[start:end]` of the line belongs to the part. `quote` is what it said there; lines can be corrected."""

    line_id: str
    part: Part
    start: int
    end: int
    quote: str


class Story(BaseModel):
    """`shares` has the parts that were found, each from 0 to 1; `missing` is None when there are all four."""

    question_line_id: str
    line_ids: list[str]
    spans: list[StorySpan]
    shares: dict[Part, float]
    missing: Part | None


def stories_of(lines: Sequence[Line]) -> list[Story]:
    """The stories in order. `lines` are without asides. None in a language the rules don't know."""
    if not is_english(" ".join(line.text for line in lines if line.speaker == "candidate")):
        return []
    return [
        _story(question, told)
        for question, told in _told(answers_of(lines))
        if sum(line.word_count for line in told) >= _STORY_WORDS and not all(gives_up(line.text) for line in told)
    ]


def story_texts(stories: Sequence[Story]) -> list[StoryText]:
    """The stories as a text model is shown them."""
    return [
        StoryText(
            question_line_id=story.question_line_id,
            line_ids=story.line_ids,
            parts=[
                StoryPart(
                    part=part,
                    quotes=[
                        Citation(line_id=span.line_id, quote=span.quote) for span in story.spans if span.part == part
                    ],
                )
                for part in PARTS
                if part in story.shares
            ],
        )
        for story in stories
    ]


def is_about_the_past(question: str) -> bool:
    """Whether it asks for something that happened."""
    return bool(_BEFORE_STORY.search(question)) and bool(_HAPPENED.search(question))


def _told(answers: Sequence[Answer]) -> list[tuple[Line, list[Line]]]:
    """Questions about the past with their answers, those to follow-up questions included."""
    found: list[tuple[Line, list[Line]]] = []
    is_open = False
    for answer in answers:
        question = answer.question
        if question is None:
            continue
        if is_about_the_past(question.text):
            # "How did you find out?" asks on; it is a story of its own only when none is being told.
            if is_open and _is_follow_up(question):
                found[-1][1].extend(answer.lines)
            else:
                found.append((question, list(answer.lines)))
            is_open = True
        elif is_open and _is_follow_up(question):
            found[-1][1].extend(answer.lines)
        else:
            is_open = False
    return found


def _is_follow_up(question: Line) -> bool:
    is_opening = re.search(r"\b(?:tell (?:me|us) about|describe|another|next)\b", question.text, re.IGNORECASE)
    return question.word_count <= _FOLLOW_UP_WORDS and not is_opening and bool(_FOLLOW_UP.search(question.text))


def _story(question: Line, told: Sequence[Line]) -> Story:
    pieces = find_parts([line.text for line in told])
    total_ms = sum(_spoken_ms(line) for line in told)
    weights = [_spoken_ms(line) / len(line.text) if total_ms else 1.0 for line in told]
    total = sum(weight * len(line.text) for weight, line in zip(weights, told, strict=True))
    shares: dict[Part, float] = {}
    for part in PARTS:
        own = [piece for piece in pieces if piece.part == part]
        if own:
            length = sum(weights[piece.text_index] * (piece.end - piece.start) for piece in own)
            shares[part] = round(length / total, 3)
    return Story(
        question_line_id=question.id,
        line_ids=[line.id for line in told],
        spans=[
            StorySpan(
                line_id=told[piece.text_index].id,
                part=piece.part,
                start=piece.start,
                end=piece.end,
                quote=told[piece.text_index].text[piece.start : piece.end],
            )
            for piece in pieces
        ],
        shares=shares,
        missing=next((part for part in _WANTED if part not in shares), None),
    )


def _spoken_ms(line: Line) -> int:
    return 0 if line.is_typed else line.duration_ms
