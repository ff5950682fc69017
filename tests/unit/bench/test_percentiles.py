"""Percentiles of the benchmarks."""

import pytest

from bench.percentiles import hardest, percentile


@pytest.mark.parametrize(("percent", "expected"), [(0, 1), (50, 10), (95, 19), (96, 20), (100, 20)])
def test_a_percentile_is_the_nearest_rank(percent: float, expected: int) -> None:
    assert percentile(range(20, 0, -1), percent) == expected


def test_quick_cases_do_not_hide_a_slow_one() -> None:
    quick, slow = [1.0] * 20, [*[50.0] * 18, 120.0, 130.0]

    assert percentile([*quick, *slow], 95) == 50
    assert hardest([quick, slow], 95) == hardest([slow, quick], 95) == 120
