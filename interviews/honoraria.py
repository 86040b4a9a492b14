"""What a call pays: pure, in whole smallest units of money, from recorded minutes and a rule that was agreed before.

The rule is that of published expert networks (OnFrontiers: 25 % of the hourly rate for the first 15 minutes, then pro rata
in 5-minute steps). What was said has no part in it. Every amount is one exact fraction, rounded once, half up.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from statistics import median

HELD, ENDED_EARLY, STOPPED, NO_SHOW, LATE_CANCEL = "held", "ended_early", "stopped", "no_show", "late_cancel"
ENDED = (HELD, ENDED_EARLY, STOPPED, NO_SHOW, LATE_CANCEL)
FIRM, EXPERT = "firm", "expert"
HOUR = 60
PERCENT = 100
# Smallest units in a unit of money.
CENT = 100
# An amount this many times the median is looked at, once there are enough amounts for a median to mean something.
FAR = 2
ENOUGH = 5
# So many paid calls with one expert are looked at.
MANY = 3


@dataclass(frozen=True, slots=True)
class Rule:
    """`first_percent` of the `hourly` rate for the first `first_minutes`, then pro rata in steps of `step` minutes, and
    never more than `ceiling`. Money in the smallest unit of `currency`."""

    hourly: int
    currency: str = "GBP"
    first_minutes: int = 15
    first_percent: int = 25
    step: int = 5
    ceiling: int = 10**9


@dataclass(frozen=True, slots=True)
class Reckoning:
    """What is due, in the smallest unit, and how it was come by in words."""

    amount: int
    words: str


def money(amount: int, currency: str) -> str:
    """Smallest units as people write them; each currency used here has two decimals.

    >>> money(123450, "GBP")
    'GBP 1,234.50'
    """
    return f"{currency} {Decimal(amount) / CENT:,.2f}"


def steps_of(rule: Rule, minutes: int) -> int:
    """How many steps after the first part a call of so many minutes has begun; one that was begun counts whole.

    >>> [steps_of(Rule(hourly=1), minutes) for minutes in (15, 16, 20, 21)]
    [0, 1, 1, 2]
    """
    return -(-max(minutes - rule.first_minutes, 0) // rule.step)


def fee(rule: Rule, minutes: int) -> int:
    """What so many minutes pay, in the smallest unit, the ceiling kept: the only place in which an amount is reckoned.

    >>> [fee(Rule(hourly=40000), minutes) for minutes in (0, 1, 15, 16, 60)]
    [0, 10000, 10000, 13333, 40000]
    """
    if minutes < 0:
        raise ValueError("A call can't take less than no time.")
    if minutes == 0:
        return 0
    first = rule.first_percent * HOUR
    after = steps_of(rule, minutes) * rule.step * PERCENT
    whole = HOUR * PERCENT
    return min((2 * rule.hourly * (first + after) + whole) // (2 * whole), rule.ceiling)


def reckon(rule: Rule, outcome: str, *, minutes: int, agreed: int, late_by: str = "") -> Reckoning:
    """What a call pays that became `outcome`, by `minutes` recorded of `agreed`.

    held, ended_early: the minutes recorded. stopped: the whole agreed fee, and where more was recorded, that; who stops must
    not lose by it. no_show: nothing. late_cancel: nothing when the expert did, the rule's first part when the firm did.
    """
    if outcome not in ENDED:
        raise ValueError(f"A call that is {outcome!r} pays nothing yet.")
    if outcome == NO_SHOW:
        return Reckoning(0, "The expert did not come: nothing is due.")
    if outcome == LATE_CANCEL:
        if late_by not in (FIRM, EXPERT):
            raise ValueError("Say who cancelled: the firm or the expert.")
        if late_by == EXPERT:
            return Reckoning(0, "Cancelled late by the expert: nothing is due.")
        return Reckoning(
            fee(rule, 1), f"Cancelled late by the firm: {_first(rule)}, for the time kept free{_cap(rule, 1)}."
        )
    if outcome == STOPPED:
        paid = max(agreed, minutes)
        return Reckoning(fee(rule, paid), f"Stopped for compliance, paid in full: {in_words(rule, paid)}.")
    start = "Ended early, paid" if outcome == ENDED_EARLY else "Paid"
    return Reckoning(fee(rule, minutes), f"{start} for the minutes heard: {in_words(rule, minutes)}.")


def in_words(rule: Rule, minutes: int) -> str:
    """How the fee of so many minutes comes about.

    >>> in_words(Rule(hourly=40000), 47)
    '47 minutes at GBP 400.00 an hour: 25 % for the first 15 minutes, then 7 steps of 5 minutes'
    """
    if minutes == 0:
        return "no minutes, so nothing is due"
    steps = steps_of(rule, minutes)
    then = f", then {_count(steps, 'step')} of {_count(rule.step, 'minute')}" if steps else ""
    return f"{_count(minutes, 'minute')} at {money(rule.hourly, rule.currency)} an hour: {_first(rule)}{then}{_cap(rule, minutes)}"


def _first(rule: Rule) -> str:
    return f"{rule.first_percent} % for the first {_count(rule.first_minutes, 'minute')}"


def _cap(rule: Rule, minutes: int) -> str:
    if fee(replace(rule, ceiling=10**12), minutes) <= rule.ceiling:
        return ""
    return f", held at the ceiling of {money(rule.ceiling, rule.currency)}"


def _count(n: int, thing: str) -> str:
    return f"{n} {thing}" if n == 1 else f"{n} {thing}s"


# What stands out ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Paid:
    """One call as the report of what stands out needs it."""

    key: Hashable
    expert: Hashable
    currency: str
    amount: int
    minutes: int
    agreed: int


def outliers(calls: Iterable[Paid]) -> dict[Hashable, list[str]]:
    """The calls that a payer should look at twice, each with the sentences that say why.

    Far above the median of its currency, more minutes than were booked, or one of many calls with one expert.
    """
    calls = [call for call in calls if call.amount]
    amounts: dict[str, list[int]] = defaultdict(list)
    for call in calls:
        amounts[call.currency].append(call.amount)
    often = Counter(call.expert for call in calls)
    found: dict[Hashable, list[str]] = {}
    for call in calls:
        why = []
        usual = median(amounts[call.currency])
        if len(amounts[call.currency]) >= ENOUGH and call.amount > FAR * usual:
            why.append(f"More than {FAR} times the median of {money(int(usual), call.currency)}.")
        if call.minutes > call.agreed:
            why.append(f"{_count(call.minutes, 'minute')} recorded, {call.agreed} agreed.")
        if often[call.expert] >= MANY:
            why.append(f"One of {often[call.expert]} paid calls with this expert.")
        if why:
            found[call.key] = why
    return found
