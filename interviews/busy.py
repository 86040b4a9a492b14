"""When a person is taken, read from a calendar file (RFC 5545); of its entries only the times leave this module. Pure.

A file from outside is read in a child process (`read_limited`): a rule that repeats without end must not hold anybody up.
"""

import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from accounts.moves import Invalid
from interviews.availability import Stretch, clip, merge

MOST_BYTES = 2_000_000
MOST_EVENTS = 20_000
MOST_REPEATS = 200_000
SECONDS, MEMORY = 20, 600_000_000
WINDOW = timedelta(days=90)
DAY = timedelta(days=1)
# Repeats that no calendar of appointments has, and that would be read for ever.
TOO_OFTEN = {"SECONDLY", "MINUTELY", "HOURLY"}
NO_CALENDAR = "This is no calendar file: give one that ends in .ics, as calendar programs export it."


def read_limited(data: bytes, zone: str, start: datetime, end: datetime) -> list[Stretch]:
    """As `read`, in a child process with little time and memory. Invalid, with a sentence, for what gives no times."""
    _check_size(data)
    ask = json.dumps({"zone": zone, "start": start.isoformat(), "end": end.isoformat()}).encode()
    command = [sys.executable, "-c", "from interviews.busy import main; main()"]
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and our own words
            command, input=ask + b"\n" + data, capture_output=True, timeout=SECONDS, cwd=_ROOT, env={}, check=False
        )
        answer = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        raise Invalid("This calendar takes too long to read: export a shorter stretch of it.") from None
    if isinstance(answer, str):
        raise Invalid(answer)
    return [(datetime.fromisoformat(since), datetime.fromisoformat(until)) for since, until in answer]


_ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """The child: a line of JSON and the file on standard input, the times or a sentence as JSON on standard output."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    ask = json.loads(sys.stdin.buffer.readline())
    start, end = (datetime.fromisoformat(ask[name]) for name in ("start", "end"))
    try:
        answer: Any = [
            [a.isoformat(), b.isoformat()] for a, b in read(sys.stdin.buffer.read(), ask["zone"], start, end)
        ]
    except Invalid as wrong:
        answer = str(wrong)
    sys.stdout.write(json.dumps(answer))


def read(data: bytes, zone: str, start: datetime, end: datetime) -> list[Stretch]:
    """When somebody is taken between two instants (UTC), merged and sorted.

    `zone` is the person's own: days without a time and times without a zone are meant on their clock. Cancelled entries,
    and those that are marked as free, take no time; entries that can't be understood are left out.
    """
    import icalendar

    _check_size(data)
    if not data.lstrip(b"\xef\xbb\xbf \r\n").upper().startswith(b"BEGIN:VCALENDAR"):
        raise Invalid(NO_CALENDAR)
    if data.upper().count(b"BEGIN:VEVENT") > MOST_EVENTS:
        raise Invalid(f"This calendar has more than {MOST_EVENTS:,} entries: export a shorter stretch of it.")
    try:
        calendars = icalendar.Calendar.from_ical(data, multiple=True)
    except (ValueError, KeyError, TypeError, IndexError):
        raise Invalid(NO_CALENDAR) from None
    if not calendars:
        raise Invalid(NO_CALENDAR)
    events = [event for calendar in calendars for event in calendar.walk("VEVENT")]
    return merge(clip(_taken(events, ZoneInfo(zone), start, end), start, end))


def _check_size(data: bytes) -> None:
    if len(data) > MOST_BYTES:
        raise Invalid(f"This calendar is larger than {MOST_BYTES // 1_000_000} MB: export a shorter stretch of it.")


def _taken(events: list[Any], zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[Stretch]:
    """The times of all entries, each repeat by itself; a repeat that was moved or cancelled is so by an entry of its own."""
    moved = {(str(event.get("UID")), _instant(_value(event, "RECURRENCE-ID"), zone)) for event in events}
    budget = Budget(MOST_REPEATS)
    for event in events:
        if not _takes_time(event):
            continue
        first = _value(event, "DTSTART")
        length = _length(event, zone)
        if first is None or not timedelta(0) < length:
            continue
        uid = None if event.get("RECURRENCE-ID") else str(event.get("UID"))
        for wall in _repeats(event, first, zone, start - length, end, budget):
            since = _instant(wall, zone)
            if since is not None and (uid, since) not in moved:
                yield since, _end(wall, since, length, zone)


class Budget:
    """How many repeats may still be looked at, over all entries of a file."""

    def __init__(self, most: int):
        self.left = most

    def spend(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Invalid("This calendar repeats too much to be read: export a shorter stretch of it.")


def _takes_time(event: Any) -> bool:
    """False for what was cancelled and for what its owner marked as free (RFC 5545 and Outlook's own mark)."""
    if str(event.get("STATUS", "")).upper() == "CANCELLED" or str(event.get("TRANSP", "")).upper() == "TRANSPARENT":
        return False
    return str(event.get("X-MICROSOFT-CDO-BUSYSTATUS", "")).upper() != "FREE"


def _value(event: Any, name: str) -> date | datetime | None:
    """A date or a time of an entry, None when it has none that can be understood."""
    try:
        value = event.get(name).dt
    except (AttributeError, ValueError):
        return None
    return value if isinstance(value, date) else None


def _instant(value: date | datetime | None, zone: ZoneInfo) -> datetime | None:
    """The instant of a value, in UTC: a day begins at midnight, and what has no zone is meant in `zone`."""
    if value is None:
        return None
    whole = value if isinstance(value, datetime) else datetime.combine(value, time.min)
    try:
        return (whole if whole.tzinfo else whole.replace(tzinfo=zone)).astimezone(UTC)
    except (OverflowError, ValueError):
        return None


def _length(event: Any, zone: ZoneInfo) -> timedelta:
    """How long an entry takes: to its end, for its duration, a day for a day, or no time at all."""
    first, last = _value(event, "DTSTART"), _value(event, "DTEND")
    if isinstance(first, datetime) and isinstance(last, datetime):
        since, until = _instant(first, zone), _instant(last, zone)
        return until - since if since and until else timedelta(0)
    if first is not None and last is not None:
        return datetime.combine(last, time.min) - datetime.combine(first, time.min)
    try:
        return event.get("DURATION").dt
    except (AttributeError, ValueError):
        return timedelta(0) if isinstance(first, datetime) else DAY


def _end(wall: date | datetime, since: datetime, length: timedelta, zone: ZoneInfo) -> datetime:
    """When a repeat ends: a day ends at its own midnight, however long it is."""
    if isinstance(wall, datetime):
        return since + length
    return _instant(wall + length, zone) or since + length


def _repeats(
    event: Any, first: date | datetime, zone: ZoneInfo, start: datetime, end: datetime, budget: Budget
) -> Iterator[date | datetime]:
    """The beginnings of an entry between two instants, as values like its own: by its rule, its added days, less its left-out ones."""
    out = {_instant(value, zone) for value in _days(event, "EXDATE")}
    for value in {first: None, **dict.fromkeys(_days(event, "RDATE"))}:
        budget.spend()
        if _instant(value, zone) not in out:
            yield value
    for rule in _listed(event.get("RRULE")):
        for value in _by_rule(rule, first, zone, end, budget):
            at = _instant(value, zone)
            if value != first and at is not None and at >= start and at not in out:
                yield value


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if value is not None else []


def _days(event: Any, name: str) -> Iterator[date | datetime]:
    for group in _listed(event.get(name)):
        for one in getattr(group, "dts", []):
            value = one.dt[0] if isinstance(one.dt, tuple) else one.dt
            if isinstance(value, date):
                yield value


def _by_rule(
    rule: Any, first: date | datetime, zone: ZoneInfo, end: datetime, budget: Budget
) -> Iterator[date | datetime]:
    """The repeats of a rule up to `end`. They are reckoned on the wall clock, so that ten o'clock stays ten o'clock."""
    from dateutil.rrule import rrulestr

    if set(_listed(rule.get("FREQ"))) & TOO_OFTEN:
        return
    there = first.tzinfo if isinstance(first, datetime) and first.tzinfo else zone
    begin = first.replace(tzinfo=None) if isinstance(first, datetime) else datetime.combine(first, time.min)
    last = end.astimezone(there).replace(tzinfo=None)
    for until in _listed(rule.get("UNTIL")):
        own = until if isinstance(until, datetime) else datetime.combine(until, time.max)
        last = min(last, own.astimezone(there).replace(tzinfo=None) if own.tzinfo else own)
    kept = {name: value for name, value in rule.items() if name != "UNTIL"}
    try:
        walls = rrulestr(type(rule)(kept).to_ical().decode(), dtstart=begin)
    except (ValueError, TypeError, KeyError):
        return
    for wall in walls:
        budget.spend()
        if wall > last:
            return
        if isinstance(first, datetime):
            yield wall.replace(tzinfo=first.tzinfo)
        else:
            yield wall.date()
