"""Seats from a file: each line is one act of the services in seats, and either every line is done or none."""

import csv
import io
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.moves import IllegalMove, Invalid
from accounts.permissions import Refused, require
from accounts.roles import Permission
from research.models import Fund, Programme, Seat
from research.services import funds, seats

COLUMNS = ("fund", "domain", "action", "until")
MOST_LINES = 500


def seat_of(programme: Programme, fund: Fund) -> Seat:
    """The seat that a fund has in a programme. Invalid when it has none."""
    seat = programme.seats.filter(fund=fund).first()
    if seat is None:
        raise Invalid(f"{fund.name} has no seat in this programme.")
    return seat


# What may stand in the column `action`, and be said to the command.
ACTS: dict[str, Callable[..., Any]] = {
    "hold": lambda programme, fund, until, by: seats.hold_seat(programme=programme, fund=fund, until=until, by=by),
    "take": lambda programme, fund, until, by: seats.take_seat(programme=programme, fund=fund, by=by),
    "wait": lambda programme, fund, until, by: seats.put_on_wait_list(programme=programme, fund=fund, by=by),
    "extend": lambda programme, fund, until, by: seats.extend_hold(seat=seat_of(programme, fund), until=until, by=by),
    "activate": lambda programme, fund, until, by: seats.activate_seat(seat=seat_of(programme, fund), by=by),
    "free": lambda programme, fund, until, by: seats.free_seat(seat=seat_of(programme, fund), by=by),
}
TIMED = ("hold", "extend")


def moment(text: str) -> datetime | None:
    """A day, whose end is meant, or a moment with its zone; None for nothing. Invalid for anything else."""
    if not text:
        return None
    try:
        if len(text) == 10:
            return timezone.make_aware(datetime.combine(date.fromisoformat(text), time.max))
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or timezone.is_naive(found):
        raise Invalid(f"“{text}” must be a day such as 2026-03-31, or a moment with its zone.")
    return found


def find_fund(name: str, by: User) -> Fund:
    """The fund of this name, or with this e-mail domain. Invalid when there is none."""
    rows = Fund.objects.visible_to(by)
    found = rows.filter(name__iexact=name).first() or rows.filter(domain=name.lower()).exclude(domain="").first()
    if found is None:
        raise Invalid(f"There is no fund called {name}.")
    return found


@transaction.atomic
def import_seats(*, programme: Programme, content: bytes, by: User) -> list[str]:
    """Do what each line of a CSV file says, in order; a sentence for each line.

    The columns are `fund` and `action`, and if wanted `domain`, with which a fund that is not here yet is added, and
    `until`. Raises Invalid that names every line that can't be done; then nothing was done.
    """
    require(by, Permission.MANAGE_SEATS)
    done, wrong = [], []
    for number, row in _lines(content):
        try:
            with transaction.atomic():
                done.append(f"line {number}: {_do(programme, row, by)}")
        except (Invalid, IllegalMove, Refused) as refused:
            wrong.append(f"line {number}: {refused}")
    if wrong:
        raise Invalid("Nothing was done.\n" + "\n".join(wrong))
    return done


def _do(programme: Programme, row: dict[str, str], by: User) -> str:
    name, act = row["fund"], row["action"].lower()
    if not name:
        raise Invalid("The fund has no name.")
    if act not in ACTS:
        raise Invalid(f"The action must be one of {', '.join(ACTS)}, not “{row['action']}”.")
    if row["until"] and act not in TIMED:
        raise Invalid(f"Only {' and '.join(TIMED)} take a moment until which they run.")
    try:
        fund = find_fund(name, by)
    except Invalid:
        if not row["domain"]:
            raise
        fund = funds.add_fund(name=name, domain=row["domain"], by=by)
    ACTS[act](programme=programme, fund=fund, until=moment(row["until"]), by=by)
    return f"{act} {fund.name}"


def _lines(content: bytes) -> list[tuple[int, dict[str, str]]]:
    """The rows with their line numbers in the file."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid("The file is not UTF-8 text. Save it as CSV in UTF-8.") from None
    reader = csv.DictReader(io.StringIO(text, newline=""), restkey="", restval="")
    columns = [(name or "").strip().lower() for name in reader.fieldnames or []]
    unknown = [name for name in columns if name not in COLUMNS]
    if unknown or not {"fund", "action"} <= set(columns) or len(set(columns)) != len(columns):
        raise Invalid(
            f"The first line names the columns: fund and action, and if wanted domain and until; not {', '.join(columns) or 'nothing'}."
        )
    reader.fieldnames = columns
    try:
        rows = [(reader.line_num, row) for row in reader]
    except csv.Error as odd:
        raise Invalid(f"The file can't be read as CSV: {odd}.") from None
    found = []
    for number, row in rows:
        if row.pop("", None):
            raise Invalid(f"line {number} has more cells than the first line.")
        cells = {name: (row.get(name) or "").strip() for name in COLUMNS}
        if any(cells.values()):
            found.append((number, cells))
    if not found or len(found) > MOST_LINES:
        raise Invalid(f"The file has {len(found)} lines to do; it must have from 1 to {MOST_LINES}.")
    return found
