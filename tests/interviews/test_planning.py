"""Plans as a service: asked for, reckoned through the ledger, and booked through the same door as any call."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from accounts import jobs
from accounts.models import AuditEvent
from accounts.moves import IllegalMove, Invalid
from accounts.permissions import Refused
from accounts.roles import Role
from interviews.models import (
    Company,
    Expert,
    Hours,
    Interview,
    PlanRun,
    Proposal,
    QuestionKind,
    ScreeningQuestion,
    Slot,
    Spell,
    SubjectException,
    TopicCard,
)
from interviews.services import planning, planning_inputs, scheduling
from interviews.services.planning import Wishes
from tests.factories import make_candidate, make_expert, make_interview, make_user
from tests.interviews.plan_checker import faults

LONDON = ZoneInfo("Europe/London")


def monday() -> date:
    """The Monday after next: always to come, however the days of this week stand."""
    today = timezone.localdate()
    return today + timedelta(days=14 - today.weekday())


def at(hour: float, day: int = 0) -> datetime:
    """An hour of London's clock on a day from that Monday on, in UTC."""
    midnight = datetime.combine(monday() + timedelta(days=day), time(), LONDON)
    return (midnight + timedelta(hours=hour)).astimezone(UTC)


def wishes(days: int = 5, **fields) -> Wishes:
    return Wishes(monday(), monday() + timedelta(days=days - 1), **fields)


def made(cast, **fields) -> PlanRun:
    """A plan that was asked for and reckoned."""
    run = planning.ask(programme=cast.programme, wishes=wishes(**fields), by=cast.ana)
    jobs.drain()
    run.refresh_from_db()
    assert run.done_at, run.message
    return run


def candidate(cast, zone: str = "Europe/London", hours=None, **fields):
    """A candidate who has time at those hours of London's clock, on each day of the week."""
    expert = make_expert()
    Expert.objects.filter(pk=expert.pk).update(zone=zone)
    for weekday in range(5) if hours else ():
        Hours.objects.create(
            expert=expert, weekday=weekday, start=time(hours[0]), end=time(hours[1]), zone="Europe/London"
        )
    return make_candidate(cast.programme, expert, **fields)


def reasons(run: PlanRun) -> dict[str, str]:
    return {row["candidate"]: row["reason"] for row in run.outcome["unplaced"]}


# Asking ---------------------------------------------------------------------------------------------------------------


def test_plan_proposes_a_call_for_everybody_who_may_speak_and_holds_by_the_checker(cast):
    people = [candidate(cast, zone=zone) for zone in ("Europe/London", "America/New_York", "Asia/Kolkata")]
    inputs = planning_inputs.gather(cast.programme, wishes())
    run = made(cast)
    assert {row.candidate_id for row in run.proposals.all()} == {person.pk for person in people}
    assert (run.outcome["placed"], run.outcome["bound"], run.outcome["moved"]) == (3, 3, 0)
    from interviews.planner import plan

    assert faults(inputs.problem, list(plan(inputs.problem).placed)) == []
    assert not Slot.objects.exists(), "a plan books nothing by itself"


@pytest.mark.parametrize(
    "changed, said",
    [
        ({"first": date(2026, 3, 1)}, "in the past"),
        ({"last": date(2020, 1, 1)}, "after the first"),
        ({"last": date(2099, 1, 1)}, "at most 31 days"),
        ({"minutes": 0}, "between 1 and 240"),
        ({"step": 7}, "every 15 or 30"),
        ({"most_moved": 10}, "at most 9"),
        ({"most_a_day": 0}, "between 1 and 12"),
        ({"pause": 121}, "at most 120"),
    ],
)
def test_wishes_that_cannot_be_are_refused_with_a_sentence(cast, changed, said):
    given = Wishes.of({**wishes().stored(), **{k: str(v) if isinstance(v, date) else v for k, v in changed.items()}})
    with pytest.raises(Invalid, match=said):
        planning.ask(programme=cast.programme, wishes=given, by=cast.ana)
    assert not PlanRun.objects.exists()


