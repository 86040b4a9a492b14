"""Restricted lists as files: what a fund's compliance uploads or pastes, read whole or refused with line and column.

Pure: bytes or text in, restrictions out; and what differs between two lists.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from accounts.moves import Invalid
from accounts.sheet import bare, csv_bytes
from research.policy import Restriction, normal

MOST_ROWS = 5_000
MOST_BYTES = 1_000_000
LONGEST_NAME = 120
COLUMNS = ("company", "from", "to")
_KNOWN = {
    "company": {"company", "company name", "name", "issuer"},
    "from": {"from", "from date", "start", "start date", "first"},
    "to": {"to", "to date", "until", "end", "end date", "last"},
}
_HEADING = "If this line is a heading, call its columns company, from and to."


@dataclass(frozen=True, slots=True)
class Change:
    """One company in two lists: the periods before and after, as (from, to); empty where it is not listed."""

    company: str
    before: tuple[tuple[date | None, date | None], ...] = ()
    after: tuple[tuple[date | None, date | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """What a new list does to the one in force. `same` counts the companies that stay as they are."""

    added: tuple[Change, ...]
    removed: tuple[Change, ...]
    changed: tuple[Change, ...]
    same: int

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


def decode(content: bytes) -> str:
    """The text of an uploaded file: UTF-8 or UTF-16 by its mark, else what spreadsheets in Western Europe write."""
    if len(content) > MOST_BYTES:
        raise Invalid(f"The file has {len(content):,} bytes; the most is {MOST_BYTES:,}. Split off what is not needed.")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _decoded(content, "utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _decoded(content, "cp1252")


def _decoded(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        raise Invalid("The file is no text that can be read. Save it as CSV in UTF-8 and upload it again.") from None


def parse(text: str) -> tuple[Restriction, ...]:
    """Every entry of a list: columns company, from, to, with or without a heading; commas, semicolons or tabs.

    Dates are like 2026-03-31 and may be empty. The same entry twice is one. Raises Invalid, naming line and column,
    for the first thing that can't be read; nothing is taken from such a list.
    """
    text = text.removeprefix("\ufeff")
    if len(text) > MOST_BYTES:
        raise Invalid(
            f"The list has {len(text):,} characters; the most is {MOST_BYTES:,}. Split off what is not needed."
        )
    found: dict[tuple[str, date | None, date | None], Restriction] = {}
    for line, cells in _rows(text):
        entry = _entry(line, cells)
        found.setdefault((normal(entry.company), entry.first, entry.last), entry)
        if len(found) > MOST_ROWS:
            raise Invalid(f"The list has more than {MOST_ROWS:,} entries. Leave out those that have ended.")
    return tuple(found.values())


def _rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """(line, cell by column) of every row that is not empty, the heading left out."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    places: dict[str, int] = {}
    width = 0
    try:
        for row in reader:
            cells = [bare(" ".join(cell.split())) for cell in row]
            if not any(cells):
                continue
            if not places and (heading := _heading(cells)):
                places, width = heading, len(cells)
                continue
            if not places:
                places, width = {name: at for at, name in enumerate(COLUMNS)}, len(COLUMNS)
            if any(cells[width:]):
                raise Invalid(
                    f"Line {reader.line_num} has {len(cells)} columns where {width} are known."
                    " Put a name that holds a comma in quotation marks."
                )
            yield reader.line_num, {name: cells[at] if at < len(cells) else "" for name, at in places.items()}
    except csv.Error as wrong:
        raise Invalid(
            f"Line {reader.line_num} can't be read as CSV ({wrong}). Check its quotation marks; inside them each is doubled."
        ) from None


def _delimiter(text: str) -> str:
    first = next((line for line in text.splitlines() if line.strip()), "")
    bare = "".join(first.split('"')[::2])
    return max(",;\t", key=bare.count)


def _heading(cells: Sequence[str]) -> dict[str, int]:
    """Where each known column stands, or nothing when this row is no heading. Other columns are passed over."""
    names = [cell.casefold().replace("_", " ") for cell in cells]
    places = {column: at for column in COLUMNS for at, name in enumerate(names) if name in _KNOWN[column]}
    return places if "company" in places else {}


