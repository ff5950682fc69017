"""How a run of the benchmark of the pages is judged and told."""

import json

from bench.web.limits import LIMITS, is_all_met, last_line, table

GOOD = {
    "js_kb": 240.0,
    "css_kb": 40.0,
    "first_data_s": 0.9,
    "event_p95_ms": 2.0,
    "lighthouse_performance_min": 95.0,
    "lighthouse_accessibility_min": 100.0,
    "lighthouse_best_practices_min": 96.0,
    "list_p95_ms": 60.0,
    "tabs_500_p95_ms": 8.0,
}


def test_the_last_line_has_the_figures_that_were_asked_for_and_no_others() -> None:
    assert list(json.loads(last_line(GOOD))) == [name for name in LIMITS if name != "lighthouse_best_practices_min"]


def test_every_limit_counts() -> None:
    assert is_all_met(GOOD)
    for name, limit in LIMITS.items():
        assert limit.value is not None
        missed = limit.value - 1 if limit.is_least else limit.value + 1
        assert not is_all_met(GOOD | {name: missed})


def test_what_was_not_measured_is_missed_and_null() -> None:
    figures = {name: value for name, value in GOOD.items() if name != "list_p95_ms"}
    assert not is_all_met(figures)
    assert json.loads(last_line(figures))["list_p95_ms"] is None
    assert any("not measured" in line and "missed" in line for line in table(figures))
