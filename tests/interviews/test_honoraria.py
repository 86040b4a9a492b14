"""What calls pay: agreed at booking, reckoned at the end, approved by somebody other than the interviewer, paid."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import AuditEvent
from accounts.moves import IllegalMove, Invalid
from accounts.permissions import Refused
from interviews.models import Honorarium, HonorariumRule, Interview
from interviews.services import conduct, honoraria, scheduling
from interviews.states import HonorariumState
from tests.factories import make_honorarium, make_interview, make_rule

LONG_AGO = timedelta(minutes=47, seconds=5)


def book(cast, interview, hour=14, **fields):
    wall = datetime(2026, 3, 18, hour)
    return scheduling.book(interview=interview, wall=wall, zone="Europe/London", by=cast.ana, **fields)


def open_call(cast, **fields):
    return make_interview(cast.programme, cast.ana, state="open", starts_at=None, **fields)


def agreed(cast, **fields):
    """A call that was booked under the rule, and what it pays."""
    if not cast.programme.honorarium_rules.exists():
        make_rule(cast.programme, cast.cora)
    call = make_interview(cast.programme, cast.ana, state="booked", **fields)
    with transaction.atomic():
        return honoraria.agree(call, by=cast.ana)


def begun(row, ago=LONG_AGO):
    """The call of an honorarium runs since a while ago."""
    Interview.objects.filter(pk=row.interview_id).update(state="started", started_at=timezone.now() - ago)
    return Interview.objects.get(pk=row.interview_id)


def computed(cast, **fields):
    """A call that was held and waits for approval."""
    row = agreed(cast, **fields)
    conduct.end(interview=begun(row), by=cast.ana)
    return fresh(row)


def fresh(row):
    return Honorarium.objects.select_related("interview", "rule").get(pk=row.pk)


# The rule


def test_newest_rule_is_in_force_and_older_ones_stay(cast):
    honoraria.set_rule(programme=cast.programme, by=cast.cora, hourly=40_000, ceiling=100_000)
    rule = honoraria.set_rule(
        programme=cast.programme, by=cast.ada, hourly=50_000, ceiling=90_000, currency="USD", step=10
    )
    assert (honoraria.rule_of(cast.programme), HonorariumRule.objects.count()) == (rule, 2)
    told = AuditEvent.objects.order_by("seq").last()
    assert (told.verb, told.body["hourly"], told.body["ceiling"]) == ("honorarium-rule-set", 50_000, 90_000)


@pytest.mark.parametrize("who", ["ana", "stranger", "rita", "carl"])
def test_rule_is_set_only_by_who_approves(cast, who):
    with pytest.raises(Refused):
        honoraria.set_rule(programme=cast.programme, by=getattr(cast, who), hourly=1, ceiling=1)


@pytest.mark.parametrize(
    "given",
    [
        {"hourly": -1},
        {"hourly": "much"},
        {"ceiling": 0},
        {"currency": "XXX"},
        {"step": 0},
        {"first_percent": 101},
        {"first_minutes": 61},
        {"hourly": 1_000_001},
    ],
)
def test_rule_that_makes_no_sense_is_refused(cast, given):
    with pytest.raises(Invalid):
        honoraria.set_rule(programme=cast.programme, by=cast.cora, **{"hourly": 1, "ceiling": 1} | given)
    assert not HonorariumRule.objects.exists()


# Agreed at booking


def test_booking_agrees_the_rule_in_force_and_the_length(cast):
    rule = make_rule(cast.programme, cast.cora)
    call = book(cast, open_call(cast), minutes=45)
    row = Honorarium.objects.get()
    assert (row.interview, row.rule, row.agreed_minutes, row.state, row.interviewer) == (
        call,
        rule,
        45,
        "agreed",
        cast.ana,
    )
    assert AuditEvent.objects.get(verb="honorarium-agreed").body == {"rule": rule.pk, "minutes": 45}


def test_rescheduled_call_keeps_its_rule_and_takes_its_new_length(cast):
    rule = make_rule(cast.programme, cast.cora)
    call = book(cast, open_call(cast))
    make_rule(cast.programme, cast.cora, hourly=90_000)
    book(cast, call, 16, minutes=30)
    row = Honorarium.objects.get()
    assert (row.rule, row.agreed_minutes) == (rule, 30)
    assert book(cast, open_call(cast), 18).honorarium.rule.hourly == 90_000


def test_without_a_rule_nothing_is_agreed_and_a_call_that_ended_pays_nothing(cast):
    call = book(cast, open_call(cast))
    conduct.hold(interview=call, by=cast.ana, attested="spoken")
    assert not Honorarium.objects.exists()


def test_calls_booked_before_there_was_a_rule_are_agreed_together_later(cast):
    booked = [book(cast, open_call(cast), hour) for hour in (9, 11)]
    held = make_interview(cast.programme, cast.ana, state="held")
    with pytest.raises(IllegalMove, match="Set the rule first"):
        honoraria.agree_booked(programme=cast.programme, by=cast.cora)
    make_rule(cast.programme, cast.cora)
    with pytest.raises(Refused):
        honoraria.agree_booked(programme=cast.programme, by=cast.ana)
    assert honoraria.agree_booked(programme=cast.programme, by=cast.cora) == 2
    assert {row.interview for row in Honorarium.objects.all()} == set(booked)
    assert not Honorarium.objects.filter(interview=held).exists()
    assert honoraria.agree_booked(programme=cast.programme, by=cast.cora) == 0


def test_terms_of_a_call_that_started_are_not_agreed_any_more(cast):
    row = agreed(cast)
    with pytest.raises(IllegalMove, match="before it starts"), transaction.atomic():
        honoraria.agree(begun(row))


# Reckoned at the end: 40,000 an hour, a quarter for the first 15 minutes, steps of 5


def end(row, cast):
    conduct.end(interview=begun(row), by=cast.ana)


def end_early(row, cast):
    conduct.end_early(interview=begun(row, timedelta(minutes=7)), reason="The line broke.", by=cast.ana)


def stop_running(row, cast):
    conduct.stop_for_compliance(interview=begun(row, timedelta(minutes=4)), by=cast.ana)


def stop_before(row, cast):
    conduct.stop_for_compliance(interview=row.interview, by=cast.cora)


def stop_afterwards(row, cast):
    end(row, cast)
    conduct.stop_for_compliance(interview=row.interview, by=cast.cora)


def log(row, cast):
    conduct.hold(interview=row.interview, by=cast.ana, attested="paper", minutes=20)


def miss(row, cast):
    conduct.no_show(interview=row.interview, by=cast.ana)


def cancel(row, cast):
    conduct.cancel(interview=row.interview, by=cast.ana)


def late_firm(row, cast):
    conduct.late_cancel(interview=row.interview, by=cast.ana, side="firm")


def late_expert(row, cast):
    conduct.late_cancel(interview=row.interview, by=cast.ana, side="expert")


@pytest.mark.parametrize(
    ("ending", "minutes", "amount", "state"),
    [
        (end, 47, 33_333, "computed"),
        (end_early, 7, 10_000, "computed"),
        (stop_running, 4, 40_000, "computed"),
        (stop_before, 0, 40_000, "computed"),
        (stop_afterwards, 47, 40_000, "computed"),
        (log, 20, 13_333, "computed"),
        (miss, 0, 0, "void"),
        (cancel, None, 0, "void"),
        (late_firm, 0, 10_000, "computed"),
        (late_expert, 0, 0, "void"),
    ],
)
def test_call_that_ends_is_reckoned_by_its_outcome(cast, ending, minutes, amount, state):
    row = agreed(cast)
    ending(row, cast)
    row = fresh(row)
    assert (row.minutes, row.amount, row.state) == (minutes, amount, state)
    assert row.reckoning.endswith(".")
    assert row.approved_by is None


def test_call_that_is_booked_again_after_a_no_show_is_agreed_again(cast):
    row = agreed(cast)
    miss(row, cast)
    book(cast, conduct.reopen(interview=row.interview, by=cast.ana))
    row = fresh(row)
    assert (row.state, row.amount, row.minutes, row.reckoning) == ("agreed", None, None, "")


def test_call_for_whose_late_cancellation_something_is_due_is_not_booked_again(cast):
    row = agreed(cast)
    late_firm(row, cast)
    with pytest.raises(IllegalMove, match="What is due for the late cancellation stands"):
        conduct.reopen(interview=row.interview, by=cast.ana)
    other = agreed(cast)
    late_expert(other, cast)
    assert conduct.reopen(interview=other.interview, by=cast.ana).state == "open"


def test_stop_after_the_approval_takes_the_approval_back(cast):
    row = honoraria.approve(honorarium=computed(cast), by=cast.cora)
    conduct.stop_for_compliance(interview=row.interview, by=cast.cora)
    row = fresh(row)
    assert (row.state, row.amount, row.approved_by, row.approved_at) == ("computed", 40_000, None, None)


def test_stop_after_the_payment_leaves_what_was_paid(cast):
    row = honoraria.approve(honorarium=computed(cast), by=cast.cora)
    honoraria.pay(honorarium=row, on="2026-04-01", reference="FP 12", by=cast.cora)
    conduct.stop_for_compliance(interview=row.interview, by=cast.cora)
    assert (fresh(row).state, fresh(row).amount) == ("paid", 33_333)


def test_ceiling_of_the_rule_holds(cast):
    make_rule(cast.programme, cast.cora, ceiling=25_000)
    row = computed(cast)
    assert (row.amount, "held at the ceiling of GBP 250.00" in row.reckoning) == (25_000, True)


# Minutes mended


def test_minutes_are_mended_with_a_reason_and_reckoned_anew(cast):
    row = honoraria.approve(honorarium=computed(cast), by=cast.cora)
    row = honoraria.correct(honorarium=row, minutes=60, reason="Started late on the clock", by=cast.ben)
    row = fresh(row)
    assert (row.minutes, row.amount, row.state, row.approved_by) == (60, 40_000, "computed", None)
    assert row.reckoning.endswith("Minutes mended from 47 to 60: Started late on the clock")
    assert row.interview.minutes == 60
    assert AuditEvent.objects.get(verb="minutes-corrected").body == {"before": 47, "after": 60}


def test_minutes_are_mended_by_who_logs_calls_and_never_by_who_approves(cast):
    row = computed(cast)
    for who in (cast.cora, cast.ada, cast.stranger):
        with pytest.raises(Refused):
            honoraria.correct(honorarium=row, minutes=60, reason="More", by=who)


@pytest.mark.parametrize(("minutes", "reason"), [(0, "So"), (241, "So"), ("many", "So"), (30, " "), (30, "x" * 101)])
def test_minutes_that_can_t_be_or_without_a_reason_are_refused(cast, minutes, reason):
    with pytest.raises(Invalid):
        honoraria.correct(honorarium=computed(cast), minutes=minutes, reason=reason, by=cast.ana)


def test_minutes_of_a_call_that_has_not_ended_or_was_paid_are_not_mended(cast):
    with pytest.raises(IllegalMove, match="once the call took place"):
        honoraria.correct(honorarium=agreed(cast), minutes=30, reason="So", by=cast.ana)
    row = honoraria.approve(honorarium=computed(cast), by=cast.cora)
    honoraria.pay(honorarium=row, on="2026-04-01", reference="FP 12", by=cast.cora)
    with pytest.raises(IllegalMove, match="has been paid"):
        honoraria.correct(honorarium=row, minutes=30, reason="So", by=cast.ana)


# Approved, paid, void


@pytest.mark.parametrize("who", ["cora", "cyrus", "ada"])
def test_amount_is_approved_by_compliance_or_an_admin(cast, who):
    row = honoraria.approve(honorarium=computed(cast), by=getattr(cast, who))
    assert (row.state, row.approved_by, row.approved_at is None) == ("approved", getattr(cast, who), False)
    assert AuditEvent.objects.get(verb="honorarium-approved").body == {"amount": 33_333}


@pytest.mark.parametrize("who", ["ana", "ben", "stranger", "rita", "carl"])
def test_amount_is_approved_by_nobody_else(cast, who):
    row = computed(cast)
    with pytest.raises(Refused):
        honoraria.approve(honorarium=row, by=getattr(cast, who))
    assert fresh(row).state == "computed"


@pytest.mark.parametrize("act", ["approve", "pay", "void"])
def test_interviewer_of_the_call_decides_nothing_about_its_pay(cast, act):
    row = make_honorarium(make_interview(cast.programme, cast.cora), cast.ada, state="computed", amount=100, minutes=1)
    given = {"approve": {}, "pay": {"on": "2026-04-01", "reference": "x"}, "void": {"reason": "x"}}[act]
    with pytest.raises(Refused, match="You led this call, so somebody else must decide"):
        getattr(honoraria, act)(honorarium=row, by=cast.cora, **given)


def test_database_refuses_the_interviewer_as_approver(cast):
    row = computed(cast)
    table, user = (
        Honorarium._meta.db_table,
        Honorarium._meta.get_field("approved_by").get_db_prep_value(cast.ana.pk, connection),
    )
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET state = 'approved', approved_by_id = %s WHERE id = %s", [user, row.pk])
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET state = 'approved' WHERE id = %s", [row.pk])
    assert fresh(row).state == "computed"


def test_nothing_is_approved_by_itself(cast):
    row = computed(cast)
    assert (row.state, row.approved_by) == ("computed", None)
    with pytest.raises(IllegalMove, match="can't become paid"):
        honoraria.pay(honorarium=row, on="2026-04-01", reference="FP 1", by=cast.cora)


def test_call_that_has_not_ended_is_not_approved(cast):
    with pytest.raises(IllegalMove, match="nothing to approve yet"):
        honoraria.approve(honorarium=agreed(cast), by=cast.cora)


def test_approval_of_an_amount_that_changed_meanwhile_is_refused(cast):
    row = computed(cast)
    with pytest.raises(IllegalMove, match="reckoned anew a moment ago"):
        honoraria.approve(honorarium=row, by=cast.cora, amount=33_332)
    assert honoraria.approve(honorarium=row, by=cast.cora, amount=33_333).state == "approved"


def test_payment_has_a_day_that_has_come_and_a_reference(cast):
    row = honoraria.approve(honorarium=computed(cast), by=cast.cora)
    for given in ({"on": "soon"}, {"on": str(timezone.localdate() + timedelta(days=1))}, {"reference": " "}):
        with pytest.raises(Invalid):
            honoraria.pay(honorarium=row, by=cast.ada, **{"on": "2026-04-01", "reference": "FP 12"} | given)
    row = honoraria.pay(honorarium=row, on="2026-04-01", reference="FP 12", by=cast.ada)
    assert (row.state, str(row.paid_on), row.reference) == ("paid", "2026-04-01", "FP 12")
    with pytest.raises(IllegalMove):
        honoraria.void(honorarium=row, reason="x", by=cast.cora)


@pytest.mark.parametrize("approved", [True, False])
def test_honorarium_is_voided_with_a_reason(cast, approved):
    row = computed(cast)
    if approved:
        honoraria.approve(honorarium=row, by=cast.cora)
    with pytest.raises(Invalid):
        honoraria.void(honorarium=row, reason="", by=cast.cora)
    row = fresh(honoraria.void(honorarium=row, reason="Paid by the network", by=cast.cora))
    assert (row.state, row.amount, row.reckoning, row.approved_by) == ("void", 0, "Void: Paid by the network", None)


@pytest.mark.parametrize("state", ["booked", "started"])
def test_honorarium_of_a_call_that_is_still_to_end_is_not_voided(cast, state):
    row = agreed(cast)
    Interview.objects.filter(pk=row.interview_id).update(state=state, started_at=timezone.now())
    with pytest.raises(IllegalMove, match="still to end"):
        honoraria.void(honorarium=row, reason="x", by=cast.cora)


# Who sees it


def test_approvers_see_all_amounts_and_interviewers_those_of_their_own_calls(cast):
    own = make_honorarium(make_interview(cast.programme, cast.ana), cast.cora)
    other = make_honorarium(make_interview(cast.programme, cast.ben), cast.cora)
    seen = {who: set(Honorarium.objects.visible_to(getattr(cast, who))) for who in ("cora", "ada", "ana", "ben")}
    assert seen == {"cora": {own, other}, "ada": {own, other}, "ana": {own}, "ben": {other}}
    for who in ("stranger", "rita", "carl", "olga"):
        assert not Honorarium.objects.visible_to(getattr(cast, who)).exists()
    cast.cora.is_active = False
    assert not Honorarium.objects.visible_to(cast.cora).exists()


def test_table_of_an_honorarium_is_this():
    from interviews.states import HONORARIUM

    moves = {(a, b) for a in HonorariumState.values for b in HonorariumState.values if HONORARIUM.lawful(a, b)}
    assert moves == {
        ("agreed", "computed"),
        ("agreed", "void"),
        ("computed", "computed"),
        ("computed", "approved"),
        ("computed", "void"),
        ("approved", "paid"),
        ("approved", "computed"),
        ("void", "agreed"),
    }
