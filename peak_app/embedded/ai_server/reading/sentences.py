"""Sentences of a transcript, always as exact pieces of their lines so that every quote can be found again."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from peak_app.ports.language import Speaker, TextLine

_END = re.compile(r"[.!?…]+[\"'”\u2019)\]]*(?=\s+\S)")
_ABBREVIATION = re.compile(r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|St|vs|etc|e\.g|i\.e)|\b[A-Z])\.$")
_ASKING = re.compile(
    r"^(?:(?:so|and|okay|now|then|please|first|to begin|to start|to warm up|to finish|let us start[^,]*"
    r"|thank you|thanks)[,.]?\s+)*(?:please\s+)?(?:tell me|describe|explain|walk me|talk me|give me|show me|imagine"
    r"|choose|sell me|think of|talk about|name\b|compare|design\b)",
    re.IGNORECASE,
)
_REPEATING = re.compile(
    r"^(?:Of course|Take your time|Let me ask again|Let me finish the question|Sorry, I did not catch that)\b"
)
_STORY = re.compile(
    r"\b(?:tell me about|describe|give me an example|when (?:did|have) you|walk me through)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """`text` is found verbatim in the line with that id."""

    line_id: str
    speaker: Speaker
    text: str

    @property
    def word_count(self) -> int:
        return len(self.text.split())


def sentences_of(text: str) -> list[str]:
    """Exact pieces of a text."""
    pieces: list[str] = []
    start = 0
    for match in _END.finditer(text):
        piece = text[start : match.end()]
        if _ABBREVIATION.search(piece):
            continue
        pieces.append(piece.strip())
        start = match.end()
    pieces.append(text[start:].strip())
    return [piece for piece in pieces if piece]


def all_sentences(lines: Sequence[TextLine]) -> list[Sentence]:
    """Sentences of all lines in order."""
    return [Sentence(line.id, line.speaker, piece) for line in lines for piece in sentences_of(line.text)]


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question of the agent and what the candidate said before the next one."""

    question: str
    question_line_id: str
    answers: list[TextLine]

    @property
    def answer_text(self) -> str:
        return " ".join(line.text for line in self.answers)


def is_asking(sentence: str) -> bool:
    return sentence.rstrip("\"'”\u2019) ").endswith("?") or bool(_ASKING.match(sentence))


def asks_for_story(question: str) -> bool:
    return bool(_STORY.search(question))


def question_in(text: str) -> str | None:
    """The question in a line, verbatim from its first to its last asking sentence; None: it asks nothing."""
    pieces = sentences_of(text)
    asking = [index for index, piece in enumerate(pieces) if is_asking(piece)]
    if not asking:
        return None
    start = text.index(pieces[asking[0]])
    last = pieces[asking[-1]]
    return text[start : text.rindex(last) + len(last)]


def exchanges(lines: Sequence[TextLine]) -> list[Exchange]:
    """Questions with their answers, in order. A question that was only repeated stays one question."""
    found: list[Exchange] = []
    for line in lines:
        if line.speaker == "candidate":
            if found:
                found[-1].answers.append(line)
            continue
        question = question_in(line.text)
        if question is None:
            continue
        if found and (_REPEATING.match(line.text) or question == found[-1].question) and question in found[-1].question:
            continue
        found.append(Exchange(question, line.id, []))
    return found
