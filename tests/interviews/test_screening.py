"""Booking and holding a call against the firm's rules and the policies of the funds on a seat."""

from datetime import UTC, date, datetime

import pytest

from accounts.models import AuditEvent
from interviews.models import (
    Block,
    Candidate,
    CheckMoment,
    Company,
    EligibilityCheck,
    Expert,
    Spell,
    SubjectException,
    TopicCard,
)
from interviews.services import conduct, scheduling, screening
from interviews.services.screening import Barred
from research.models import Fund, FundPolicy
from tests.factories import grant_papers, make_candidate, make_interview, make_programme, make_question, seat_fund

WALL = datetime(2026, 3, 18, 14)


def expert_of(
    company: str, end: date | None, *, current: bool = False, listed: bool = True, kind: str = "insurer"
) -> Expert:
    expert = Expert.objects.create(descriptor="Former Director")
    employer, _ = Company.objects.get_or_create(name=company, defaults={"kind": kind, "listed": listed})
    Spell.objects.create(
        expert=expert, company=employer, level="Director", start=date(2015, 1, 1), end=end, current=current
    )
    return expert


def interview_of(cast, expert: Expert, **fields):
    return make_interview(cast.programme, cast.ana, state="open", expert=expert, starts_at=None, **fields)


def book(cast, interview, wall=WALL, zone="Europe/London"):
    return scheduling.book(interview=interview, wall=wall, zone=zone, by=cast.ana)


def policy(fund: Fund, **fields) -> FundPolicy:
    return FundPolicy.objects.create(fund=fund, version=fund.policies.count() + 1, **fields)


def refusals(cast) -> list[dict]:
    return [e.body for e in AuditEvent.objects.filter(chain=cast.programme.chain, verb="screening-refused")]


def test_expert_who_left_five_months_and_29_days_ago_is_not_booked_and_one_of_six_months_is(cast):
    early = interview_of(cast, expert_of("Harrow", date(2025, 9, 19)))
    with pytest.raises(Barred) as refused:
        book(cast, early)
    assert str(refused.value) == (
        "This person can't be heard on that day. They left Harrow on 2025-09-19; 6 months end on 2026-03-19."
    )
    early.refresh_from_db()
    assert (early.state, refusals(cast)) == ("open", [{"codes": ["cooling-off"]}])
    assert book(cast, interview_of(cast, expert_of("Harrow", date(2025, 9, 18)))).state == "booked"
    assert book(cast, early, datetime(2026, 3, 19, 9)).state == "booked"


def test_day_of_the_call_is_that_of_the_expert_s_own_calendar(cast):
    # 23:00 on the 18th in New York is the 19th in London and in UTC.
    free_on_19 = expert_of("Harrow", date(2025, 9, 19))
    with pytest.raises(Barred):
        book(cast, interview_of(cast, free_on_19), datetime(2026, 3, 18, 23), "America/New_York")
    assert book(cast, interview_of(cast, free_on_19), datetime(2026, 3, 19, 1), "Europe/London").state == "booked"


def test_unknown_end_is_not_booked(cast):
    with pytest.raises(Barred, match="Nobody knows when they left Harrow."):
        book(cast, interview_of(cast, expert_of("Harrow", None)))


def let_through(cast, expert: Expert, until: date = date(2026, 12, 31), **left_out: bool) -> Candidate:
    """Everything that a current employee of the subject needs, except what is left out."""
    cast.programme.current_employees = left_out.get("policy", True)
    cast.programme.save()
    candidate = make_candidate(cast.programme, expert)
    if left_out.get("card", True):
        TopicCard.objects.create(candidate=candidate, version=1, may="Hiring", may_not="Results", by=cast.ana)
    if left_out.get("signature", True):
        SubjectException.objects.create(candidate=candidate, reason="Left the team.", by=cast.cyrus, until=until)
    return candidate


