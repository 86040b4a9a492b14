"""The participation cap under a rush: `python -m tests.bench.cap [--funds 500] [--times 20] [--kills 20]`.

Each time, so many funds commit over HTTP at one instant for five seats (and once each for one to four), against the real web
server; then the server is killed with -9 at random moments of such bursts; then the same rush on a site whose guard is off.
SQLite, or PostgreSQL when DATABASE_URL names one.
"""

import argparse
import random
import tempfile
from collections import Counter
from pathlib import Path

from tests.concurrency.burst import Burst, Hall
from tests.concurrency.conftest import Workplace


def told(name: str, burst: Burst) -> None:
    counts = ", ".join(f"{number} x {what or 'no answer'}" for what, number in sorted(burst.counts.items()))
    print(f"{name}: {counts}; {burst.taken} seats taken; {burst.seconds:.1f} s, p95 {burst.p95:.1f} s", flush=True)


def rush(hall: Hall, times: int, funds: int) -> list[str]:
    """What went wrong."""
    wrong = []
    with hall.web() as web:
        for number in range(times + 4):
            cap = 5 if number < times else number - times + 1
            slug, requests = hall.announce(cap)
            burst = hall.burst(slug, requests, web=web)
            told(f"burst {number + 1} for {cap}", burst)
            if burst.counts != Counter({"201": cap, "409 programme_full": funds - cap}) or burst.halves:
                wrong.append(f"burst {number + 1}: {burst.counts} {burst.halves}")
            if burst.seconds > 10:
                wrong.append(f"burst {number + 1} took {burst.seconds:.1f} s")
    return wrong


def killed(hall: Hall, kills: int, seed: int) -> list[str]:
    """What went wrong."""
    moments, wrong, amid = random.Random(seed), [], 0
    for number in range(kills):
        with hall.web() as web:
            slug, requests = hall.announce(5)
            moment = moments.uniform(0.05, 0.4)
            burst = hall.burst(slug, requests, web=web, kill_after=moment)
        told(f"kill {number + 1} after {moment * 1000:.0f} ms", burst)
        amid += 0 < burst.taken < 5
        if burst.halves or not burst.counts["201"] <= burst.taken <= 5:
            wrong.append(f"kill {number + 1}: {burst.counts} {burst.taken} {burst.halves}")
    print(f"{amid} of {kills} kills fell between the first seat and the last (seed {seed})")
    return wrong


def control(hall: Hall) -> list[str]:
    """What went wrong: that nobody oversold."""
    hall.django("from tests.concurrency import oversell\noversell.unguard()")
    with hall.web("tests.concurrency.oversell:application") as web:
        slug, requests = hall.announce(5)
        burst = hall.burst(slug, requests, web=web)
    told("control without the guard", burst)
    return [] if burst.counts["201"] > 5 else ["the control did not oversell, so the bursts prove nothing"]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--funds", type=int, default=500)
    options.add_argument("--times", type=int, default=20)
    options.add_argument("--kills", type=int, default=20)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Workplace(Path(folder))
        try:
            hall = Hall(place, given.funds)
            wrong = rush(hall, given.times, given.funds) + killed(hall, given.kills, given.seed) + control(hall)
        finally:
            place.close()
    print("\n".join(wrong) or "nothing went wrong")
    raise SystemExit(bool(wrong))


if __name__ == "__main__":
    main()
