"""From the model's count of sound to the meeting's clock."""

from datetime import UTC, datetime, timedelta

from bridge.clocks import HeardClock, MeetingClock

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)


def test_sound_without_gaps_maps_straight() -> None:
    clock = HeardClock()
    for n in range(10):
        clock.note(5_000 + 20 * n, 20)
    assert clock.meeting_ms(0) == 5_000
    assert clock.meeting_ms(110) == 5_110
    assert clock.meeting_ms(260) == 5_260


def test_sound_that_was_never_sent_shifts_what_follows() -> None:
    clock = HeardClock()
    clock.note(0, 1000)
    clock.note(9_000, 1000)
    assert clock.meeting_ms(500) == 500
    assert clock.meeting_ms(1_500) == 9_500


def test_nothing_sent_is_no_time() -> None:
    assert HeardClock().meeting_ms(100) is None


def test_a_meeting_that_runs_already_goes_on_where_it_is() -> None:
    clock = MeetingClock(NOW - timedelta(seconds=90), NOW)
    assert 90_000 <= clock.now_ms() < 90_200
    assert clock.is_running


def test_a_new_meeting_starts_when_someone_connects() -> None:
    clock = MeetingClock(None, NOW)
    assert not clock.is_running
    clock.restart()
    assert clock.now_ms() < 100