def test_current_employee_of_the_subject_is_booked_only_with_all_four(cast):
    expert = expert_of("Subject", None, current=True)
    let_through(cast, expert)
    for chaperone in (None, cast.ben):
        with pytest.raises(Barred, match="needs a chaperone from compliance") as refused:
            book(cast, interview_of(cast, expert, chaperone=chaperone))
        assert refused.value.codes == ["current-employee", "exception-chaperone"]
    assert book(cast, interview_of(cast, expert, chaperone=cast.cora)).state == "booked"
    elsewhere = expert_of("Harrow", None, current=True)
    assert book(cast, interview_of(cast, elsewhere), datetime(2026, 3, 20, 9)).state == "booked"


@pytest.mark.parametrize("lacks", ["policy", "signature", "card"])
def test_current_employee_with_a_chaperone_only_is_told_what_else_is_missing(cast, lacks):
    expert = expert_of("Subject", None, current=True)
    let_through(cast, expert, **{lacks: False})
    with pytest.raises(Barred) as refused:
        book(cast, interview_of(cast, expert, chaperone=cast.cora))
    assert refused.value.codes == ["current-employee", f"exception-{lacks}"]


def test_exception_holds_until_its_last_day_and_not_after_it_was_taken_back(cast):
    expert = expert_of("Subject", None, current=True)
    candidate = let_through(cast, expert, until=WALL.date())
    interview = interview_of(cast, expert, chaperone=cast.cora)
    assert book(cast, interview).state == "booked"
    with pytest.raises(Barred, match="No exception signed by compliance holds"):
        book(cast, interview, datetime(2026, 3, 19, 9))
    candidate.exceptions.update(revoked_at=datetime(2026, 3, 18, 8, tzinfo=UTC))
    assert screening.recheck(interview, CheckMoment.START).codes == ["current-employee", "exception-signature"]
    candidate.exceptions.update(revoked_at=datetime(2026, 3, 19, 8, tzinfo=UTC))
    assert screening.recheck(interview, CheckMoment.RELEASE).eligible


def test_exception_signed_by_who_leads_the_call_is_none(cast):
    expert = expert_of("Subject", None, current=True)
    let_through(cast, expert).exceptions.update(by=cast.ana)
    with pytest.raises(Barred, match="No exception signed by compliance holds"):
        book(cast, interview_of(cast, expert, chaperone=cast.cora))


def test_exception_does_not_move_a_fund_that_hears_no_current_employees(cast):
    expert = expert_of("Subject", None, current=True)
    let_through(cast, expert)
    policy(cast.heron, thresholds={"no_current_employees": True})
    with pytest.raises(Barred) as refused:
        book(cast, interview_of(cast, expert, chaperone=cast.cora))
    assert (refused.value.codes, str(refused.value)[:23]) == (["policy"], "A participating policy ")


def test_every_check_of_a_call_is_kept_the_refused_ones_too(cast):
    interview = interview_of(cast, expert_of("Harrow", date(2025, 9, 19)))
    with pytest.raises(Barred):
        book(cast, interview)
    book(cast, interview, datetime(2026, 3, 19, 9))
    policy(cast.heron, restricted=[{"company": "Harrow", "from": None, "to": None}])
    assert screening.recheck(interview, CheckMoment.DAY_BEFORE).codes == ["policy"]
    kept = EligibilityCheck.objects.order_by("pk")
    assert list(kept.values_list("moment", "day", "eligible", "codes")) == [
        ("booking", date(2026, 3, 18), False, ["cooling-off"]),
        ("booking", date(2026, 3, 19), True, []),
        ("day_before", date(2026, 3, 19), False, ["policy"]),
    ]
    assert "6 months end on 2026-03-19" in kept[0].sentences[0]
    assert kept[2].sentences == [
        "A participating policy bars this person on 19 March 2026. Choose another day or another expert."
    ]
    assert kept[0].lists == kept[1].lists != kept[2].lists
    assert "Harrow" not in str(kept[2].sentences) + kept[2].lists


def test_recheck_at_release_asks_the_lists_of_today_and_nothing_else_of_the_person(cast, monkeypatch):
    interview = make_interview(cast.programme, cast.ana, expert=expert_of("Harrow", date(2024, 6, 30)))
    policy(cast.heron, restricted=[{"company": "Harrow", "from": "2026-04-01", "to": None}])
    make_question(cast.programme)
    for day, codes in ((date(2026, 3, 31), []), (date(2026, 4, 1), ["policy"])):
        monkeypatch.setattr(screening.timezone, "localdate", lambda day=day: day)
        assert screening.recheck(interview, CheckMoment.RELEASE).codes == codes
    assert screening.recheck(interview, CheckMoment.START).codes == ["screening", "terms", "training"]


