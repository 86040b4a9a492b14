"""What a call pays, worked out by hand: the truth table of the rule and of every outcome."""

import doctest
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interviews import honoraria
from interviews.honoraria import ENDED, EXPERT, FIRM, Paid, Rule, fee, outliers, reckon

PLAIN = Rule(hourly=40_000)
CAPPED = Rule(hourly=40_000, ceiling=30_000)
ODD = Rule(hourly=9_999, first_minutes=10, first_percent=20, step=7)

# rule, minutes, smallest units
FEES = [
    (PLAIN, 0, 0),
    (PLAIN, 1, 10_000),
    (PLAIN, 14, 10_000),
    (PLAIN, 15, 10_000),
    (PLAIN, 16, 13_333),  # 40,000 x 20/60 = 13,333.3
    (PLAIN, 20, 13_333),
    (PLAIN, 21, 16_667),  # 40,000 x 25/60 = 16,666.7
    (PLAIN, 25, 16_667),
    (PLAIN, 30, 20_000),
    (PLAIN, 45, 30_000),
    (PLAIN, 59, 40_000),
    (PLAIN, 60, 40_000),
    (PLAIN, 61, 43_333),
    (PLAIN, 90, 60_000),
    (PLAIN, 240, 160_000),
    (CAPPED, 45, 30_000),
    (CAPPED, 46, 30_000),
    (CAPPED, 240, 30_000),
    (ODD, 10, 2_000),  # 1,999.8
    (ODD, 11, 3_166),  # 1,999.8 + 1,166.55 = 3,166.35
    (ODD, 18, 4_333),  # 1,999.8 + 2 x 1,166.55 = 4,332.9
    (Rule(hourly=0), 60, 0),
    (Rule(hourly=2, first_percent=25), 15, 1),  # half a unit is rounded up
    (Rule(hourly=1, first_percent=49), 15, 0),
    (Rule(hourly=40_000, first_percent=100), 5, 40_000),
    (Rule(hourly=40_000, first_percent=0), 15, 0),
    (Rule(hourly=40_000, first_minutes=0, first_percent=0, step=1), 1, 667),
]

# outcome, minutes, agreed, who cancelled, smallest units
OUTCOMES = [
    ("held", 60, 60, "", 40_000),
    ("held", 45, 60, "", 30_000),
    ("held", 75, 60, "", 50_000),
    ("held", 1, 60, "", 10_000),
    ("ended_early", 7, 60, "", 10_000),
    ("ended_early", 31, 60, "", 23_333),
    ("stopped", 0, 60, "", 40_000),
    ("stopped", 3, 60, "", 40_000),
    ("stopped", 60, 60, "", 40_000),
    ("stopped", 75, 60, "", 50_000),
    ("stopped", 0, 30, "", 20_000),
    ("no_show", 0, 60, "", 0),
    ("no_show", 60, 60, "", 0),
    ("late_cancel", 0, 60, FIRM, 10_000),
    ("late_cancel", 0, 15, FIRM, 10_000),
    ("late_cancel", 0, 60, EXPERT, 0),
]


@pytest.mark.parametrize(("rule", "minutes", "due"), FEES)
def test_fee_of_minutes_is_that_of_the_table(rule, minutes, due):
    assert fee(rule, minutes) == due


@pytest.mark.parametrize(("outcome", "minutes", "agreed", "late_by", "due"), OUTCOMES)
def test_reckoning_of_an_outcome_is_that_of_the_table(outcome, minutes, agreed, late_by, due):
    found = reckon(PLAIN, outcome, minutes=minutes, agreed=agreed, late_by=late_by)
    assert found.amount == due
    assert found.words.endswith(".") and found.words[0].isupper() and len(found.words) <= 200


@given(
    st.builds(
        Rule,
        hourly=st.integers(0, 10**7),
        first_minutes=st.integers(0, 60),
        first_percent=st.integers(0, 100),
        step=st.integers(1, 60),
        ceiling=st.integers(1, 10**8),
    ),
    st.integers(1, 240),
)
def test_fee_is_the_exact_fraction_within_half_a_unit_never_falls_and_never_passes_the_ceiling(rule, minutes):
    steps = 0
    while rule.first_minutes + steps * rule.step < minutes:
        steps += 1
    exact = Fraction(rule.hourly * rule.first_percent, 100) + Fraction(rule.hourly * steps * rule.step, 60)
    due = fee(rule, minutes)
    assert type(due) is int and due <= rule.ceiling
    assert due == rule.ceiling or abs(due - exact) <= Fraction(1, 2)
    assert fee(rule, minutes - 1) <= due


@given(st.integers(0, 240), st.integers(1, 240), st.sampled_from(ENDED), st.sampled_from([FIRM, EXPERT]))
def test_stopping_never_pays_less_than_another_outcome(minutes, agreed, outcome, late_by):
    other = reckon(PLAIN, outcome, minutes=minutes, agreed=agreed, late_by=late_by).amount
    assert reckon(PLAIN, "stopped", minutes=minutes, agreed=agreed).amount >= other


def test_reckoning_says_how_the_amount_came_about():
    assert reckon(PLAIN, "held", minutes=47, agreed=60).words == (
        "Paid for the minutes heard: 47 minutes at GBP 400.00 an hour: 25 % for the first 15 minutes,"
        " then 7 steps of 5 minutes."
    )
    assert reckon(CAPPED, "stopped", minutes=2, agreed=60).words == (
        "Stopped for compliance, paid in full: 60 minutes at GBP 400.00 an hour: 25 % for the first 15 minutes,"
        " then 9 steps of 5 minutes, held at the ceiling of GBP 300.00."
    )
    assert reckon(PLAIN, "late_cancel", minutes=0, agreed=60, late_by=FIRM).words == (
        "Cancelled late by the firm: 25 % for the first 15 minutes, for the time kept free."
    )


@pytest.mark.parametrize("outcome", ["booked", "started", "cancelled", "open"])
def test_reckoning_of_a_call_that_has_not_ended_is_refused(outcome):
    with pytest.raises(ValueError, match="pays nothing yet"):
        reckon(PLAIN, outcome, minutes=60, agreed=60)


def test_reckoning_of_a_late_cancellation_asks_who_cancelled():
    with pytest.raises(ValueError, match="Say who cancelled"):
        reckon(PLAIN, "late_cancel", minutes=0, agreed=60)


def test_negative_minutes_are_refused():
    with pytest.raises(ValueError, match="less than no time"):
        fee(PLAIN, -1)


def paid(key, amount=100, *, expert=None, minutes=60, agreed=60, currency="GBP"):
    return Paid(key, expert or key, currency, amount, minutes, agreed)


def test_outliers_are_amounts_far_above_the_median_of_their_currency():
    calls = [paid(n) for n in range(4)] + [paid("far", 201), paid("near", 200), paid("dollar", 900, currency="USD")]
    assert outliers(calls) == {"far": ["More than 2 times the median of GBP 1.00."]}
    assert outliers([paid(n) for n in range(3)] + [paid("far", 900)]) == {}


def test_outliers_are_calls_longer_than_agreed_and_many_calls_with_one_expert():
    calls = [paid(1, minutes=61), paid(2, expert="e"), paid(3, expert="e"), paid(4, expert="e"), paid(5, 0, expert="e")]
    assert outliers(calls) == {1: ["61 minutes recorded, 60 agreed."]} | {
        n: ["One of 3 paid calls with this expert."] for n in (2, 3, 4)
    }


def test_examples_in_the_module_are_true():
    assert doctest.testmod(honoraria).failed == 0
