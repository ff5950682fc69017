"""Rows as files: JSON for programs, CSV for spreadsheets that can't be made to calculate by them. Pure."""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

_DROPPED = ("\t", "\r", "\n")
"""What some programs leave out before they look at what comes then."""
# Spreadsheets of many countries end a cell at a semicolon, and then at the lines of a text as well; some take
# the wide forms of these signs for the signs.
_FORMULA = re.compile(r'(^|[;\t\r\n])([ "\xa0]*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])')
_BOM = "\ufeff"
"""By which spreadsheets know UTF-8."""


def to_json_lines(rows: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    """One JSON array, a row on each line."""
    opening = "[\n"
    for row in rows:
        yield f"{opening}{json.dumps(row, ensure_ascii=False)}".encode()
        opening = ",\n"
    yield ("\n]\n" if opening != "[\n" else "[]\n").encode()


def to_csv_lines(columns: Sequence[str], rows: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    """With a line of names; documents within a row are JSON."""
    yield (_BOM + _line(columns)).encode()
    for row in rows:
        yield _line([_cell(row.get(column)) for column in columns]).encode()


def defused(text: str) -> str:
    """The text so that no spreadsheet finds a formula in it: with an apostrophe before what would make one."""
    safe = _FORMULA.sub(r"\1\2'", text)
    return f"'{safe}" if safe.startswith(_DROPPED) else safe


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    # Some programs drop what they take for nothing, and look at what comes then.
    return defused(value.replace("\0", "") if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _line(cells: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()