@pytest.mark.parametrize("moment", [CheckMoment.BOOKING, CheckMoment.DAY_BEFORE, CheckMoment.START])
def test_person_on_the_blocklist_or_opted_out_is_not_heard(cast, moment):
    left, asked = (expert_of("Harrow", date(2024, 6, 30)) for _ in range(2))
    Block.objects.create(expert=left, reason="Sold what was told.", by=cast.cora)
    Expert.objects.filter(pk=asked.pk).update(opted_out_at=datetime(2026, 3, 1, tzinfo=UTC))
    for expert in (left, asked):
        interview = interview_of(cast, Expert.objects.get(pk=expert.pk))
        assert screening.recheck(interview, moment).codes == ["blocked"]
    with pytest.raises(Barred, match="blocked this person"):
        book(cast, interview_of(cast, left))


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("listed", "not been screened yet"),
        ("invited", "not been screened yet"),
        ("screened", "wait for a review"),
        ("refused", "screened out"),
        ("declined", "declined"),
    ],
)
def test_candidate_who_is_not_passed_is_not_booked_where_questions_are_asked(cast, state, told):
    expert = expert_of("Harrow", date(2024, 6, 30))
    interview = interview_of(cast, expert)
    expert.candidacies.update(state=state)
    grant_papers(expert)
    if state in ("listed", "invited", "screened"):
        assert book(cast, interview).state == "booked"
    make_question(cast.programme)
    with pytest.raises(Barred, match=told) as refused:
        book(cast, interview, datetime(2026, 3, 19, 9))
    assert refused.value.codes == ["screening"]


def test_question_of_another_segment_stands_in_nobody_s_way_and_a_later_knock_out_does(cast):
    expert = expert_of("Harrow", date(2024, 6, 30))
    interview = interview_of(cast, expert)
    grant_papers(expert)
    make_question(cast.programme, segment="managers")
    assert book(cast, interview).state == "booked"
    make_question(cast.programme, segment="customers")
    with pytest.raises(Barred, match="have not answered 1 exclusion question that came later"):
        book(cast, interview, datetime(2026, 3, 19, 9))


def test_training_and_terms_are_demanded_on_the_day_of_the_call_once_a_programme_screens(cast):
    expert = expert_of("Harrow", date(2024, 6, 30))
    interview = interview_of(cast, expert)
    assert book(cast, interview).state == "booked"
    make_question(cast.programme, segment="managers")
    assert screening.recheck(interview, CheckMoment.START).codes == ["terms", "training"]
    grant_papers(expert, on=date(2025, 3, 19), until=date(2026, 3, 18))
    assert book(cast, interview).state == "booked"
    with pytest.raises(Barred, match="training ended on 2026-03-18: it has to be done again"):
        book(cast, interview, datetime(2026, 3, 19, 9))


@pytest.mark.parametrize("state", ["held", "signed", "active"])
def test_strictest_policy_of_the_live_seats_bars_a_booking_without_a_word_of_whose_or_why(cast, state):
    fund = Fund.objects.create(name="Strict SECRET fund")
    seat_fund(cast.programme, fund, state=state)
    policy(fund, cooling_off={"listed": 12}, restricted=[])
    policy(cast.heron, cooling_off={"listed": 7})
    interview = interview_of(cast, expert_of("Harrow", date(2025, 6, 30)))
    with pytest.raises(Barred) as refused:
        book(cast, interview)
    assert str(refused.value) == (
        "A participating policy bars this person on 18 March 2026. Choose another day or another expert."
    )
    assert refusals(cast) == [{"codes": ["policy"]}]
    cast.programme.seats.filter(fund=fund).update(state="free", fund=None)
    assert book(cast, interview).state == "booked"


