"""Whether the time of an answer tells one world from another: two files of one world, one of them changed, asked in turn."""

import random
import statistics
import time
from contextlib import ExitStack
from typing import Any
from unittest import mock

from tests.access import standalone

CALLS = 200
PAGES = 12
NEAR = 0.10
CHANCE = 0.01


def main(seed: int) -> int:
    """Print medians and the rank test for each page; 0 when none differs."""
    with standalone.database(), ExitStack() as stack:
        from django.db import connections, transaction
        from scipy.stats import mannwhitneyu

        from tests.access.matrix import Matrix
        from tests.access.twins import HIDDEN
        from tests.access.world import make_world

        with transaction.atomic():
            world = make_world()
        matrix = Matrix(world)
        stack.enter_context(mock.patch("rest_framework.throttling.UserRateThrottle.allow_request", return_value=True))
        own = connections["default"]
        first, second = _copy(own, "first"), _copy(own, "second")
        dice = random.Random(seed)
        connections["default"] = second
        with transaction.atomic():
            for change in HIDDEN:
                change(matrix.world, dice)
        worst = 0
        for path in _pages(matrix):
            spent: dict[Any, list[float]] = {first: [], second: []}
            for turn in range(CALLS + 10):
                for world in (first, second) if turn % 2 else (second, first):
                    connections["default"] = world
                    begun = time.perf_counter()
                    matrix.ask("rita", "get", path, {})
                    if turn >= 10:
                        spent[world].append(time.perf_counter() - begun)
            medians = [statistics.median(times) * 1000 for times in spent.values()]
            p = mannwhitneyu(*spent.values()).pvalue
            apart = abs(medians[0] - medians[1]) / min(medians) > NEAR or p < CHANCE / PAGES
            worst += apart
            print(f"{'DIFFERS' if apart else 'alike  '} {medians[0]:7.2f} ms {medians[1]:7.2f} ms  p={p:.3f}  {path}")
        connections["default"] = own
        first.close()
        second.close()
        print(f"{PAGES} pages, {CALLS} calls each in both worlds, {worst} that differ")
    return bool(worst)


def _copy(own: Any, which: str) -> Any:
    """A connection to a copy of the database that another is open on."""
    name = f"{own.settings_dict['NAME']}.{which}"
    with own.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [name])
    return type(own)(own.settings_dict | {"NAME": name}, "default")


def _pages(matrix: Any) -> list[str]:
    """What a reader opens most, and what is not there for them."""
    here, there = (matrix.world.places[name] for name in ("here", "there"))
    page, api = f"/portal/{here.programme.pk}/", f"/api/v1/portal/{here.programme.pk}/"
    text = here.version.interviews.first().pk
    found = [
        "/portal/",
        page,
        f"{page}report/",
        f"{page}interviews/",
        f"{page}interviews/{text}/",
        f"{page}search/?q=outage",
    ]
    found += [api, f"{api}report/", "/api/v1/seats/", "/portal/fund/terms/", "/portal/fund/record/"]
    return [*found, f"/portal/{there.programme.pk}/"][:PAGES]
