"""Counting working days: Mondays to Fridays without the days that are taken off. Pure."""

from collections.abc import Collection
from datetime import date, timedelta

NONE: frozenset[date] = frozenset()


def works(day: date, off: Collection[date] = NONE) -> bool:
    """Whether a day is a working day: Monday to Friday, and not one of those off."""
    return day.weekday() < 5 and day not in off


def working_days(first: date, last: date, off: Collection[date] = NONE) -> int:
    """How many working days there are from the first day to the last, both included; 0 when the last is before the first."""
    days = max((last - first).days + 1, 0)
    weeks, rest = divmod(days, 7)
    plain = weeks * 5 + sum((first + timedelta(days=n)).weekday() < 5 for n in range(rest))
    return plain - sum(first <= day <= last and day.weekday() < 5 for day in set(off))


def step(day: date, days: int, off: Collection[date] = NONE) -> date:
    """The working day that is so many working days after `day`, or before it when `days` is negative; `day` itself for 0."""
    one = timedelta(days=1 if days > 0 else -1)
    for _ in range(abs(days)):
        day += one
        while not works(day, off):
            day += one
    return day
