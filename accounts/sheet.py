"""Rows for spreadsheets, pure: CSV in which no cell is ever a formula."""

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

# The list is OWASP's ("CSV Injection"), with the full-width forms that spreadsheets read alike.
_FORMULA = tuple("=+-@＝＋－＠")


def cell(value: object) -> str:
    """One value as a spreadsheet may have it: never a formula. None is empty, a flag is yes or no."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, str):
        return str(value)
    harmful = value.lstrip().startswith(_FORMULA) or value.startswith(("\t", "\r", "\n"))
    return "'" + value if harmful else value


def bare(text: str) -> str:
    """A cell of a sheet as it was before `cell` kept it from being a formula."""
    return text[1:] if text.startswith("'") and cell(text[1:]) == text else text


def csv_bytes(columns: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> bytes:
    """RFC 4180 with a byte order mark, without which spreadsheets read UTF-8 as something else."""
    columns = tuple(columns)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([cell(row.get(column)) for column in columns] for row in rows)
    return text.getvalue().encode("utf-8-sig")
