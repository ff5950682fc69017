"""The receipt of a deleted meeting, as the settings show it."""

from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from peak_app.domain.departures.models import AccountReceipt
from peak_app.domain.meetings.models import DeletionReceipt
from peak_app.i18n.catalogue import plural, section, t
from peak_app.state.formatting import length_text, moment_text


@dataclass
class GoneRow:
    """One kind of what there was, and how much of it."""

    label: str
    count: str


@dataclass
class ReceiptRow:
    """`outcome` says whether everything is gone, and how long that took."""

    receipt_id: str
    asked: str
    outcome: str
    is_done: bool
    parts: list[GoneRow] = field(default_factory=list)

    @classmethod
    def of(cls, receipt: DeletionReceipt, zone: tzinfo, now: datetime) -> "ReceiptRow":
        outcome = t("deletion.going")
        if receipt.done_at is not None:
            took_ms = (receipt.done_at - receipt.asked_at).total_seconds() * 1000
            outcome = t("deletion.gone", time=length_text(took_ms))
        return cls(
            receipt_id=str(receipt.id),
            asked=moment_text(receipt.asked_at, zone, now),
            outcome=outcome,
            is_done=receipt.done_at is not None,
            parts=gone_rows(receipt),
        )


def gone_rows(receipt: DeletionReceipt | AccountReceipt) -> list[GoneRow]:
    """What went, by kind. Rows are counted at once; files and runs once someone has looked for them."""
    # In the order of the catalogue, the database keeps none; what it does not know comes last.
    order = [*section("deletion.part"), *sorted(receipt.row_counts)]
    tables = sorted(receipt.row_counts, key=order.index)
    rows = [GoneRow(part_label(table), f"{receipt.row_counts[table]:,}") for table in tables]
    if receipt.done_at is not None:
        size = t("deletion.megabytes", megabytes=f"{receipt.byte_count / 1_000_000:.1f}")
        files = plural("deletion.files", receipt.file_count)
        rows.append(GoneRow(t("deletion.media"), f"{files}, {size}" if receipt.file_count else files))
        rows.append(GoneRow(t("deletion.runs"), f"{receipt.run_count:,}"))
    return rows


def part_label(table: str) -> str:
    """What the rows of a table are, in plain words; of a table nobody has named yet, its own name."""
    known = section("deletion.part")
    return t(f"deletion.part.{table}") if table in known else table.replace("_", " ").capitalize()
