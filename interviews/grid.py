"""How a calendar is laid out: days or people as columns of quarter hours, calls side by side where they overlap. Pure.

Times are those of the viewer's own clock; where the clocks change, a column still has one row a quarter hour that a clock
can show.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from interviews import availability
from interviews.availability import Stretch

QUARTER, ROWS_AN_HOUR, DAY_ROWS = 15, 4, 96
# What is shown of a day even when nothing happens in it.
FIRST_HOUR, LAST_HOUR = 7, 20
# Marks are told apart up to so many beside each other.
MOST_LANES = 8


@dataclass
class Block:
    """A call in a column: rows counted from midnight, then from the first hour shown."""

    call: Any
    start: datetime
    theirs: datetime
    row: int
    span: int
    movable: bool
    lane: int = 1
    alone: bool = True

    @property
    def clock(self) -> str:
        return f"{self.start:%H:%M}"

    @property
    def their_clock(self) -> str:
        """The expert's own time, with its zone."""
        return f"{self.theirs:%H:%M} {self.theirs.tzname()}"

    @property
    def in_words(self) -> str:
        """The day on the viewer's clock."""
        return f"{self.start:%A %-d %B}"


@dataclass(frozen=True)
class Shade:
    """A stretch in which calls are not taken: outside hours ("off"), or taken by something else ("busy")."""

    kind: str
    row: int
    span: int


@dataclass
class Column:
    """A day, or one person's day."""

    key: str
    heading: str
    day: date
    note: str = ""
    today: bool = False
    lanes: int = 1
    blocks: list[Block] = field(default_factory=list)
    shades: list[Shade] = field(default_factory=list)


@dataclass(frozen=True)
class Grid:
    """Columns over the same hours; `hours` are those shown, `rows` how many quarters they have."""

    columns: list[Column]
    hours: list[int]
    rows: int


def block(call: Any, zone: ZoneInfo, movable: bool) -> Block:
    """A call on the viewer's clock, and on the expert's; what passes midnight ends there."""
    start = call.starts_at.astimezone(zone)
    row = start.hour * ROWS_AN_HOUR + start.minute // QUARTER
    span = max(-(-call.minutes // QUARTER), 1)
    return Block(call, start, call.starts_at.astimezone(ZoneInfo(call.zone)), row, min(span, DAY_ROWS - row), movable)


def shades(kind: str, stretches: Iterable[Stretch], day: date, zone: ZoneInfo) -> list[Shade]:
    """Stretches of a day as rows of its column."""
    found = []
    for whole_since, whole_until in availability.whole_day(zone.key, day):
        for since, until in availability.clip(stretches, whole_since, whole_until):
            first = _row(since.astimezone(zone))
            last = _row(until.astimezone(zone), up=True) if until < whole_until else DAY_ROWS
            if last > first:
                found.append(Shade(kind, first, last - first))
    return found


def _row(at: datetime, *, up: bool = False) -> int:
    minutes = at.hour * 60 + at.minute
    return -(-minutes // QUARTER) if up else minutes // QUARTER


def off_hours(hours: Sequence[Stretch], day: date, zone: ZoneInfo) -> list[Shade]:
    """The parts of a day that are outside somebody's hours."""
    return shades("off", availability.subtract(availability.whole_day(zone.key, day), hours), day, zone)


def lay_out(columns: list[Column]) -> Grid:
    """Put calls that overlap side by side, and show only the hours that are needed."""
    first, last = FIRST_HOUR, LAST_HOUR
    for column in columns:
        for one in column.blocks:
            first = min(first, one.row // ROWS_AN_HOUR)
            last = max(last, -(-(one.row + one.span) // ROWS_AN_HOUR))
    top, rows = first * ROWS_AN_HOUR, (last - first) * ROWS_AN_HOUR
    for column in columns:
        column.lanes = _lanes(column.blocks)
        for one in column.blocks:
            one.row -= top
        column.shades = [_cut(shade, top, rows) for shade in column.shades if _seen(shade, top, rows)]
    return Grid(columns, list(range(first, last)), rows)


def _lanes(blocks: list[Block]) -> int:
    """Give each call a lane in which nothing else is at its time; how many lanes that takes."""
    ends: list[int] = []
    blocks.sort(key=lambda one: (one.row, -one.span, one.call.number))
    for one in blocks:
        free = next((n for n, end in enumerate(ends) if end <= one.row), len(ends))
        ends[free:] = [one.row + one.span, *ends[free + 1 :]]
        one.lane = min(free + 1, MOST_LANES)
        beside = [
            two for two in blocks if two is not one and two.row < one.row + one.span and one.row < two.row + two.span
        ]
        one.alone = not beside
    return max((one.lane for one in blocks), default=1)


def _seen(shade: Shade, top: int, rows: int) -> bool:
    return shade.row < top + rows and shade.row + shade.span > top


def _cut(shade: Shade, top: int, rows: int) -> Shade:
    first, last = max(shade.row, top), min(shade.row + shade.span, top + rows)
    return Shade(shade.kind, first - top, last - first)


def week_of(day: date) -> list[date]:
    """Monday to Sunday of the week that holds a day."""
    monday = day - timedelta(days=day.weekday())
    return [monday + timedelta(days=n) for n in range(7)]