def _entry(line: int, cells: dict[str, str]) -> Restriction:
    name = cells["company"]
    if not name:
        raise Invalid(f"Line {line}, column company: the name is missing. Write it, or take the line out.")
    if len(name) > LONGEST_NAME:
        raise Invalid(f"Line {line}, column company: the name has {len(name)} characters; the most is {LONGEST_NAME}.")
    if not name.isprintable():
        raise Invalid(f"Line {line}, column company: the name holds a character that can't be shown. Type it anew.")
    first, last = (_day(line, column, cells.get(column, "")) for column in ("from", "to"))
    if first and last and last < first:
        raise Invalid(f"Line {line}, column to: {last} is before {first}, when it begins. Check the two dates.")
    return Restriction(name, first, last)


def _day(line: int, column: str, cell: str) -> date | None:
    if not cell:
        return None
    try:
        return date.fromisoformat(cell)
    except ValueError:
        hint = "A name that holds a comma stands in quotation marks." if column == "from" else ""
        raise Invalid(
            f"Line {line}, column {column}: “{cell[:40]}” is no date. Write it like 2026-03-31, or leave it empty."
            f" {_HEADING if line == 1 else hint}".rstrip()
        ) from None


def to_json(entries: Iterable[Restriction]) -> list[dict[str, str | None]]:
    """Entries as a policy keeps them."""
    return [
        {
            "company": row.company,
            "from": row.first.isoformat() if row.first else None,
            "to": row.last.isoformat() if row.last else None,
        }
        for row in entries
    ]


def kept(rows: Iterable[Mapping[str, str | None]]) -> tuple[Restriction, ...]:
    """The entries of a kept policy, as `to_json` wrote them."""
    return tuple(
        Restriction(
            str(row["company"]), *(date.fromisoformat(day) if day else None for day in (row["from"], row["to"]))
        )
        for row in rows
    )


def from_json(rows: Any) -> tuple[Restriction, ...]:
    """The entries of a list that came by program; an entry may be a name alone.

    Raises Invalid for what is not such a list.
    """
    if not isinstance(rows, list) or len(rows) > MOST_ROWS:
        raise Invalid(f"The restricted list is a list of at most {MOST_ROWS:,} entries.")
    found = []
    for number, row in enumerate(rows, 1):
        given = {"company": row} if isinstance(row, str) else row
        if not isinstance(given, dict) or not set(given) <= set(COLUMNS):
            raise Invalid(f"Entry {number} of the restricted list needs company, and may have from and to.")
        if any(value is not None and not isinstance(value, str) for value in given.values()):
            raise Invalid(f"Entry {number} of the restricted list has a value that is no text.")
        found.append(_entry(number, {name: " ".join((given.get(name) or "").split()) for name in COLUMNS}))
    return tuple({(normal(row.company), row.first, row.last): row for row in found}.values())


def as_csv(entries: Iterable[Restriction]) -> bytes:
    """A list as a file for a spreadsheet, in which no cell is a formula."""
    return csv_bytes(COLUMNS, to_json(entries))


def difference(before: Iterable[Restriction], after: Iterable[Restriction]) -> Difference:
    """Companies that a new list adds, takes away or gives other dates, each by name."""
    old, new = _by_company(before), _by_company(after)
    names = {key: name for key, (name, _) in (old | new).items()}
    changes = [
        Change(names[key], old.get(key, ("", ()))[1], new.get(key, ("", ()))[1])
        for key in sorted(names, key=lambda key: (names[key].casefold(), key))
    ]
    return Difference(
        added=tuple(row for row in changes if not row.before),
        removed=tuple(row for row in changes if not row.after),
        changed=tuple(row for row in changes if row.before and row.after and row.before != row.after),
        same=sum(row.before == row.after for row in changes),
    )


def _by_company(entries: Iterable[Restriction]) -> dict[str, tuple[str, tuple[tuple[date | None, date | None], ...]]]:
    names: dict[str, str] = {}
    periods: dict[str, set[tuple[date | None, date | None]]] = defaultdict(set)
    for row in entries:
        key = normal(row.company)
        names.setdefault(key, row.company)
        periods[key].add((row.first, row.last))
    edges = (date.min, date.max)
    return {
        key: (name, tuple(sorted(periods[key], key=lambda pair: (pair[0] or edges[0], pair[1] or edges[1]))))
        for key, name in names.items()
    }
