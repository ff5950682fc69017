from datetime import UTC, datetime, timedelta
from uuid import uuid4

from peak_app.domain.meetings.models import DeletionReceipt
from peak_app.state.receipt_rows import ReceiptRow, part_label

ASKED = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)


def receipt(**values: object) -> DeletionReceipt:
    return DeletionReceipt(owner_id=uuid4(), meeting_id=uuid4(), asked_at=ASKED, **values)  # pyright: ignore[reportArgumentType]


def test_while_files_are_going_only_the_rows_are_told():
    row = ReceiptRow.of(receipt(row_counts={"a_later_table": 2, "utterance": 1_204, "meeting": 1}), UTC, ASKED)

    assert (row.asked, row.is_done, row.outcome) == ("Today, 09:30", False, "Its files are being deleted")
    assert [(part.label, part.count) for part in row.parts] == [
        ("Meeting", "1"),
        ("Turns of the journal", "1,204"),
        ("A later table", "2"),
    ]


def test_a_signed_receipt_tells_files_runs_and_how_long_it_took():
    done = receipt(file_count=3, byte_count=1_250_000, run_count=2, done_at=ASKED + timedelta(seconds=12))
    row = ReceiptRow.of(done, UTC, ASKED)

    assert (row.is_done, row.outcome) == (True, "Everything was gone after 12 s")
    assert [(part.label, part.count) for part in row.parts] == [("Files", "3 files, 1.2 MB"), ("Pipeline runs", "2")]
    assert ReceiptRow.of(receipt(done_at=ASKED), UTC, ASKED).parts[0].count == "0 files"


def test_a_table_nobody_has_named_yet_tells_its_own_name():
    assert (part_label("chat_message"), part_label("line_correction")) == ("Questions and answers", "Line correction")
