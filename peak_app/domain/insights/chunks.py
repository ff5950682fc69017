"""What is searched: the lines of a meeting, long ones in pieces.

An embedding speaks of about a hundred words at most, and PostgreSQL takes no text of any length as words.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from peak_app.domain.insights.lines import Line

CHUNK_CHARS = 600
"""Longest piece of a line: about a hundred words."""
STRETCH_CHUNKS = 100
"""Chunks whose words are looked up together."""
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+")


@dataclass(frozen=True, slots=True)
class Chunk:
    """`place` counts the chunks of a meeting, from 0."""

    line_id: str
    place: int
    text: str

    @property
    def stretch(self) -> int:
        return self.place // STRETCH_CHUNKS


def chunks_of(lines: Iterable[Line]) -> list[Chunk]:
    """All lines that have words, in order."""
    pieces = [(line.id, piece) for line in lines for piece in pieces_of(line.text)]
    return [Chunk(line_id, place, text) for place, (line_id, text) in enumerate(pieces)]


def pieces_of(text: str) -> list[str]:
    """The text in pieces of at most `CHUNK_CHARS` characters: whole sentences, as far as they are that short."""
    pieces: list[str] = []
    for part in _SENTENCE_END.split(text):
        for short in _cut(part.strip()):
            if pieces and len(pieces[-1]) + 1 + len(short) <= CHUNK_CHARS:
                pieces[-1] = f"{pieces[-1]} {short}"
            else:
                pieces.append(short)
    return pieces


def excerpt(text: str, found: str, most: int) -> str:
    """Of a text of more than `most` characters, the piece that was found and as many whole ones around it as fit.

    Args:
        found: one of `pieces_of(text)`; anything else stands for the first.
        most: at least `CHUNK_CHARS`.
    """
    if len(text) <= most:
        return text
    spans: list[tuple[int, int]] = []
    for piece in pieces_of(text):
        start = text.index(piece, spans[-1][1] if spans else 0)
        spans.append((start, start + len(piece)))
    first = next((at for at, (start, end) in enumerate(spans) if text[start:end] == found), 0)
    last = first
    while last + 1 < len(spans) and spans[last + 1][1] - spans[first][0] <= most:
        last += 1
    while first > 0 and spans[last][1] - spans[first - 1][0] <= most:
        first -= 1
    return text[spans[first][0] : spans[last][1]]


def _cut(part: str) -> Iterable[str]:
    while len(part) > CHUNK_CHARS:
        end = part.rfind(" ", 0, CHUNK_CHARS + 1)
        end = end if end > 0 else CHUNK_CHARS
        yield part[:end]
        part = part[end:].lstrip()
    if part:
        yield part
