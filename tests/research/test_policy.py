from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from research.policy import HOUSE, Employment, Policy, Reason, Restriction, employer, later, normal, reasons, strictest

CALL = date(2026, 3, 18)
LISTED = frozenset({"listed", "bank"})


def post(end: date | None, company: str = "Harrow Mutual", **more) -> Employment:
    return Employment(**{"company": company, "types": LISTED, "start": date(2015, 1, 1), "end": end, **more})


def codes(posts, policy=HOUSE, call=CALL, **more) -> list[str]:
    return [reason.code for reason in reasons(posts, call, policy, **more)]


@pytest.mark.parametrize(
    ("end", "months", "free"),
    [
        ("2025-08-31", 6, "2026-02-28"),
        ("2023-08-31", 6, "2024-02-29"),
        ("2025-12-31", 2, "2026-02-28"),
        ("2025-03-31", 12, "2026-03-31"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2025-11-15", 0, "2025-11-15"),
        ("2025-11-15", 13, "2026-12-15"),
    ],
)
def test_months_are_calendar_months_and_end_with_the_month(end, months, free):
    assert later(date.fromisoformat(end), months) == date.fromisoformat(free)


@pytest.mark.parametrize(
    ("end", "blocked"),
    [("2025-09-19", True), ("2025-09-18", False), ("2025-09-17", False), ("2026-03-17", True)],
)
def test_leaver_of_a_listed_company_waits_six_calendar_months(end, blocked):
    assert codes([post(date.fromisoformat(end))]) == (["cooling-off"] if blocked else [])


def test_leaver_of_a_private_company_waits_three_months():
    private = {"types": frozenset({"private", "consultancy"})}
    assert codes([post(date(2025, 12, 18), **private)]) == []
    assert codes([post(date(2025, 12, 19), **private)]) == ["cooling-off"]


def test_kind_of_company_may_ask_for_more_months_and_never_for_fewer():
    banks = strictest([HOUSE, Policy(months={"bank": 12})])
    assert codes([post(date(2025, 9, 1))], banks) == ["cooling-off"]
    lax = strictest([HOUSE, Policy(months={"listed": 0, "bank": 0})])
    assert codes([post(date(2025, 10, 1))], lax) == ["cooling-off"]


def test_unknown_end_blocks_whatever_the_policy():
    assert codes([post(None)]) == ["unknown-end"]
    assert codes([post(None)], Policy()) == ["unknown-end"]


def test_current_employee_speaks_unless_the_call_is_about_the_employer():
    assert codes([post(None, current=True)]) == []
    subject = post(None, current=True, subject=True)
    assert codes([subject]) == ["current-employee"]
    assert codes([subject], excepted=True) == []
    assert codes([subject], Policy(no_current_employees=True), excepted=True) == ["current-employee"]


def test_who_leaves_after_the_call_is_an_employee_on_that_day():
    assert codes([post(CALL, subject=True)]) == ["current-employee"]
    assert codes([post(CALL + timedelta(days=9))]) == []


@pytest.mark.parametrize(
    "written", ["ACME", "Acme, Inc.", "acme plc", "Acme (ACM)", "ACME CORP.", "Ácme Co. Ltd", "A.C.M.E."]
)
def test_company_is_known_by_its_normal_form(written):
    policy = Policy(restricted=(Restriction(written),))
    assert codes([post(date(2010, 1, 1), "Acme GmbH")], policy) == ["restricted"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Amazon.com, Inc. (AMZN)", "Amazon", True),
        ("Harrow & Pine S.A.", "Harrow and Pine", True),
        ("Lowe's Companies", "Lowes Companies", True),
        ("Company Co.", "Company", True),
        ("SA", "AG", False),
        ("Acme Holdings", "Acme", False),
        ("!!!", "???", False),
    ],
)
def test_normal_form_leaves_out_case_punctuation_and_legal_form_only(one, other, same):
    assert (normal(one) == normal(other)) is same