def test_only_analysts_of_the_team_ask_accept_and_decline(cast):
    candidate(cast)
    run = made(cast)
    proposal = run.proposals.get()
    for who in (cast.stranger, cast.cora, cast.ada, cast.rita):
        with pytest.raises(Refused):
            planning.ask(programme=cast.programme, wishes=wishes(), by=who)
        with pytest.raises(Refused):
            planning.accept(proposal=proposal, by=who)
        with pytest.raises(Refused):
            planning.accept_all(run=run, by=who)
        with pytest.raises(Refused):
            planning.decline(proposal=proposal, by=who)
    proposal.refresh_from_db()
    assert proposal.state == "open"


def test_plans_are_seen_by_analysts_of_the_team_alone(cast):
    run = made(cast)
    assert [who.name for who in cast.everyone() if PlanRun.objects.visible_to(who).filter(pk=run.pk)] == ["Ana", "Ben"]


def test_programme_that_is_over_or_has_no_analyst_is_not_planned(cast):
    cast.programme.team.clear()
    cast.programme.team.add(cast.cora)
    cast.programme.team.add(cast.ana)
    type(cast.programme).objects.filter(pk=cast.programme.pk).update(state="closed")
    cast.programme.refresh_from_db()
    with pytest.raises(IllegalMove, match="no call can be planned"):
        planning.ask(programme=cast.programme, wishes=wishes(), by=cast.ana)


def test_plan_that_is_gone_fails_with_a_sentence(cast):
    run = planning.ask(programme=cast.programme, wishes=wishes(), by=cast.ana)
    job = planning.job_of(run)
    run.delete()
    jobs.drain()
    job.refresh_from_db()
    assert (job.state, job.message) == ("failed", planning.GONE)


def test_sentence_of_a_failure_reaches_the_plan(cast):
    run = planning.ask(programme=cast.programme, wishes=wishes(), by=cast.ana)
    PlanRun.objects.filter(pk=run.pk).update(wishes={})
    jobs.drain()
    run.refresh_from_db()
    assert "unexpected fault" in run.message and run.done_at is None


# Who is planned -------------------------------------------------------------------------------------------------------


def test_candidates_without_screening_wait_where_there_are_questions(cast):
    segment = cast.programme.segments.get(code="customers")
    ScreeningQuestion.objects.create(programme=cast.programme, segment=segment, kind=QuestionKind.PLAIN, text="Who?")
    candidate(cast, state="invited")
    free = candidate(cast, segment="managers", state="listed")
    for state in ("refused", "declined"):
        candidate(cast, segment="managers", state=state)
    inputs = planning_inputs.gather(cast.programme, wishes())
    assert ([guest.key for guest in inputs.problem.guests], inputs.waiting) == ([free.pk], 1)


def test_who_has_or_had_a_call_is_not_planned_again_unless_it_is_back_on_the_list(cast):
    for state in ("booked", "held", "no_show", "cancelled", "stopped"):
        make_interview(cast.programme, cast.ana, state=state, starts_at=at(9))
    back = make_interview(cast.programme, cast.ben, state="open", starts_at=None)
    make_interview(cast.programme, cast.ana, state="cancelled", expert=back.expert, starts_at=at(9))
    inputs = planning_inputs.gather(cast.programme, wishes())
    guest = inputs.problem.guests[0]
    assert len(inputs.problem.guests) == 1 and inputs.open == {guest.key: back}
    assert guest.leaders == {cast.ben.pk}


def test_places_are_what_quota_leaves_beside_held_and_booked_people(cast):
    for number, state in enumerate(("held", "booked", "tentative")):
        fields = {"held_until": timezone.now() + timedelta(hours=1)} if state == "tentative" else {}
        make_interview(cast.programme, cast.ana, state=state, starts_at=at(9 + 2 * number), **fields)
    make_interview(cast.programme, cast.ana, state="tentative", starts_at=at(9), held_until=timezone.now())
    assert planning_inputs.gather(cast.programme, wishes()).problem.places["customers"] == 35 - 3


