"""The one percentile of all benchmarks. Pure."""

import math
from collections.abc import Sequence


def percentile(values: Sequence[float], percent: float) -> float:
    """Nearest rank: the smallest value with at least `percent` % of the values at or below it. Not of nothing."""
    return sorted(values)[max(1, math.ceil(len(values) * percent / 100)) - 1]


def hardest(cases: Sequence[Sequence[float]], percent: float) -> float:
    """The percentile of the case in which it is worst: together, the quick cases would hide the slow ones."""
    return max(percentile(values, percent) for values in cases)
