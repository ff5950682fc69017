"""The transcript: the journal of a call as numbered lines."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from pydantic import BaseModel, Field

from peak_app.domain.meetings.models import Utterance
from peak_app.domain.meetings.turns import DelayParts
from peak_app.i18n.words import count_words
from peak_app.ports.language import Speaker, TextLine

CONFIDENCE_NEEDED = 0.65
"""Below, most of a line's words are wrong: chosen by what `bench.confidence` prints, see docs/scores.md."""


class Line(BaseModel):
    """One turn of one speaker. Times are milliseconds from the start of the meeting."""

    id: str
    """`L1`, `L2`, … in the order of the meeting: what citations point to."""
    speaker: Speaker
    start_ms: int = Field(ge=0)
    end_ms: int = Field(ge=0)
    text: str
    """What was heard, or what its owner corrected that to."""
    original_text: str = ""
    """Of a corrected line: what was heard."""
    is_confirmed: bool = False
    """Its owner says that a line which may have been misheard was not."""
    unheard_text: str = ""
    """What the agent had prepared and was interrupted before saying."""
    is_typed: bool = False
    was_cut_off: bool = False
    """Of the candidate: the agent began to answer although they had not finished."""
    confidence: float | None = Field(default=None, ge=0, le=1)
    """Of the candidate: how sure the recogniser was of what it heard. None: it did not say, or nothing was heard."""
    reply_delay_ms: int | None = Field(default=None, ge=0)
    """Of an agent's reply: from the end of the candidate's speech to its first sound. None: not measured."""
    delay_parts: DelayParts | None = None
    """Where that went."""

    @property
    def duration_ms(self) -> int:
        return self.end_ms - self.start_ms

    @property
    def certainty(self) -> float | None:
        """How sure it is that this was said: what somebody wrote by hand or confirmed is. None: nobody knows."""
        return 1.0 if self.is_typed or self.original_text or self.is_confirmed else self.confidence

    @property
    def is_doubtful(self) -> bool:
        """Whether it may have been misheard."""
        return is_doubtful(self.certainty)

    @property
    def word_count(self) -> int:
        return count_words(self.text)


def is_doubtful(certainty: float | None) -> bool:
    """Whether words that are so certain may have been misheard; not where nobody knows."""
    return certainty is not None and certainty < CONFIDENCE_NEEDED


def lines_of(utterances: Iterable[Utterance]) -> list[Line]:
    """The lines of a finished journal, by start, then end, then arrival.

    Utterances that are not final, or of which nothing was heard, give no line. Overlapping turns stay as they were.
    """
    heard = [utterance for utterance in utterances if utterance.is_final and utterance.text.strip()]
    heard.sort(key=lambda u: (u.start_ms, u.end_ms, u.created_at, u.item_id))
    lines: list[Line] = []
    for number, utterance in enumerate(heard, start=1):
        start_ms = max(0, utterance.start_ms)
        lines.append(
            Line(
                id=f"L{number}",
                speaker="candidate" if utterance.speaker == "candidate" else "agent",
                start_ms=start_ms,
                # A turn that lost its end to a crash has no duration; it never ends before it starts.
                end_ms=max(start_ms, utterance.end_ms),
                text=" ".join(utterance.text.split()),
                unheard_text=" ".join(utterance.unheard_text.split()),
                is_typed=utterance.is_typed,
                was_cut_off=utterance.was_cut_off,
                confidence=utterance.confidence,
                reply_delay_ms=_measured(utterance.reply_delay_ms),
                delay_parts=DelayParts(**utterance.delay_parts) if utterance.delay_parts else None,
            )
        )
    return lines


class CorrectedText(Protocol):
    """What a line is to say. `original_text` is what it said when it was corrected."""

    original_text: str
    text: str


def corrected(lines: Iterable[Line], corrections: Mapping[str, CorrectedText]) -> list[Line]:
    """The lines with the words that count; of those that changed, what was heard is kept.

    One that may have been misheard and was corrected to what was heard is confirmed.
    A correction of a line that says something else by now is left out: it was made for other words.
    """
    result: list[Line] = []
    for line in lines:
        found = corrections.get(line.id)
        if found is None or found.original_text != line.text:
            result.append(line)
        elif found.text == line.text:
            result.append(line.model_copy(update={"is_confirmed": True}) if line.is_doubtful else line)
        else:
            result.append(line.model_copy(update={"text": found.text, "original_text": line.text}))
    return result


def _measured(delay_ms: int | None) -> int | None:
    # A clock that jumped back has measured nothing.
    return delay_ms if delay_ms is not None and delay_ms >= 0 else None


def text_lines(lines: Sequence[Line]) -> list[TextLine]:
    """The lines as a text model sees them: only what was heard."""
    return [
        TextLine(id=line.id, speaker=line.speaker, start_ms=line.start_ms, end_ms=line.end_ms, text=line.text)
        for line in lines
    ]
