"""How a programme's field work stands against its delivery date: milestones, run-rate, reach, show rate, burn-up. Pure.

People are counted, not calls, except where the calls themselves are the question (the show rate, the pace). Only a person
with a cleared transcript fills a quota: a call that was held is not yet an answer.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil, floor

from interviews.workdays import NONE, step, working_days, works
from synthesis.statistics import PERCENT_FROM, n_of_n, percent, wilson

STAGES = (
    ("invited", "Invited"),
    ("screened", "Screened"),
    ("eligible", "May speak"),
    ("booked", "Booked"),
    ("held", "Held"),
    ("transcribed", "Transcribed"),
    ("cleared", "Cleared"),
    ("tagged", "Tagged"),
    ("released", "Released"),
)
"""The steps from an approach to an answer that the funds read, in their order. Who is at one has passed those before it."""

LEADS = {"booking": 3, "call": 2, "clearance": 1, "freeze": 1}
"""Working days before the release by which each step must be over, unless the settings say otherwise."""

SURE = 0.9
"""The share of a forecast's distribution that its interval holds."""


# The dates ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Milestones:
    """The last day of each step, planned back from the delivery date, so that compliance has its time inside it."""

    booking: date
    call: date
    clearance: date
    freeze: date
    release: date

    def lines(self) -> list[tuple[str, date]]:
        """The milestones as they are read, in their order."""
        return [
            ("Last booking", self.booking),
            ("Last call", self.call),
            ("Last clearance", self.clearance),
            ("Freeze", self.freeze),
            ("Release", self.release),
        ]


def milestones(delivery: date, off: Collection[date] = NONE, leads: Mapping[str, int] = LEADS) -> Milestones:
    """The milestones of a delivery date; `leads` counts working days before it. Raises ValueError if they are out of order."""
    days = [leads[name] for name in ("booking", "call", "clearance", "freeze")]
    if days != sorted(days, reverse=True) or days[-1] < 0:
        raise ValueError("Booking comes before the call, the call before clearance, and clearance before the freeze.")
    booking, call, clearance, freeze = (step(delivery, -n, off) for n in days)
    return Milestones(booking, call, clearance, freeze, delivery)


def days_to_call(today: date, last_call: date, off: Collection[date] = NONE) -> int:
    """Working days on which further calls can still be held: from tomorrow to the last day for calls."""
    return working_days(today + timedelta(days=1), last_call, off)


# Reach --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reach:
    """How long a number of people can still be reached at a pace a day.

    `begin` is the last working day on which the calls must start and then go on at that pace, `lost` the working day from
    which the number is out of reach, `done` the day on which it is reached if the calls go on from tomorrow. All are None
    when nothing is missing; `begin` and `done` are None when there is no pace at all, and `lost` is then today.
    """

    pace: float
    begin: date | None = None
    lost: date | None = None
    done: date | None = None

    def gone(self, today: date) -> bool:
        """Out of reach already: even calls from tomorrow on would not do."""
        return self.lost is not None and (self.begin is None or self.begin <= today)


def reach(missing: int, pace: float, *, today: date, last_call: date, off: Collection[date] = NONE) -> Reach:
    """Until when `missing` people can still be heard by the last day for calls at `pace` people a working day.

    The pace must be kept on every working day. Raises ValueError for a negative number or pace.
    """
    if missing < 0 or pace < 0:
        raise ValueError("Neither people nor a pace can be fewer than none.")
    if missing == 0:
        return Reach(pace)
    if pace == 0:
        return Reach(pace, lost=today)
    # A pace that comes out at whole days must not need one more for a rounding of the computer.
    needed = ceil(missing / pace - 1e-9)
    last = last_call if works(last_call, off) else step(last_call, -1, off)
    begin = step(last, 1 - needed, off)
    return Reach(pace, begin, step(begin, 1, off), step(today, needed, off))


