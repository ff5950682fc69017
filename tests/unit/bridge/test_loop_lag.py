"""How late the event loop is."""

import asyncio
import time

import pytest

from bridge.loop_lag import EVERY_S, FEWEST, WINDOW_S, LoopLag, percentile


def measured(*late_ms: float) -> LoopLag:
    lag = LoopLag()
    for value in late_ms:
        lag.note(value / 1000)
    return lag


def test_a_start_that_stutters_closes_no_bridge() -> None:
    assert measured(*[400.0] * (FEWEST - 1)).p99_ms == 0
    # Twenty seconds on, three bad moments among four hundred are less than one in a hundred.
    assert measured(*[400.0] * 3, *[0.2] * (FEWEST - 3)).p99_ms < 1


def test_a_loop_that_is_late_once_in_fifty_times_is_too_late() -> None:
    assert measured(*[0.2, *[0.1] * 48, 15.0] * 20).p99_ms == pytest.approx(15)


def test_what_was_is_forgotten_after_a_minute() -> None:
    lag = measured(*[50.0] * 1200)
    assert lag.p99_ms == pytest.approx(50)
    for _ in range(round(WINDOW_S / EVERY_S)):
        lag.note(0.0001)
    assert lag.p99_ms == pytest.approx(0.1)


def test_a_percentile_of_nothing_is_nothing() -> None:
    assert percentile([], 0.99) == 0
    assert percentile([3.0], 0.99) == 3


async def test_it_sees_what_blocks_the_loop_and_costs_next_to_nothing() -> None:
    lag = LoopLag()
    lag.start()
    await asyncio.sleep(0.1)
    time.sleep(0.15)  # noqa: ASYNC251 - what a careless task does
    used = time.process_time()
    await asyncio.sleep(0.5)
    used = time.process_time() - used
    lag.stop()
    late = sorted(lag._late_s)
    assert late[-1] > 0.05
    assert used < 0.05
    count = len(late)
    await asyncio.sleep(3 * EVERY_S)
    assert len(lag._late_s) == count
