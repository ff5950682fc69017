from datetime import timedelta

from peak_app.domain.accounts.attempt_limit import AttemptLimit
from tests.fakes.clock import FakeClock


def test_one_too_many_is_refused_until_the_window_has_moved_on() -> None:
    clock, limit = FakeClock(), AttemptLimit(2, timedelta(minutes=1))
    assert [limit.admit("a", clock()) for _ in range(3)] == [True, True, False]
    assert limit.admit("b", clock())
    clock.pass_time(seconds=60)
    assert limit.admit("a", clock())


def test_refused_attempts_do_not_prolong_the_wait() -> None:
    clock, limit = FakeClock(), AttemptLimit(1, timedelta(minutes=1))
    assert limit.admit("a", clock())
    clock.pass_time(seconds=59)
    assert not limit.admit("a", clock())
    clock.pass_time(seconds=1)
    assert limit.admit("a", clock())


def test_memory_is_bounded_and_the_one_unseen_for_longest_is_forgotten() -> None:
    clock, limit = FakeClock(), AttemptLimit(1, timedelta(minutes=1), capacity=2)
    for who in ("a", "b", "c"):
        assert limit.admit(who, clock())
    assert not limit.admit("c", clock())
    assert limit.admit("a", clock())
