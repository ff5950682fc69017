from datetime import UTC, datetime, timedelta

import pytest

from peak_app.domain.notifications.choices import Choice, checked_choice, due_lead, next_reminder
from peak_app.domain.notifications.models import Kind
from peak_app.errors import InvalidInput

START = datetime(2026, 3, 10, 18, 0, tzinfo=UTC)
LONG_BEFORE = START - timedelta(days=7)


def before(**duration: float) -> datetime:
    return START - timedelta(**duration)


def test_reminders_follow_each_other_towards_the_meeting() -> None:
    leads = (10, 60, 1440)
    assert next_reminder(START, leads, LONG_BEFORE) == before(days=1)
    assert next_reminder(START, leads, before(days=1)) == before(hours=1)
    assert next_reminder(START, leads, before(hours=1)) == before(minutes=10)
    assert next_reminder(START, leads, before(minutes=10)) is None
    assert next_reminder(START, (), LONG_BEFORE) is None


def test_of_several_that_are_due_only_the_nearest_is_sent() -> None:
    assert due_lead(START, (10, 60, 1440), LONG_BEFORE, before(minutes=30)) == 60


def test_nothing_is_due_too_early_or_once_it_was_to_begin() -> None:
    assert due_lead(START, (60,), LONG_BEFORE, before(minutes=61)) is None
    assert due_lead(START, (60,), LONG_BEFORE, START) is None


def test_nobody_is_reminded_of_what_they_have_only_just_planned() -> None:
    assert due_lead(START, (60, 1440), before(minutes=30), before(minutes=30)) is None
    assert due_lead(START, (60, 1440), before(hours=2), before(minutes=59)) == 60


def test_a_choice_keeps_known_times_in_order() -> None:
    assert checked_choice(Kind.REMINDER, True, False, [1440, 10]) == Choice(True, False, (10, 1440))
    assert checked_choice(Kind.RESULTS, True, True, [10]) == Choice(True, True, ())


def test_reminders_that_are_off_need_no_time() -> None:
    assert checked_choice(Kind.REMINDER, False, False, []).wanted_leads == ()
    assert checked_choice(Kind.REMINDER, False, False, [10]).wanted_leads == ()


@pytest.mark.parametrize("leads", [[], [7], ["10"], [True], [None], "10", None, {"10": 1}, [[10]]])
def test_other_times_than_those_offered_are_refused(leads: object) -> None:
    with pytest.raises(InvalidInput):
        checked_choice(Kind.REMINDER, True, True, leads)


@pytest.mark.parametrize("ticked", ["yes", 1, None, {}])
def test_only_true_is_a_tick(ticked: object) -> None:
    assert checked_choice(Kind.RESULTS, ticked, ticked, []).is_off