def test_restriction_holds_on_both_its_days_and_not_beside_them():
    policy = Policy(restricted=(Restriction("Acme", CALL, CALL + timedelta(days=2)),))
    held = [n for n in range(-2, 5) if codes([post(date(2010, 1, 1), "ACME")], policy, CALL + timedelta(days=n))]
    assert held == [0, 1, 2]


def test_restriction_that_begins_after_the_call_holds_for_who_reads_later():
    policy = Policy(restricted=(Restriction("Acme", CALL + timedelta(days=5)),))
    gone = [post(date(2010, 1, 1), "Acme")]
    assert codes(gone, policy) == []
    assert codes(gone, policy, today=CALL + timedelta(days=4)) == []
    assert codes(gone, policy, today=CALL + timedelta(days=5)) == ["restricted"]


def test_limits_count_what_was_before():
    policy = Policy(calls_per_expert=2, interviews_per_company=3)
    assert codes([], policy, calls=1, colleagues=2) == []
    assert codes([], policy, calls=2, colleagues=3) == ["calls", "company"]
    assert codes([], Policy(calls_per_expert=0)) == ["calls"]


def test_reason_says_which_company_and_until_when():
    assert reasons([post(date(2025, 9, 30))], CALL, HOUSE) == (
        Reason("cooling-off", "They left Harrow Mutual on 2025-09-30; 6 months end on 2026-03-30."),
    )


def test_employer_is_the_newest_on_the_day_of_the_call():
    posts = [post(date(2020, 1, 1), "Old"), post(None, "New Ltd", start=date(2020, 2, 1), current=True)]
    posts.append(post(None, "Next", start=date(2027, 1, 1), current=True))
    assert (employer(posts, CALL), employer([], CALL)) == ("new", "")


days = st.dates(date(2015, 1, 1), date(2030, 12, 31))
companies = st.sampled_from(["Acme, Inc.", "ACME", "Bolt plc", "Corvane", "Bolt AG"])
types = st.sets(st.sampled_from(["listed", "private", "bank", "retailer"]), max_size=3).map(frozenset)
policies = st.builds(
    Policy,
    months=st.dictionaries(st.sampled_from(["listed", "private", "bank", "retailer"]), st.integers(0, 60)),
    restricted=st.lists(st.builds(Restriction, companies, st.none() | days, st.none() | days), max_size=4).map(tuple),
    calls_per_expert=st.none() | st.integers(0, 3),
    interviews_per_company=st.none() | st.integers(0, 3),
    no_current_employees=st.booleans(),
)
employments = st.lists(
    st.builds(Employment, companies, types, days, st.none() | days, st.booleans(), st.booleans()), max_size=4
)
counts = st.integers(0, 4)


@settings(max_examples=300, deadline=None)
@given(employments, days, st.lists(policies, max_size=4), days, counts, counts, st.booleans())
def test_strictest_refuses_exactly_what_any_of_its_policies_refuses(posts, call, given, today, calls, near, excepted):
    more = {"today": today, "calls": calls, "colleagues": near, "excepted": excepted}
    together = {r.code for r in reasons(posts, call, strictest(given), **more)}
    assert together == {r.code for p in [*given, Policy()] for r in reasons(posts, call, p, **more)}


@settings(max_examples=300, deadline=None)
@given(employments, days, policies)
def test_no_policy_is_laxer_than_the_house(posts, call, own):
    assert set(codes(posts, HOUSE, call)) <= set(codes(posts, strictest([HOUSE, own]), call))


@settings(max_examples=300, deadline=None)
@given(days, st.integers(0, 60), st.integers(0, 60))
def test_months_move_forward_with_the_calendar(day, one, other):
    first, second = sorted((one, other))
    assert later(day, 0) == day
    assert later(day, first) <= later(day, second)
    free = later(day, first)
    assert (free.year * 12 + free.month) - (day.year * 12 + day.month) == first
    assert free.day in {day.day, (free + timedelta(days=1) - timedelta(days=1)).day}
    assert free.day == day.day or (free + timedelta(days=1)).day == 1


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=30))
def test_normal_form_of_any_text_is_stable_and_never_empty_for_words(text):
    assert normal(normal(text)) == normal(text)
    assert bool(normal(text)) == bool(text.split())
