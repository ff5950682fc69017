from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peak_app.domain.meetings.moments import OVERDUE_AFTER, is_overdue, moment_of
from peak_app.domain.meetings.status import MeetingStatus
from peak_app.errors import InvalidInput

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
"""Its clocks are put forward by half an hour."""
APIA = ZoneInfo("Pacific/Apia")
"""It left out the whole 30th of December 2011."""


def test_a_time_is_taken_on_the_clocks_of_the_zone() -> None:
    chosen = moment_of("2026-11-22T18:30", BERLIN)
    assert (chosen.at, chosen.is_twice) == (datetime(2026, 11, 22, 17, 30, tzinfo=UTC), False)


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("2027-03-28T02:30", BERLIN),
        ("2027-03-28T02:00", BERLIN),
        ("2027-03-14T02:59", NEW_YORK),
        ("2026-10-04T02:15", LORD_HOWE),
        ("2011-12-30T12:00", APIA),
    ],
)
def test_a_time_that_clocks_skip_is_refused_with_the_reason(text: str, zone: ZoneInfo) -> None:
    with pytest.raises(InvalidInput, match=f"Clocks skip {text[11:]} on {text[:10]}"):
        moment_of(text, zone)


def test_the_refusal_offers_a_time_there_is() -> None:
    with pytest.raises(InvalidInput, match="such as 03:30"):
        moment_of("2027-03-28T02:30", BERLIN)


@pytest.mark.parametrize("text", ["2027-03-28T01:59", "2027-03-28T03:00"])
def test_the_times_around_a_gap_are_ordinary(text: str) -> None:
    assert not moment_of(text, BERLIN).is_twice


def test_of_a_time_that_comes_twice_the_first_is_taken_and_that_is_said() -> None:
    chosen = moment_of("2026-10-25T02:30", BERLIN)
    assert (chosen.at, chosen.is_twice) == (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), True)


@pytest.mark.parametrize(
    "text", [None, "", "  ", 5, "soon", "9999-99-99T10:00", "2026-13-01T10:00", "0001-01-01T00:00", "x" * 10_000]
)
def test_what_is_no_time_is_refused(text: object) -> None:
    with pytest.raises(InvalidInput, match="Choose a date and a time"):
        moment_of(text, NEW_YORK if text != "0001-01-01T00:00" else BERLIN)


@given(
    st.one_of(
        st.none(),
        st.integers(),
        st.text(max_size=40),
        st.datetimes().map(datetime.isoformat),
        st.datetimes(timezones=st.timezones()).map(datetime.isoformat),
    ),
    st.timezones(),
)
def test_a_time_is_a_moment_that_clocks_show_or_refused(value: object, zone: ZoneInfo) -> None:
    try:
        chosen = moment_of(value, zone)
    except InvalidInput:
        return
    assert chosen.at.tzinfo is UTC


def test_a_meeting_is_overdue_some_minutes_after_its_time_when_nobody_began_it() -> None:
    planned = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
    late = planned + OVERDUE_AFTER + timedelta(seconds=1)
    assert is_overdue(MeetingStatus.SCHEDULED, planned, late)
    assert not is_overdue(MeetingStatus.SCHEDULED, planned, planned + OVERDUE_AFTER)
    assert not is_overdue(MeetingStatus.SCHEDULED, None, late)
    assert not is_overdue(MeetingStatus.COMPLETED, planned, late)
    assert not is_overdue(MeetingStatus.CANCELLED, planned, late)