# Rates --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rate:
    """A count of a count, with Wilson's 95 % interval. A percentage is written from 30 on; below, out of ten."""

    n: int
    total: int

    @property
    def text(self) -> str:
        """As it is written: "16 of 18", from 30 on with its percentage."""
        share = percent(self.n, self.total)
        return n_of_n(self.n, self.total) + (f" ({share})" if share else "")

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval as shares of one."""
        return wilson(self.n, self.total)

    @property
    def range(self) -> str:
        """The interval in words, "7 to 10 in 10" or, from 30 on, "81% to 96%"; rounded outwards, so it never says too much."""
        low, high = self.interval
        if self.total < PERCENT_FROM:
            return f"{floor(10 * low)} to {ceil(10 * high)} in 10"
        return f"{floor(100 * low)}% to {ceil(100 * high)}%"


@dataclass(frozen=True, slots=True)
class Outcomes:
    """How calls that fell due ended. A call stopped for compliance took place, and says nothing of who keeps appointments."""

    held: int = 0
    no_show: int = 0
    late_cancel: int = 0
    ended_early: int = 0
    stopped: int = 0

    @property
    def due(self) -> int:
        """Calls whose time came."""
        return self.held + self.no_show + self.late_cancel + self.ended_early + self.stopped

    @property
    def show(self) -> Rate:
        """Held, of those held, missed, cancelled late or ended early."""
        return Rate(self.held, self.held + self.no_show + self.late_cancel + self.ended_early)


# A segment ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """One segment's people (or everybody's) on a day, and what the delivery date still asks for.

    `held` are people heard whether cleared or not; `ahead` have a call on a coming day that is in time to be cleared,
    `late` one after the last day for calls; `free` may speak and have no call. `days` are the working days left for calls.
    """

    code: str
    title: str
    quota: int
    cleared: int
    held: int
    ahead: int
    late: int
    free: int
    days: int

    @property
    def waiting(self) -> int:
        """Heard, and not cleared yet."""
        return max(self.held - self.cleared, 0)

    @property
    def missing(self) -> int:
        """People still to be heard, if all who were heard are cleared."""
        return max(self.quota - self.cleared - self.waiting, 0)

    @property
    def need(self) -> float | None:
        """People a working day that must be heard; 0 when the quota is full, None when no day is left."""
        if not self.missing:
            return 0.0
        return self.missing / self.days if self.days else None

    @property
    def to_book(self) -> int:
        """Calls still to be booked, if everybody booked turns up."""
        return max(self.missing - self.ahead, 0)

    @property
    def to_recruit(self) -> int:
        """People still to be found and screened, if everybody who may speak is booked and turns up."""
        return max(self.to_book - self.free, 0)


def total(rows: Sequence[Standing]) -> Standing:
    """Everybody: the sums over all segments, each up to what its own quota needs, for one can't stand in for another."""
    whole = Standing("", "All", 0, 0, 0, 0, 0, 0, rows[0].days if rows else 0)
    for row in rows:
        cleared, held = min(row.cleared, row.quota), min(row.held, row.quota)
        counts = (whole.quota + row.quota, whole.cleared + cleared, whole.held + held)
        ahead, free = min(row.ahead, row.missing), min(row.free, row.to_book)
        further = (whole.ahead + ahead, whole.late + row.late, whole.free + free)
        whole = Standing("", "All", *counts, *further, whole.days)
    return whole


# Burn-up ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the burn-up: people by the end of it. What has not come yet is None."""

    day: date
    planned: float
    booked: int
    held: int | None
    cleared: int | None


def burn_up(
    *,
    launch: date,
    plan: Milestones,
    today: date,
    target: int,
    booked: Iterable[date],
    held: Iterable[date],
    cleared: Iterable[date],
    off: Collection[date] = NONE,
) -> list[Day]:
    """People planned, on the calendar, heard and cleared by the end of each day from the launch to the release.

    `held` and `cleared` give the day on which each person was first heard and cleared, `booked` the day of each person's
    coming call. The plan is even over the working days from the launch to the last day for calls: what comes later
    can't be cleared in time. Counts of booked contain those heard before. Raises ValueError for a release before the launch.
    """
    if plan.release < launch:
        raise ValueError("The plan ends before it starts.")
    heard, told, coming = sorted(held), sorted(cleared), sorted(booked)
    whole = max(working_days(launch, plan.call, off), 1)
    rows = []
    for number in range((plan.release - launch).days + 1):
        day = launch + timedelta(days=number)
        gone = min(working_days(launch, min(day, plan.call), off), whole)
        past = day <= today
        rows.append(
            Day(
                day,
                round(target * gone / whole, 1),
                _by(heard, day) + _by(coming, day),
                _by(heard, day) if past else None,
                _by(told, day) if past else None,
            )
        )
    return rows


def _by(days: Sequence[date], day: date) -> int:
    return sum(other <= day for other in days)


# The funnel ---------------------------------------------------------------------------------------------------------


def funnel(reached: Iterable[str]) -> dict[str, int]:
    """How many got at least as far as each stage, from the furthest stage that each person reached ("" for none).

    Raises ValueError for a word that is no stage.
    """
    rank = {code: number for number, (code, _) in enumerate(STAGES, 1)} | {"": 0}
    counts = [0] * (len(STAGES) + 1)
    for stage in reached:
        if stage not in rank:
            raise ValueError(f"“{stage}” is no stage of the field.")
        counts[rank[stage]] += 1
    return {code: sum(counts[number:]) for number, (code, _) in enumerate(STAGES, 1)}


def furthest(stages: Iterable[str]) -> str:
    """The stage furthest along, "" when there is none."""
    order = [code for code, _ in STAGES]
    return max(stages, key=lambda stage: order.index(stage) if stage else -1, default="")
