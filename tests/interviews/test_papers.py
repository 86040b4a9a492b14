"""Topic cards, exceptions, training and terms."""

from datetime import date

import pytest

from accounts.moves import IllegalMove, Invalid
from accounts.permissions import Refused
from interviews.models import Company, Credential, Spell
from interviews.services import credentials, exceptions, topics
from research.models import KeyQuestion
from tests.factories import grant_papers, make_candidate, make_expert, make_interview

DAY = date(2026, 3, 18)


@pytest.fixture
def candidate(cast):
    return make_candidate(cast.programme, make_expert())


def employ(candidate, company: str, *, listed: bool = True, end: date | None = None) -> None:
    employer = Company.objects.create(name=company, kind="insurer", listed=listed)
    Spell.objects.create(
        expert=candidate.expert,
        company=employer,
        level="Director",
        start=DAY.replace(year=2020),
        end=end,
        current=not end,
    )


def test_card_has_versions_and_the_newest_is_in_force(cast, candidate):
    assert topics.card_of(candidate) is None
    topics.set_card(candidate=candidate, may="Hiring", may_not="Results", by=cast.ana)
    topics.set_card(candidate=candidate, may="Hiring\r\nTools", may_not="Results", by=cast.cora)
    card = topics.card_of(candidate)
    assert (card.version, card.may, card.by) == (2, "Hiring\nTools", cast.cora)
    assert topics.card_for(make_interview(cast.programme, cast.ana, expert=candidate.expert)) == card
    with pytest.raises(Invalid, match="version 2 says this already"):
        topics.set_card(candidate=candidate, may="Hiring\nTools", may_not="Results", by=cast.ana)
    with pytest.raises(Invalid, match="may not speak about has no words"):
        topics.set_card(candidate=candidate, may="Hiring", may_not=" ", by=cast.ana)
    for nobody in (cast.ada, cast.stranger):
        with pytest.raises(Refused):
            topics.set_card(candidate=candidate, may="Hiring", may_not="Pay", by=nobody)


def test_first_card_starts_from_the_questions_of_the_segment(cast, candidate):
    KeyQuestion.objects.get(programme=cast.programme, code="Q2").segments.add(candidate.segment)
    may, may_not = topics.default_of(candidate, DAY)
    assert may == "Q2: Productivity"
    assert may_not.split("\n") == topics.ALWAYS


@pytest.mark.parametrize(
    ("company", "fields", "more"),
    [
        ("Bolt", {}, topics.OF_LISTED),
        ("Bolt", {"listed": False}, []),
        ("Bolt", {"end": date(2026, 3, 17)}, []),
        ("Bolt", {"end": date(2026, 6, 30)}, topics.OF_LISTED),
        ("Subject", {}, topics.OF_SUBJECT),
    ],
)
def test_employee_on_that_day_of_a_listed_company_may_not_speak_of_the_employer(cast, candidate, company, fields, more):
    employ(candidate, company, **fields)
    may_not = topics.default_of(candidate, DAY)[1]
    assert may_not.split("\n") == topics.ALWAYS + more
    assert company not in may_not


def test_exception_needs_the_policy_a_reason_and_compliance_that_does_not_lead(cast, candidate):
    def sign(by=cast.cora, reason="No other person knows it.", until=date(2030, 1, 1)):
        return exceptions.sign(candidate=candidate, reason=reason, until=until, by=by)

    with pytest.raises(IllegalMove, match="hears no current employees"):
        sign()
    cast.programme.current_employees = True
    cast.programme.save()
    for nobody in (cast.ana, cast.ada, cast.stranger):
        with pytest.raises(Refused):
            sign(by=nobody)
    with pytest.raises(Invalid, match="The reason has no words"):
        sign(reason="")
    with pytest.raises(Invalid, match="can't be past"):
        sign(until=date(2020, 1, 1))
    make_interview(cast.programme, cast.cyrus, expert=candidate.expert)
    with pytest.raises(Refused, match="You lead a call with this person"):
        sign(by=cast.cyrus)
    row = sign()
    assert exceptions.holds(row, date(2030, 1, 1)) and not exceptions.holds(row, date(2030, 1, 2))


def test_exception_is_taken_back_once_by_compliance(cast, candidate):
    cast.programme.current_employees = True
    cast.programme.save()
    row = exceptions.sign(candidate=candidate, reason="Needed.", until=date(2030, 1, 1), by=cast.cora)
    with pytest.raises(Refused):
        exceptions.revoke(exception=row, by=cast.ana)
    row = exceptions.revoke(exception=row, by=cast.cyrus)
    assert exceptions.holds(row, DAY) and not exceptions.holds(row, row.revoked_at.date())
    with pytest.raises(IllegalMove, match="taken back already"):
        exceptions.revoke(exception=row, by=cast.cyrus)


def test_paper_lasts_a_year_at_most(cast, candidate):
    given = {"expert": candidate.expert, "programme": cast.programme, "kind": "training", "by": cast.ana}
    row = credentials.record(on=date(2025, 2, 28), method="Course of the firm", **given)
    assert (row.expires_on, row.by) == (date(2026, 2, 28), cast.ana)
    own = {**given, "kind": "terms", "by": None}
    row = credentials.record(on=date(2025, 2, 28), expires_on=date(2025, 6, 30), method="page", text="I agree.", **own)
    assert (row.expires_on, len(row.sha256)) == (date(2025, 6, 30), 64)
    for wrong in (
        {"on": date(2099, 1, 1)},
        {"expires_on": date(2026, 3, 1)},
        {"expires_on": date(2025, 2, 28)},
        {"kind": "x"},
    ):
        with pytest.raises(Invalid):
            credentials.record(**{"on": date(2025, 2, 28), "method": "page", **given, **wrong})
    for nobody in (cast.ada, cast.stranger):
        with pytest.raises(Refused):
            credentials.record(**{"on": date(2025, 2, 28), "method": "page", **given, "by": nobody})
    assert Credential.objects.count() == 2


def test_missing_papers_are_told_in_words(cast, candidate):
    expert = candidate.expert
    assert credentials.missing(expert, DAY) == [
        "Their compliance training is not on record.",
        "They have not accepted the terms.",
    ]
    grant_papers(expert)
    assert credentials.missing(expert, DAY) == []
    assert credentials.missing(expert, date(2027, 1, 1))[1] == (
        "Their terms of taking part ended on 2026-12-31: they have to be accepted again."
    )


def test_list_of_what_ends_names_the_soonest_first_and_leaves_out_who_is_gone(
    cast, monkeypatch, django_assert_num_queries
):
    monkeypatch.setattr(credentials.queries, "reference_day", lambda programme: DAY)
    never, soon, late, gone = (make_candidate(cast.programme, make_expert(), state="eligible") for _ in range(4))
    grant_papers(soon.expert, until=date(2026, 4, 1))
    grant_papers(late.expert, until=date(2026, 12, 31))
    type(gone).objects.filter(pk=gone.pk).update(state="declined")
    with django_assert_num_queries(2):
        found = credentials.expiring(cast.programme)
    assert [(row.candidate, row.kind, row.until, row.lapsed) for row in found] == [
        (never, "terms", None, True),
        (never, "training", None, True),
        (soon, "terms", date(2026, 4, 1), False),
        (soon, "training", date(2026, 4, 1), False),
    ]
