"""Which lines a question is about: two rankings made one, with what was said around them."""

from collections.abc import Hashable, Sequence
from typing import TypeVar

K = TypeVar("K", bound=Hashable)

CANDIDATES = 24
"""Lines each ranking gives."""
TOP_LINES = 12
"""Lines that are kept of both."""
NEIGHBOURS = 1
"""Lines on each side of a kept line that come along: an answer means little without its question."""
# The usual constant of reciprocal rank fusion (Cormack et al., 2009): keeps one first place from deciding alone.
_SMOOTHING = 60


def fused(rankings: Sequence[Sequence[K]], limit: int = TOP_LINES) -> list[K]:
    """Keys of lines by the sum of 1 / (60 + rank) over all rankings, best first, at most `limit`."""
    scores: dict[K, float] = {}
    for ranking in rankings:
        for rank, key in enumerate(dict.fromkeys(ranking), start=1):
            scores[key] = scores.get(key, 0.0) + 1 / (_SMOOTHING + rank)
    return sorted(scores, key=lambda key: -scores[key])[:limit]


def with_neighbours(line_ids: Sequence[str], kept_ids: Sequence[str]) -> list[int]:
    """Positions of the kept lines and of those around them among all lines, in the order of the meeting."""
    positions = {line_id: position for position, line_id in enumerate(line_ids)}
    wanted: set[int] = set()
    for line_id in kept_ids:
        if line_id in positions:
            at = positions[line_id]
            wanted.update(range(max(0, at - NEIGHBOURS), min(len(line_ids), at + NEIGHBOURS + 1)))
    return sorted(wanted)
