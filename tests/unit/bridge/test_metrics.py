"""What the bridge counts."""

import pytest
from prometheus_client import generate_latest

from bridge import metrics
from peak_app.domain.meetings.bridges import PlaceElsewhere, PlacesTaken
from peak_app.domain.meetings.places import BridgeState
from peak_app.domain.meetings.ticket import TicketNotValid
from peak_app.domain.meetings.turns import DelayParts
from peak_app.errors import Conflict, InvalidInput, NotFound, PeakError, ServiceUnavailable, VoiceUnavailable


def value(name: str, **labels: str) -> float:
    return metrics.REGISTRY.get_sample_value(name, labels) or 0.0


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (PlacesTaken(2), "line"),
        (PlaceElsewhere(), "elsewhere"),
        (TicketNotValid(), "ticket"),
        (InvalidInput("x"), "offer"),
        (NotFound("x"), "meeting"),
        (Conflict("x"), "meeting"),
        (VoiceUnavailable("x"), "model"),
        (ServiceUnavailable("x"), "database"),
    ],
)
def test_refusals_are_counted_by_reason(error: PeakError, reason: str) -> None:
    before = value("peak_bridge_refusals_total", reason=reason)
    metrics.count_refusal(error)
    assert value("peak_bridge_refusals_total", reason=reason) == before + 1


def test_a_reply_delay_is_shown_with_its_parts() -> None:
    names = ("total", "endpointing", "recognition", "model", "synthesis", "transport")
    before = [value("peak_bridge_reply_delay_seconds_sum", part=name) for name in names]
    metrics.note_reply_delay(1000, DelayParts(500, 200, 150, 100, 50))
    after = [value("peak_bridge_reply_delay_seconds_sum", part=name) for name in names]
    assert [round(b - a, 3) for a, b in zip(before, after, strict=True)] == [1.0, 0.5, 0.2, 0.15, 0.1, 0.05]
    metrics.note_reply_delay(700, None)
    assert value("peak_bridge_reply_delay_seconds_sum", part="model") == after[3]


def test_the_state_is_read_when_someone_looks() -> None:
    state = BridgeState("b", "http://b", 32, 3, 1.5, is_draining=True)
    metrics.watch(lambda: state, loop_lag_ms=lambda: 1.5, journal_waiting=lambda: 7)
    metrics.count_reconnect()
    metrics.count_offer()
    text = generate_latest(metrics.REGISTRY).decode()
    for line in (
        "peak_bridge_calls 3.0",
        "peak_bridge_capacity 32.0",
        "peak_bridge_draining 1.0",
        "peak_bridge_loop_lag_p99_seconds 0.0015",
        "peak_bridge_journal_waiting 7.0",
    ):
        assert line in text.splitlines()
    assert "process_resident_memory_bytes" in text
