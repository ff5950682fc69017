import pytest
from hypothesis import given
from hypothesis import strategies as st

from peak_app.api.ranges import ByteRange, RangeNotSatisfiable, parse_range

SIZE = 1000


@pytest.mark.parametrize(
    ("header", "start", "length"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=100-199", 100, 100),
        ("bytes=900-", 900, 100),
        ("bytes=900-5000", 900, 100),
        ("bytes=-100", 900, 100),
        ("bytes=-5000", 0, 1000),
        ("bytes = 0-9", 0, 10),
    ],
)
def test_one_range_is_understood(header: str, start: int, length: int) -> None:
    assert parse_range(header, SIZE) == ByteRange(start, length)


@pytest.mark.parametrize(
    "header", ["", "bytes=", "bytes=-", "bytes=a-b", "items=0-1", "bytes=0-1,5-6", "bytes=9-8", "x" * 999]
)
def test_anything_else_gives_the_whole_file(header: str) -> None:
    assert parse_range(header, SIZE) is None


@pytest.mark.parametrize("header", ["bytes=1000-", "bytes=5000-6000", "bytes=-0"])
def test_a_range_behind_the_end_is_refused(header: str) -> None:
    with pytest.raises(RangeNotSatisfiable):
        parse_range(header, SIZE)


def test_nothing_of_an_empty_file_can_be_asked_for() -> None:
    with pytest.raises(RangeNotSatisfiable):
        parse_range("bytes=0-", 0)


@given(st.integers(0, 2000), st.integers(0, 2000), st.integers(1, 1500))
def test_a_range_is_always_inside_the_file(first: int, last: int, size: int) -> None:
    try:
        part = parse_range(f"bytes={first}-{last}", size)
    except RangeNotSatisfiable:
        assert first >= size
        return
    if part is None:
        assert last < first
    else:
        assert 0 <= part.start < part.start + part.length <= size
