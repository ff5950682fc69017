from hypothesis import given
from hypothesis import strategies as st

from peak_app.domain.insights.latency import PARTS, LatencyReceipt, Percentiles, receipt_of
from peak_app.domain.insights.lines import Line
from peak_app.domain.meetings.turns import DelayParts


def reply(number: int, total_ms: int | None, *parts: int) -> Line:
    return Line(
        id=f"L{number}",
        speaker="agent",
        start_ms=number * 1_000,
        end_ms=number * 1_000 + 500,
        text="Go on.",
        reply_delay_ms=total_ms,
        delay_parts=DelayParts(*parts) if parts else None,
    )


def test_a_meeting_without_replies_has_an_empty_receipt() -> None:
    assert receipt_of([]) == receipt_of([reply(1, None)]) == LatencyReceipt()


def test_every_measured_reply_is_on_the_receipt_with_its_parts() -> None:
    receipt = receipt_of([reply(1, None), reply(2, 700, 500, 0, 100, 80, 20), reply(3, 900)])

    assert [(entry.line_id, entry.total_ms) for entry in receipt.replies] == [("L2", 700), ("L3", 900)]
    assert receipt.replies[0].parts == DelayParts(500, 0, 100, 80, 20)
    assert receipt.replies[1].parts is None


def test_the_total_and_each_part_are_ranked_by_themselves() -> None:
    lines = [reply(n, 1_000 + n, 700, n, 300 - n, 0, 0) for n in range(1, 21)]

    receipt = receipt_of(lines)

    assert receipt.total == Percentiles(p50_ms=1_010, p95_ms=1_019)
    assert receipt.parts["recognition"] == Percentiles(p50_ms=10, p95_ms=19)
    assert receipt.parts["model"] == Percentiles(p50_ms=289, p95_ms=298)
    assert list(receipt.parts) == list(PARTS) == ["endpointing", "recognition", "model", "synthesis", "transport"]


def test_parts_of_a_clock_that_jumped_are_not_believed() -> None:
    receipt = receipt_of([reply(1, 700, 900, 0, -300, 80, 20)])

    assert receipt.replies[0].parts is None
    assert receipt.parts == {}
    assert receipt.total == Percentiles(p50_ms=700, p95_ms=700)


delays = st.integers(0, 60_000)


@given(st.lists(st.tuples(delays, st.none() | st.tuples(*[delays] * 5)), max_size=30))
def test_a_receipt_is_stored_and_read_back_the_same(measured: list[tuple[int, tuple[int, ...] | None]]) -> None:
    lines = [reply(number, total, *(parts or ())) for number, (total, parts) in enumerate(measured, start=1)]

    receipt = receipt_of(lines)

    assert LatencyReceipt.model_validate_json(receipt.model_dump_json()) == receipt
    assert len(receipt.replies) == len(measured)
    if receipt.total is not None:
        assert receipt.total.p50_ms <= receipt.total.p95_ms <= max(total for total, _ in measured)
