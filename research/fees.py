"""What a programme costs each fund and what it gets back: pure, in whole minor units, so that nothing is lost or made up.

A share follows from the plan alone: the price, the number of payers that was planned, and the rule. Who takes part, and
how many, is no input, so no amount can tell a fund of another.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

# ISO 4217; each has two decimals.
CURRENCIES = {"EUR": "Euro", "GBP": "Pound sterling", "USD": "US dollar"}
EQUAL, LEAD = "equal", "lead"
RULES = {EQUAL: "Equal shares", LEAD: "The lead pays more"}
MOST_PAYERS = 5
_HUNDRED_PERCENT = 10_000


@dataclass(frozen=True)
class Shares:
    """What the lead pays, and what each other fund pays. With equal shares the two are the same."""

    lead: Decimal
    other: Decimal
    payers: int

    @property
    def total(self) -> Decimal:
        """What comes in when as many pay as were planned: the price, or a few minor units more."""
        return self.lead + self.other * (self.payers - 1)


def shares(*, price: Decimal, payers: int, rule: str, lead_percent: Decimal | None = None) -> Shares:
    """The shares of a price, each rounded up to whole minor units. ValueError, with a sentence, for an impossible plan."""
    if not 1 <= payers <= MOST_PAYERS:
        raise ValueError(f"The number of payers must be from 1 to {MOST_PAYERS}.")
    units = _minor(price, "The price must be an amount above zero with two decimals, such as 90000.00.")
    if rule == EQUAL:
        each = _amount(_up(units, payers))
        return Shares(each, each, payers)
    percent = _minor(
        lead_percent or Decimal(0), "Give the lead's part in per cent, with at most two decimals, such as 40."
    )
    if payers == 1:
        raise ValueError("With one payer nobody pays less than the lead. Choose equal shares, or plan more payers.")
    if not _HUNDRED_PERCENT < percent * payers < _HUNDRED_PERCENT * payers:
        least = f"{100 / Decimal(payers):.2f}".rstrip("0").rstrip(".")
        raise ValueError(
            f"With {payers} payers the lead's part must be above {least} per cent, which is the equal share, and below 100."
        )
    rest = _up(units * (_HUNDRED_PERCENT - percent), _HUNDRED_PERCENT * (payers - 1))
    return Shares(_amount(_up(units * percent, _HUNDRED_PERCENT)), _amount(rest), payers)


# Refunds ------------------------------------------------------------------------------------------------------------

ALL, DAYS, NOTHING = "all", "days", "nothing"


@dataclass(frozen=True)
class RefundRule:
    """What comes back before the launch, and from the launch until the delivery; from the delivery on, nothing does."""

    label: str
    before_launch: str
    until_delivery: str


REFUND_RULES = {
    "pro_rata": RefundRule("In full until the launch, then by the days left until the delivery", ALL, DAYS),
    "until_launch": RefundRule("In full until the launch, nothing after it", ALL, NOTHING),
    "until_delivery": RefundRule("In full until the delivery", ALL, ALL),
    "never": RefundRule("No refund", NOTHING, NOTHING),
}


@dataclass(frozen=True)
class Refund:
    """What a rule gives back, and the sentence that shows how it was reckoned."""

    amount: Decimal
    reckoning: str


def refund(*, paid: Decimal, currency: str, rule: str, on: date, launch_on: date, delivery_on: date) -> Refund:
    """What comes back of `paid` when the fund leaves `on` a day. The day of launch counts as launched, that of delivery as delivered."""
    held = REFUND_RULES[rule]
    whole = money(paid, currency)
    if on >= delivery_on:
        return Refund(
            Decimal("0.00"), f"{day(on)} is not before the delivery on {day(delivery_on)}: nothing comes back."
        )
    early = on < launch_on
    part = held.before_launch if early else held.until_delivery
    where = f"before the launch on {day(launch_on)}" if early else f"before the delivery on {day(delivery_on)}"
    if part == ALL:
        return Refund(paid, f"{day(on)} is {where}: all of {whole} comes back.")
    if part == NOTHING:
        after = (
            "no refund was agreed"
            if held.before_launch == NOTHING
            else f"it is not before the launch on {day(launch_on)}"
        )
        return Refund(Decimal("0.00"), f"{day(on)} is {where}, but {after}: nothing comes back.")
    left, days = (delivery_on - on).days, (delivery_on - launch_on).days
    amount = _amount(_up(_minor(paid, "The amount must have two decimals.") * left, days))
    reckoned = f"{left}/{days} of {whole}, rounded up, is {money(amount, currency)}."
    return Refund(amount, f"On {day(on)}, {left} of the {days} days from launch to delivery were left: {reckoned}")


def refund_terms(rule: str, launch_on: date, delivery_on: date) -> str:
    """A refund rule with its days, as it stands on an invoice."""
    held = REFUND_RULES[rule]
    if held.before_launch == NOTHING:
        return "Nothing comes back."
    last = f"Nothing from {day(delivery_on)} on, the day of delivery."
    if held.until_delivery == ALL:
        return f"In full before {day(delivery_on)}. {last}"
    first = f"In full before {day(launch_on)}, the day of launch."
    if held.until_delivery == NOTHING:
        return f"{first} Nothing from then on."
    return f"{first} From then on by the days left until the delivery. {last}"


# How it is written --------------------------------------------------------------------------------------------------


def money(amount: Decimal, currency: str) -> str:
    """`GBP 30,000.00`"""
    return f"{currency} {amount:,.2f}"


def day(value: date) -> str:
    """`9 Mar 2026`"""
    return f"{value.day} {value:%b %Y}"


def _minor(amount: Decimal, wrong: str) -> int:
    """An amount above zero in hundredths; ValueError with the sentence `wrong` for any other."""
    if not amount.is_finite() or amount <= 0 or amount * 100 != int(amount * 100):
        raise ValueError(wrong)
    return int(amount * 100)


def _amount(units: int) -> Decimal:
    return Decimal(units).scaleb(-2)


def _up(units: int, parts: int) -> int:
    """A quotient of whole numbers, rounded up."""
    return -(-units // parts)
