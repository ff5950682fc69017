"""A bucket on a clock that only the test moves."""

from bridge.media.capture import sound_rate
from bridge.rate import Rate


def test_a_burst_goes_through_and_then_so_much_a_second() -> None:
    rate = Rate(per_s=2, burst=3)
    assert [rate.admit(1, 10.0) for _ in range(4)] == [True, True, True, False]
    assert rate.admit(1, 10.5)
    assert not rate.admit(1, 10.6)


def test_patience_is_not_saved_up_beyond_the_burst() -> None:
    rate = Rate(per_s=2, burst=3)
    rate.admit(3, 0.0)
    assert [rate.admit(1, 1000.0) for _ in range(4)] == [True, True, True, False]


def test_sound_in_real_time_is_always_taken_also_late_and_all_at_once() -> None:
    rate = sound_rate()
    assert all(rate.admit(20, at / 50) for at in range(60 * 50))
    # Five seconds nothing, then all of it, and so on for minutes.
    assert all(rate.admit(20, 60.0 + 5 * pause) for pause in range(1, 60) for _ in range(250))


def test_sound_faster_than_time_is_not_taken() -> None:
    rate = sound_rate()
    # Packets that each claim two seconds of silence before them, fifty times a second.
    taken = sum(2_000 for at in range(60 * 50) if rate.admit(2_000, at / 50))
    assert taken < 80_000
