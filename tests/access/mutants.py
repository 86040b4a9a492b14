"""`python -m tests.access.mutants [WORD …]`: take each scope filter away in turn, and say what catches it."""

import sys
import time

from tests.access import standalone


def main(words: list[str]) -> int:
    """0 when every mutant is caught, or known to change nothing that anybody could see."""
    with standalone.matrix() as matrix:
        from tests.access.equivalent import EQUIVALENT
        from tests.access.mutation import Hunt, everything, mutants

        begun = time.monotonic()
        hunt = Hunt(everything(matrix))
        print(
            f"{len(hunt.asked):,} tries, {len(hunt.wrong)} differences before any mutant, {time.monotonic() - begun:.0f} s"
        )
        print("\n".join(hunt.wrong))
        caught = known = survivors = stale = 0
        for mutant in mutants():
            if words and not any(word in mutant.name for word in words):
                continue
            if found := hunt.catch(mutant):
                caught += 1
                stale += mutant.name in EQUIVALENT
                print(f"caught   {mutant.name}\n         by {found}", flush=True)
            elif why := EQUIVALENT.get(mutant.name):
                known += 1
                print(f"alike    {mutant.name}\n         as {why}", flush=True)
            else:
                survivors += 1
                print(f"SURVIVED {mutant.name}", flush=True)
        spent = time.monotonic() - begun
        print(
            f"{caught} caught, {known} known to change nothing, {survivors} not, {stale} wrongly said to change nothing"
        )
        print(f"{matrix.asked:,} calls, {spent:.0f} s")
    return bool(survivors or stale or hunt.wrong)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
