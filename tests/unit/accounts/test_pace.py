from peak_app.domain.accounts.pace import Pace

PER_S, BURST = 30.0, 60.0


def new_pace() -> Pace:
    return Pace(PER_S, BURST, capacity=2)


def admitted(pace: Pace, count: int, now_s: float, who: str = "a") -> int:
    return sum(pace.admit(who, now_s) for _ in range(count))


def test_a_burst_is_let_through_and_the_rest_dropped() -> None:
    assert admitted(new_pace(), 500, 10.0) == BURST


def test_the_bucket_fills_up_again() -> None:
    pace = new_pace()
    admitted(pace, 500, 10.0)
    assert admitted(pace, 500, 11.0) == PER_S
    assert admitted(pace, 500, 1000.0) == BURST


def test_names_are_counted_each_for_itself() -> None:
    pace = new_pace()
    admitted(pace, 500, 10.0)
    assert pace.admit("b", 10.0)


def test_who_was_unseen_for_longest_is_forgotten_first() -> None:
    pace = new_pace()
    admitted(pace, 500, 10.0, "a")
    admitted(pace, 500, 10.0, "b")
    assert not pace.admit("a", 10.0)
    assert pace.admit("c", 10.0)
    assert not pace.admit("a", 10.0)
    assert pace.admit("b", 10.0)
