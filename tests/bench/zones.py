"""Instants through every clock of the world: `python -m tests.bench.zones [--bookings 5000] [--seed 1]`.

Bookings are made at wall times around every change of every zone's clock from 2025 to 2032, and at random ones. Each instant
must come out of the store, the page, the calendar object (read by two parsers) and the API as it went in, and each call must
last as long as it was booked for. Wall times that a clock skips must be refused; ones that it shows twice must be asked about.
The instants that are expected are found by looking at the clock minute by minute, not by the code that is tried. A control
that takes a zone for a fixed offset must fail. SQLite, or PostgreSQL when DATABASE_URL names one.
"""

import argparse
import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

FIRST, LAST = datetime(2025, 1, 1, tzinfo=UTC), datetime(2033, 1, 1, tzinfo=UTC)
# Around a change: well before it, at its edges, in the gap or the overlap, well after it; in minutes.
AROUND = (-1441, -75, -60, -30, -1, 0, 1, 15, 30, 59, 60, 61, 90, 1440)
LENGTHS = (15, 30, 45, 60, 90, 240)


@dataclass(frozen=True)
class Booking:
    """A wall time in a zone, and the instants at which that zone's clock shows it: none, one or two."""

    zone: str
    wall: datetime
    minutes: int
    instants: tuple[datetime, ...]


@dataclass
class Tally:
    """What was tried and what went wrong, by the place where it did."""

    tried: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def expect(self, place: str, booking: Booking, found: Any, right: Any) -> None:
        self.tried[place] += 1
        if found != right:
            self.wrong.append(f"{place}: {booking.zone} {booking.wall} is {found}, not {right}")


def zones() -> list[str]:
    """Every zone of the database that a person can name; those of the machine itself are none."""
    return sorted(available_timezones() - {"localtime", "Factory", "posixrules"})


def changes(zone: str) -> list[datetime]:
    """The instants at which a zone's clock jumps, from FIRST to LAST, found hour by hour and then to the minute."""
    there, found, at = ZoneInfo(zone), [], FIRST
    while at < LAST:
        later = at + timedelta(days=1)
        if at.astimezone(there).utcoffset() != later.astimezone(there).utcoffset():
            moment = at
            while (moment + timedelta(minutes=1)).astimezone(there).utcoffset() == at.astimezone(there).utcoffset():
                moment += timedelta(minutes=1)
            found.append(moment + timedelta(minutes=1))
        at = later
    return found


def instants_of(wall: datetime, zone: str) -> tuple[datetime, ...]:
    """When the clock of a zone shows a wall time: every offset of that zone within two days is tried, and looked at."""
    there, near = ZoneInfo(zone), wall.replace(tzinfo=UTC)
    offsets = {(near + timedelta(hours=h)).astimezone(there).utcoffset() for h in range(-48, 49)}
    found = {near - offset for offset in offsets if offset is not None}
    return tuple(sorted(at for at in found if at.astimezone(there).replace(tzinfo=None) == wall))


def jumps_of(names: list[str]) -> list[tuple[str, datetime]]:
    """Every change of every one of these zones."""
    return [(zone, at) for zone in names for at in changes(zone)]