def test_policy_of_a_fund_without_a_seat_bars_nothing(cast):
    policy(cast.outsider, cooling_off={"listed": 24})
    assert book(cast, interview_of(cast, expert_of("Harrow", date(2025, 6, 30)))).state == "booked"


def test_programme_that_withholds_instead_books_whom_a_fund_bars_and_never_whom_the_house_bars(cast):
    policy(cast.heron, restricted=[{"company": "HARROW plc", "from": None, "to": None}])
    interview = interview_of(cast, expert_of("Harrow", date(2025, 6, 30)))
    with pytest.raises(Barred, match="participating policy"):
        book(cast, interview)
    type(cast.programme).objects.filter(pk=cast.programme.pk).update(withhold_instead=True)
    interview.refresh_from_db()
    assert book(cast, interview).state == "booked"
    cast.programme.refresh_from_db()
    with pytest.raises(Barred, match="6 months end"):
        book(cast, interview_of(cast, expert_of("Harrow", date(2025, 12, 31))), datetime(2026, 3, 20, 9))


def test_only_the_newest_version_of_a_policy_counts(cast):
    interview = interview_of(cast, expert_of("Harrow", date(2025, 6, 30)))
    policy(cast.heron, cooling_off={"listed": 24})
    policy(cast.heron, cooling_off={"listed": 6})
    assert book(cast, interview).state == "booked"


def test_call_that_became_barred_meanwhile_is_not_held_but_can_be_stopped(cast):
    interview = book(cast, interview_of(cast, expert_of("Harrow", date(2025, 6, 30))))
    policy(cast.heron, restricted=[{"company": "Harrow", "from": "2026-03-18", "to": "2026-03-18"}])
    with pytest.raises(Barred, match="participating policy .* log it as stopped for compliance"):
        conduct.hold(interview=interview, by=cast.ana, attested="spoken")
    interview.refresh_from_db()
    assert (interview.state, refusals(cast)) == ("booked", [{"codes": ["policy"]}])
    assert conduct.stop_for_compliance(interview=interview, by=cast.ana).state == "stopped"


def test_limit_on_one_expert_counts_the_calls_that_this_fund_heard_and_no_other_s(cast):
    expert = expert_of("Harrow", date(2024, 6, 30))
    other = make_programme("avocet")
    make_interview(other, cast.ana, expert=expert, starts_at=datetime(2026, 1, 9, 9, tzinfo=UTC))
    policy(cast.heron, thresholds={"calls_per_expert": 1})
    assert book(cast, interview_of(cast, expert)).state == "booked"
    seat_fund(other, cast.heron)
    with pytest.raises(Barred, match="participating policy"):
        book(cast, interview_of(cast, expert), datetime(2026, 3, 19, 9))


def test_withheld_interviews_are_told_per_fund_as_of_today(cast, monkeypatch):
    policy(cast.heron, cooling_off={"listed": 12})
    policy(cast.ibis, restricted=[{"company": "Bolt", "from": "2026-04-01", "to": None}])
    calls = [("Harrow", date(2025, 6, 30)), ("Bolt", date(2024, 6, 30)), ("Bolt", date(2025, 6, 30))]
    rows = [make_interview(cast.programme, cast.ana, expert=expert_of(*of)) for of in calls]
    funds = [cast.heron.pk, cast.ibis.pk, cast.outsider.pk]

    def told(day):
        monkeypatch.setattr(screening.timezone, "localdate", lambda: day)
        found = screening.withheld(cast.programme, funds, [row.pk for row in rows])
        return [sorted(rows.index(row) for row in rows if row.pk in found[fund]) for fund in funds]

    assert told(date(2026, 3, 31)) == [[0, 2], [], []]
    assert told(date(2026, 4, 1)) == [[0, 2], [1, 2], []]


def test_screening_asks_a_fixed_number_of_questions(cast, django_assert_max_num_queries):
    rows = [make_interview(cast.programme, cast.ana, expert=expert_of("Harrow", date(2025, 6, 30))) for _ in range(9)]
    for count in (1, 9):
        with django_assert_max_num_queries(5):
            screening.withheld(cast.programme, [cast.heron.pk, cast.ibis.pk], [row.pk for row in rows[:count]])
