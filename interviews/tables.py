"""The rows of a spreadsheet that somebody uploaded, CSV or XLSX.

Pure. Limits: 5 MB, 5,000 rows, 60 columns; an XLSX is opened only when its container is harmless (importers/zipguard.py).
"""

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from interviews.importers.encoding import decode
from interviews.importers.losses import Losses
from interviews.importers.refusals import Unreadable
from interviews.importers.zipguard import Container

MOST_BYTES = 5_000_000
MOST_ROWS = 5_000
MOST_COLUMNS = 60
Row = Sequence[Any]


class BadFile(ValueError):
    """A file that gives no rows at all. The message is a sentence for who uploaded it."""


def rows_of(data: bytes) -> list[tuple[int, Row]]:
    """The rows that are not empty, each with its number as a spreadsheet counts it. BadFile for what is no table."""
    if not data:
        raise BadFile("This file is empty: fill the template and upload it.")
    if len(data) > MOST_BYTES:
        raise BadFile(
            f"This file is larger than {MOST_BYTES // 1_000_000} MB: leave out sheets and pictures, or split it."
        )
    rows = _of_xlsx(data) if data.startswith(b"PK") else _of_csv(data)
    return [(number, row) for number, row in enumerate(rows, 1) if any(text_of(cell) for cell in row)]


def letter(at: int) -> str:
    """The letters by which a spreadsheet names a column, from 0."""
    return (letter(at // 26 - 1) if at >= 26 else "") + chr(ord("A") + at % 26)


def text_of(cell: Any) -> str:
    """A cell as words."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    said = " ".join(str(cell).replace("\xa0", " ").split())
    # The mark by which accounts/sheet.py keeps a cell from being a formula.
    return said[1:] if said.startswith(("'+", "'=", "'-", "'@")) else said


def _of_csv(data: bytes) -> list[Row]:
    try:
        text, _ = decode(data, Losses())
    except Unreadable:
        raise BadFile("The encoding of this file can't be told: save it again as CSV (UTF-8) or as XLSX.") from None
    if "\0" in text:
        raise BadFile("This is no CSV file: save the sheet as CSV or XLSX.")
    text = text.lstrip("\ufeff")
    first = text.partition("\n")[0]
    separator = max(",;\t|", key=first.count)
    try:
        rows: list[Row] = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error:
        raise BadFile(
            "A quotation mark in this file is never closed: open it in a spreadsheet and save it again."
        ) from None
    _few_enough(len(rows), max(map(len, rows), default=0))
    return rows


def _of_xlsx(data: bytes) -> list[Row]:
    import openpyxl

    try:
        Container(data)
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    except Unreadable:
        raise BadFile("This workbook is damaged or packed in an unsafe way: save it again as XLSX or as CSV.") from None
    except Exception:
        raise BadFile("This is no workbook that can be read here: save the sheet as XLSX or as CSV.") from None
    try:
        sheet = book.worksheets[0]
        rows: list[Row] = []
        # What a sheet says of its own size may be wrong, so rows are counted as they come.
        for row in sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS + 1):
            rows.append(row)
            _few_enough(len(rows), max((at for at, cell in enumerate(row, 1) if text_of(cell)), default=0))
    except BadFile:
        raise
    except Exception:
        raise BadFile("This workbook can't be read to its end: save the sheet again as XLSX or as CSV.") from None
    finally:
        book.close()
    return rows


def _few_enough(rows: int, columns: int) -> None:
    if rows > MOST_ROWS + 1:
        raise BadFile(f"This file has more than {MOST_ROWS:,} rows: split it.")
    if columns > MOST_COLUMNS:
        raise BadFile(f"This file has more than {MOST_COLUMNS} columns: keep those of the template.")