def test_booked_calls_keep_their_people_s_time_with_the_pause(cast):
    interview = make_interview(cast.programme, cast.ana, state="open", starts_at=None)
    scheduling.book(
        interview=interview, wall=at(12).astimezone(LONDON).replace(tzinfo=None), zone="Europe/London", by=cast.ana
    )
    candidate(cast, hours=(11, 15))
    run = made(cast, days=1, interviewers=(str(cast.ana.pk),), pause=30)
    assert run.proposals.get().starts_at in (at(13.5), at(13.75), at(14))
    run = made(cast, days=1, interviewers=(str(cast.ana.pk),), pause=61)
    assert list(reasons(run).values()) == ["All common times are taken by calls that are booked already."]


def test_wishes_bound_who_leads_and_how_many_calls_a_day(cast):
    for _ in range(4):
        candidate(cast)
    run = made(cast, days=2, most_a_day=1, interviewers=(str(cast.ben.pk),))
    assert {row.interviewer for row in run.proposals.all()} == {cast.ben}
    assert run.proposals.count() == 2


# Who may be heard -----------------------------------------------------------------------------------------------------


def test_who_left_too_recently_is_not_proposed_and_the_reason_is_told(cast):
    person = candidate(cast)
    person.expert.spells.update(end=monday() - timedelta(days=40))
    run = made(cast)
    assert not run.proposals.exists()
    assert reasons(run)[str(person.pk)].startswith("This person can't be heard on that day.")


def test_day_from_which_a_person_may_be_heard_is_kept(cast):
    person = candidate(cast)
    # Six months after the first of a month they may be heard: the third day of the plan.
    third = monday() + timedelta(days=2)
    from research.policy import later

    end = next(d for n in range(250) if later(d := third - timedelta(days=n), 6) == third)
    person.expert.spells.update(end=end)
    run = made(cast)
    assert run.proposals.get().starts_at.date() >= third


def test_fund_policy_bars_in_neutral_words_only(cast):
    person = candidate(cast)
    from research.models import FundPolicy

    FundPolicy.objects.create(
        fund=cast.heron,
        version=1,
        by=cast.carl,
        restricted=[{"company": "Harrow Mutual", "from": None, "to": None}],
    )
    told = reasons(made(cast))[str(person.pk)]
    assert told == planning_inputs.BARRED
    assert "Heron" not in told and "Harrow" not in told


def test_current_employee_of_the_subject_gets_a_chaperone_from_compliance(cast):
    cast.programme.current_employees = True
    cast.programme.save()
    person = candidate(cast)
    company = Company.objects.create(name="Subject plc", kind="insurer")
    Spell.objects.create(expert=person.expert, company=company, level="Director", start=date(2020, 1, 1), current=True)
    TopicCard.objects.create(candidate=person, version=1, may="Tools", may_not="Plans", by=cast.cora)
    SubjectException.objects.create(
        candidate=person, reason="Needed", by=cast.cora, until=monday() + timedelta(days=30)
    )
    run = made(cast)
    proposal = run.proposals.get()
    assert proposal.chaperone in (cast.cora, cast.cyrus)
    planning.accept(proposal=proposal, by=cast.ana)
    assert Interview.objects.get(expert=person.expert).chaperone == proposal.chaperone
    cast.programme.team.remove(cast.cora, cast.cyrus)
    other = candidate(cast)
    Spell.objects.create(expert=other.expert, company=company, level="Director", start=date(2020, 1, 1), current=True)
    TopicCard.objects.create(candidate=other, version=1, may="Tools", may_not="Plans", by=cast.cora)
    SubjectException.objects.create(candidate=other, reason="Needed", by=cast.cora, until=monday() + timedelta(days=30))
    assert reasons(made(cast))[str(other.pk)].endswith("A call with them needs a chaperone from compliance.")


# Taking over ----------------------------------------------------------------------------------------------------------


