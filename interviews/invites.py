"""Calls as calendar objects: RFC 5545, sent by mail as RFC 5546 (iTIP) asks, or read as a feed.

Pure: values in, bytes out. One object is for one recipient and names nobody else but the organiser. What stands in the texts
is the caller's word: see research/outward.py.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Literal
from zoneinfo import ZoneInfo

PRODUCT = "-//Primary research//Calls//EN"
Method = Literal["REQUEST", "CANCEL", "PUBLISH"]
Change = tuple[datetime, timedelta, timedelta, str, bool]


@dataclass(frozen=True, slots=True)
class Invite:
    """One call as one person's calendar shows it.

    uid: the same for the call's whole life. sequence: rises with each change. starts_at and stamp: aware. zone: the
    recipient's own, by its IANA name. organiser and attendee: e-mail addresses; an object without attendee is for a feed.
    """

    uid: str
    sequence: int
    starts_at: datetime
    zone: str
    minutes: int
    stamp: datetime
    summary: str
    description: str = ""
    organiser: str = ""
    organiser_name: str = ""
    attendee: str = ""
    tentative: bool = False

    @property
    def ends_at(self) -> datetime:
        """The instant at which the call is over; minutes are counted, not read off a clock that may change meanwhile."""
        return self.starts_at.astimezone(UTC) + timedelta(minutes=self.minutes)


def one(invite: Invite, method: Method) -> bytes:
    """The object for one mail: a REQUEST, also the next version of an earlier one, or a CANCEL."""
    return _bytes([invite], method, {})


def feed(invites: Sequence[Invite], *, name: str, every: timedelta) -> bytes:
    """The calls of one person as a calendar to subscribe to, which asks to be read again `every` so often."""
    pause = f"PT{int(every.total_seconds() // 60)}M"
    # The second name of each is what programs read that are older than RFC 7986.
    return _bytes(
        invites,
        "PUBLISH",
        {"NAME": name, "X-WR-CALNAME": name, "REFRESH-INTERVAL": pause, "X-PUBLISHED-TTL": pause},
    )


def sequence_of(calendar: str) -> int:
    """The sequence of the one call in an object that was made here."""
    found = re.search(r"^SEQUENCE:(\d+)", calendar, re.MULTILINE)
    return int(found[1]) if found else 0


def plain(text: str, *, lines: bool = False) -> str:
    """Text that every calendar program reads alike: no control characters, and line ends as LF or, without `lines`, spaces."""
    kept = "\n".join(text.splitlines())
    kept = "".join(c for c in kept if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))
    return kept.strip() if lines else " ".join(kept.split())


def _bytes(invites: Sequence[Invite], method: Method, about: dict[str, str]) -> bytes:
    # Here and not above: the web process answers most pages without a calendar.
    from icalendar import Calendar, vDuration, vText

    calendar: Any = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    for name, value in about.items():
        if name == "REFRESH-INTERVAL":
            calendar.add(name, vDuration.from_ical(value), parameters={"VALUE": "DURATION"})
        else:
            calendar.add(name, vText(plain(value)))
    for zone, years in sorted(_years(invites).items()):
        calendar.add_component(_timezone(zone, *years))
    for invite in invites:
        calendar.add_component(_event(invite, method))
    return calendar.to_ical()


def _event(invite: Invite, method: Method) -> Any:
    from icalendar import Event, vCalAddress

    event: Any = Event()
    event.add("uid", invite.uid)
    event.add("sequence", invite.sequence)
    event.add("dtstamp", invite.stamp.astimezone(UTC))
    start, end = _shown(invite)
    event.add("dtstart", start)
    event.add("dtend", end)
    event.add("summary", plain(invite.summary))
    if invite.description:
        event.add("description", plain(invite.description, lines=True))
    cancelled = method == "CANCEL"
    event.add("status", "CANCELLED" if cancelled else "TENTATIVE" if invite.tentative else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if cancelled else "OPAQUE")
    event.add("class", "PRIVATE")
    if invite.organiser:
        organiser = vCalAddress(f"mailto:{invite.organiser}")
        organiser.params["CN"] = plain(invite.organiser_name) or invite.organiser
        event.add("organizer", organiser, encode=0)
    if invite.attendee:
        attendee = vCalAddress(f"mailto:{invite.attendee}")
        attendee.params["PARTSTAT"] = "NEEDS-ACTION"
        attendee.params["RSVP"] = "FALSE"
        event.add("attendee", attendee, encode=0)
    return event


def _shown(invite: Invite) -> tuple[datetime, datetime]:
    """Start and end on the recipient's clock, or in UTC when that clock shows either a second time.

    A local time that a clock shows twice means the first (RFC 5545, 3.3.5): the second can't be said with a TZID.
    """
    there = ZoneInfo(invite.zone)
    start, end = (at.astimezone(there) for at in (invite.starts_at, invite.ends_at))
    if start.fold or end.fold:
        return invite.starts_at.astimezone(UTC), invite.ends_at
    return start, end


# Time zones -----------------------------------------------------------------------------------------------------------


def _years(invites: Iterable[Invite]) -> dict[str, tuple[int, int]]:
    """For each zone that is named, the first and the last year whose changes its calls need: a year on either side."""
    found: dict[str, tuple[int, int]] = {}
    for invite in invites:
        if _shown(invite)[0].tzinfo is UTC:
            continue
        first, last = invite.starts_at.year - 1, invite.ends_at.year + 1
        old = found.get(invite.zone, (first, last))
        found[invite.zone] = (min(old[0], first), max(old[1], last))
    return found


def _timezone(zone: str, first: int, last: int) -> Any:
    """The VTIMEZONE of a zone: each change of those years by its date, as no rule of a zone is for ever."""
    from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

    component: Any = Timezone()
    component.add("tzid", zone)
    for at, before, after, name, daylight in changes(zone, first, last):
        part: Any = TimezoneDaylight() if daylight else TimezoneStandard()
        part.add("dtstart", at)
        # Some readers look for a rule or a date in each part; the same date again changes nothing.
        part.add("rdate", [at])
        part.add("tzoffsetfrom", before)
        part.add("tzoffsetto", after)
        part.add("tzname", name)
        component.add_component(part)
    return component


@lru_cache(maxsize=2048)
def changes(zone: str, first: int, last: int) -> tuple[Change, ...]:
    """The changes of a zone's clock from the start of one year to the end of another.

    Each is the naive local time at which it comes, on the clock before it; the offset before and after; the name after;
    and whether that is summer time. What holds at the start of the first year comes first, as a change to itself.
    """
    there = ZoneInfo(zone)
    at, end = datetime(first, 1, 1, tzinfo=UTC), datetime(last + 1, 1, 1, tzinfo=UTC)
    found = [_change(there, at, at)]
    while at < end:
        later = at + timedelta(days=1)
        if _clock(there, at) != _clock(there, later):
            found.append(_change(there, at, _moment(there, at, later)))
        at = later
    return tuple(found)


def _clock(there: ZoneInfo, at: datetime) -> tuple[timedelta, str, bool]:
    local = at.astimezone(there)
    return local.utcoffset() or timedelta(), local.tzname() or "", bool(local.dst())


def _moment(there: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The second at which the clock changes between two instants that it shows differently."""
    old = _clock(there, before)
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=int((after - before).total_seconds()) // 2)
        before, after = (middle, after) if _clock(there, middle) == old else (before, middle)
    return after


def _change(there: ZoneInfo, before: datetime, at: datetime) -> Change:
    old, _, _ = _clock(there, before)
    new, name, daylight = _clock(there, at)
    return (at + old).replace(tzinfo=None), old, new, name, daylight
