"""Proposes who speaks with whom when: as many calls as can be, of those the most wanted, early, and evenly spread.

Pure: people with their free stretches in, a plan out, with the reason for everybody who has no place.
"""

import time
from collections.abc import Callable
from dataclasses import replace

from interviews.planner.chances import Chances
from interviews.planner.model import MOVED, PLACED, Model, Solved
from interviews.planner.problem import MOST_MOVED, STEPS, Booked, Guest, Host, Placed, Plan, Problem, Stretch
from interviews.planner.reasons import why_not

__all__ = ["MOST_MOVED", "STEPS", "Booked", "Guest", "Host", "Placed", "Plan", "Problem", "Stretch", "plan"]


def plan(
    problem: Problem, *, seconds: float = 60, progress: Callable[[int, int], None] = lambda done, total: None
) -> Plan:
    """The best plan found in `seconds`; the same problem gives the same plan.

    What is booked stays where it is if everybody who can have a place gets one so; only else are booked calls moved, as few
    as can be and at most `most_moved`. progress(done, total): calls placed so far, and guests.
    """
    began = time.monotonic()
    booked = any(guest.booked for guest in problem.guests)
    chances = Chances(replace(problem, most_moved=0) if booked else problem)
    solved = Model(chances).solve(seconds, progress)
    if booked and problem.most_moved and len(solved.placed) < _hopeful(Chances(problem)):
        chances = Chances(problem)
        solved = Model(chances).solve(max(seconds - (time.monotonic() - began), 1), progress)
    there = {call.guest for call in solved.placed}
    reasons = {g.key: why_not(chances, g, solved.placed) for g in problem.guests if g.key not in there}
    return Plan(
        placed=solved.placed,
        unplaced=reasons,
        bound=_most(problem, solved),
        gap=max(solved.bound - solved.worth, 0) / max(solved.bound, 1),
        seconds=time.monotonic() - began,
    )


def _hopeful(chances: Chances) -> int:
    """How many guests could have a place if each were the only one, within the quotas."""
    able = [guest.segment for guest in chances.problem.guests if chances.starts[guest.key]]
    return sum(min(able.count(segment), chances.problem.places.get(segment, 0)) for segment in set(able))


def _most(problem: Problem, solved: Solved) -> int:
    """The calls that no plan can exceed: the bound on the worth, less the most that all but placing can cost."""
    costs = MOVED * problem.most_moved + 100 * len(problem.guests) + 1000
    return min(int((solved.bound + costs) // PLACED), len(problem.guests))
