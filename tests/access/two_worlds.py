"""`python -m tests.access.two_worlds [--pairs N] [--seed N] [--timing]`: pairs of worlds that one fund must not tell apart."""

import argparse
import time

from tests.access import standalone


def main() -> int:
    """0 when nothing differs."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--pairs", type=int, default=200)
    given.add_argument("--seed", type=int, default=0)
    given.add_argument("--timing", action="store_true", help="compare the times of answers too")
    options = given.parse_args()
    if options.timing:
        from tests.access.timing import main as timing

        return timing(options.seed)
    with standalone.matrix() as matrix:
        from tests.access.twins import PEOPLE, Twins

        begun = time.monotonic()
        twins = Twins(matrix)
        seen = sum(len(rows) for rows in twins.first.values())
        print(f"{seen} answers and letters in one world; {len(twins.unsteady)} differ from one look to the next")
        wrong = 0
        for seed in range(options.seed, options.seed + options.pairs):
            changes, unlike = twins.pair(seed, (*PEOPLE, "news"))
            wrong += bool(unlike)
            if seed % 20 == 19:
                print(f"… {seed - options.seed + 1} pairs, {wrong} that differ", flush=True)
            for one in unlike:
                print(f"seed {seed} ({', '.join(changes)}): {one}", flush=True)
        spent = time.monotonic() - begun
        print(f"{options.pairs} pairs, {wrong} that differ, {matrix.asked:,} answers, {spent:.0f} s")
    return bool(wrong or twins.unsteady)


if __name__ == "__main__":
    raise SystemExit(main())
