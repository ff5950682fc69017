"""The middle of some numbers, and how far they lie apart."""

from hypothesis import given
from hypothesis import strategies as st

from peak_app.domain.progress.spread import BAND_FROM, HALVES_FROM, Spread, halves_of, spread_of

numbers = st.lists(st.none() | st.floats(-1e6, 1e6), max_size=40)


def test_of_nothing_there_is_no_middle_and_of_few_no_band():
    assert spread_of([]) is None
    assert spread_of([None, None]) is None
    assert spread_of([3, None]) == Spread(1, 3, None, None)
    assert spread_of([1, 2, 5]) == Spread(3, 2, None, None)


def test_the_middle_half_lies_between_the_quartiles():
    assert spread_of([1, 2, 3, 4]) == Spread(4, 2.5, 1.75, 3.25)
    assert spread_of([5, 1, None, 3, 2, 4]) == Spread(5, 3, 2, 4)
    assert spread_of([4, 4, 4, 4]) == Spread(4, 4, 4, 4)


def test_halves_are_compared_from_six_numbers_on_and_the_middle_one_is_in_neither():
    assert halves_of([1, 2, 3, 4, 5]) is None
    assert halves_of([1, None, 2, 3, 4, 5, 6]) == (2, 5)
    assert halves_of([1, 1, 1, 9, 4, 4, 4]) == (1, 4)


@given(numbers)
def test_the_band_holds_the_median_and_lies_within_the_numbers(values: list[float | None]):
    known = [value for value in values if value is not None]
    spread = spread_of(values)

    assert (spread is None) == (not known)
    if spread is not None:
        assert spread.count == len(known)
        assert min(known) <= spread.median <= max(known)
        assert (spread.low is not None) == (spread.high is not None) == (len(known) >= BAND_FROM)
        if spread.low is not None and spread.high is not None:
            assert min(known) <= spread.low <= spread.median <= spread.high <= max(known)
    assert (halves_of(values) is not None) == (len(known) >= HALVES_FROM)
