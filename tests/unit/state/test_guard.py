from peak_app.state.guard import EVENT_BURST, EVENTS_PER_S, EventRate


def admitted(rate: EventRate, count: int, now_s: float, socket: str = "a") -> int:
    return sum(rate.admit(socket, now_s) for _ in range(count))


def test_a_burst_is_let_through_and_the_rest_dropped() -> None:
    rate = EventRate()
    assert admitted(rate, 500, 10.0) == EVENT_BURST


def test_the_bucket_fills_up_again() -> None:
    rate = EventRate()
    admitted(rate, 500, 10.0)
    assert admitted(rate, 500, 11.0) == EVENTS_PER_S
    assert admitted(rate, 500, 1000.0) == EVENT_BURST


def test_sockets_are_counted_each_for_itself() -> None:
    rate = EventRate()
    admitted(rate, 500, 10.0)
    assert rate.admit("b", 10.0)
