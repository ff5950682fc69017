"""Days in a row, weeks and months, by the calendar of someone's time zone."""

from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest

from peak_app.domain.progress.practice import Practice, Streak, monday_of, practice_of

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
KIRITIMATI = ZoneInfo("Pacific/Kiritimati")
TODAY = date(2026, 11, 26)


def practised(*days: date) -> Practice:
    return Practice(dict.fromkeys(days, (600000, 1)))


def at(text: str, zone: tzinfo = UTC) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def back(*days: int) -> list[date]:
    return [TODAY - timedelta(days=count) for count in days]


@pytest.mark.parametrize(
    ("days", "streak"),
    [
        ([], Streak(0, has_today=False, longest=0)),
        (back(0), Streak(1, has_today=True, longest=1)),
        (back(1), Streak(1, has_today=False, longest=1)),
        (back(2), Streak(0, has_today=False, longest=1)),
        (back(0, 1, 2), Streak(3, has_today=True, longest=3)),
        (back(1, 2), Streak(2, has_today=False, longest=2)),
        (back(0, 2, 3, 4), Streak(1, has_today=True, longest=3)),
        ([*back(0, 1), TODAY + timedelta(days=1)], Streak(2, has_today=True, longest=2)),
        ([date(2026, 12, 31), date(2027, 1, 1)], Streak(0, has_today=False, longest=0)),
    ],
)
def test_a_streak_is_days_without_a_gap_up_to_today_or_yesterday(days: list[date], streak: Streak):
    assert practised(*days).streak(TODAY) == streak


def test_a_streak_goes_on_over_the_end_of_a_year_and_a_leap_day():
    assert practised(date(2026, 12, 31), date(2027, 1, 1)).streak(date(2027, 1, 1)).days == 2
    assert practised(date(2028, 2, 28), date(2028, 2, 29), date(2028, 3, 1)).streak(date(2028, 3, 1)).days == 3


@pytest.mark.parametrize(
    ("zone", "nights"),
    [
        # The day of 23 hours, and that of 25 with the hour that comes twice.
        (BERLIN, ("2026-03-28T23:50", "2026-03-29T00:10", "2026-03-30T23:50")),
        (BERLIN, ("2026-10-24T23:50", "2026-10-25T02:30", "2026-10-26T00:10")),
        (NEW_YORK, ("2026-03-07T23:59", "2026-03-08T01:59", "2026-03-09T00:01")),
        (NEW_YORK, ("2026-10-31T00:01", "2026-11-01T23:59", "2026-11-02T00:01")),
    ],
)
def test_days_on_which_the_clocks_change_are_days(zone: ZoneInfo, nights: tuple[str, ...]):
    practice = practice_of([(at(night, zone).astimezone(UTC), 60_000) for night in nights], zone)

    assert practice.streak(at(nights[-1]).date()).days == 3


def test_both_hours_of_the_same_name_are_on_the_same_day():
    first = at("2026-10-25T02:30", BERLIN).replace(fold=0).astimezone(UTC)
    second = at("2026-10-25T02:30", BERLIN).replace(fold=1).astimezone(UTC)

    assert second - first == timedelta(hours=1)
    assert practice_of([(first, 1), (second, 2)], BERLIN).by_day == {date(2026, 10, 25): (3, 2)}


def test_after_a_change_of_zone_all_days_are_those_of_the_new_one():
    # Evenings in New York: three days there, and the mornings after elsewhere.
    held = [(at(f"2026-11-{day}T21:00", NEW_YORK).astimezone(UTC), 60_000) for day in (23, 24, 25)]

    assert practice_of(held, NEW_YORK).streak(date(2026, 11, 25)) == Streak(3, has_today=True, longest=3)
    assert practice_of(held, BERLIN).streak(date(2026, 11, 26)) == Streak(3, has_today=True, longest=3)
    # Two meetings of one day in the old zone may be on two days in the new one, and the other way round.
    both = [(at("2026-11-25T09:00"), 1), (at("2026-11-25T11:00"), 1)]
    assert practice_of(both, UTC).days == 1
    assert practice_of(both, KIRITIMATI).days == 2


def test_time_is_added_up_from_monday_and_from_the_first_of_the_month():
    practice = Practice(
        {
            date(2026, 10, 31): (1_000, 1),
            date(2026, 11, 1): (2_000, 1),
            date(2026, 11, 22): (4_000, 1),
            date(2026, 11, 23): (8_000, 2),
            TODAY: (16_000, 1),
            date(2026, 11, 27): (32_000, 1),
        }
    )

    assert monday_of(TODAY) == date(2026, 11, 23)
    assert practice.ms_since(monday_of(TODAY), TODAY) == 24_000
    assert practice.ms_since(TODAY.replace(day=1), TODAY) == 30_000


def test_weeks_without_practice_are_weeks_too():
    practice = Practice({date(2026, 11, 8): (1_000, 1), date(2026, 11, 23): (2_000, 1), TODAY: (3_000, 2)})

    weeks = practice.weeks(TODAY, 4)

    assert [(week.monday.day, week.practice_ms, week.meetings) for week in weeks] == [
        (2, 1_000, 1),
        (9, 0, 0),
        (16, 0, 0),
        (23, 5_000, 3),
    ]
    assert [week.practice_ms for week in practised().weeks(TODAY, 2)] == [0, 0]
