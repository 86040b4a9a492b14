"""Who has time when: what the rows say of people, brought to interviews/availability.py in as many queries for one as for all."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import Q

from accounts.models import User
from accounts.moves import Invalid, now
from interviews import availability
from interviews.availability import DAY, Calendar, OtherDay, Stretch, Weekly
from interviews.models import BusyTime, CalendarSettings, Expert, Hours, HoursException, Interview, Slot
from interviews.states import InterviewState

# Where nobody has said: when the firm takes calls, and when an expert may be asked for one, on their own clocks.
FIRM, EXPERTS = (time(9), time(18)), (time(8), time(20))
# A day before and after, so that a day at the edge counts all of its calls.
EDGE = 2 * DAY


def free_of(
    users: Iterable[User], experts: Iterable[Expert], first: date, last: date
) -> dict[UUID, list[tuple[datetime, datetime]]]:
    """When each of these people has time on the days from `first` to `last` (in UTC), by their numbers, in UTC.

    The same number of queries whoever is asked about.
    """
    start, end = (datetime.combine(day, time.min, tzinfo=UTC) for day in (first, last + DAY))
    return {who: availability.free(person, start, end) for who, person in calendars(users, experts, start, end).items()}


def open_times(interview: Interview, first: date, last: date, minutes: int) -> list[datetime]:
    """The instants, each a quarter of an hour apart, from which all of a call's people have `minutes`, still to come.

    `first` and `last` are days as the call's own zone has them. The time that the call itself holds counts as open.
    """
    days = [availability.whole_day(interview.zone, day) for day in (first, last)]
    start, end = max(days[0][0][0], now()), days[1][-1][1]
    return availability.starts(_shared(interview, start, end), timedelta(minutes=minutes)) if start < end else []


def require_open(interview: Interview, starts_at: datetime, minutes: int) -> None:
    """Invalid, with a sentence, unless all of a call's people have that time and it is still to come."""
    length = timedelta(minutes=minutes)
    if starts_at <= now():
        raise Invalid("This time has passed: choose a later one.")
    if not availability.fits(_shared(interview, starts_at - DAY, starts_at + length + DAY), starts_at, length):
        raise Invalid("This time is no longer open: choose another one.")


def _shared(interview: Interview, start: datetime, end: datetime) -> list[Stretch]:
    """When all of a call's people have time, the call itself left out."""
    users = [person for person in (interview.interviewer, interview.chaperone) if person is not None]
    found = calendars(users, [interview.expert], start, end, without=interview)
    stretches = [(start, end)]
    for person in found.values():
        stretches = availability.both(stretches, availability.free(person, start, end))
    return stretches


def calendars(
    users: Iterable[User],
    experts: Iterable[Expert],
    start: datetime,
    end: datetime,
    *,
    without: Interview | None = None,
) -> dict[UUID, Calendar]:
    """Everything that decides when these people have time between two instants, by their numbers; five queries."""
    users, experts = list(users), list(experts)
    own: Any = Q(user__in=users) | Q(expert__in=experts)
    hours, days, busy = defaultdict(list), defaultdict(list), defaultdict(list)
    for row in Hours.objects.filter(own):
        hours[row.user_id or row.expert_id].append(Weekly(row.weekday, row.start, row.end, row.zone))
    near = {"day__gte": (start - EDGE).date(), "day__lte": (end + EDGE).date()}
    for one in HoursException.objects.filter(own, **near):
        days[one.user_id or one.expert_id].append(OtherDay(one.day, one.start, one.end, one.zone))
    elsewhere = BusyTime.objects.filter(feed__user__in=users, starts_at__lt=end, ends_at__gt=start)
    for user_id, since, until in elsewhere.values_list("feed__user", "starts_at", "ends_at"):
        busy[user_id].append((since, until))
    taken = _taken([*users, *experts], start, end, without)
    settings = {row.user_id: row for row in CalendarSettings.objects.filter(user__in=users)}
    found: dict[UUID, Calendar] = {}
    for user in users:
        kept = settings.get(user.pk) or CalendarSettings(user=user)
        found[user.pk] = Calendar(
            zone=kept.zone,
            hours=tuple(hours[user.pk]) or availability.weekly(kept.zone, *FIRM),
            days=tuple(days[user.pk]),
            holidays=holidays_of(kept.holidays, (start - EDGE).year, (end + EDGE).year),
            busy=tuple(busy[user.pk]),
            taken=tuple(taken[user.pk]),
            pause=timedelta(minutes=kept.pause),
            most_a_day=kept.most_a_day,
        )
    for expert in experts:
        found[expert.pk] = Calendar(
            zone=expert.zone,
            hours=tuple(hours[expert.pk]) or availability.weekly(expert.zone, *EXPERTS),
            days=tuple(days[expert.pk]),
            taken=tuple(taken[expert.pk]),
        )
    return found


def _taken(people: list[Any], start: datetime, end: datetime, without: Interview | None) -> dict[UUID, list[Stretch]]:
    """The time that calls take of these people, holds that ran out left aside."""
    rows = Slot.objects.filter(who__in=[p.pk for p in people], starts_at__lt=end + EDGE, ends_at__gt=start - EDGE)
    rows = rows.exclude(interview__state=InterviewState.TENTATIVE, interview__held_until__lte=now())
    if without is not None:
        rows = rows.exclude(interview=without)
    taken: dict[UUID, list[Stretch]] = defaultdict(list)
    for who, since, until in rows.values_list("who", "starts_at", "ends_at"):
        taken[who].append((since, until))
    return taken


@lru_cache(maxsize=500)
def holidays_of(code: str, first: int, last: int) -> frozenset[date]:
    """The public holidays of a country, or of a part of one (GB, GB-ENG, US-NY), in the years given; none for no code.

    Invalid when there is no such country or part. Source: the `holidays` library.
    """
    if not code:
        return frozenset()
    import holidays

    country, _, part = code.upper().partition("-")
    try:
        return frozenset(holidays.country_holidays(country, subdiv=part or None, years=range(first, last + 1)))
    except NotImplementedError:
        raise Invalid(f"“{code}” is no country or part of one: give it like GB, GB-ENG or US-NY.") from None
