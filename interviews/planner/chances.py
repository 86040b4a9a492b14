"""At which instants each expert could be placed, and by whom: what a plan chooses from."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from interviews.planner.problem import Guest, Host, Key, Problem, Stretch, day_in, joined


class Chances:
    """At which instants each guest could be placed, and by whom; what a plan chooses from."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.zone = ZoneInfo(problem.zone)
        self.start = datetime.combine(problem.first, datetime.min.time(), self.zone).astimezone(UTC)
        self.end = datetime.combine(problem.last + timedelta(days=1), datetime.min.time(), self.zone).astimezone(UTC)
        self.hosts = {host.key: host for host in (*problem.interviewers, *problem.chaperones)}
        self._starts: dict[tuple[Key, int, bool], frozenset[datetime]] = {}

    def grid(self, free: Iterable[Stretch], minutes: int) -> Iterator[datetime]:
        """The instants of the period at which a call of that length fits into a free stretch, on the step's grid of UTC."""
        length, step = timedelta(minutes=minutes), timedelta(minutes=self.problem.step)
        for begin, end in free:
            begin, end = max(begin, self.start), min(end, self.end)
            late = (begin - datetime(2000, 1, 1, tzinfo=UTC)) % step
            at = begin + (step - late if late else timedelta())
            while at + length <= end:
                yield at
                at += step

    def host_starts(self, key: Key, minutes: int, *, rules: bool = True) -> frozenset[datetime]:
        """When somebody of the firm can begin a call of that length; without `rules` by their free time alone."""
        if (key, minutes, rules) not in self._starts:
            host = self.hosts[key]
            if rules:
                starts = self.host_starts(key, minutes, rules=False)
                found = frozenset(at for at in starts if self.apart(host, at, minutes) and self.day_left(host, at))
            else:
                found = frozenset(self.grid(joined(host.free), minutes))
            self._starts[key, minutes, rules] = found
        return self._starts[key, minutes, rules]

    def apart(self, host: Host, at: datetime, minutes: int) -> bool:
        """True when no call that stays is nearer than the pause."""
        pause, end = timedelta(minutes=host.pause), at + timedelta(minutes=minutes)
        return all(end + pause <= begin or until + pause <= at for begin, until in host.busy)

    def day_left(self, host: Host, at: datetime) -> bool:
        """True when the calls that stay are fewer than the person takes in a day."""
        day = day_in(host.zone, at)
        return host.days.get(day, 0) < host.most_a_day

    def leaders(self, guest: Guest) -> list[Key]:
        """Who may lead a call with this guest, in their order. A booked call keeps its people."""
        if guest.booked:
            return [guest.booked.leader]
        keys = [host.key for host in self.problem.interviewers]
        return keys if guest.leaders is None else [key for key in keys if key in guest.leaders]

    def sitters(self, guest: Guest) -> list[Key] | None:
        """Who may be the chaperone, in their order; None when none is needed."""
        if guest.booked:
            return None if guest.booked.chaperone is None else [guest.booked.chaperone]
        if guest.chaperones is None:
            return None
        return [host.key for host in self.problem.chaperones if host.key in guest.chaperones]

    def own(self, guest: Guest) -> frozenset[datetime]:
        """When the guest is free for the whole call, barred days included."""
        return frozenset(self.grid(joined(guest.free), guest.minutes))

    def fit(self, guest: Guest, at: datetime) -> bool:
        """True on a day on which the guest may be heard."""
        return day_in(guest.zone, at) not in guest.barred

    @cached_property
    def starts(self) -> dict[Key, list[datetime]]:
        """For each guest the instants at which a leader and, where needed, a chaperone are to be had, in order."""
        found = {}
        for guest in self.problem.guests:
            starts = self.own(guest) & self._any(self.leaders(guest), guest.minutes)
            if (sitters := self.sitters(guest)) is not None:
                starts &= self._any(sitters, guest.minutes)
            kept = {at for at in starts if self.fit(guest, at)}
            if guest.booked:
                kept = kept | {guest.booked.start} if self.problem.most_moved else {guest.booked.start}
            found[guest.key] = sorted(kept)
        return found

    def _any(self, keys: Iterable[Key], minutes: int) -> frozenset[datetime]:
        return frozenset().union(*(self.host_starts(key, minutes) for key in keys))
