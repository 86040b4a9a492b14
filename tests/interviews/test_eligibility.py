from datetime import date, timedelta

import pytest

from interviews.eligibility import Call, barred, is_subject
from research.policy import HOUSE, Employment, Policy, Restriction

DAY = date(2026, 3, 18)


def call(
    key: str, *, expert: str = "", day: date = DAY, company: str = "Acme", end: date | None = None, **post
) -> Call:
    one = Employment(company, frozenset({"listed"}), date(2015, 1, 1), end, end is None, **post)
    return Call(key, expert or key, day, (one,))


@pytest.mark.parametrize(
    ("company", "subject", "same"),
    [
        ("Amazon", "Amazon.com (AMZN), segment AWS", True),
        ("Amazon.com, Inc.", "Amazon.com (AMZN), segment AWS", True),
        ("Amazon Web Services", "Amazon.com (AMZN), segment AWS", True),
        ("Amazonia", "Amazon.com (AMZN), segment AWS", False),
        ("United Health", "United Airlines", False),
        ("Subject", "Subject plc", True),
        ("Anything", "", False),
    ],
)
def test_subject_is_known_under_its_other_names_and_its_parts(company, subject, same):
    assert is_subject(company, subject) is same


def test_calls_with_one_expert_are_counted_over_twelve_months_and_elsewhere():
    policy = Policy(calls_per_expert=2)
    calls = [call("a", expert="x", day=DAY), call("b", expert="x", day=DAY + timedelta(3)), call("c", expert="y")]
    assert barred(calls, policy) == {}
    year = {"x": [date(2025, 3, 21)]}
    assert barred(calls, policy, elsewhere=year) == {}
    near = {"x": [date(2025, 3, 22)], "y": [DAY + timedelta(1)]}
    assert list(barred(calls, policy, elsewhere=near)) == ["b"]


def test_interviews_with_one_employer_are_counted_in_the_order_of_the_calls_and_barred_ones_do_not_count():
    policy = Policy(interviews_per_company=2, restricted=(Restriction("Bolt"),))
    calls = [call("a", company="Bolt"), *(call(key, company="Acme Inc") for key in "bcd"), call("e", company="Corvane")]
    assert list(barred(calls, policy)) == ["a", "d"]
    assert list(barred([call("f", company="ACME"), *calls], policy)) == ["a", "c", "d"]


def test_expert_without_posts_is_barred_by_nothing_but_limits():
    calls = [Call(key, "x", DAY, ()) for key in "ab"]
    assert barred(calls, HOUSE) == {}
    assert barred(calls, Policy(interviews_per_company=1)) == {}
    assert list(barred(calls, Policy(calls_per_expert=1))) == ["b"]
