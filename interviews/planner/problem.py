"""What a plan is made from and what it is: people with their free stretches in UTC, places, and the calls proposed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

Stretch = tuple[datetime, datetime]
# Whatever the caller knows a person by; it only has to be hashable.
Key = Any

# Minutes from one possible beginning of a call to the next.
STEPS = (15, 30)
MOST_MOVED = 9


@dataclass(frozen=True)
class Host:
    """Somebody of the firm who leads calls or sits in as the chaperone. `free`: UTC stretches, as if no call were booked.

    busy: the calls that stay as they are. pause: minutes kept between two calls. most_a_day: calls on one day of their own
    zone, of which `days` stay. load: calls of the period that stay, for an even spread.
    """

    key: Key
    name: str
    zone: str
    free: tuple[Stretch, ...]
    most_a_day: int = 5
    pause: int = 15
    load: int = 0
    days: Mapping[date, int] = field(default_factory=dict)
    busy: tuple[Stretch, ...] = ()


@dataclass(frozen=True)
class Booked:
    """Where a call stands now, when it may move at a cost."""

    start: datetime
    leader: Key
    chaperone: Key | None = None


@dataclass(frozen=True)
class Guest:
    """An expert to be placed. `free`: UTC stretches. priority: 1 first, 3 last. urgency: 0 to 3, how far the segment is behind.

    leaders: who may lead, None for everybody. chaperones: who may sit in, None when no chaperone is needed.
    barred: days of their own zone on which they may not be heard, each with the sentence that says why.
    booked: where their call is now; it keeps its people, who must be among those of the problem.
    """

    key: Key
    zone: str
    free: tuple[Stretch, ...]
    segment: str
    minutes: int
    priority: int = 2
    urgency: int = 0
    leaders: frozenset[Key] | None = None
    chaperones: frozenset[Key] | None = None
    barred: Mapping[date, str] = field(default_factory=dict)
    booked: Booked | None = None


@dataclass(frozen=True)
class Problem:
    """All that a plan depends on. `guests`: experts to be placed, and those with a booked call that may move.

    places: the calls that each segment takes, of these guests. zone: in which the period is meant and reasons are told.
    step: minutes between possible beginnings, on the clock of UTC. most_moved: booked calls that a plan may move, at most
    MOST_MOVED. Interviewers and chaperones are different people.
    """

    guests: tuple[Guest, ...]
    interviewers: tuple[Host, ...]
    chaperones: tuple[Host, ...]
    places: Mapping[str, int]
    first: date
    last: date
    zone: str = "Europe/London"
    step: int = 15
    most_moved: int = 3


@dataclass(frozen=True)
class Placed:
    """One call of a plan. `moved`: it was booked for another time."""

    guest: Key
    leader: Key
    chaperone: Key | None
    start: datetime
    minutes: int
    moved: bool = False


@dataclass(frozen=True)
class Plan:
    """What is proposed, and why others have no place. `bound`: no plan places more calls. `gap`: how far the plan's worth can
    be from the best, as a share. seconds: how long it took."""

    placed: tuple[Placed, ...]
    unplaced: Mapping[Key, str]
    bound: int
    gap: float
    seconds: float

    @property
    def moved(self) -> int:
        """Booked calls that the plan moves."""
        return sum(call.moved for call in self.placed)


def day_in(zone: str, at: datetime) -> date:
    """The day that a calendar in that zone shows."""
    return at.astimezone(ZoneInfo(zone)).date()


def joined(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Stretches in order, those that touch or overlap made one."""
    found: list[Stretch] = []
    for begin, end in sorted(stretches):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((begin, end))
    return found
