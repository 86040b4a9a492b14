"""Why an expert has no place in a plan: what stands in the way is taken away one after the other, until there would be one."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from interviews.planner.chances import Chances
from interviews.planner.problem import Guest, Host, Key, Placed, day_in

NO_LEADER = "Nobody of the team may lead a call with them."
NO_SITTER = "They need a chaperone, and nobody of compliance is on the team."
FULL = "The segment's quota is full."
FILLED = "The segment's quota is filled by other calls of this plan."
BOOKED = "All common times are taken by calls that are booked already."
BOOKED_DAYS = "On all days with a common time, calls that are booked already are the most that a person takes in a day."
MOST = "At all common times the interviewers who are free have the most calls that they take in a day."
SITTER = "At all common times the chaperones are in other calls of this plan."
HIGHER = "All common times are taken by calls with a higher priority."
SAME = "All common times are taken by calls with the same or a higher priority."
OTHERS = "All common times are taken by other calls of this plan."
TIME = "No place was found in the time that the plan was given: ask for it again."


def why_not(chances: Chances, guest: Guest, calls: Sequence[Placed]) -> str:
    """The sentence for a guest who is not among the calls of a plan."""
    problem = chances.problem
    places = problem.places.get(guest.segment, 0)
    kept = sum(other.segment == guest.segment for other in problem.guests if other.booked)
    if places - kept < 1:
        return FULL
    if sentence := _alone(chances, guest):
        return sentence
    segments = {other.key: other.segment for other in problem.guests}
    if sum(segments[call.guest] == guest.segment for call in calls) >= places:
        return FILLED
    return _among(chances, guest, calls)


def _alone(chances: Chances, guest: Guest) -> str | None:
    """What would stand in the way if no other call were planned."""
    problem, leaders, sitters = chances.problem, chances.leaders(guest), chances.sitters(guest)
    period = f"between {span(problem.first, problem.last)}"
    own = chances.own(guest)
    if not own:
        return f"They have no free time of {guest.minutes} minutes {period}."
    if not leaders:
        return NO_LEADER
    common = own & _any(chances, leaders, guest.minutes, rules=False)
    if not common:
        one = chances.hosts[leaders[0]].name if len(leaders) == 1 else "any interviewer"
        return f"No common free time with {one} {period}."
    fit = {at for at in common if chances.fit(guest, at)}
    if not fit:
        days = sorted({day_in(guest.zone, at) for at in common})
        return " ".join(dict.fromkeys(guest.barred[day] for day in days))
    if sitters is not None:
        if not sitters:
            return NO_SITTER
        able = _any(chances, sitters, guest.minutes, rules=False)
        if not fit & able:
            return _no_chaperone(chances, fit, able, [chances.hosts[key] for key in sitters])
    if chances.starts[guest.key]:
        return None
    parts = [leaders] if sitters is None else [leaders, sitters]
    days_open = set(fit)
    for keys in parts:
        days_open &= _any(chances, keys, guest.minutes, rules=True, full_days=True)
    return BOOKED if days_open else BOOKED_DAYS


def _any(
    chances: Chances, keys: Iterable[Key], minutes: int, *, rules: bool, full_days: bool = False
) -> frozenset[datetime]:
    """When any of these people can begin a call; with `full_days`, of the rules only the most calls in a day count."""
    found: set[datetime] = set()
    for key in keys:
        host = chances.hosts[key]
        starts = chances.host_starts(key, minutes, rules=rules and not full_days)
        found |= {at for at in starts if chances.day_left(host, at)} if full_days else starts
    return frozenset(found)


def _no_chaperone(chances: Chances, wanted: set[datetime], able: frozenset[datetime], sitters: list[Host]) -> str:
    """No chaperone at the common times: after an hour, before an hour, on those days, or just not then."""
    zone = ZoneInfo(chances.problem.zone)
    place = chances.problem.zone.rpartition("/")[2].replace("_", " ")

    def clock(at: datetime) -> str:
        return f"{at.astimezone(zone):%H:%M}"

    if not able:
        return f"No chaperone has time between {span(chances.problem.first, chances.problem.last)}."
    days = {day_in(chances.problem.zone, at) for at in wanted}
    if not days & {day_in(chances.problem.zone, at) for at in able}:
        return f"No chaperone on {listed([f'{day:%-d %B}' for day in sorted(days)])}."
    hours = [clock(at) for at in wanted]
    if min(hours) > max(clock(at) for at in able):
        ends = {clock(end) for host in sitters for _, end in host.free}
        return f"No chaperone after {max(ends)} {place}."
    if max(hours) < min(clock(at) for at in able):
        begins = {clock(begin) for host in sitters for begin, _ in host.free}
        return f"No chaperone before {min(begins)} {place}."
    return "No chaperone is free at the times that they share with an interviewer."


def _among(chances: Chances, guest: Guest, calls: Sequence[Placed]) -> str:
    """Which of the plan's calls stand in the way."""
    starts, minutes = chances.starts[guest.key], guest.minutes
    leaders, sitters = chances.leaders(guest), chances.sitters(guest)
    clear: Callable[[Key, datetime], bool] = lambda key, at: not _in_the_way(chances, key, at, minutes, calls)  # noqa: E731
    left: Callable[[Key, datetime], bool] = lambda key, at: _day_left(chances, key, at, calls)  # noqa: E731

    def can(at: datetime, keys: list[Key] | None, *tests: Callable[[Key, datetime], bool]) -> bool:
        able = [key for key in keys or () if at in chances.host_starts(key, minutes)]
        return keys is None or any(all(test(key, at) for test in tests) for key in able)

    if any(can(at, leaders, clear, left) and can(at, sitters, clear, left) for at in starts):
        return TIME
    if any(can(at, leaders, clear, left) for at in starts):
        return SITTER
    if any(can(at, leaders, clear) for at in starts):
        return MOST
    priorities = {other.key: other.priority for other in chances.problem.guests}
    worst = max(
        (
            priorities[call.guest]
            for at in starts
            for key in leaders
            for call in _in_the_way(chances, key, at, minutes, calls)
        ),
        default=0,
    )
    return HIGHER if worst < guest.priority else SAME if worst == guest.priority else OTHERS


