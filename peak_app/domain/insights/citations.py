"""What a model wrote, held against the transcript: nothing stays that does not rest on a line.

Quotes are compared after folding typographic quotes, case and white space, and nothing else.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from peak_app.domain.insights.inventions import invents
from peak_app.domain.insights.lines import Line
from peak_app.i18n.words import count_words
from peak_app.ports.language import MOST_POINTS, CitedText, Claim, MeetingAnswer, MeetingSummary, QuestionNote

T = TypeVar("T")

_QUOTES = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201a": "'", "\u201c": '"', "\u201d": '"', "\u201e": '"'})
_QUOTED = re.compile(r'"([^"]+)"')
_OPEN_NUMBER = re.compile(r"\d[\d.,'\u2019\u00a0\u202f]{0,40}$")
QUOTE_MIN_WORDS = 3
"""From this many words on, a passage in quotation marks claims that someone said it; shorter ones are names. As many
does the quote of a claim have at least."""


@dataclass(frozen=True, slots=True)
class Checked(Generic[T]):
    """Content of which every claim rests on lines that exist; `dropped` counts the parts that did not."""

    value: T
    dropped: int


def folded(text: str) -> str:
    """A text as quotes are compared."""
    return " ".join(text.translate(_QUOTES).casefold().split())


def is_quote_of(quote: str, line: Line) -> bool:
    """Whether the words stand in the line exactly so, as whole words: "able to" is not said in "unable to"."""
    wanted, said = folded(quote), folded(line.text)
    at = said.find(wanted) if wanted else -1
    while at >= 0:
        if not _cuts_word(said, at) and not _cuts_word(said, at + len(wanted)):
            return True
        at = said.find(wanted, at + 1)
    return False


def _cuts_word(text: str, at: int) -> bool:
    # Scripts without capital letters often have no spaces either: there, any place may be between two words.
    return 0 < at < len(text) and all(
        letter.isdecimal() or letter.lower() != letter.upper() for letter in text[at - 1 : at + 1]
    )


def quotes_stand(text: str, cited: Sequence[Line]) -> bool:
    """Whether everything the text puts in quotation marks was said in one of the lines."""
    quotes = _QUOTED.findall(text.translate(_QUOTES))
    # Writers put a sentence's punctuation inside the marks; it is not part of what was said.
    claims = [quote.strip().rstrip(".,;:!?\u2026") for quote in quotes if count_words(quote) >= QUOTE_MIN_WORDS]
    return all(any(is_quote_of(claim, line) for line in cited) for claim in claims)


def _known(line_ids: Sequence[str], lines: Mapping[str, Line]) -> list[str]:
    return [line_id for line_id in dict.fromkeys(line_ids) if line_id in lines]


def _checked_texts(texts: Sequence[CitedText], lines: Mapping[str, Line]) -> tuple[list[CitedText], int]:
    kept: list[CitedText] = []
    dropped = 0
    for cited in texts:
        ids = _known(cited.line_ids, lines)
        if cited.text.strip() and ids and quotes_stand(cited.text, [lines[line_id] for line_id in ids]):
            dropped += len(set(cited.line_ids)) - len(ids)
            kept.append(CitedText(text=cited.text.strip(), line_ids=ids))
        else:
            dropped += 1
    return kept, dropped


def _stretch(note: QuestionNote, line_ids: Sequence[str], lines: Mapping[str, Line]) -> tuple[Line, Line]:
    """First and last line of question and answer: those the note names, or of those it rests on."""
    cited = [lines[line_id] for line_id in line_ids]
    first, last = lines.get(note.first_line_id), lines.get(note.last_line_id)
    if first is None or last is None or first.start_ms > last.start_ms:
        return min(cited, key=lambda line: line.start_ms), max(cited, key=lambda line: line.end_ms)
    return first, last


def _checked_notes(notes: Sequence[QuestionNote], lines: Mapping[str, Line]) -> tuple[list[QuestionNote], int]:
    kept: list[QuestionNote] = []
    dropped = 0
    for note in notes:
        ids = _known(note.line_ids, lines)
        has_words = note.question.strip() and note.note.strip()
        if has_words and ids and quotes_stand(note.note, [lines[line_id] for line_id in ids]):
            dropped += len(set(note.line_ids)) - len(ids)
            first, last = _stretch(note, ids, lines)
            kept.append(
                QuestionNote(
                    question=note.question.strip(),
                    note=note.note.strip(),
                    line_ids=ids,
                    first_line_id=first.id,
                    last_line_id=last.id,
                )
            )
        else:
            dropped += 1
    return kept, dropped


def check_summary(summary: MeetingSummary, lines: Sequence[Line]) -> Checked[MeetingSummary]:
    """The summary without unknown line ids, and without sentences that rest on nothing or quote what nobody said.

    Of strengths and next steps the first few stay; each note says from which line to which it goes.
    """
    by_id = {line.id: line for line in lines}
    overview, dropped_overview = _checked_texts(summary.overview, by_id)
    questions, dropped_questions = _checked_notes(summary.questions, by_id)
    strengths, dropped_strengths = _checked_texts(summary.strengths, by_id)
    next_steps, dropped_steps = _checked_texts(summary.next_steps, by_id)
    return Checked(
        MeetingSummary(
            overview=overview,
            questions=questions,
            strengths=strengths[:MOST_POINTS],
            next_steps=next_steps[:MOST_POINTS],
        ),
        dropped_overview + dropped_questions + dropped_strengths + dropped_steps,
    )


def check_answer(answer: MeetingAnswer, lines: Sequence[Line], told: str = "") -> Checked[MeetingAnswer]:
    """The answer with true quotes only, and without claims that lose all of theirs, quote or make up what nobody said.

    A quote has three words at least, or all of its line. An answer without any claim counts as not found: it rests on
    nothing. Ids of lines must differ.

    Args:
        told: what a model was given besides these lines; addresses and numbers may come from there too.
    """
    by_id = {line.id: line for line in lines}
    kept: list[Claim] = []
    dropped = 0
    for claim in answer.claims if answer.found else []:
        citations = [
            citation
            for citation in claim.citations
            if citation.line_id in by_id and _shows(citation.quote, by_id[citation.line_id])
        ]
        cited = [by_id[citation.line_id] for citation in citations]
        stands = citations and quotes_stand(claim.text, cited) and not invents(claim.text, cited, lines, told)
        if claim.text.strip() and stands:
            dropped += len(claim.citations) - len(citations)
            kept.append(Claim(citations=citations, text=claim.text.strip()))
        else:
            dropped += 1
    return Checked(MeetingAnswer(found=bool(kept), claims=kept), dropped)


def _shows(quote: str, line: Line) -> bool:
    """Whether the quote is true, and long enough to show anything: one word stands in many lines."""
    return is_quote_of(quote, line) and count_words(quote) >= min(QUOTE_MIN_WORDS, line.word_count)


def check_unfinished(answer: MeetingAnswer, lines: Sequence[Line], told: str = "") -> MeetingAnswer:
    """As `check_answer`, while the last claim is being written.

    A quotation it has not closed yet is left out, and so is a number that may go on.
    """
    claims = [Claim(citations=claim.citations, text=_without_open_quote(claim.text)) for claim in answer.claims]
    if claims:
        claims[-1].text = _OPEN_NUMBER.sub("", claims[-1].text)
    return check_answer(MeetingAnswer(found=answer.found, claims=claims), lines, told).value


def _without_open_quote(text: str) -> str:
    marks = [at for at, sign in enumerate(text.translate(_QUOTES)) if sign == '"']
    return text[: marks[-1]] if len(marks) % 2 else text