def bookings(count: int, seed: int, names: list[str], changes: list[tuple[str, datetime]]) -> list[Booking]:
    """At least one around each change of each zone, if there is room, and random ones for the rest."""
    rng = random.Random(seed)  # noqa: S311  made-up times, not secrets
    jumps = rng.sample(changes, len(changes))
    picked = [(zone, _local(zone, at) + timedelta(minutes=rng.choice(AROUND))) for zone, at in jumps[: count * 9 // 10]]
    seen = {zone for zone, _ in picked}
    # Zones whose clock never changes come too.
    picked += [(zone, _random(rng)) for zone in names if zone not in seen][: count - len(picked)]
    while len(picked) < count:
        picked.append((rng.choice(names), _random(rng)))
    return [Booking(zone, wall, rng.choice(LENGTHS), instants_of(wall, zone)) for zone, wall in picked]


def _local(zone: str, at: datetime) -> datetime:
    """A wall time at a change: as the clock before it would have shown it."""
    before = (at - timedelta(minutes=1)).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return before + timedelta(minutes=1)


def _random(rng: random.Random) -> datetime:
    minutes = rng.randrange(int((LAST - FIRST).total_seconds()) // 60)
    return FIRST.replace(tzinfo=None) + timedelta(minutes=minutes)


# The way of an instant ------------------------------------------------------------------------------------------------


def run(made: list[Booking]) -> Tally:
    """Take every booking the whole way; the database is at hand."""
    from accounts.moves import Invalid
    from interviews.services.scheduling import to_utc

    tally, rows = Tally(), []
    for booking in made:
        kind = len(booking.instants)
        if kind == 0:
            tally.expect("gap refused", booking, _refusal(to_utc, booking, None, Invalid), "skip")
            continue
        if kind == 2:
            tally.expect("overlap asked", booking, _refusal(to_utc, booking, None, Invalid), "twice")
        for fold in range(kind):
            at = to_utc(booking.wall, booking.zone, fold=fold if kind == 2 else None)
            tally.expect("wall to instant", booking, at, booking.instants[fold])
            rows.append((booking, booking.instants[fold], at))
    for piece in range(0, len(rows), 500):
        _follow(rows[piece : piece + 500], tally)
    return tally


def _refusal(to_utc: Any, booking: Booking, fold: int | None, invalid: type[Exception]) -> str:
    try:
        return f"taken as {to_utc(booking.wall, booking.zone, fold=fold)}"
    except invalid as sentence:
        return next((word for word in ("skip", "twice") if word in str(sentence)), str(sentence))


def _follow(rows: list[tuple[Booking, datetime, datetime]], tally: Tally) -> None:
    """From the store to the page, the calendar and the API, a batch at a time, in calls of one scratch programme."""
    from accounts.roles import Role
    from interviews.api.serializers import InterviewSerializer
    from interviews.models import Interview
    from interviews.services import notices
    from tests.factories import make_interview, make_programme, make_user
    from tests.ics import by_icalendar, by_vobject

    number = Interview.objects.values("programme").distinct().count() + 1
    programme = make_programme(f"zones-{number}", codename="Larch")
    ana = make_user(f"Ana{number}", Role.ANALYST, programme=programme)
    first = make_interview(programme, ana, state="booked", starts_at=rows[0][1], number=1)
    fresh = [
        Interview(
            **{
                name: getattr(first, name)
                for name in ("programme", "segment", "expert", "descriptor", "interviewer", "state")
            },
            number=n,
            starts_at=at,
            zone=booking.zone,
            minutes=booking.minutes,
        )
        for n, (booking, _, at) in enumerate(rows, 2)
    ]
    Interview.objects.bulk_create(fresh)
    stored = Interview.objects.select_related("programme", "segment", "interviewer", "chaperone")
    for row, (booking, right, _) in zip(stored.filter(number__gt=1, programme=programme), rows, strict=True):
        assert row.starts_at is not None
        tally.expect("store", booking, row.starts_at, right)
        for what, at in page(row.starts_at, row.zone):
            tally.expect(what, booking, at, right if what.startswith("page") else booking.wall)
        told = InterviewSerializer(row).data
        tally.expect("API", booking, datetime.fromisoformat(told["starts_at"]), right)
        data = notices.object_for_expert(row, "REQUEST", row.starts_at)
        for parser, read in (("icalendar", by_icalendar), ("vobject", by_vobject)):
            (event,) = read(data)
            tally.expect(f"calendar by {parser}", booking, event.starts, right)
            tally.expect(f"length by {parser}", booking, event.ends - event.starts, timedelta(minutes=row.minutes))


SHOWN = re.compile(r'<time datetime="([^"]+)"[^>]*>(?:<span class="nowrap">)?(\d+ \w+ \d{4}, \d\d:\d\d) ')


def page(at: datetime, zone: str) -> Iterator[tuple[str, datetime]]:
    """What the page's own mark-up says of an instant: to programs, and to people on the zone's clock."""
    from accounts.templatetags.ui import when

    found = SHOWN.search(str(when(at, zone)))
    if found:
        yield "page", datetime.fromisoformat(found[1])
        yield "clock on the page", datetime.strptime(found[2], "%d %b %Y, %H:%M")
    else:
        yield "page", datetime.min.replace(tzinfo=UTC)


def control(made: list[Booking]) -> int:
    """How many of the instants a program gets wrong that takes each zone for the offset that it has in January."""
    wrong = 0
    for booking in made:
        offset = datetime(booking.wall.year, 1, 15, tzinfo=ZoneInfo(booking.zone)).utcoffset() or timedelta()
        wrong += (booking.wall.replace(tzinfo=UTC) - offset) not in booking.instants
    return wrong


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--bookings", type=int, default=5000)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    from tests.bench.case import scratch

    scratch()
    names = zones()
    jumps = jumps_of(names)
    made = bookings(given.bookings, given.seed, names, jumps)
    kinds = Counter(len(booking.instants) for booking in made)
    tally = run(made)
    print(f"{len(made)} bookings in {len({one.zone for one in made})} of {len(names)} zones (seed {given.seed})")
    print(f"{min(len(jumps), given.bookings * 9 // 10)} of {len(jumps)} changes of clocks from {FIRST:%Y} to 2032")
    print(f"{kinds[1]} times shown once, {kinds[0]} skipped, {kinds[2]} shown twice")
    for place, count in sorted(tally.tried.items()):
        print(f"{place}: {count} looked at")
    missed = control(made)
    print(f"control with fixed offsets: {missed} of {len(made)} wrong")
    print("\n".join(tally.wrong[:20]) or "nothing went wrong")
    raise SystemExit(bool(tally.wrong) or not missed)


if __name__ == "__main__":
    main()
