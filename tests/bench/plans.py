"""Made-up fortnights for the planner, from a seed: people in eight zones whose common times are few."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from interviews.planner import Guest, Host, Problem, Stretch

# Eight zones, from UTC-8 to UTC+8, with the share of experts in each.
ZONES = {
    "America/Los_Angeles": 14,
    "America/Chicago": 10,
    "America/New_York": 20,
    "Europe/London": 14,
    "Europe/Berlin": 10,
    "Asia/Dubai": 4,
    "Asia/Kolkata": 10,
    "Asia/Singapore": 6,
}
SEGMENTS = {"customers": 35, "managers": 20, "competitors": 15}
FIRST = date(2026, 3, 16)


def working_days(first: date, count: int) -> list[date]:
    days = (first + timedelta(days=n) for n in range(count * 2))
    return [day for day in days if day.weekday() < 5][:count]


def stretch(day: date, begin: float, end: float, zone: str) -> Stretch:
    """From one hour of the clock in a zone to another."""
    midnight = datetime.combine(day, time(), ZoneInfo(zone))
    return tuple((midnight + timedelta(hours=hour)).astimezone(UTC) for hour in (begin, end))  # type: ignore[return-value]


def fortnight(
    seed: int, *, experts: int = 75, interviewers: int = 6, chaperones: int = 2, days: int = 10, windows: int = 4
) -> Problem:
    """A fortnight in which time is short.

    Each interviewer takes calls for half of most days, at most three; each chaperone on two days of three until 16:00. Experts
    offer `windows` windows, more or fewer by one, of an hour to two around their working day; a quarter need a chaperone, one
    in seven insists on one interviewer.
    """
    dice = random.Random(seed)
    dates = working_days(FIRST, days)
    hosts = [host_of(number, number < interviewers, dates, dice) for number in range(interviewers + chaperones)]
    guests = [
        guest_of(number, dates, hosts[:interviewers], hosts[interviewers:], windows, dice) for number in range(experts)
    ]
    return Problem(
        tuple(guests), tuple(hosts[:interviewers]), tuple(hosts[interviewers:]), SEGMENTS, dates[0], dates[-1]
    )


def host_of(number: int, leads: bool, dates: list[date], dice: random.Random) -> Host:
    home = "America/New_York" if number % 3 == 0 else "Europe/London"
    free = []
    for day in dates:
        if dice.random() < 0.3:
            continue
        begin, end = dice.choice([(9, 13), (13, 17), (14, 18)]) if leads else dice.choice([(9, 13), (12, 16)])
        free.append(stretch(day, begin, end, home))
    return Host(
        number, f"{'Interviewer' if leads else 'Chaperone'} {number + 1}", home, tuple(free), most_a_day=3, pause=15
    )


def guest_of(
    number: int, dates: list[date], leaders: list[Host], sitters: list[Host], windows: int, dice: random.Random
) -> Guest:
    zone = dice.choices(list(ZONES), list(ZONES.values()))[0]
    early, late = ([7, 8, 9, 10, 12], [15, 16, 17, 18, 20])
    free = []
    for day in dice.sample(dates, dice.randint(windows - 1, windows + 1)):
        begin = dice.choice(late if zone.startswith("Asia") else early + late[:3])
        free.append(stretch(day, begin, begin + dice.choice([1, 1.5, 2]), zone))
    return Guest(
        f"E{number:03}",
        zone,
        tuple(free),
        dice.choices(list(SEGMENTS), list(SEGMENTS.values()))[0],
        minutes=60,
        priority=dice.choice([1, 2, 2, 3]),
        urgency=dice.choice([0, 0, 1, 3]),
        leaders=frozenset([dice.choice(leaders).key]) if dice.random() < 1 / 7 else None,
        chaperones=frozenset(host.key for host in sitters) if dice.random() < 1 / 4 else None,
    )


def wide(seed: int) -> Problem:
    """The same people, where every expert offers five to six hours on seven to nine days and the quotas leave room."""
    case = fortnight(seed, windows=8)
    more = timedelta(hours=4)
    guests = tuple(replace(guest, free=tuple((b, e + more) for b, e in guest.free)) for guest in case.guests)
    return replace(case, guests=guests, places={segment: places + 10 for segment, places in case.places.items()})
