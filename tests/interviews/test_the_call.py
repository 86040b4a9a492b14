"""A call from its start to its end: who may start it, what must be there, what is written down, and what it ends as."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEvent
from accounts.moves import IllegalMove, Invalid
from accounts.permissions import Refused
from interviews import queries
from interviews.models import Company, EligibilityCheck, Expert, Interview, Note, Spell, TopicCard
from interviews.services import conduct, consent, notebook, topics
from interviews.services.screening import Barred
from interviews.states import InterviewState
from research.models import FundPolicy
from tests.factories import make_attestation, make_cleared, make_interview

SOON = timedelta(minutes=5)


def booked(cast, *, attested=True, **fields):
    """A call that begins in five minutes."""
    fields = {"state": "booked", "starts_at": timezone.now() + SOON, "zone": "UTC"} | fields
    call = make_interview(cast.programme, cast.ana, **fields)
    if attested:
        make_attestation(call, at=timezone.now())
    return call


def running(cast, *, ago=timedelta(minutes=43, seconds=20), **fields):
    """A call that was started a while ago."""
    began = timezone.now() - ago
    return make_interview(cast.programme, cast.ana, state="started", starts_at=began, started_at=began, **fields)


def state_of(call):
    return Interview.objects.get(pk=call.pk).state


def verbs(cast):
    return list(AuditEvent.objects.filter(chain=cast.programme.chain).order_by("seq").values_list("verb", flat=True))


# The start


@pytest.mark.parametrize("who", ["ana", "cora"])
def test_call_is_started_by_the_interviewer_or_the_chaperone(cast, who):
    call = conduct.start(interview=booked(cast, chaperone=cast.cora), by=getattr(cast, who))
    assert (call.state, abs(call.started_at - timezone.now()) < SOON) == ("started", True)
    assert EligibilityCheck.objects.get(interview=call, moment="start").eligible
    assert "interview-started" in verbs(cast)
    assert call.sequence == 0


@pytest.mark.parametrize("who", ["ben", "cora", "ada", "stranger", "rita"])
def test_call_is_not_started_by_anybody_else(cast, who):
    call = booked(cast)
    with pytest.raises(Refused):
        conduct.start(interview=call, by=getattr(cast, who))
    assert (state_of(call), EligibilityCheck.objects.count()) == ("booked", 0)


@pytest.mark.parametrize("state", sorted(set(InterviewState.values) - {"booked"}))
def test_call_is_started_only_from_booked(cast, state):
    call = booked(cast, state=state)
    with pytest.raises(IllegalMove, match="can't become in the call"):
        conduct.start(interview=call, by=cast.ana)


def test_call_without_attestation_is_not_started_and_says_what_to_do(cast):
    call = booked(cast, attested=False)
    with pytest.raises(IllegalMove, match="has not attested for this call yet: read the statement out"):
        conduct.start(interview=call, by=cast.ana)
    consent.attest(interview=call, method="spoken", by=cast.ana)
    assert conduct.start(interview=call, by=cast.ana).state == "started"


@pytest.mark.parametrize("fault", ["older text", "two days old"])
def test_attestation_that_is_not_fresh_starts_no_call(cast, fault):
    call = booked(cast, attested=False)
    given = make_attestation(call, at=timezone.now() - timedelta(days=2 if fault == "two days old" else 0))
    if fault == "older text":
        given.sha256 = "0" * 64
        given.save()
    with pytest.raises(IllegalMove, match="has not attested"):
        conduct.start(interview=call, by=cast.ana)


def test_attestation_of_another_call_counts_for_none(cast):
    other = booked(cast)
    call = booked(cast, attested=False, expert=other.expert)
    with pytest.raises(IllegalMove, match="has not attested"):
        conduct.start(interview=call, by=cast.ana)


@pytest.mark.parametrize(("minutes", "may"), [(29, True), (31, False)])
def test_call_is_started_from_half_an_hour_before_its_time(cast, minutes, may):
    call = booked(cast, starts_at=timezone.now() + timedelta(minutes=minutes))
    if may:
        assert conduct.start(interview=call, by=cast.ana).state == "started"
        return
    with pytest.raises(IllegalMove, match="from 30 minutes before"):
        conduct.start(interview=call, by=cast.ana)


def test_call_of_a_person_who_became_barred_is_not_started_and_the_check_is_kept(cast):
    call = booked(cast)
    FundPolicy.objects.create(
        fund=cast.heron,
        version=1,
        by=cast.carl,
        restricted=[{"company": "Harrow Mutual", "from": "2020-01-01", "to": None}],
    )
    with pytest.raises(Barred, match="participating policy .* The call can't start"):
        conduct.start(interview=call, by=cast.ana)
    assert state_of(call) == "booked"
    assert not EligibilityCheck.objects.get(interview=call, moment="start").eligible


def competitor(*, listed: bool) -> Expert:
    """Somebody who works for another company now."""
    expert = Expert.objects.create(descriptor="Current Director, retailer")
    company = Company.objects.create(name="Otherwise plc", kind="retailer", listed=listed)
    Spell.objects.create(expert=expert, company=company, level="Director", start=date(2019, 1, 1), current=True)
    return expert


def test_current_employee_of_a_listed_company_needs_a_topic_card(cast):
    call = booked(cast, expert=competitor(listed=True))
    assert conduct.card_needed(call)
    assert conduct.starting_obstacle(call) == conduct.NO_CARD
    candidate = cast.programme.candidates.get(expert=call.expert)
    card = TopicCard.objects.create(candidate=candidate, version=1, may="Their choice.", may_not="Spend.", by=cast.cora)
    assert (topics.card_for(call), conduct.starting_obstacle(call)) == (card, None)


def test_employee_of_a_private_company_and_a_former_one_need_no_card(cast):
    assert not conduct.card_needed(booked(cast, expert=competitor(listed=False)))
    assert not conduct.card_needed(booked(cast))


# The end


def test_end_records_the_whole_minutes_since_the_start(cast):
    call = conduct.end(interview=running(cast), by=cast.ana)
    assert (call.state, call.minutes) == ("held", 43)
    assert call.ended_at - call.started_at < timedelta(minutes=44)
    assert verbs(cast) == ["interview-held"]


@pytest.mark.parametrize(("minutes", "kept"), [(1, 1), (30, 30), (44, 44), (45, None), (0, None), (-3, None)])
def test_end_takes_fewer_minutes_than_ran_and_no_more(cast, minutes, kept):
    call = running(cast)
    if kept:
        assert conduct.end(interview=call, by=cast.ana, minutes=minutes).minutes == kept
        return
    with pytest.raises(Invalid, match="has run for 43 minutes"):
        conduct.end(interview=call, by=cast.ana, minutes=minutes)


def test_call_that_was_left_running_asks_how_long_it_took(cast):
    call = running(cast, ago=timedelta(days=1))
    with pytest.raises(Invalid, match="left running for 1,440 minutes: say how many"):
        conduct.end(interview=call, by=cast.ana)
    assert conduct.end(interview=call, by=cast.ana, minutes=55).minutes == 55


def test_call_that_lasted_seconds_took_a_minute(cast):
    assert conduct.end(interview=running(cast, ago=timedelta(seconds=4)), by=cast.ana).minutes == 1


@pytest.mark.parametrize("who", ["ben", "cora", "ada"])
def test_call_is_not_ended_by_who_does_not_sit_in_it(cast, who):
    with pytest.raises(Refused, match="Only the interviewer and the chaperone"):
        conduct.end(interview=running(cast), by=getattr(cast, who))


@pytest.mark.parametrize("state", sorted(set(InterviewState.values) - {"started"}))
def test_only_a_running_call_is_ended(cast, state):
    call = make_interview(cast.programme, cast.ana, state=state)
    with pytest.raises(IllegalMove, match="only one that was started"):
        conduct.end(interview=call, by=cast.ana)


def test_call_that_ended_early_has_a_reason_that_stays_with_the_notes(cast):
    call = conduct.end_early(interview=running(cast), reason="SECRET reason", by=cast.ana)
    assert (call.state, call.minutes) == ("ended_early", 43)
    assert Note.objects.get().text == "Ended early: SECRET reason"
    assert "SECRET" not in str(list(AuditEvent.objects.values())) + str(list(call.changes.values()))
    with pytest.raises(Invalid, match="The reason has no words"):
        conduct.end_early(interview=running(cast), reason=" ", by=cast.ana)


@pytest.mark.parametrize("state", ["booked", "started", "held", "ended_early"])
@pytest.mark.parametrize("who", ["ana", "cora"])
def test_call_is_stopped_for_compliance_from_whatever_it_is(cast, who, state):
    call = running(cast) if state == "started" else make_interview(cast.programme, cast.ana, state=state)
    stopped = conduct.stop_for_compliance(interview=call, by=getattr(cast, who))
    assert stopped.state == "stopped"
    assert (stopped.ended_at is None, stopped.minutes) == ((False, 43) if state == "started" else (True, 60))


def test_chaperone_without_another_right_may_stop_the_call(cast):
    call = running(cast, chaperone=cast.ada)
    assert conduct.stop_for_compliance(interview=call, by=cast.ada).state == "stopped"


def waiting(cast, user):
    return {(item.work.what, item.count, item.work.who) for item in queries.waiting(cast.programme, user, 0)}


def test_stopped_call_waits_for_compliance_until_somebody_else_has_reviewed_it(cast):
    call = conduct.stop_for_compliance(interview=running(cast), by=cast.ana)
    asked = ("stopped for compliance, to be reviewed", 1, "compliance")
    assert asked in waiting(cast, cast.cora)
    with pytest.raises(Refused):
        conduct.review_stop(interview=call, found="Nothing.", by=cast.ana)
    conduct.review_stop(interview=call, found="SECRET finding", by=cast.cora)
    assert asked not in waiting(cast, cast.cora)
    assert "SECRET" not in str(list(AuditEvent.objects.values())) + str(list(call.changes.values()))
    with pytest.raises(IllegalMove, match="has reviewed this call already"):
        conduct.review_stop(interview=call, found="Again.", by=cast.cyrus)


def test_reviewer_who_led_the_call_does_not_review_its_stop(cast):
    call = make_interview(cast.programme, cast.cora, state="stopped")
    with pytest.raises(Refused, match="You led this call"):
        conduct.review_stop(interview=call, found="Nothing.", by=cast.cora)


def test_quota_counts_people_of_held_calls_and_of_no_others(cast):
    for state in InterviewState.values:
        call = make_interview(cast.programme, cast.ana, state=state)
        if state == "ended_early":
            make_cleared(call)
    row = queries.quotas(cast.programme, date(2026, 3, 20))[0]
    assert (row.held, row.cleared) == (1, 0)


# Without a call


@pytest.mark.parametrize("attested", ["spoken", "paper"])
def test_call_logged_afterwards_keeps_how_the_expert_attested(cast, attested):
    call = make_interview(cast.programme, cast.ana, state="booked")
    conduct.hold(interview=call, by=cast.ben, attested=attested)
    given = call.attestations.get()
    assert (state_of(call), given.method, given.by) == ("held", attested, cast.ben)


def test_call_without_attestation_is_not_logged_as_held(cast):
    call = make_interview(cast.programme, cast.ana, state="booked")
    with pytest.raises(Invalid, match="Say how the expert attested"):
        conduct.hold(interview=call, by=cast.ana)
    with pytest.raises(Invalid, match="spoken or on paper"):
        conduct.hold(interview=call, by=cast.ana, attested="page")
    make_attestation(call, method="page")
    assert conduct.hold(interview=call, by=cast.ana).state == "held"


@pytest.mark.parametrize(("hours", "may"), [(23, True), (-3, True), (25, False)])
@pytest.mark.parametrize("side", ["firm", "expert"])
def test_cancellation_is_late_within_a_day(cast, side, hours, may):
    call = booked(cast, starts_at=timezone.now() + timedelta(hours=hours))
    if not may:
        with pytest.raises(IllegalMove, match="more than 24 hours away"):
            conduct.late_cancel(interview=call, side=side, by=cast.ana)
        return
    late = conduct.late_cancel(interview=call, side=side, by=cast.ana)
    assert late.state == "late_cancel"
    change = late.changes.get()
    assert (change.what, change.note) == ("cancelled", f"Cancelled late by the {side}.")
    assert AuditEvent.objects.get(verb="interview-cancelled-late").body == {"side": side}


def test_late_cancellation_says_who_and_comes_from_booked(cast):
    with pytest.raises(Invalid, match="Say who cancelled"):
        conduct.late_cancel(interview=booked(cast), side="nobody", by=cast.ana)
    with pytest.raises(IllegalMove, match="can't become cancelled late"):
        conduct.late_cancel(interview=running(cast), side="firm", by=cast.ana)
    with pytest.raises(Refused):
        conduct.late_cancel(interview=booked(cast), side="firm", by=cast.cora)


@pytest.mark.parametrize(("hours", "after"), [(2, "late_cancel"), (48, "cancelled")])
def test_expert_who_cancels_by_link_within_a_day_cancels_late(cast, hours, after):
    call = booked(cast, starts_at=timezone.now() + timedelta(hours=hours))
    assert conduct.cancel(interview=call, by=None, via="expert").state == after
    assert AuditEvent.objects.order_by("seq").last().actor is None


def test_nobody_cancels_without_a_link_or_an_account(cast):
    with pytest.raises(Refused, match="Nobody is signed in"):
        conduct.cancel(interview=booked(cast), by=None)
    assert conduct.cancel(interview=booked(cast), by=None, via="clock").state == "cancelled"


# Notes, coverage, recording


def test_note_has_the_moment_at_which_it_was_begun(cast):
    call = running(cast)
    question = cast.programme.questions.get(code="Q1")
    made = notebook.note(interview=call, text=" said\r\nso ", by=cast.ana, at_ms=61_000, question=question)
    assert (made.text, made.at_ms, made.question, made.by) == ("said\nso", 61_000, question, cast.ana)


@pytest.mark.parametrize(
    ("given", "low", "high"), [(None, 2_600_000, 2_601_000), (-5, 0, 0), (10**9, 2_600_000, 2_601_000)]
)
def test_moment_of_a_note_lies_within_the_call(cast, given, low, high):
    made = notebook.note(interview=running(cast), text="said", by=cast.ana, at_ms=given)
    assert low <= made.at_ms <= high


def test_note_that_is_posted_twice_is_kept_once(cast):
    call = running(cast)
    rows = [notebook.note(interview=call, text="said", by=cast.ana, at_ms=1000) for _ in range(2)]
    assert rows[0] == rows[1]
    notebook.note(interview=call, text="said", by=cast.ana, at_ms=2000)
    assert Note.objects.count() == 2


def test_note_after_the_call_has_no_moment_and_comes_last(cast):
    call = conduct.end(interview=running(cast), by=cast.ana)
    notebook.note(interview=call, text="afterwards", by=cast.ana)
    notebook.note(interview=call, text="second", by=cast.ana, at_ms=2000)
    notebook.note(interview=call, text="first", by=cast.cora, at_ms=1000)
    assert [row.text for row in notebook.notes_of(call)] == ["first", "second", "afterwards"]


@pytest.mark.parametrize(
    ("who", "may"), [("ana", True), ("cora", True), ("ben", False), ("ada", False), ("rita", False)]
)
def test_timed_notes_and_coverage_are_for_the_interviewer_and_compliance(cast, who, may):
    call, user = running(cast), getattr(cast, who)
    question = cast.programme.questions.first()
    if may:
        notebook.note(interview=call, text="said", by=user)
        notebook.cover(interview=call, question=question, by=user)
        assert (call.timed_notes.count(), call.coverage.count()) == (1, 1)
        return
    with pytest.raises(Refused):
        notebook.note(interview=call, text="said", by=user)
    with pytest.raises(Refused):
        notebook.cover(interview=call, question=question, by=user)


@pytest.mark.parametrize("state", ["open", "tentative", "booked", "no_show", "cancelled", "late_cancel"])
def test_notes_are_taken_only_of_a_call_that_started(cast, state):
    call = make_interview(cast.programme, cast.ana, state=state)
    with pytest.raises(IllegalMove, match="once the call has started"):
        notebook.note(interview=call, text="said", by=cast.ana)


def test_note_of_no_words_too_many_or_another_programme_s_question_is_refused(cast):
    from tests.factories import make_programme

    call, other = running(cast), make_programme("avocet").questions.first()
    for text in (" ", "x" * 5_001):
        with pytest.raises(Invalid, match="The note"):
            notebook.note(interview=call, text=text, by=cast.ana)
    with pytest.raises(Invalid, match="another programme"):
        notebook.note(interview=call, text="said", by=cast.ana, question=other)
    with pytest.raises(Invalid, match="another programme"):
        notebook.cover(interview=call, question=other, by=cast.ana)


def test_notes_are_not_in_the_audit(cast):
    notebook.note(interview=running(cast), text="a canary", by=cast.ana)
    assert "canary" not in str(list(AuditEvent.objects.values()))


def test_question_is_covered_once_and_can_be_taken_back(cast):
    call, question = running(cast), cast.programme.questions.get(code="Q1")
    for covered in (True, True, False, False):
        notebook.cover(interview=call, question=question, by=cast.ana, covered=covered)
    assert verbs(cast) == ["question-covered", "question-uncovered"]


def test_guide_has_the_questions_of_the_call_s_segment_and_those_for_all(cast):
    q1, q2 = cast.programme.questions.order_by("code")
    q1.segments.set(cast.programme.segments.filter(code__in=["customers", "managers"]))
    q2.segments.set(cast.programme.segments.filter(code="competitors"))
    call = running(cast)
    notebook.cover(interview=call, question=q1, by=cast.ana)
    notebook.note(interview=call, text="said", by=cast.ana, question=q1)
    found = notebook.guide(call, notebook.notes_of(call))
    assert [(topic.question.code, topic.coverage.by, topic.notes) for topic in found] == [("Q1", cast.ana, 1)]
    q2.segments.clear()
    assert [question.code for question in notebook.questions_for(call)] == ["Q1", "Q2"]


def test_recording_needs_a_consent_that_stands(cast):
    call = running(cast)
    with pytest.raises(IllegalMove, match="no consent to record"):
        notebook.mark_recording(interview=call, on=True, by=cast.ana)
    consent.give(interview=call, purpose="record", method="spoken", by=cast.ana)
    with pytest.raises(Refused):
        notebook.mark_recording(interview=call, on=True, by=cast.ben)
    notebook.mark_recording(interview=call, on=True, by=cast.ana)
    assert notebook.recording(call)
    consent.withdraw(interview=call, purpose="record", by=cast.ana)
    notebook.mark_recording(interview=call, on=False, by=cast.ana)
    assert not notebook.recording(call)
    assert [verb for verb in verbs(cast) if verb.startswith("recording")] == ["recording-on", "recording-off"]
    assert Interview.objects.get(pk=call.pk).sequence == 0
