from peak_app.domain.insights.latency import LatencyReceipt, receipt_of
from peak_app.domain.insights.lines import Line
from peak_app.domain.meetings.turns import DelayParts
from peak_app.i18n.catalogue import t
from peak_app.state.insight_rows import Citations
from peak_app.state.latency_rows import BarPiece, part_rows, reply_rows


def _reply(number: int, total_ms: int, parts: DelayParts | None) -> Line:
    at_ms = number * 60_000
    return Line(
        id=f"L{number}",
        speaker="agent",
        start_ms=at_ms,
        end_ms=at_ms,
        text="Go on.",
        reply_delay_ms=total_ms,
        delay_parts=parts,
    )


LINES = [_reply(1, 1_000, DelayParts(700, 0, 150, 100, 50)), _reply(2, 2_000, None)]


def test_without_a_measured_reply_there_is_no_receipt() -> None:
    assert part_rows(LatencyReceipt()) == []
    assert reply_rows(LatencyReceipt(), Citations([])) == []


def test_parts_come_in_their_order_and_the_total_last() -> None:
    rows = part_rows(receipt_of(LINES))

    assert [row.label for row in rows] == ["End of turn", "Recognition", "Model", "Voice", "Transport", "In all"]
    assert [(row.p50, row.p95) for row in rows][-1] == ("1,000", "2,000")
    assert (rows[0].p50, rows[1].p95) == ("700", "0")
    assert [row.name for row in part_rows(receipt_of(LINES[1:]))] == ["total"]


def test_a_database_that_turns_the_parts_around_changes_no_column() -> None:
    receipt = receipt_of(LINES)
    turned = receipt.model_copy(update={"parts": dict(reversed(receipt.parts.items()))})

    assert part_rows(turned) == part_rows(receipt)
    assert reply_rows(turned, Citations(LINES)) == reply_rows(receipt, Citations(LINES))


def test_a_bar_is_as_long_as_its_share_of_the_slowest_reply() -> None:
    first, second = reply_rows(receipt_of(LINES), Citations(LINES))

    assert first.bar[0] == BarPiece("endpointing", "35.0%")
    assert sum(float(piece.width.rstrip("%")) for piece in first.bar) == 50
    assert second.bar == [BarPiece("total", "100.0%")]
    assert (first.parts, second.parts) == (["700", "0", "150", "100", "50"], [t("numbers.none")] * 5)
    assert [cite.at for cite in (*first.cites, *second.cites)] == ["1:00", "2:00"]


def test_replies_that_took_no_time_divide_by_nothing() -> None:
    (row,) = reply_rows(receipt_of([_reply(1, 0, DelayParts(0, 0, 0, 0, 0))]), Citations(LINES))

    assert {piece.width for piece in row.bar} == {"0.0%"}