def _in_the_way(chances: Chances, key: Key, at: datetime, minutes: int, calls: Sequence[Placed]) -> list[Placed]:
    """The calls of a plan that a person would be in, or too near to, during a call at that instant."""
    pause = timedelta(minutes=chances.hosts[key].pause)
    until = at + timedelta(minutes=minutes)
    return [
        call
        for call in calls
        if key in (call.leader, call.chaperone)
        and call.start < until + pause
        and at < call.start + timedelta(minutes=call.minutes) + pause
    ]


def _day_left(chances: Chances, key: Key, at: datetime, calls: Sequence[Placed]) -> bool:
    """True when the person takes one more call on that day."""
    host = chances.hosts[key]
    day = day_in(host.zone, at)
    own = sum(key in (call.leader, call.chaperone) and day_in(host.zone, call.start) == day for call in calls)
    return own + host.days.get(day, 0) < host.most_a_day


def span(first: date, last: date) -> str:
    """Two days in words.

    >>> span(date(2026, 3, 9), date(2026, 3, 20)), span(date(2026, 3, 30), date(2026, 4, 10))
    ('9 and 20 March', '30 March and 10 April')
    """
    return (
        f"{first:%-d}{'' if (first.year, first.month) == (last.year, last.month) else f'{first: %B}'} and {last:%-d %B}"
    )


def listed(words: Sequence[str]) -> str:
    """Words with commas and an "and".

    >>> listed(["16 March", "17 March", "20 March"])
    '16 March, 17 March and 20 March'
    """
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
