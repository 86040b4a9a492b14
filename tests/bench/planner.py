"""The planner's figures: `python -m tests.bench.planner [--cases 20] [--first-seed 1]`.

Each case is a fortnight of tests/bench/plans.py with 75 experts in 8 zones, 6 interviewers and 2 chaperones over 10 days, from
its seed. Planned from nothing against two greedy planners; then one call is cancelled and the rest planned again around what is
booked. Every plan goes through the checker of the tests. Exits with 1 when a figure is missed. SQLite and PostgreSQL play no part.
"""

import argparse
import random
import time
from dataclasses import replace

from interviews.planner import Booked, Plan, Problem, plan
from tests.bench.greedy import greedy
from tests.bench.plans import fortnight, wide
from tests.interviews.plan_checker import faults

# At least: seconds until a plan is there, share from the best, seconds and moved calls after a cancellation.
SECONDS, GAP, AGAIN, MOVED = 10, 0.02, 2, 3


def cancelled(case: Problem, found: Plan, dice: random.Random) -> Problem:
    """The same fortnight with all but one of the calls booked; the cancelled one's expert wants another day."""
    gone = dice.choice(found.placed)
    calls = {call.guest: call for call in found.placed if call != gone}
    guests = []
    for guest in case.guests:
        call = calls.get(guest.key)
        if guest.key == gone.guest:
            guest = replace(guest, free=tuple(s for s in guest.free if abs(s[0] - gone.start).total_seconds() > 43_200))
        guests.append(replace(guest, booked=call and Booked(call.start, call.leader, call.chaperone)))
    return replace(case, guests=tuple(guests))


def one(name: str, case: Problem, dice: random.Random) -> list[str]:
    """Print a case's figures; what was missed."""
    began = time.monotonic()
    found = plan(case)
    seconds = time.monotonic() - began
    by_priority, scarce = len(greedy(case)), len(greedy(case, scarce_first=True))
    later = cancelled(case, found, dice)
    began = time.monotonic()
    again = plan(later)
    again_seconds = time.monotonic() - began
    kept = len(found.placed) - 1
    print(
        f"{name}: {len(found.placed)} of {len(case.guests)} placed, at most {found.bound}, gap {found.gap:.4%}, {seconds:.2f} s;"
        f" greedy {by_priority}, scarcest first {scarce}; after a cancellation {len(again.placed)} of {kept} kept or placed anew,"
        f" {again.moved} moved, {again_seconds:.2f} s",
        flush=True,
    )
    wrong = [f"{name}: {fault}" for fault in faults(case, list(found.placed)) + faults(later, list(again.placed))]
    if seconds > SECONDS or found.gap > GAP:
        wrong.append(f"{name}: {seconds:.1f} s, gap {found.gap:.2%}")
    if again_seconds > AGAIN or again.moved > MOVED or len(again.placed) < kept:
        wrong.append(f"{name} again: {again_seconds:.1f} s, {again.moved} moved, {len(again.placed)} of {kept}")
    if by_priority >= len(found.placed):
        wrong.append(f"{name}: greedy places {by_priority}")
    return wrong


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--cases", type=int, default=20)
    options.add_argument("--first-seed", type=int, default=1)
    given = options.parse_args()
    wrong = []
    for seed in range(given.first_seed, given.first_seed + given.cases):
        wrong += one(f"case {seed}", fortnight(seed), random.Random(seed))
    for seed in (1, 2):
        # Time enough for everybody: greedy may place all there, but the model is six times as large.
        found = plan(case := wide(seed))
        print(
            f"wide {seed}: {len(found.placed)} of {len(case.guests)} placed, gap {found.gap:.4%}, {found.seconds:.2f} s"
        )
        wrong += [f"wide {seed}: {fault}" for fault in faults(case, list(found.placed))]
        if found.seconds > SECONDS or found.gap > GAP:
            wrong.append(f"wide {seed}: {found.seconds:.1f} s, gap {found.gap:.2%}")
    print("\n".join(wrong) or "nothing was missed")
    raise SystemExit(bool(wrong))


if __name__ == "__main__":
    main()
