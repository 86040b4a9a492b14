"""`python -m tests.access [NAME …]`: the whole matrix, or the addresses of these names, with its figures."""

import sys

from tests.access import standalone


def main(names: list[str]) -> int:
    """0 when nothing differs from the policy."""
    with standalone.matrix() as matrix:
        from tests.access.calls import POLICY
        from tests.access.personas import PERSONAS

        wrong = [found for name in sorted(names or POLICY) for found in matrix.run(name)]
        signed_in = tuple(person for person, who in PERSONAS.items() if not who.door)
        wrong += [
            found
            for name in sorted(names or POLICY)
            for found in matrix.run_other_methods(name, ("nobody", *signed_in))
        ]
        for found in wrong:
            print(found)
        print(f"{len(POLICY)} routes, {len(PERSONAS)} personas, {matrix.asked:,} calls, {len(wrong)} differences")
    return bool(wrong)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
