"""What a plan may never break, reckoned anew from the problem and the calls alone, without the planner's own code."""

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from interviews.planner import Host, Placed, Problem


def faults(problem: Problem, calls: list[Placed]) -> list[str]:
    """Everything wrong with a plan, as sentences; empty when it holds."""
    guests = {guest.key: guest for guest in problem.guests}
    found = [f"{key} is placed {n} times" for key, n in Counter(call.guest for call in calls).items() if n > 1]
    placed = {call.guest for call in calls}
    found += [f"{key}'s booked call was dropped" for key, guest in guests.items() if guest.booked and key not in placed]
    for call in calls:
        found += [f"{call.guest}: {what}" for what in _of_call(problem, guests[call.guest], call)]
    segments = Counter(guests[call.guest].segment for call in calls)
    booked = Counter(guest.segment for guest in guests.values() if guest.booked)
    for segment, count in segments.items():
        if count > max(problem.places.get(segment, 0), booked[segment]):
            found.append(f"{segment} has {count} calls for {problem.places.get(segment, 0)} places")
    for host in (*problem.interviewers, *problem.chaperones):
        found += [f"{host.name}: {what}" for what in _of_host(host, calls, guests)]
    moved = sum(_changed(guests[call.guest], call) for call in calls)
    if moved > problem.most_moved:
        found.append(f"{moved} booked calls are moved, at most {problem.most_moved} may be")
    return found


def _changed(guest, call: Placed) -> bool:
    return guest.booked is not None and guest.booked.start != call.start


def _of_call(problem: Problem, guest, call: Placed) -> list[str]:
    end = call.start + timedelta(minutes=guest.minutes)
    wrong = []
    if call.moved != _changed(guest, call):
        wrong.append("does not say rightly whether it was moved")
    if guest.booked:
        if (call.leader, call.chaperone) != (guest.booked.leader, guest.booked.chaperone):
            wrong.append("a booked call was given to others")
        if not _changed(guest, call):
            return wrong
    people = {host.key: host for host in (*problem.interviewers, *problem.chaperones)}
    if call.minutes != guest.minutes:
        wrong.append("has another length")
    if not _within(guest.free, call.start, end):
        wrong.append("the expert is not free")
    if call.start.astimezone(ZoneInfo(guest.zone)).date() in guest.barred:
        wrong.append("the expert is barred on that day")
    home = ZoneInfo(problem.zone)
    last = datetime.combine(problem.last + timedelta(days=1), time(), home).astimezone(UTC)
    if not datetime.combine(problem.first, time(), home).astimezone(UTC) <= call.start <= end <= last:
        wrong.append("is outside the period")
    if call.start.minute % problem.step or call.start.second:
        wrong.append("is off the grid")
    if call.leader not in {host.key for host in problem.interviewers}:
        wrong.append("is led by nobody of the interviewers")
    if guest.leaders is not None and call.leader not in guest.leaders:
        wrong.append("is led by somebody who may not")
    if not guest.booked and (guest.chaperones is None) != (call.chaperone is None):
        wrong.append("has a chaperone and needs none, or the reverse")
    if not guest.booked and call.chaperone is not None and call.chaperone not in (guest.chaperones or ()):
        wrong.append("has a chaperone who may not sit in")
    for key in filter(None, [people.get(call.leader) and call.leader, call.chaperone]):
        if not _within(people[key].free, call.start, end):
            wrong.append(f"{people[key].name} is not free")
    return wrong


def _within(free, start: datetime, end: datetime) -> bool:
    """True when every minute from start to end lies in a free stretch."""
    at = start
    while at < end:
        if not any(begin <= at < until for begin, until in free):
            return False
        at += timedelta(minutes=1)
    return True


def _of_host(host: Host, calls: list[Placed], guests) -> list[str]:
    own = sorted((c for c in calls if host.key in (c.leader, c.chaperone)), key=lambda call: call.start)
    pause = timedelta(minutes=host.pause)
    wrong = []
    for n, one in enumerate(own):
        end = one.start + timedelta(minutes=one.minutes)
        for other in own[n + 1 :]:
            # Two booked calls that stay may be as near as they were booked.
            stay = guests[one.guest].booked and guests[other.guest].booked and not (one.moved or other.moved)
            if other.start < end + pause and not stay:
                wrong.append(f"{one.guest} and {other.guest} are nearer than the pause")
        if guests[one.guest].booked and not one.moved:
            continue
        for begin, until in host.busy:
            if begin < end + pause and one.start < until + pause:
                wrong.append(f"{one.guest} is nearer than the pause to a call that stays")
    zone = ZoneInfo(host.zone)
    days = Counter(call.start.astimezone(zone).date() for call in own)
    fresh = {c.start.astimezone(zone).date() for c in own if c.moved or not guests[c.guest].booked}
    for day, count in days.items():
        if day in fresh and count + host.days.get(day, 0) > host.most_a_day:
            wrong.append(f"has {count + host.days.get(day, 0)} calls on {day}, at most {host.most_a_day}")
    return wrong
