"""Rows as files."""

import csv
import io
import json

import pytest

from peak_app.domain.accounts.belongings import belongings, is_secret_column
from peak_app.domain.archives.tables import defused, to_csv_lines, to_json_lines

ROWS = [{"title": '=HYPERLINK("http://x")', "count": -3, "is_on": True, "more": {"a": ["é"]}, "none": None}]
KNOWN_HASHES = {"input_hash"}
"""Fingerprints of what something was made from: they let nobody in."""


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_what_a_spreadsheet_would_calculate_is_text(sign: str) -> None:
    assert defused(f"{sign}1+1") == f"'{sign}1+1"
    (line,) = list(csv.reader(io.StringIO(b"".join(to_csv_lines(["a"], [{"a": f"{sign}cmd"}])).decode(), newline="")))[
        1:
    ]
    assert line == [f"'{sign}cmd"]


@pytest.mark.parametrize("between", [";", "\t", "\n", "\r\n", ", ", "; "])
@pytest.mark.parametrize("sign", ["=", "+", "@", "-", "\uff1d"])
def test_nor_where_a_spreadsheet_takes_other_signs_for_the_ends_of_cells(sign: str, between: str) -> None:
    """Half of Europe's open a CSV file with semicolons between cells, and so split the lines of a text as well."""
    rows = [{"a": "x", "b": f"Ask{between}{sign}1+1{between}y"}]
    written = b"".join(to_csv_lines(["a", "b"], rows)).decode("utf-8-sig")
    for delimiter in (",", ";", "\t"):
        cells = [cell for row in csv.reader(io.StringIO(written, newline=""), delimiter=delimiter) for cell in row]
        assert [cell for cell in cells if cell.lstrip(' "').startswith(sign)] == []


@pytest.mark.parametrize("text", ["", "plain", "1 = 1", "مرحبا", "👩🏽‍💻", "a\nb"])
def test_everything_else_stays_as_it_is(text: str) -> None:
    assert defused(text) == text


def test_a_table_reads_back() -> None:
    text = b"".join(to_csv_lines(list(ROWS[0]), ROWS)).decode("utf-8-sig")
    head, row = csv.reader(io.StringIO(text, newline=""))

    assert head == ["title", "count", "is_on", "more", "none"]
    assert row == ['\'=HYPERLINK("http://x")', "-3", "true", '{"a": ["é"]}', ""]
    assert json.loads(b"".join(to_json_lines(ROWS))) == ROWS
    assert json.loads(b"".join(to_json_lines([]))) == []


def test_no_column_that_would_let_someone_in_is_shown() -> None:
    for each in belongings():
        hashes = {name for name in each.shown_columns if name.endswith("_hash")}
        assert hashes <= KNOWN_HASHES, f"{each.table.name}: is {hashes - KNOWN_HASHES} a secret?"
    for table, column in (
        ("login_session", "token_hash"),
        ("login_link", "code_hash"),
        ("mail", "text"),
        ("x", "secret"),
    ):
        assert is_secret_column(table, column)
    for column in ("input_hash", "tokens", "token_count", "passwordless", "key", "question_key"):
        assert not is_secret_column("meeting", column)
