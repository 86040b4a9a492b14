"""Times as clocks on walls show them: a wall time and a zone become one instant, or a sentence that says why not. Pure."""

import zoneinfo
from datetime import UTC, datetime

from accounts.moves import Invalid

# Years that a call can be in; at the ends of the calendar another zone's clock has no time to show.
FIRST_YEAR, LAST_YEAR = 2000, 2100


def zone_of(name: str) -> zoneinfo.ZoneInfo:
    """The zone of an IANA name; Invalid, with a sentence, when there is none."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid(f"“{name}” is no time zone: give it like Europe/London or America/New_York.") from None


def to_utc(wall: datetime, zone: str, *, fold: int | None = None) -> datetime:
    """The instant at which a clock in `zone` shows `wall` (naive).

    Invalid for an unknown zone, for a time that the clocks skip, and for one that they show twice unless `fold` says
    whether the first (0) or the second (1) is meant (PEP 495).
    """
    there = zone_of(zone)
    if wall.tzinfo is not None:
        raise Invalid("Give the time as the clock on the wall shows it, without an offset; the zone stands beside it.")
    if not FIRST_YEAR <= wall.year <= LAST_YEAR:
        raise Invalid(f"Choose a day between {FIRST_YEAR} and {LAST_YEAR}.")
    first, second = (wall.replace(tzinfo=there, fold=n) for n in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(UTC)
    shown = first.astimezone(UTC).astimezone(there).replace(tzinfo=None)
    if shown != wall:
        raise Invalid(
            f"On {wall:%-d %B %Y} the clocks in {zone} go forward and skip {wall:%H:%M}:"
            f" choose {shown:%H:%M}, or an hour before it."
        )
    if fold is None:
        raise Invalid(
            f"On {wall:%-d %B %Y} the clocks in {zone} go back and show {wall:%H:%M} twice:"
            " say whether you mean the first or the second."
        )
    return (second if fold else first).astimezone(UTC)
