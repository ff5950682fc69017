"""The figures of the bridge's benchmark, and the limits beside them."""

import json
import math
from dataclasses import replace

import pytest

from bench.bridge.findings import Findings
from bench.bridge.interruption import Interruption
from bench.bridge.limits import LIMITS, is_all_met, last_line, table
from bench.bridge.talk import Talk

FLOOR = Talk(
    calls=1,
    uplink_ms=(80, 80, 90),
    downlink_ms=(),
    holes_ms=0,
    longest_gap_ms=20,
    delivered=1,
    cpu_s_per_call_minute=5,
    growth_mb_per_call=8,
    late_ms=1,
)
PEER = replace(FLOOR, downlink_ms=(25, 30, 35), uplink_ms=(79, 80, 81))
OURS = replace(FLOOR, uplink_ms=(0.6, 0.8, 8), downlink_ms=(0.5, 0.6, 0.7), cpu_s_per_call_minute=2)
CUT = Interruption(silence_ms=10, truncate_error_ms=1)


def findings() -> Findings:
    busy = replace(OURS, calls=16, uplink_ms=(1, 1, 4), growth_mb_per_call=2, cpu_s_per_call_minute=1)
    return Findings(
        floor={1: FLOOR, 16: replace(FLOOR, calls=16, cpu_s_per_call_minute=4)},
        peer=PEER,
        ours={1: OURS, 16: busy},
        lossy=OURS,
        unrecorded=replace(busy, growth_mb_per_call=1),
        peer_interruptions=[replace(CUT, silence_ms=50)],
        interruptions={1: [CUT], 16: [replace(CUT, truncate_error_ms=3)]},
        peer_browser_ms=[100],
        browser_ms=[5],
        cut_offs=0,
    )


def test_delays_are_told_against_those_of_the_others() -> None:
    figures = findings().figures()
    assert figures["uplink_p50_over_floor"] == pytest.approx(0.01)
    assert figures["uplink_p99_16_over_floor"] == pytest.approx(0.05)
    assert figures["downlink_over_pipecat"] == pytest.approx(0.02)
    assert figures["barge_wire_over_pipecat"] == pytest.approx(0.2)
    assert figures["barge_chromium_over_pipecat"] == pytest.approx(0.05)


def test_processor_time_counts_where_it_is_worst() -> None:
    assert findings().figures()["cpu_over_floor"] == pytest.approx(0.4)


def test_the_largest_truncate_error_counts() -> None:
    assert findings().figures()["truncate_error_ms"] == 3


def test_a_model_that_is_not_told_of_a_cut_misses_the_limit() -> None:
    found = findings()
    found.interruptions[1].append(replace(CUT, truncate_error_ms=None))
    figures = found.figures()
    assert not LIMITS["truncate_error_ms"].is_met(figures["truncate_error_ms"])
    assert json.loads(last_line(figures))["truncate_error_ms"] is None


def test_a_run_within_all_limits_passes() -> None:
    figures = findings().figures()
    assert is_all_met(figures)
    assert not any("MISSED" in line for line in table(figures))


@pytest.mark.parametrize("name", LIMITS)
def test_a_figure_that_was_not_found_is_missed(name: str) -> None:
    figures = findings().figures() | {name: None}
    assert not is_all_met(figures)
    assert json.loads(last_line(figures))[name] is None


def test_a_run_that_found_nothing_still_names_every_figure() -> None:
    assert list(json.loads(last_line(Findings().figures()))) == list(LIMITS)


def test_what_is_no_number_has_reached_nothing() -> None:
    assert not LIMITS["cut_offs"].is_met(math.nan)
