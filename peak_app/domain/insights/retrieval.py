"""Which lines a question is about: two rankings made one, with what was said around them."""

from collections.abc import Sequence

from peak_app.domain.insights.lines import Line

CANDIDATES = 24
"""Lines each ranking gives."""
TOP_LINES = 12
"""Lines that are kept of both."""
NEIGHBOURS = 1
"""Lines on each side of a kept line that come along: an answer means little without its question."""
# The usual constant of reciprocal rank fusion (Cormack et al., 2009): keeps one first place from deciding alone.
_SMOOTHING = 60


def fused(rankings: Sequence[Sequence[str]], limit: int = TOP_LINES) -> list[str]:
    """Line ids by the sum of 1 / (60 + rank) over all rankings, best first, at most `limit`."""
    scores: dict[str, float] = {}
    for ranking in rankings:
        for rank, line_id in enumerate(dict.fromkeys(ranking), start=1):
            scores[line_id] = scores.get(line_id, 0.0) + 1 / (_SMOOTHING + rank)
    return sorted(scores, key=lambda line_id: -scores[line_id])[:limit]


def with_neighbours(lines: Sequence[Line], kept_ids: Sequence[str]) -> list[Line]:
    """The kept lines and those around them, in the order of the meeting."""
    positions = {line.id: position for position, line in enumerate(lines)}
    wanted: set[int] = set()
    for line_id in kept_ids:
        if line_id in positions:
            at = positions[line_id]
            wanted.update(range(max(0, at - NEIGHBOURS), min(len(lines), at + NEIGHBOURS + 1)))
    return [lines[position] for position in sorted(wanted)]
