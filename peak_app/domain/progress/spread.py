"""The middle of some numbers and how far they lie apart. Formulas only.

median           the middle number; of an even count the mean of the middle two
middle half      from the first to the third quartile, interpolated linearly between ranks; not given below
                 `BAND_FROM` numbers, of which it would only repeat single ones
halves           medians of the earlier and the later half; the middle one of an odd count is in neither; not given
                 below `HALVES_FROM` numbers. What happened, not a forecast, and no test of significance.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median, quantiles

BAND_FROM = 4
HALVES_FROM = 6


@dataclass(frozen=True, slots=True)
class Spread:
    """`low` and `high` are None together."""

    count: int
    median: float
    low: float | None
    high: float | None


def spread_of(values: Iterable[float | None]) -> Spread | None:
    """Of the numbers that are there; None when there are none."""
    known = [value for value in values if value is not None]
    if not known:
        return None
    low, high = None, None
    if len(known) >= BAND_FROM:
        low, _, high = quantiles(known, n=4, method="inclusive")
    return Spread(len(known), median(known), low, high)


def halves_of(values: Sequence[float | None]) -> tuple[float, float] | None:
    """Medians of the earlier and the later half of the numbers that are there."""
    known = [value for value in values if value is not None]
    if len(known) < HALVES_FROM:
        return None
    half = len(known) // 2
    return median(known[:half]), median(known[-half:])