def test_accepting_books_a_new_call_in_the_expert_s_own_zone(cast):
    person = candidate(cast, zone="America/New_York")
    proposal = made(cast).proposals.get()
    planning.accept(proposal=proposal, by=cast.ana)
    interview = Interview.objects.get(expert=person.expert)
    assert (interview.state, interview.starts_at, interview.zone) == ("booked", proposal.starts_at, "America/New_York")
    assert interview.interviewer == proposal.interviewer
    assert Slot.objects.filter(interview=interview).count() == 2
    proposal.refresh_from_db()
    assert (proposal.state, proposal.interview) == ("accepted", interview)
    with pytest.raises(IllegalMove, match="is accepted"):
        planning.accept(proposal=proposal, by=cast.ana)


@pytest.mark.parametrize("hour", [5, 6])
def test_hour_that_clocks_show_twice_is_booked_at_the_instant_that_was_proposed(cast, hour):
    """On 7 November 2027 New York's clocks show 1:30 at 5:30 and again at 6:30 in UTC."""
    person = candidate(cast, zone="America/New_York")
    run = PlanRun.objects.create(programme=cast.programme, by=cast.ana)
    instant = datetime(2027, 11, 7, hour, 30, tzinfo=UTC)
    proposal = Proposal.objects.create(run=run, candidate=person, interviewer=cast.ana, starts_at=instant, minutes=60)
    planning.accept(proposal=proposal, by=cast.ana)
    assert Interview.objects.get(expert=person.expert).starts_at == instant


def test_accepting_uses_the_call_that_is_on_the_list(cast):
    waiting = make_interview(cast.programme, cast.ben, state="open", starts_at=None, minutes=45)
    planning.accept_all(run=made(cast), by=cast.ana)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.interviewer, waiting.minutes) == ("booked", cast.ben, 45)
    assert Interview.objects.count() == 1


def test_proposal_that_became_impossible_goes_aside_with_the_sentence_and_leaves_nothing(cast):
    candidate(cast)
    proposal = made(cast, interviewers=(str(cast.ana.pk),)).proposals.get()
    other = make_interview(cast.programme, cast.ana, state="open", starts_at=None)
    wall = proposal.starts_at.astimezone(LONDON).replace(tzinfo=None)
    scheduling.book(interview=other, wall=wall, zone="Europe/London", by=cast.ana)
    with pytest.raises(IllegalMove, match="Ana has another call"):
        planning.accept(proposal=proposal, by=cast.ana)
    proposal.refresh_from_db()
    assert proposal.state == "stale" and proposal.message.startswith("Ana has another call")
    assert Interview.objects.count() == 1
    assert AuditEvent.objects.filter(verb="proposal-stale").count() == 1


def test_person_barred_since_the_plan_goes_aside_and_the_kind_of_rule_is_kept(cast):
    person = candidate(cast)
    proposal = made(cast).proposals.get()
    person.expert.spells.update(end=None, current=False)
    with pytest.raises(IllegalMove, match="can't be heard"):
        planning.accept(proposal=proposal, by=cast.ana)
    assert AuditEvent.objects.get(verb="proposal-stale").body["codes"]
    assert not Interview.objects.exists()


def test_accepting_all_goes_on_past_one_that_is_impossible(cast):
    people = [candidate(cast) for _ in range(3)]
    run = made(cast)
    people[1].expert.spells.update(end=None, current=False)
    assert planning.accept_all(run=run, by=cast.ana) == {"accepted": 2, "stale": 1}
    assert Interview.objects.filter(state="booked").count() == 2


def test_declined_proposal_is_not_booked_by_accepting_all(cast):
    candidate(cast)
    run = made(cast)
    planning.decline(proposal=run.proposals.get(), by=cast.ana)
    assert planning.accept_all(run=run, by=cast.ana) == {}
    assert not Interview.objects.exists()


def test_newer_plan_takes_the_place_of_what_an_older_one_still_proposes(cast):
    candidate(cast)
    old = made(cast).proposals.get()
    made(cast)
    old.refresh_from_db()
    assert (old.state, old.message) == ("stale", planning.NEWER)
    with pytest.raises(IllegalMove):
        planning.accept(proposal=old, by=cast.ana)


