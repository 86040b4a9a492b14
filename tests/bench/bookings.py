"""Races of bookings: `python -m tests.bench.bookings [--trials 200]`.

In each, several calls want the same interviewer, expert or chaperone at overlapping times, over HTTP at one instant against
the real web server: all book, all hold, by turns, or while a held time is confirmed or has run out. Then the same with nobody
looking for a clash, so that the database alone decides, and with the database's guard off too, which must double-book.
SQLite, or PostgreSQL when DATABASE_URL names one.
"""

import argparse
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.concurrency.conftest import Workplace
from tests.concurrency.rivals import Race, Rivals

BATCH = 25
NAIVE = "tests.concurrency.doublebook:application"


def told(name: str, races: list[Race], seconds: float) -> None:
    answers = sum((race.answers for race in races), Counter())
    counts = ", ".join(f"{number} x {status}" for status, number in sorted(answers.items()))
    ones = sum(race.timed == 1 for race in races)
    slowest = max(race.slowest for race in races)
    print(
        f"{name}: {len(races)} races, {ones} with one booking; {counts}; slowest {slowest:.1f} s; {seconds:.0f} s",
        flush=True,
    )


def run(rivals: Rivals, name: str, numbers: range, application: str = "config.wsgi") -> list[Race]:
    start, races = time.monotonic(), []
    with rivals.web(application) as web:
        for first in range(numbers.start, numbers.stop, BATCH):
            races += rivals.races(range(first, min(first + BATCH, numbers.stop)), web)
            told(name, races, time.monotonic() - start)
    return races


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--trials", type=int, default=200)
    options.add_argument("--controls", type=int, default=15)
    given = options.parse_args()
    trials, more = given.trials, given.controls
    with tempfile.TemporaryDirectory() as folder:
        place = Workplace(Path(folder))
        try:
            rivals = Rivals(place)
            races = run(rivals, "guarded", range(trials))
            races += run(rivals, "database alone", range(trials, trials + more), NAIVE)
            wrong = [f"{race.name}: {race}" for race in races if not race.clean]
            place.python("from tests.concurrency import doublebook\ndoublebook.unguard()")
            loose = run(rivals, "control without the guard", range(trials + more, trials + 2 * more), NAIVE)
        finally:
            place.close()
    if not any(race.timed > 1 and race.overlaps for race in loose):
        wrong.append("the control did not double-book, so the races prove nothing")
    print("\n".join(wrong) or "nothing went wrong")
    raise SystemExit(bool(wrong))


if __name__ == "__main__":
    main()
