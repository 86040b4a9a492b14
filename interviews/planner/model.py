"""The plan as a mixed-integer programme, solved by HiGHS.

It does not pair each expert with each interviewer. Experts whom the same people may lead form a class; one variable says that
an expert speaks at an instant, another that an interviewer takes a call of that class then, and both must agree in number.
Interviewers who could stand in for each other so make no copies of one plan, and a person's calls in time form an interval
matrix (Fulkerson and Gross, 1965), which leaves the linear relaxation nearly whole by itself.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from interviews.planner.chances import Chances
from interviews.planner.problem import Guest, Host, Key, Placed, day_in

Progress = Callable[[int, int], None]
# Who leads or sits in, and for how long: guests of one class can stand in for each other there.
Class = tuple[str, frozenset[Key], int]

# What counts before what: a call placed, a booked call left where it is, priority, an early day, an even load. Each is worth
# more than all that comes after it can add up to, for up to 300 calls on 20 days with at most nine moved.
PLACED, MOVED, PRIORITY, DAY, UNEVEN = 1_000_000, 100_000, 100, 1, 2
# The solver stops when what it has is known to be this near to the best: less than one step of priority. A share of the worth
# would do worse, since all but the number of calls is a thousandth of it.
NEAR = 9
# No one person has more calls than this in one plan.
MOST_CALLS = 1000


@dataclass(frozen=True)
class Solved:
    """The calls found. worth, bound: of the objective, for these calls and for the best there can be."""

    placed: tuple[Placed, ...]
    worth: float
    bound: float


class Model:
    """Columns and rows, gathered by name and handed to the solver at once."""

    def __init__(self, chances: Chances) -> None:
        self.chances = chances
        self.problem = chances.problem
        self.cost: list[float] = []
        self.upper: list[float] = []
        self.whole: list[bool] = []
        self.now: list[float] = []
        self.rows: list[tuple[float, float, list[int], list[float]]] = []
        self.speaks: dict[tuple[Key, datetime], int] = {}
        self.takes: dict[tuple[Class, Key, datetime], int] = {}
        self._speakers()
        self._hosts()
        self._spread()

    # Columns and rows ---------------------------------------------------------------------------------------------

    def column(self, cost: float = 0, upper: float = 1, *, whole: bool = True, now: float = 0) -> int:
        """A new column; `now` is its value when all booked calls stay as they are and nobody else is placed."""
        self.cost.append(cost)
        self.upper.append(upper)
        self.whole.append(whole)
        self.now.append(now)
        return len(self.cost) - 1

    def row(self, low: float, high: float, columns: Iterable[int], factors: Iterable[float] | None = None) -> None:
        """A new row. What is booked already may break a rule, such as a pause made longer since; it may stay all the same."""
        found = list(columns)
        weights = list(factors) if factors is not None else [1.0] * len(found)
        value = sum(self.now[c] * w for c, w in zip(found, weights, strict=True))
        self.rows.append((min(low, value), max(high, value), found, weights))

    def worth(self, guest: Guest, at: datetime) -> float:
        """What it is worth that this guest speaks then."""
        stays = guest.booked is not None and guest.booked.start == at
        late = (day_in(self.problem.zone, at) - self.problem.first).days
        found = PLACED + PRIORITY * (3 - guest.priority) - DAY * (1 + guest.urgency) * min(late, 20)
        return found if stays or not guest.booked else found - MOVED

    def _speakers(self) -> None:
        by_segment: dict[str, list[int]] = defaultdict(list)
        moved: list[int] = []
        for guest in self.problem.guests:
            own = []
            for at in self.chances.starts[guest.key]:
                stays = guest.booked is not None and guest.booked.start == at
                own.append(self.column(self.worth(guest, at), now=float(stays)))
                self.speaks[guest.key, at] = own[-1]
                if guest.booked and not stays:
                    moved.append(own[-1])
            if own:
                self.row(1 if guest.booked else 0, 1, own)
            by_segment[guest.segment] += own
        for segment, columns in by_segment.items():
            self.row(0, self.problem.places.get(segment, 0), columns)
        if moved:
            self.row(0, self.problem.most_moved, moved)

    def _hosts(self) -> None:
        for hosts, part in ((self.problem.interviewers, "leader"), (self.problem.chaperones, "chaperone")):
            wanted: dict[Class, dict[datetime, list[Guest]]] = defaultdict(lambda: defaultdict(list))
            for guest in self.problem.guests:
                if kind := class_of(self.chances, guest, part):
                    for at in self.chances.starts[guest.key]:
                        wanted[kind][at].append(guest)
            for kind, times in wanted.items():
                self._agree(kind, times, hosts)
            for host in hosts:
                self._keep(host, {c: at for (k, key, at), c in self.takes.items() if key == host.key and k[0] == part})

    def _agree(self, kind: Class, times: dict[datetime, list[Guest]], hosts: tuple[Host, ...]) -> None:
        """As many hosts take a call of this class at an instant as guests of the class speak then."""
        part, able, minutes = kind
        free = {host.key: self.chances.host_starts(host.key, minutes) for host in hosts if host.key in able}
        for at, guests in times.items():
            booked = {sits(guest, part) for guest in guests if guest.booked and guest.booked.start == at}
            takers = []
            for key, starts in free.items():
                if at in starts or key in booked:
                    takers.append(self.column(now=float(key in booked)))
                    self.takes[kind, key, at] = takers[-1]
            speakers = [self.speaks[guest.key, at] for guest in guests]
            self.row(0, 0, speakers + takers, [1.0] * len(speakers) + [-1.0] * len(takers))

    def _keep(self, host: Host, columns: dict[int, datetime]) -> None:
        """One call at a time with the pause between, and no more in a day than agreed."""
        lengths = {c: timedelta(minutes=k[2] + host.pause) for (k, key, _), c in self.takes.items() if key == host.key}
        ordered = sorted((at, c) for c, at in columns.items())
        running: list[tuple[datetime, int]] = []
        last: set[int] = set()
        for n, (at, column) in enumerate(ordered):
            running = [(end, c) for end, c in running if end > at] + [(at + lengths[column], column)]
            # Only where the next beginning ends a call is what runs now a largest set.
            if n + 1 < len(ordered) and all(end > ordered[n + 1][0] for end, _ in running):
                continue
            cliques = {c for _, c in running}
            if len(cliques) > 1 and not cliques <= last:
                self.row(0, 1, cliques)
                last = cliques
        days: dict[Any, list[int]] = defaultdict(list)
        for column, at in columns.items():
            days[day_in(host.zone, at)].append(column)
        for day, found in days.items():
            left = max(host.most_a_day - host.days.get(day, 0), 0)
            if len(found) > left:
                self.row(0, left, found)

    def _spread(self) -> None:
        """The most and the fewest calls that an interviewer has; their difference is what unevenness costs."""
        if len(self.problem.interviewers) < 2:
            return
        own: dict[Key, list[int]] = {host.key: [] for host in self.problem.interviewers}
        for (kind, key, _), column in self.takes.items():
            if kind[0] == "leader":
                own[key].append(column)
        loads = {host.key: host.load + sum(self.now[c] for c in own[host.key]) for host in self.problem.interviewers}
        top = self.column(-UNEVEN, MOST_CALLS, whole=False, now=max(loads.values()))
        bottom = self.column(UNEVEN, MOST_CALLS, whole=False, now=min(loads.values()))
        for host in self.problem.interviewers:
            ones = [1.0] * len(own[host.key])
            self.row(-MOST_CALLS, -host.load, [*own[host.key], top], [*ones, -1.0])
            self.row(-host.load, MOST_CALLS, [*own[host.key], bottom], [*ones, -1.0])

    # Solving ------------------------------------------------------------------------------------------------------

    def solve(self, seconds: float, progress: Progress) -> Solved:
        """The best plan found in that time. One thread and a fixed seed: the same problem gives the same plan.

        progress: is told the calls placed so far, and how many guests there are.
        """
        import highspy
        import numpy as np

        if not self.speaks:
            return Solved((), 0, 0)
        solver = highspy.Highs()
        solver.setOptionValue("output_flag", False)
        options: dict[str, Any] = {
            "threads": 1,
            "random_seed": 1,
            "time_limit": seconds,
            "mip_rel_gap": 0,
            "mip_abs_gap": NEAR,
        }
        # Where people have much time, presolve takes the place of the counts that must agree by what they count, which makes
        # rows thirteen times as dense and takes longer than all the rest.
        for name, option in {**options, "presolve": "off"}.items():
            solver.setOptionValue(name, option)
        solver.passModel(self._matrix(highspy, np))
        # All booked calls as they stand are a plan already, so there always is one.
        solver.setSolution(len(self.now), np.arange(len(self.now), dtype=np.int32), np.array(self.now))
        total = len(self.problem.guests)
        solver.cbMipImprovingSolution += lambda event: progress(
            max(0, min(total, round(event.data_out.objective_function_value / PLACED))), total
        )
        solver.run()
        info = solver.getInfo()
        values = np.array(solver.getSolution().col_value)
        # The solver's own bound is infinite, or no number, until it has looked at the whole problem once.
        bound = np.nan_to_num(info.mip_dual_bound, nan=np.inf)
        worth = np.nan_to_num(info.objective_function_value, nan=0)
        return Solved(self._pairs(values), float(worth), min(float(bound), self._at_most()))

    def _at_most(self) -> float:
        """What a plan would be worth in which everybody has the time that is best for them."""
        best: dict[Key, float] = {}
        for (key, _), column in self.speaks.items():
            best[key] = max(best.get(key, 0), self.cost[column])
        return sum(best.values())

    def _matrix(self, highspy: Any, np: Any) -> Any:
        """The model as HiGHS takes it."""
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = len(self.cost), len(self.rows)
        lp.sense_ = highspy.ObjSense.kMaximize
        lp.col_cost_ = np.array(self.cost, dtype=float)
        lp.col_lower_, lp.col_upper_ = np.zeros(len(self.cost)), np.array(self.upper, dtype=float)
        lp.row_lower_ = np.array([low for low, _, _, _ in self.rows], dtype=float)
        lp.row_upper_ = np.array([high for _, high, _, _ in self.rows], dtype=float)
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[whole] for whole in self.whole]
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lengths = [len(columns) for _, _, columns, _ in self.rows]
        lp.a_matrix_.start_ = np.cumsum([0, *lengths], dtype=np.int32)
        lp.a_matrix_.index_ = np.array([c for _, _, columns, _ in self.rows for c in columns], dtype=np.int32)
        lp.a_matrix_.value_ = np.array([w for _, _, _, weights in self.rows for w in weights], dtype=float)
        return lp

    def _pairs(self, values: Any) -> tuple[Placed, ...]:
        """The calls of a solution: at each instant the guests of a class and the hosts who take it, in their order."""
        hosts: dict[tuple[Class, datetime], list[Key]] = defaultdict(list)
        for (kind, key, at), column in self.takes.items():
            if values[column] > 0.5:
                hosts[kind, at].append(key)
        guests = {guest.key: guest for guest in self.problem.guests}
        chosen = [(guests[key], at) for (key, at), column in self.speaks.items() if values[column] > 0.5]
        # Who stays where they are booked keeps their people; the others take who is left.
        chosen.sort(key=lambda pair: not (pair[0].booked and pair[0].booked.start == pair[1]))
        found = []
        for guest, at in chosen:
            people = []
            for part in ("leader", "chaperone"):
                needed = class_of(self.chances, guest, part)
                people.append(hosts[needed, at].pop(0) if needed else None)
            moved = guest.booked is not None and guest.booked.start != at
            found.append(Placed(guest.key, people[0], people[1], at, guest.minutes, moved))
        return tuple(sorted(found, key=lambda call: call.start))


def class_of(chances: Chances, guest: Guest, part: str) -> Class | None:
    """The class of a guest among those who need a leader, or a chaperone; None when no chaperone is needed."""
    keys = chances.leaders(guest) if part == "leader" else chances.sitters(guest)
    return None if keys is None else (part, frozenset(keys), guest.minutes)


def sits(guest: Guest, part: str) -> Key | None:
    """Who has that part in a booked call."""
    booked = guest.booked
    return booked and (booked.leader if part == "leader" else booked.chaperone)