# Planning again -------------------------------------------------------------------------------------------------------


def book(cast, person, hour: float, day: int = 0) -> Interview:
    interview = make_interview(cast.programme, cast.ana, state="open", starts_at=None, expert=person.expert)
    wall = at(hour, day).astimezone(LONDON).replace(tzinfo=None)
    return scheduling.book(interview=interview, wall=wall, zone="Europe/London", by=cast.ana)


def test_booked_call_is_moved_only_where_asked_for_and_keeps_its_identity(cast):
    there = book(cast, candidate(cast, hours=(9, 17)), 9)
    late = candidate(cast, hours=(9, 10))
    only = {"days": 1, "interviewers": (str(cast.ana.pk),)}
    assert not made(cast, **only).proposals.exists()
    run = made(cast, most_moved=3, **only)
    move, fresh = run.proposals.get(interview=there), run.proposals.get(candidate=late)
    assert run.outcome["moved"] == 1 and fresh.starts_at == at(9)
    with pytest.raises(IllegalMove, match=f"Accept the move of {there.label} first"):
        planning.accept(proposal=fresh, by=cast.ana)
    fresh.refresh_from_db()
    assert fresh.state == "open"
    number = there.number
    assert planning.accept_all(run=run, by=cast.ana) == {"accepted": 2}
    there.refresh_from_db()
    assert (there.number, there.state, there.starts_at) == (number, "booked", move.starts_at)
    assert there.changes.filter(what="moved").count() == 1


def test_calls_that_wait_for_each_other_s_times_are_moved_together(cast):
    first, second = (candidate(cast, hours=(9, 17)) for _ in range(2))
    a, b = book(cast, first, 9), book(cast, second, 10.5)
    run = PlanRun.objects.create(programme=cast.programme, by=cast.ana)
    run.outcome = {"from": {str(first.pk): a.starts_at.isoformat(), str(second.pk): b.starts_at.isoformat()}}
    run.save()
    for person, call, start in ((first, a, b.starts_at), (second, b, a.starts_at)):
        given = {"interviewer": cast.ana, "interview": call, "starts_at": start, "minutes": 60}
        Proposal.objects.create(run=run, candidate=person, **given)
    assert planning.accept_all(run=run, by=cast.ana) == {"accepted": 2}
    for call, start in ((a, b.starts_at), (b, a.starts_at)):
        call.refresh_from_db()
        assert call.starts_at == start and call.slots.get(part="interviewer").starts_at == start


def test_call_that_was_moved_since_the_plan_is_left_where_it_is(cast):
    there = book(cast, candidate(cast, hours=(9, 17)), 9)
    candidate(cast, hours=(9, 10))
    run = made(cast, days=1, most_moved=3, interviewers=(str(cast.ana.pk),))
    scheduling.book(
        interview=there, wall=at(16).astimezone(LONDON).replace(tzinfo=None), zone="Europe/London", by=cast.ana
    )
    with pytest.raises(IllegalMove, match="was moved in the meantime"):
        planning.accept(proposal=run.proposals.get(interview=there), by=cast.ana)
    there.refresh_from_db()
    assert there.starts_at == at(16)


def test_sample_programme_is_planned_from_the_day_after_its_last_call(cast):
    make_interview(cast.programme, cast.ana, state="held", starts_at=datetime(2026, 3, 24, 9, tzinfo=UTC))
    cast.programme.synthetic = True
    assert planning_inputs.earliest(cast.programme) == date(2026, 3, 25)


def test_gathering_asks_the_same_number_of_questions_for_calendars_however_many_people(
    cast, django_assert_max_num_queries
):
    make_user("Dee", Role.ANALYST, programme=cast.programme)
    for _ in range(8):
        candidate(cast)
    with django_assert_max_num_queries(140):
        planning_inputs.gather(cast.programme, wishes())
