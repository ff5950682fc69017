from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peak_app.domain.recordings.retention import DAYS, Retention, checked_days
from peak_app.errors import InvalidInput


@pytest.mark.parametrize(
    ("entered", "days"), [(None, None), ("", None), ("  ", None), ("1", 1), (" 30 ", 30), ("0090", 90), ("3650", 3650)]
)
def test_days_are_a_whole_number_or_left_empty(entered: object, days: int | None) -> None:
    assert checked_days(entered) == days


@pytest.mark.parametrize("entered", ["0", "3651", "-1", "1.5", "ten", "٣", "9" * 400, 30, True, [], {"days": 3}, "\0"])
def test_anything_else_is_refused(entered: object) -> None:
    with pytest.raises(InvalidInput, match="1 to 3,650 days"):
        checked_days(entered)


@given(st.text() | st.integers() | st.none())
def test_whatever_is_taken_lies_within_the_limits(entered: object) -> None:
    try:
        days = checked_days(entered)
    except InvalidInput:
        return
    assert days is None or DAYS[0] <= days <= DAYS[1]


def test_the_installation_decides_where_a_workspace_has_not() -> None:
    made_at = datetime(2026, 1, 31, 12, tzinfo=UTC)
    assert Retention(None, 90).days == 90
    assert Retention(7, 90).expires_at(made_at) == datetime(2026, 2, 7, 12, tzinfo=UTC)
