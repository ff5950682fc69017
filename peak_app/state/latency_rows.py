"""The latency receipt as a meeting's page shows it. Delays are texts in ms."""

from dataclasses import asdict, dataclass

from peak_app.domain.insights.latency import PARTS, LatencyReceipt, Percentiles, ReplyTime
from peak_app.i18n.catalogue import t
from peak_app.state.insight_rows import Citations, CiteRow

TOTAL = "total"


@dataclass
class PartRow:
    """A part of the delay, or with the name `TOTAL` all of it: what it is, and how long it took in general."""

    name: str
    label: str
    what: str
    p50: str
    p95: str


@dataclass
class BarPiece:
    """A part of a bar; `width` is its share of the slowest reply."""

    name: str
    width: str


@dataclass
class ReplyRow:
    """One reply: its line, its whole delay, and its parts as a bar and in the order of the columns."""

    cites: list[CiteRow]
    total: str
    bar: list[BarPiece]
    parts: list[str]


def part_rows(receipt: LatencyReceipt) -> list[PartRow]:
    """The parts that were measured, in their order, and the total; nothing when no reply was measured."""
    if receipt.total is None:
        return []
    rows = [_part_row(name, receipt.parts[name]) for name in _measured(receipt)]
    return [*rows, _part_row(TOTAL, receipt.total)]


def _part_row(name: str, found: Percentiles) -> PartRow:
    return PartRow(name, t(f"receipt.{name}"), t(f"receipt.{name}_what"), f"{found.p50_ms:,}", f"{found.p95_ms:,}")


def reply_rows(receipt: LatencyReceipt, citations: Citations) -> list[ReplyRow]:
    """Every measured reply; one without parts has a bar of one piece and dashes where others have numbers."""
    slowest_ms = max(
        (ms for reply in receipt.replies for ms in (reply.total_ms, sum(_parts(reply).values()))), default=0
    )
    rows: list[ReplyRow] = []
    for reply in receipt.replies:
        parts = _parts(reply)
        pieces = parts or {TOTAL: reply.total_ms}
        rows.append(
            ReplyRow(
                cites=citations.rows([reply.line_id]),
                total=f"{reply.total_ms:,}",
                bar=[BarPiece(name, f"{100 * ms / max(1, slowest_ms):.1f}%") for name, ms in pieces.items()],
                parts=[f"{parts[name]:,}" if name in parts else t("numbers.none") for name in _measured(receipt)],
            )
        )
    return rows


def _measured(receipt: LatencyReceipt) -> list[str]:
    # The database keeps the names of a document in an order of its own.
    return [name for name in PARTS if name in receipt.parts]


def _parts(reply: ReplyTime) -> dict[str, int]:
    return asdict(reply.parts) if reply.parts else {}
