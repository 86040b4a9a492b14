"""When a person has time: the hours that their own clock shows, less days off, holidays, other calendars and calls. Pure.

Hours are wall times in a zone. A person is free at an instant when their clock then shows a time within their hours: what
the clocks skip is not there, and what they show twice counts twice. All stretches are half open, in UTC, and sorted.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

Stretch = tuple[datetime, datetime]
DAY = timedelta(days=1)
# The widest offsets from UTC that any zone's clock has.
EAST, WEST = timedelta(hours=14), timedelta(hours=12)
STEP = 15


@dataclass(frozen=True)
class Weekly:
    """Hours of each week, on a weekday: Monday is 0."""

    weekday: int
    start: time
    end: time
    zone: str


@dataclass(frozen=True)
class OtherDay:
    """A day whose hours are these instead, or none when `start` is None."""

    day: date
    start: time | None
    end: time | None
    zone: str


@dataclass(frozen=True)
class Calendar:
    """All that decides when one person has time. `zone` is whose days are counted for `most_a_day`."""

    zone: str
    hours: tuple[Weekly, ...]
    days: tuple[OtherDay, ...] = ()
    holidays: frozenset[date] = frozenset()
    busy: tuple[Stretch, ...] = ()
    taken: tuple[Stretch, ...] = ()
    pause: timedelta = timedelta(0)
    most_a_day: int | None = None


def weekly(zone: str, start: time, end: time, weekdays: Iterable[int] = range(5)) -> tuple[Weekly, ...]:
    """The same hours on each of these weekdays."""
    return tuple(Weekly(day, start, end, zone) for day in weekdays)


def free(person: Calendar, start: datetime, end: datetime) -> list[Stretch]:
    """When the person has time between two instants."""
    stretches = subtract(clip(hours_of(person, start, end), start, end), merge(person.busy))
    around = [(since - person.pause, until + person.pause) for since, until in person.taken]
    return subtract(stretches, merge([*around, *full_days(person)]))


def hours_of(person: Calendar, start: datetime, end: datetime) -> list[Stretch]:
    """The person's own hours on every day that touches two instants, whether taken or not."""
    found: list[Stretch] = []
    other: dict[date, list[OtherDay]] = {}
    for one in person.days:
        other.setdefault(one.day, []).append(one)
    for day in days_between((start - WEST).date(), (end + EAST).date()):
        if day in other:
            for one in other[day]:
                if one.start is not None and one.end is not None:
                    found += instants(one.zone, day, one.start, one.end)
        elif day not in person.holidays:
            for row in person.hours:
                if row.weekday == day.weekday():
                    found += instants(row.zone, day, row.start, row.end)
    return merge(found)


def full_days(person: Calendar) -> list[Stretch]:
    """The days, on the person's own clock, on which they have as many calls as they take."""
    if person.most_a_day is None:
        return []
    there, counts = ZoneInfo(person.zone), dict[date, int]()
    for since, _ in person.taken:
        day = since.astimezone(there).date()
        counts[day] = counts.get(day, 0) + 1
    return merge(
        stretch for day, n in counts.items() if n >= person.most_a_day for stretch in whole_day(person.zone, day)
    )


def days_between(first: date, last: date) -> Iterator[date]:
    """Every day from the first to the last, both included."""
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def instants(zone: str, day: date, start: time, end: time) -> list[Stretch]:
    """The instants at which the zone's clock shows that day and a time from `start` until before `end`.

    Two stretches when the clocks go back between them and show a part twice; none when they skip it all.
    """
    return _shown(zone, day, datetime.combine(day, start), datetime.combine(day, end))


def whole_day(zone: str, day: date) -> list[Stretch]:
    """The instants at which the zone's clock shows that day."""
    midnight = datetime.combine(day, time.min)
    return _shown(zone, day, midnight, midnight + DAY)


def _shown(zone: str, day: date, start: datetime, end: datetime) -> list[Stretch]:
    found = []
    for since, until, offset in _offsets(zone, day):
        first = max((start - offset).replace(tzinfo=UTC), since)
        last = min((end - offset).replace(tzinfo=UTC), until)
        if first < last:
            found.append((first, last))
    return merge(found)


@lru_cache(maxsize=20_000)
def _offsets(zone: str, day: date) -> tuple[tuple[datetime, datetime, timedelta], ...]:
    """The zone's offsets around a day: from, until, offset. Clocks do not change twice in so short a time."""
    midnight = datetime.combine(day, time.min, tzinfo=UTC)
    since, until, there = midnight - EAST, midnight + DAY + WEST, ZoneInfo(zone)
    before, after = (_offset(there, at) for at in (since, until))
    if before == after:
        return ((since, until, before),)
    low, high = since, until
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        low, high = (middle, high) if _offset(there, middle) == before else (low, middle)
    return ((since, high, before), (high, until, after))


def _offset(there: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(there).utcoffset() or timedelta(0)


# Stretches ----------------------------------------------------------------------------------------------------------


def merge(stretches: Iterable[Stretch]) -> list[Stretch]:
    """The same time as few stretches, sorted, none touching another."""
    found: list[Stretch] = []
    for since, until in sorted(stretches):
        if found and since <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], until))
        elif since < until:
            found.append((since, until))
    return found


def clip(stretches: Iterable[Stretch], start: datetime, end: datetime) -> list[Stretch]:
    """What of some stretches lies between two instants."""
    cut = ((max(since, start), min(until, end)) for since, until in stretches)
    return [(since, until) for since, until in cut if since < until]


def subtract(stretches: Sequence[Stretch], away: Sequence[Stretch]) -> list[Stretch]:
    """What is left of merged stretches without some others, merged too."""
    found, at = [], 0
    for since, until in stretches:
        while at < len(away) and away[at][1] <= since:
            at += 1
        look = at
        while look < len(away) and away[look][0] < until:
            if since < away[look][0]:
                found.append((since, away[look][0]))
            since = max(since, away[look][1])
            look += 1
        if since < until:
            found.append((since, until))
    return found


def both(one: Sequence[Stretch], other: Sequence[Stretch]) -> list[Stretch]:
    """The time that two lists of merged stretches share."""
    found, i, j = [], 0, 0
    while i < len(one) and j < len(other):
        since, until = max(one[i][0], other[j][0]), min(one[i][1], other[j][1])
        if since < until:
            found.append((since, until))
        if one[i][1] < other[j][1]:
            i += 1
        else:
            j += 1
    return found


def fits(stretches: Iterable[Stretch], start: datetime, length: timedelta) -> bool:
    """True when one of the stretches holds the whole time."""
    return any(since <= start and start + length <= until for since, until in stretches)


def starts(stretches: Iterable[Stretch], length: timedelta, step: int = STEP) -> list[datetime]:
    """The instants, each on a multiple of `step` minutes of the hour, from which a call of that length fits."""
    found, beat = [], timedelta(minutes=step)
    for since, until in stretches:
        hour = since.replace(minute=0, second=0, microsecond=0)
        at = hour + -((since - hour) // -beat) * beat
        while at + length <= until:
            found.append(at)
            at += beat
    return found
