"""A fund's own policy: who sets and sees it, its versions, and the pages of the fund's compliance."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.moves import IllegalMove, Invalid
from accounts.permissions import Refused
from research.models import FundPolicy
from research.policy import HOUSE
from research.services import policies
from research.signals import fund_policy_set
from tests.research.conftest import events

ACME = {"company": "Acme plc", "from": None, "to": None}
BOLT = {"company": "Bolt", "from": "2026-01-01", "to": None}


def set_policy(cast, **fields) -> FundPolicy:
    return policies.set_policy(fund=cast.heron, by=cast.carl, **fields)


def test_policy_is_versioned_and_set_by_the_funds_own_compliance_only(cast):
    set_policy(cast, cooling_off={"listed": "12"}, restricted="Acme plc\nAcme PLC\nBolt,2026-01-01")
    set_policy(cast, restricted=[BOLT])
    rows = FundPolicy.objects.filter(fund=cast.heron).order_by("version")
    assert [(p.version, p.cooling_off, p.restricted, p.by) for p in rows] == [
        (1, {"listed": 12}, [ACME, BOLT], cast.carl),
        (2, {"listed": 12}, [BOLT], cast.carl),
    ]
    for user in cast.everyone():
        if user != cast.carl:
            with pytest.raises(Refused):
                policies.set_policy(fund=cast.heron, by=user, restricted=["X"])
    with pytest.raises(Refused, match="This is not your fund."):
        policies.set_policy(fund=cast.ibis, by=cast.carl, restricted=["X"])
    assert FundPolicy.objects.count() == 2


def test_policy_is_seen_by_the_funds_own_compliance_and_by_nobody_else(cast):
    set_policy(cast, restricted=[ACME])
    assert {user.name for user in cast.everyone() if FundPolicy.objects.visible_to(user).exists()} == {"Carl"}


def test_policy_event_holds_the_version_and_never_the_list(cast):
    set_policy(cast, restricted=["Secretive plc"])
    seat = cast.programme.seats.get(fund=cast.heron)
    assert events(seat.chain_of(cast.heron.pk)) == [("policy-set", {"version": 1})]
    assert events("house") == [("policy-set", {"version": 1, "fund": str(cast.heron.pk)})]


def test_policy_that_was_compared_with_an_old_version_is_refused(cast):
    set_policy(cast, restricted=[ACME], compared_with=0)
    for stale in (0, 2):
        with pytest.raises(IllegalMove, match="compared with an old version"):
            set_policy(cast, restricted=[BOLT], compared_with=stale)
    assert set_policy(cast, restricted=[BOLT], compared_with=1).version == 2


def test_policy_that_changes_nothing_is_no_version(cast):
    set_policy(cast, cooling_off={"listed": 9}, restricted=[ACME])
    with pytest.raises(Invalid, match="Nothing changes: version 1 says this already."):
        set_policy(cast, cooling_off={"listed": 9}, restricted=[ACME])


def test_policy_in_force_is_the_newest_with_the_house_rules_below_it(cast):
    set_policy(cast, cooling_off={"listed": 24})
    set_policy(
        cast, cooling_off={"listed": 2, "bank": 12}, thresholds={"calls_per_expert": "2", "no_current_employees": True}
    )
    found = policies.policies_of([cast.heron.pk, cast.ibis.pk])
    heron = found[cast.heron.pk]
    assert heron.months == {"listed": 6, "private": 3, "bank": 12}
    assert (heron.calls_per_expert, heron.interviews_per_company, heron.no_current_employees) == (2, None, True)
    assert found[cast.ibis.pk] == HOUSE


@pytest.mark.django_db(transaction=True)
def test_news_of_a_policy_is_sent_after_commit():
    from tests.conftest import make_cast

    cast, heard = make_cast(), []
    fund_policy_set.connect(lambda fund_id, **kwargs: heard.append(fund_id), weak=False, dispatch_uid="test")
    set_policy(cast, restricted=[ACME])
    fund_policy_set.disconnect(dispatch_uid="test")
    assert heard == [cast.heron.pk]


@pytest.mark.parametrize(
    ("policy", "sentence"),
    [
        (
            {"cooling_off": {"listed": 61}},
            "The cooling-off for listed companies, in months, must be a whole number from 0 to 60, not 61.",
        ),
        (
            {"cooling_off": {"listed": "a while"}},
            "The cooling-off for listed companies, in months, must be a whole number from 0 to 60.",
        ),
        ({"cooling_off": [6]}, "The cooling-off names a number of months for each type of company."),
        ({"restricted": ["x" * 121]}, "Line 1, column company: the name has 121 characters; the most is 120."),
        ({"restricted": 7}, "The restricted list is a list of at most 5,000 entries."),
        (
            {"thresholds": {"calls_per_expert": 0}},
            "The calls with one expert in twelve months must be a whole number from 1 to 1000, not 0.",
        ),
        (
            {"thresholds": {"calls": 1}},
            "The limits are calls_per_expert, interviews_per_company and no_current_employees.",
        ),
        ({"thresholds": {"no_current_employees": "yes"}}, "no_current_employees must be true or false."),
    ],
)
def test_policy_with_bad_input_says_what_to_do(cast, policy, sentence):
    with pytest.raises(Invalid) as wrong:
        set_policy(cast, **policy)
    assert str(wrong.value) == sentence
    assert FundPolicy.objects.count() == 0


# The pages ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def carl(client, cast):
    client.force_login(cast.carl)
    return client


def upload(text: str) -> dict:
    return {"file": SimpleUploadedFile("list.csv", text.encode(), content_type="text/csv")}


def test_list_is_shown_with_what_it_changes_before_it_is_in_force(carl, cast):
    set_policy(cast, restricted=[ACME, BOLT])
    shown = carl.post(reverse("fund_policy_list"), upload("company;from;to\nBolt;2026-02-01;\nNew & Co;;\n"))
    said = shown.content.decode()
    assert [(name, [row.company for row in rows]) for name, rows, _ in shown.context["parts"]] == [
        ("Added", ["New & Co"]),
        ("Removed", ["Acme plc"]),
        ("Other dates", ["Bolt"]),
    ]
    assert "1 Feb 2026" in said and "1 Jan 2026" in said
    assert FundPolicy.objects.count() == 1
    given = {"compared_with": "1", "list": shown.context["text"]}
    assert carl.post(reverse("fund_policy_confirm"), given, follow=True).status_code == 200
    assert [row["company"] for row in FundPolicy.objects.get(version=2).restricted] == ["Bolt", "New & Co"]


def test_list_that_was_compared_with_an_old_version_is_not_put_in_force(carl, cast):
    shown = carl.post(reverse("fund_policy_list"), {"pasted": "Acme plc"})
    set_policy(cast, restricted=[BOLT])
    given = {"compared_with": str(shown.context["newest"].version), "list": shown.context["text"]}
    said = carl.post(reverse("fund_policy_confirm"), given, follow=True).content.decode()
    assert "Your policy was changed in the meantime" in said
    without = carl.post(reverse("fund_policy_confirm"), {"list": "Acme"}, follow=True).content.decode()
    assert "Your policy was changed in the meantime" in without
    assert FundPolicy.objects.get().restricted == [BOLT]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "Choose a file, or paste the list: one of the two."),
        ({"pasted": "company,from\nAcme,soon"}, "Line 2, column from: “soon” is no date."),
        (upload("company,to\nAcme,2026-31-12"), "Line 2, column to: “2026-31-12” is no date."),
        (upload("x" * 1_000_001), "The file has 1,000,001 bytes; the most is 1,000,000."),
    ],
)
def test_list_that_can_t_be_read_is_answered_with_a_sentence(carl, given, sentence):
    answer = carl.post(reverse("fund_policy_list"), given)
    assert (answer.status_code, sentence in answer.content.decode()) == (400, True)


def test_months_and_limits_are_saved_as_a_version_that_keeps_the_list(carl, cast):
    set_policy(cast, restricted=[ACME])
    given = {"listed": "12", "private": "", "kinds": "Bank: 18", "calls_per_expert": "2", "compared_with": "1"}
    assert carl.post(reverse("fund_policy"), given).status_code == 302
    row = FundPolicy.objects.get(version=2)
    assert (row.cooling_off, row.thresholds, row.restricted) == (
        {"listed": 12, "bank": 18},
        {"calls_per_expert": 2},
        [ACME],
    )
    assert carl.post(reverse("fund_policy"), given).status_code == 409
    again = carl.post(reverse("fund_policy"), given | {"compared_with": "2"})
    assert (again.status_code, "Nothing changes" in again.content.decode()) == (400, True)
    odd = carl.post(reverse("fund_policy"), given | {"kinds": "bank 12", "compared_with": "2"})
    assert "Line 1 must be a class and its months" in odd.content.decode()


def test_versions_are_kept_to_be_looked_at_and_downloaded(carl, cast):
    set_policy(cast, restricted=['=HYPERLINK("x")', ACME])
    set_policy(cast, restricted=[BOLT])
    first = carl.get(reverse("fund_policy_version", args=[1])).content.decode()
    assert ("Acme plc" in first, "Bolt" in first, "Carl" in first) == (True, False, True)
    file = carl.get(reverse("fund_policy_file", args=[1]))
    assert file["Content-Disposition"] == 'attachment; filename="restricted-1.csv"'
    assert file.content.decode("utf-8-sig").splitlines() == [
        "company,from,to",
        '"\'=HYPERLINK(""x"")",,',
        "Acme plc,,",
    ]
    page = carl.get(reverse("fund_policy")).content.decode()
    assert "Version 1" in page and "Version 2" in page
    assert carl.get(reverse("fund_policy_version", args=[3])).status_code == 404


def test_policy_of_another_fund_is_no_address(client, cast):
    set_policy(cast, restricted=[ACME])
    ibis = policies.policy_of(None)
    assert ibis == HOUSE
    for user in cast.everyone():
        if user == cast.carl:
            continue
        client.force_login(user)
        expected = 403 if user.of_firm else 404
        for name, args in (("fund_policy", []), ("fund_policy_version", [1]), ("fund_policy_file", [1])):
            assert client.get(reverse(name, args=args)).status_code == expected, (user.name, name)
