"""Speech cut into pieces that a recogniser can take, and their words put in time."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from peak_app.adapters.ears.sound import LEVEL_MS, Levels
from peak_app.ports.ears import HeardWord, Stretch

QUIET_MS = 400
"""Quiet that ends a piece: what is said with less between it is understood together."""
LONGEST_MS = 12_000
SHORTEST_MS = 150
"""Less voice than this holds no word; recognisers answer a click with one."""
_WORD_WEIGHT = 2.0
"""What each word takes besides its letters."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Speech from the first stretch to the last."""

    stretches: Sequence[Stretch]

    @property
    def start_ms(self) -> int:
        return self.stretches[0].start_ms

    @property
    def end_ms(self) -> int:
        return self.stretches[-1].end_ms

    @property
    def voiced_ms(self) -> int:
        return sum(stretch.duration_ms for stretch in self.stretches)


def pieces_of(stretches: Sequence[Stretch], levels: Levels, longest_ms: int = LONGEST_MS) -> list[Piece]:
    """Pieces in order, each with enough voice for a word; speech without a pause is cut where it is softest."""
    open_piece: list[Stretch] = []
    pieces: list[Piece] = []
    for stretch in _none_too_long(stretches, levels, longest_ms):
        is_far = open_piece and (
            stretch.start_ms - open_piece[-1].end_ms >= QUIET_MS or stretch.end_ms - open_piece[0].start_ms > longest_ms
        )
        if is_far:
            pieces.append(Piece(open_piece))
            open_piece = []
        open_piece.append(stretch)
    if open_piece:
        pieces.append(Piece(open_piece))
    return [piece for piece in pieces if piece.voiced_ms >= SHORTEST_MS]


def _none_too_long(stretches: Sequence[Stretch], levels: Levels, longest_ms: int) -> list[Stretch]:
    short: list[Stretch] = []
    for stretch in stretches:
        start_ms = stretch.start_ms
        while stretch.end_ms - start_ms > longest_ms:
            last = (start_ms + longest_ms) // LEVEL_MS
            first = last - longest_ms // 4 // LEVEL_MS
            cut_ms = (first + int(np.argmin(levels[first:last]))) * LEVEL_MS
            short.append(Stretch(start_ms, cut_ms))
            start_ms = cut_ms
        short.append(Stretch(start_ms, stretch.end_ms))
    return short


def words_of(text: str, piece: Piece) -> list[HeardWord]:
    """The words of a piece, spread over its voice by their length."""
    words = text.split()
    weights = [_WORD_WEIGHT + sum(letter.isalnum() for letter in word) for word in words]
    ends = np.cumsum([0.0, *weights]) / max(1e-9, sum(weights)) * piece.voiced_ms
    edges = [_moment(piece, float(voiced_ms)) for voiced_ms in ends]
    return [
        HeardWord(word, start_ms, end_ms, ends_piece=number == len(words))
        for number, (word, (start_ms, end_ms)) in enumerate(zip(words, pairwise(edges), strict=True), start=1)
    ]


def _moment(piece: Piece, voiced_ms: float) -> int:
    """When so much voice of the piece is over."""
    left = voiced_ms
    for stretch in piece.stretches:
        if left <= stretch.duration_ms:
            return stretch.start_ms + round(left)
        left -= stretch.duration_ms
    return piece.end_ms
