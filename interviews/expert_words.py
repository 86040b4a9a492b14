"""What experts are told of a call, on pages and in e-mails: a code name, a length, a first name, and times on their clock.

Nothing else of a programme may come here: not its client, its subject, its title, its segments or its funds (N10).
"""

from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from interviews.models import Candidate, Interview
from research.services.outward import public_name

NO_NAME = "a research conversation"
REGIONS = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


class Moment(NamedTuple):
    """An instant as a clock shows it. `note` says which one, where the clock shows that time twice."""

    at: datetime
    clock: str
    offset: str
    note: str

    @property
    def value(self) -> str:
        """What a form sends: the instant itself, so that no clock stands in between."""
        return self.at.strftime("%Y-%m-%dT%H:%MZ")


class Day(NamedTuple):
    """One day of a clock with the times on it. `change` says, in words, what the clocks do on that day."""

    name: str
    moments: list[Moment]
    change: str


def about(candidate: Candidate, interview: Interview | None) -> dict[str, Any]:
    """The words that a page or an e-mail has at hand."""
    zone = ZoneInfo(interview.zone if interview and interview.starts_at else candidate.expert.zone)
    starts_at = interview.starts_at if interview else None
    return {
        "codename": public_name(candidate.programme) or NO_NAME,
        "minutes": interview.minutes if interview else None,
        "interviewer": first_name(interview.interviewer.name) if interview else "",
        "starts": in_words(starts_at, zone) if starts_at else "",
        "zone": zone,
        "synthetic": candidate.programme.synthetic,
    }


def first_name(name: str) -> str:
    """The first word of a name."""
    return name.split()[0] if name.split() else ""


def offset_of(at: datetime) -> str:
    """How far a clock is from UTC, e.g. UTC+1, UTC−3:30, UTC."""
    minutes = round((at.utcoffset() or timedelta()).total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    if not minutes:
        return "UTC"
    return f"UTC{'+' if minutes > 0 else '−'}{hours}{f':{rest:02d}' if rest else ''}"


def moment(at: datetime, zone: ZoneInfo) -> Moment:
    """An instant on the clock of a zone."""
    there = at.astimezone(zone)
    twice = there.replace(fold=0).utcoffset() != there.replace(fold=1).utcoffset()
    note = ("the second time", "the first time")[there.fold == 0] if twice else ""
    return Moment(at, f"{there:%H:%M}", offset_of(there), note)


def in_words(at: datetime, zone: ZoneInfo) -> str:
    """An instant for a letter: Wednesday 18 March 2026, 14:00 (Europe/London, UTC)."""
    shown = moment(at, zone)
    note = f", {shown.note} that the clock shows it" if shown.note else ""
    return f"{at.astimezone(zone):%A %-d %B %Y}, {shown.clock} ({zone.key}, {shown.offset}{note})"


def days(times: list[datetime], zone: ZoneInfo) -> list[Day]:
    """Open times by the days of a clock: those at the full and the half hour, or all of a day that has none of these."""
    by_day: dict[Any, list[datetime]] = {}
    for at in sorted(times):
        by_day.setdefault(at.astimezone(zone).date(), []).append(at)
    found = []
    for day, instants in by_day.items():
        plain = [at for at in instants if at.astimezone(zone).minute in (0, 30)] or instants
        moments = [moment(at, zone) for at in plain]
        found.append(Day(f"{day:%A %-d %B}", moments, change_on(day, zone)))
    return found


def change_on(day: Any, zone: ZoneInfo) -> str:
    """What the clocks of a zone do on a day, as a sentence, or nothing."""
    start, end = (datetime(d.year, d.month, d.day, tzinfo=zone) for d in (day, day + timedelta(days=1)))
    before, after = (offset_of(at) for at in (start, end))
    if start.utcoffset() == end.utcoffset():
        return ""
    way = "forward" if (end.utcoffset() or timedelta()) > (start.utcoffset() or timedelta()) else "back"
    return f"The clocks go {way} on this day: from {before} to {after}. Each time says which it is."


def zones() -> list[tuple[str, list[tuple[str, str]]]]:
    """Every zone that a person can live in, by region: its name in the database of zones, and the place to show."""
    named = sorted(name for name in available_timezones() if name.partition("/")[0] in REGIONS)
    found: dict[str, list[tuple[str, str]]] = {}
    for name in named:
        region, _, place = name.partition("/")
        found.setdefault(region, []).append((name, place.replace("_", " ").replace("/", ", ")))
    return [*found.items(), ("Other", [("UTC", "UTC")])]
