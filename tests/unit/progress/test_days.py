from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from peak_app.domain.progress.days import HeldMeeting, PracticeDay, days_of

EVENING = HeldMeeting(
    held_at=datetime(2026, 11, 25, 23, 30, tzinfo=UTC),
    connected_ms=600_000,
    talk_ms=300_000,
    words_per_minute=150.0,
    fillers_per_minute=2.0,
    mean_score=4.0,
)
SHORT = replace(EVENING, connected_ms=60_000, talk_ms=100_000, words_per_minute=110.0, mean_score=3.0)


def test_a_day_adds_up_its_meetings_and_who_spoke_longer_counts_more():
    assert days_of([EVENING, SHORT], UTC) == [
        PracticeDay(
            day=date(2026, 11, 25),
            meetings=2,
            practice_ms=660_000,
            mean_score=3.5,
            words_per_minute=pytest.approx(140.0),
            fillers_per_minute=pytest.approx(2.0),
        )
    ]


def test_days_are_those_of_the_persons_clock_the_oldest_first():
    later = replace(EVENING, held_at=datetime(2026, 11, 27, 12, tzinfo=UTC))

    days = days_of([later, EVENING], ZoneInfo("Europe/Berlin"))

    assert [day.day for day in days] == [date(2026, 11, 26), date(2026, 11, 27)]


def test_what_no_meeting_of_the_day_knows_is_not_made_up():
    unknown = replace(EVENING, talk_ms=0, words_per_minute=None, fillers_per_minute=None, mean_score=None)

    (day,) = days_of([unknown], UTC)
    assert (day.meetings, day.mean_score, day.words_per_minute, day.fillers_per_minute) == (1, None, None, None)
    assert days_of([unknown, EVENING], UTC)[0].words_per_minute == 150.0
    assert days_of([], UTC) == []
