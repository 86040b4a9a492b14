"""Calendar objects read by two programs that know nothing of each other, and nothing of the one that wrote them."""

import io
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import icalendar
import vobject
from vobject import icalendar as vobject_calendar


@dataclass(frozen=True)
class Read:
    """What a program makes of one event: instants in UTC."""

    uid: str
    sequence: int
    starts: datetime
    ends: datetime
    summary: str
    description: str
    status: str
    method: str
    attendees: tuple[str, ...]


def by_icalendar(data: bytes) -> list[Read]:
    """By icalendar, which looks a TZID up in the database of zones."""
    calendar = icalendar.Calendar.from_ical(data)
    found = []
    for event in calendar.walk("VEVENT"):
        named = event.get("attendee", [])
        found.append(
            Read(
                str(event["uid"]),
                int(event["sequence"]),
                event["dtstart"].dt.astimezone(UTC),
                event["dtend"].dt.astimezone(UTC),
                str(event["summary"]),
                str(event.get("description", "")),
                str(event["status"]),
                str(calendar["method"]),
                tuple(str(one) for one in (named if isinstance(named, list) else [named])),
            )
        )
    return found


def by_vobject(data: bytes) -> list[Read]:
    """By vobject, with the VTIMEZONE of the object itself, which dateutil makes a clock of."""
    # It asks a database of zones first, and keeps what it found for ever: here the object's own words alone may answer.
    known = vobject_calendar.__dict__["__tzidMap"]
    zones = _parsed(data).contents.get("vtimezone", [])
    clocks = {zone.contents["tzid"][0].value: zone.tzinfo for zone in zones}
    known.clear()
    known.update({"UTC": UTC, **clocks})
    calendar = _parsed(data)
    return [
        Read(
            event.uid.value,
            int(event.sequence.value),
            event.dtstart.value.astimezone(UTC),
            event.dtend.value.astimezone(UTC),
            event.summary.value,
            event.description.value if hasattr(event, "description") else "",
            event.status.value,
            calendar.method.value,
            tuple(one.value for one in event.contents.get("attendee", [])),
        )
        for event in calendar.contents.get("vevent", [])
    ]


def _parsed(data: bytes) -> Any:
    return vobject.readOne(io.StringIO(data.decode(), newline=""))


def both(data: bytes) -> list[Read]:
    """What both make of an object, after a look that it is the same."""
    one, other = by_icalendar(data), by_vobject(data)
    assert one == other
    return one
