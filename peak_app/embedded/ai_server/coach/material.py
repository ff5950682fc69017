"""Questions about what the candidate gave the coach to read, by rules over English: of their CV, and of the job."""

import json
import re
from collections.abc import Callable, Iterator

from pydantic import BaseModel, TypeAdapter, ValidationError

from peak_app.embedded.ai_server.coach.bank import Bank, Question
from peak_app.ports.voice import MATERIAL_HEADING

WORDS = (5, 24)
"""Shortest and longest line that is quoted: shorter ones are headings, longer ones nobody follows by ear."""

_LONGEST = 400
"""Characters of a line that is looked at."""
_BULLET = re.compile(r"^[\W_]+")
_END = re.compile(r"[\W_]+$")
_ACTION = re.compile(
    r"^(?:I )?(?:\w+ed|built|led|ran|wrote|made|grew|cut|won|set up|taught|brought|drove|sold|kept|took)\b",
    re.IGNORECASE,
)
_REQUIREMENT = re.compile(
    r"\b(?:experience|ability|able to|skills?|knowledge|responsib\w+|you (?:will|have|can)|require\w*|proficien\w+)\b",
    re.IGNORECASE,
)
_CONTACT = re.compile(r"@|https?:|www\.|\+?\d[\d ()/-]{7,}")


class _Document(BaseModel):
    kind: str
    name: str
    text: str


_DOCUMENTS = TypeAdapter(list[_Document])


def with_material(bank: Bank, instructions: str) -> Bank:
    """The bank with questions about the material behind its first; the same bank when there is nothing to ask about."""
    extra = tuple(_questions(instructions))
    if not extra:
        return bank
    return Bank(
        bank.id,
        bank.title,
        bank.description,
        bank.keywords,
        bank.examples,
        (*bank.questions[:1], *extra, *bank.questions[1:]),
    )


def _questions(instructions: str) -> Iterator[Question]:
    documents = _documents(instructions)
    if line := _best(documents, "cv", lambda text: 2 * bool(_ACTION.search(text)) + any(map(str.isdigit, text))):
        yield Question(
            f"Your CV says: {line}. What was your own part in that?",
            "Tell me what you did yourself, how you did it, and what came of it.",
            {
                "too_short": "What did you do first?",
                "no_result": "What came of it in the end?",
                "no_number": "How large was that, in numbers?",
            },
        )
    if line := _best(documents, "job", lambda text: bool(_REQUIREMENT.search(text))):
        yield Question(
            f"The job description says: {line}. When have you done something like that?",
            "Tell me about one situation in which you did it, or something close to it.",
            {
                "stuck": "What have you done that comes closest to it?",
                "no_i": "What exactly did you do in it?",
                "no_result": "How did it turn out?",
            },
        )


def _documents(instructions: str) -> list[_Document]:
    # A line by itself: within the document there are no line breaks.
    _, heading, document = instructions.rpartition(f"\n{MATERIAL_HEADING}\n")
    if not heading:
        return []
    try:
        return _DOCUMENTS.validate_python(json.loads(document))
    except (ValueError, ValidationError, RecursionError):
        return []


def _best(documents: list[_Document], kind: str, worth: Callable[[str], int]) -> str | None:
    """The first of the lines that are worth most; None when none is worth anything."""
    lines = (
        line
        for document in documents
        if document.kind == kind
        for raw in document.text.splitlines()
        if (line := _quotable(raw)) is not None
    )
    best = max(lines, key=worth, default="")
    return best if best and worth(best) else None


def _quotable(raw: str) -> str | None:
    if len(raw) > _LONGEST:
        return None
    line = " ".join(_END.sub("", _BULLET.sub("", raw)).split())
    is_spoken = WORDS[0] <= len(line.split()) <= WORDS[1] and not _CONTACT.search(line)
    return line if is_spoken else None
