"""The sums of fees, without a database: shares that follow from the plan alone, refunds within what was paid."""

from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from research import fees

LAUNCH, DELIVERY = date(2026, 3, 17), date(2026, 3, 31)
prices = st.decimals("0.01", "9999999999.99", places=2)
payers = st.integers(1, 5)
several = st.integers(2, 5)
percents = st.decimals("0.01", "99.99", places=2)
days = st.dates(date(2026, 1, 1), date(2026, 6, 30))


def back(rule: str, on: date, paid: D = D("30000.00")) -> fees.Refund:
    return fees.refund(paid=paid, currency="GBP", rule=rule, on=on, launch_on=LAUNCH, delivery_on=DELIVERY)


@given(prices, payers)
def test_equal_shares_are_equal_and_their_sum_is_the_price_or_less_than_a_unit_each_above(price, n):
    found = fees.shares(price=price, payers=n, rule="equal")
    assert found.lead == found.other
    assert price <= found.total < price + D("0.01") * n
    assert found.total == found.other * n


@given(prices, several, percents)
def test_lead_pays_at_least_as_much_as_each_other_and_the_sum_is_never_below_the_price(price, n, percent):
    if percent * n <= 100:
        with pytest.raises(ValueError, match="which is the equal share"):
            fees.shares(price=price, payers=n, rule="lead", lead_percent=percent)
        return
    found = fees.shares(price=price, payers=n, rule="lead", lead_percent=percent)
    assert found.lead >= found.other > 0
    assert price <= found.total < price + D("0.01") * n
    assert all(share == share.quantize(D("0.01")) for share in (found.lead, found.other))


@given(prices, several, st.data())
def test_lead_share_never_falls_and_the_others_never_rises_with_the_leads_part(price, n, data):
    above = st.decimals(D(100) / n + D("0.01"), "99.99", places=2)
    less, more = sorted([data.draw(above), data.draw(above)])
    low = fees.shares(price=price, payers=n, rule="lead", lead_percent=less)
    high = fees.shares(price=price, payers=n, rule="lead", lead_percent=more)
    assert low.lead <= high.lead and low.other >= high.other


@pytest.mark.parametrize(
    ("price", "n", "percent", "lead", "other", "total"),
    [
        ("100000.00", 3, None, "33333.34", "33333.34", "100000.02"),
        ("100000.00", 5, "40", "40000.00", "15000.00", "100000.00"),
        ("100.00", 4, "33.33", "33.33", "22.23", "100.02"),
        ("0.01", 5, None, "0.01", "0.01", "0.05"),
        ("90000.00", 1, None, "90000.00", "90000.00", "90000.00"),
    ],
)
def test_shares_of_a_price_are_these(price, n, percent, lead, other, total):
    rule = "lead" if percent else "equal"
    found = fees.shares(price=D(price), payers=n, rule=rule, lead_percent=percent and D(percent))
    assert [str(part) for part in (found.lead, found.other, found.total)] == [lead, other, total]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"payers": 0}, "The number of payers must be from 1 to 5."),
        ({"payers": 6}, "The number of payers must be from 1 to 5."),
        ({"price": D("0")}, "The price must be an amount above zero"),
        ({"price": D("1.005")}, "The price must be an amount above zero with two decimals"),
        ({"price": D("NaN")}, "The price must be an amount above zero"),
        ({"rule": "lead"}, "Give the lead's part in per cent"),
        ({"rule": "lead", "lead_percent": D("33.333")}, "Give the lead's part in per cent"),
        ({"rule": "lead", "lead_percent": D(60), "payers": 1}, "With one payer nobody pays less than the lead."),
        ({"rule": "lead", "lead_percent": D(25)}, "With 4 payers the lead's part must be above 25 per cent"),
        ({"rule": "lead", "lead_percent": D(100)}, "and below 100"),
        ({"rule": "lead", "lead_percent": D("33.33"), "payers": 3}, "must be above 33.33 per cent"),
    ],
)
def test_impossible_plan_is_refused_with_a_sentence(change, sentence):
    with pytest.raises(ValueError, match=sentence):
        fees.shares(**{"price": D(90000), "payers": 4, "rule": "equal", **change})


@given(prices, st.sampled_from(sorted(fees.REFUND_RULES)), days)
def test_refund_is_between_nothing_and_what_was_paid(paid, rule, on):
    found = back(rule, on, paid)
    assert 0 <= found.amount <= paid
    assert found.amount == found.amount.quantize(D("0.01"))


@given(prices, st.sampled_from(sorted(fees.REFUND_RULES)), days, st.integers(0, 60))
def test_refund_never_grows_with_time(paid, rule, on, later):
    assert back(rule, on, paid).amount >= back(rule, on + timedelta(later), paid).amount


@pytest.mark.parametrize(
    ("rule", "amounts"),
    [
        #                  16 Mar,      17 Mar,     18 Mar,     30 Mar,    31 Mar,  1 Apr
        ("pro_rata", ["30000.00", "30000.00", "27857.15", "2142.86", "0.00", "0.00"]),
        ("until_launch", ["30000.00", "0.00", "0.00", "0.00", "0.00", "0.00"]),
        ("until_delivery", ["30000.00", "30000.00", "30000.00", "30000.00", "0.00", "0.00"]),
        ("never", ["0.00", "0.00", "0.00", "0.00", "0.00", "0.00"]),
    ],
)
def test_refund_changes_on_these_days(rule, amounts):
    asked = [
        LAUNCH - timedelta(1),
        LAUNCH,
        LAUNCH + timedelta(1),
        DELIVERY - timedelta(1),
        DELIVERY,
        DELIVERY + timedelta(1),
    ]
    assert [str(back(rule, on).amount) for on in asked] == amounts


@pytest.mark.parametrize(
    ("rule", "on", "sentence"),
    [
        (
            "pro_rata",
            date(2026, 3, 1),
            "1 Mar 2026 is before the launch on 17 Mar 2026: all of GBP 30,000.00 comes back.",
        ),
        (
            "pro_rata",
            date(2026, 3, 22),
            "On 22 Mar 2026, 9 of the 14 days from launch to delivery were left: 9/14 of GBP 30,000.00, rounded up, is GBP 19,285.72.",
        ),
        ("pro_rata", DELIVERY, "31 Mar 2026 is not before the delivery on 31 Mar 2026: nothing comes back."),
        (
            "until_launch",
            LAUNCH,
            "17 Mar 2026 is before the delivery on 31 Mar 2026, but it is not before the launch on 17 Mar 2026: nothing comes back.",
        ),
        (
            "never",
            date(2026, 3, 1),
            "1 Mar 2026 is before the launch on 17 Mar 2026, but no refund was agreed: nothing comes back.",
        ),
    ],
)
def test_refund_says_how_it_was_reckoned(rule, on, sentence):
    assert back(rule, on).reckoning == sentence


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (
            "pro_rata",
            "In full before 17 Mar 2026, the day of launch. From then on by the days left until the delivery. "
            "Nothing from 31 Mar 2026 on, the day of delivery.",
        ),
        ("until_launch", "In full before 17 Mar 2026, the day of launch. Nothing from then on."),
        ("until_delivery", "In full before 31 Mar 2026. Nothing from 31 Mar 2026 on, the day of delivery."),
        ("never", "Nothing comes back."),
    ],
)
def test_terms_of_a_refund_rule_name_its_days(rule, words):
    assert fees.refund_terms(rule, LAUNCH, DELIVERY) == words
