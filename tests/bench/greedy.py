"""The baseline that the planner must beat: one expert after the other at the earliest time with the least busy interviewer."""

from collections import Counter
from datetime import datetime, timedelta

from interviews.planner import Guest, Host, Placed, Problem
from interviews.planner.chances import Chances
from interviews.planner.problem import day_in


class Diary:
    """What the people of the firm have taken so far."""

    def __init__(self) -> None:
        self.calls: dict[object, list[tuple[datetime, datetime]]] = {}
        self.days: Counter = Counter()

    def open_to(self, host: Host, at: datetime, minutes: int) -> bool:
        pause = timedelta(minutes=host.pause)
        end = at + timedelta(minutes=minutes)
        apart = all(end + pause <= b or e + pause <= at for b, e in self.calls.get(host.key, ()))
        return (
            apart
            and self.days[host.key, day_in(host.zone, at)] + host.days.get(day_in(host.zone, at), 0) < host.most_a_day
        )

    def take(self, host: Host, at: datetime, minutes: int) -> None:
        self.calls.setdefault(host.key, []).append((at, at + timedelta(minutes=minutes)))
        self.days[host.key, day_in(host.zone, at)] += 1


def greedy(problem: Problem, *, scarce_first: bool = False) -> list[Placed]:
    """By priority, or those with the fewest possible times first; each at the earliest time, the least busy interviewer."""
    chances, diary, places = Chances(problem), Diary(), dict(problem.places)
    found: list[Placed] = []

    def order(guest: Guest):
        few = len(chances.starts[guest.key])
        return (few, guest.priority) if scarce_first else (guest.priority, str(guest.key))

    for guest in sorted(problem.guests, key=order):
        if places[guest.segment] < 1:
            continue
        call = place(guest, chances, diary)
        if call:
            found.append(call)
            places[guest.segment] -= 1
    return found


def place(guest: Guest, chances: Chances, diary: Diary) -> Placed | None:
    """The guest's call at the first instant at which all are free."""
    for at in chances.starts[guest.key]:
        leaders = able(chances, diary, chances.leaders(guest), at, guest.minutes)
        sitters = chances.sitters(guest)
        beside = [None] if sitters is None else able(chances, diary, sitters, at, guest.minutes)
        if leaders and beside:
            for host in (leaders[0], beside[0]):
                if host:
                    diary.take(host, at, guest.minutes)
            return Placed(guest.key, leaders[0].key, beside[0] and beside[0].key, at, guest.minutes)
    return None


def able(chances: Chances, diary: Diary, keys, at: datetime, minutes: int) -> list[Host]:
    hosts = [chances.hosts[key] for key in keys if at in chances.host_starts(key, minutes)]
    free = [host for host in hosts if diary.open_to(host, at, minutes)]
    return sorted(free, key=lambda host: (len(diary.calls.get(host.key, ())), str(host.key)))
