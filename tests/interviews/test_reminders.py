"""What time alone does to booked calls: reminders once each, late ones while the call is ahead, and hits that call a call off."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts import jobs
from accounts.models import AuditEvent, Message
from interviews import queries
from interviews.models import Block, EligibilityCheck, Expert, Interview, InterviewChange
from interviews.services import notices, reminders, scheduling, screening
from interviews.tasks import tend_calls
from research.models import FundPolicy
from tests.factories import make_expert, make_identity, make_interview

START = datetime(2026, 3, 27, 9, 30, tzinfo=UTC)
DAYS, HOURS, MINUTES = (lambda n: timedelta(days=n)), (lambda n: timedelta(hours=n)), (lambda n: timedelta(minutes=n))


class Clock:
    """The clock of the services: so long before the call."""

    def before(self, time: timedelta) -> None:
        self.at = START - time


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    clock = Clock()
    clock.before(DAYS(5))
    monkeypatch.setattr(timezone, "now", lambda: clock.at)
    monkeypatch.setattr(jobs, "ring", lambda pk: None)
    monkeypatch.setattr("interviews.tasks.close_old_connections", lambda: None)
    return clock


def listed(cast, **fields) -> Interview:
    expert = make_expert()
    make_identity(expert, f"dana{Expert.objects.count()}@example.org")
    fields = {"chaperone": cast.cora, "expert": expert, "state": "open", "starts_at": None} | fields
    return make_interview(cast.programme, cast.ana, **fields)


@pytest.fixture
def call(cast) -> Interview:
    """A call that was booked five days before its time."""
    return book(listed(cast), cast.ana)


def book(call, by, at: datetime = START) -> Interview:
    return scheduling.book(interview=call, wall=at.replace(tzinfo=None), zone="Europe/London", by=by)


def reminded() -> list[str]:
    """Whom a reminder was posted to and which, in the order of the alphabet."""
    found = []
    for message in Message.objects.filter(key__startswith="remind:"):
        name = "expert" if message.to.endswith("@expert.invalid") else message.to.partition("@")[0]
        found.append(f"{message.key.split(':')[3]} {name}")
    return sorted(found)


def asked() -> int:
    """How often the expert was asked for the statement."""
    return Message.objects.filter(subject__startswith="Before our call").count()


# Reminders ------------------------------------------------------------------------------------------------------------


def test_a_day_before_the_firm_is_reminded_and_the_expert_asked_for_the_statement(call, clock):
    clock.before(DAYS(1) + MINUTES(1))
    assert (reminders.remind(), reminded(), asked()) == (0, [], 0)
    clock.before(DAYS(1))
    assert reminders.remind() == 3
    assert (reminded(), asked()) == (["day ana", "day cora"], 1)


def test_an_hour_before_all_three_are_reminded(call, clock):
    clock.before(DAYS(1))
    reminders.remind()
    clock.before(HOURS(1))
    assert reminders.remind() == 3
    assert reminded() == ["day ana", "day cora", "hour ana", "hour cora", "hour expert"] and asked() == 1


@pytest.mark.parametrize("before", [DAYS(1), HOURS(1)])
def test_run_again_and_again_reminds_nobody_twice(call, clock, before):
    for late in range(5):
        clock.before(before - MINUTES(late))
        reminders.remind()
    keys = list(Message.objects.values_list("key", flat=True))
    assert len(reminded()) == len(set(reminded())) and len(keys) == len(set(keys)) and asked() == 1


def test_reminder_that_no_worker_posted_in_time_goes_out_while_the_call_is_ahead(call, clock):
    clock.before(HOURS(3))
    reminders.remind()
    assert (reminded(), asked()) == (["day ana", "day cora"], 1)


def test_of_two_reminders_that_came_late_only_the_nearer_goes_out(call, clock):
    clock.before(MINUTES(20))
    reminders.remind()
    assert (reminded(), asked()) == (["hour ana", "hour cora", "hour expert"], 1)


@pytest.mark.parametrize("late", [timedelta(0), MINUTES(1), DAYS(1)])
def test_call_whose_time_has_come_is_reminded_of_no_more(call, clock, late):
    clock.before(-late)
    assert (reminders.remind(), reminded(), asked()) == (0, [], 0)


def test_moved_call_is_reminded_of_at_its_new_time(cast, call, clock):
    clock.before(DAYS(1))
    reminders.remind()
    clock.before(HOURS(23))
    book(call, cast.ana, START + DAYS(4))
    clock.at = START + DAYS(3)
    assert reminders.remind() == 3
    assert reminded() == ["day ana", "day ana", "day cora", "day cora"]


def test_who_was_told_of_the_time_after_the_reminder_was_due_gets_none(cast, clock):
    clock.before(HOURS(20))
    book(listed(cast), cast.ana)
    assert (reminders.remind(), reminded(), asked()) == (1, [], 1), "the statement is asked for all the same"
    clock.before(HOURS(1))
    reminders.remind()
    assert reminded() == ["hour ana", "hour cora", "hour expert"]


@pytest.mark.parametrize("state", ["open", "tentative", "started", "held", "cancelled", "no_show"])
def test_call_that_is_not_booked_is_not_reminded_of(call, clock, state):
    Interview.objects.filter(pk=call.pk).update(state=state, held_until=START, started_at=START)
    clock.before(HOURS(1))
    assert reminders.remind() == 0


def test_expert_without_an_address_leaves_the_others_their_reminders(call, clock):
    call.expert.sealed.delete()
    clock.before(HOURS(1))
    reminders.remind()
    assert (reminded(), asked()) == (["hour ana", "hour cora"], 0)


def test_reminder_of_the_expert_names_neither_number_nor_site(call, clock, settings):
    clock.before(HOURS(1))
    reminders.remind()
    for message in Message.objects.filter(key__startswith="remind:"):
        of_expert = message.to.endswith("@expert.invalid")
        assert (call.label in message.subject + message.body) is not of_expert
        assert (settings.SITE_URL in message.body) is not of_expert
        assert "27 March 2026, 09:30 (Europe/London, UTC)" in message.body


def test_run_costs_the_same_for_many_calls_that_were_reminded_of(cast, call, clock, django_assert_max_num_queries):
    clock.before(HOURS(3))
    reminders.remind()
    with django_assert_max_num_queries(6):
        reminders.remind()


# Checks ---------------------------------------------------------------------------------------------------------------


def moments(call) -> list[str]:
    return list(call.checks.order_by("at", "pk").values_list("moment", flat=True))


def off(call) -> bool:
    call.refresh_from_db()
    return call.state == "cancelled"


def bar(cast, clock, company: str = "Harrow Mutual") -> None:
    """A fund on a live seat restricts the expert's company from now on."""
    FundPolicy.objects.create(
        fund=cast.heron,
        version=FundPolicy.objects.filter(fund=cast.heron).count() + 1,
        restricted=[{"company": company, "from": None, "to": None}],
        at=timezone.now(),
    )


def test_person_is_asked_about_again_a_day_before_and_once(call, clock):
    assert moments(call) == ["booking"]
    for left in (DAYS(1) + MINUTES(1), DAYS(1), HOURS(23), HOURS(2)):
        clock.before(left)
        reminders.recheck()
    assert moments(call) == ["booking", "day_before"] and not off(call)


def test_policy_that_is_published_after_the_booking_calls_the_call_off(cast, call, clock):
    clock.before(DAYS(4))
    bar(cast, clock)
    clock.before(DAYS(4) - MINUTES(1))
    assert reminders.recheck() == 1 and off(call)
    told = {m.to for m in Message.objects.filter(method="CANCEL")}
    assert {to.partition("@")[0] for to in told} == {"ana", "cora", str(call.expert_id)}
    for message in Message.objects.filter(method="CANCEL"):
        assert "This call can't take place." in message.body
        assert not any(word in message.body + message.calendar for word in ("Harrow", "Heron", "polic", "restrict"))


def test_record_of_a_hit_holds_codes_and_no_names(cast, call, clock):
    clock.before(DAYS(4))
    bar(cast, clock)
    clock.before(DAYS(3))
    reminders.recheck()
    (event,) = AuditEvent.objects.filter(verb="interview-barred")
    assert event.actor is None and event.body["codes"] == ["policy"]
    assert "Harrow" not in str(event.body) and "Heron" not in str(event.body)


def test_call_that_a_list_called_off_waits_for_compliance_until_its_time_has_passed(cast, call, clock):
    clock.before(DAYS(4))
    assert "barred" not in waiting(cast)
    bar(cast, clock)
    clock.before(DAYS(3))
    reminders.recheck()
    assert waiting(cast)["barred"].count == 1 and waiting(cast)["barred"].mine
    clock.before(-MINUTES(1))
    assert "barred" not in waiting(cast)


def waiting(cast) -> dict[str, queries.Waiting]:
    return {row.work.key: row for row in queries.waiting(cast.programme, cast.cora, 0)}


def test_policy_that_bars_nobody_here_is_asked_once_and_calls_nothing_off(cast, call, clock):
    clock.before(DAYS(4))
    bar(cast, clock, "Another Company")
    for late in range(1, 4):
        clock.before(DAYS(4) - MINUTES(late))
        assert reminders.recheck() == 0
    assert moments(call) == ["booking", "booking"] and not off(call)


def test_policy_of_a_fund_that_has_no_seat_is_not_asked(cast, call, clock):
    clock.before(DAYS(4))
    FundPolicy.objects.create(fund=cast.outsider, version=1, at=timezone.now())
    clock.before(DAYS(3))
    reminders.recheck()
    assert moments(call) == ["booking"]


def test_person_who_is_blocked_or_opts_out_is_called_off(cast, clock):
    blocked, left, stays = (listed(cast, segment=name) for name in ("customers", "managers", "competitors"))
    for hours, one in enumerate((blocked, left, stays)):
        book(one, cast.ana, START + HOURS(hours * 2))
    clock.before(DAYS(4))
    Block.objects.create(expert=blocked.expert, reason="Found lying", by=cast.cora, at=timezone.now())
    type(left.expert).objects.filter(pk=left.expert_id).update(opted_out_at=timezone.now())
    clock.before(DAYS(3))
    assert reminders.recheck() == 2
    assert (off(blocked), off(left), off(stays)) == (True, True, False)


def test_call_whose_time_has_come_is_left_to_its_people(cast, call, clock):
    bar(cast, clock)
    clock.before(timedelta(0))
    assert reminders.recheck() == 0 and not off(call)


def test_refused_move_to_another_day_does_not_call_the_booked_time_off(cast, call, clock):
    """The check that stands last is of the day that was refused; the booked one is asked about for itself."""
    clock.before(DAYS(4))
    EligibilityCheck.objects.create(
        interview=call, moment="booking", day=START.date() + DAYS(9), eligible=False, lists="x", at=timezone.now()
    )
    clock.before(DAYS(3))
    assert reminders.recheck() == 0 and not off(call)
    assert call.checks.order_by("-at").first().eligible


def test_worker_that_died_between_check_and_cancel_finds_the_call_again(cast, call, clock, monkeypatch):
    clock.before(DAYS(4))
    bar(cast, clock)
    clock.before(DAYS(3))
    screening.recheck(call, "booking")
    assert not off(call)
    clock.before(DAYS(3) - MINUTES(1))
    assert reminders.recheck() == 1 and off(call)


def test_call_that_is_moved_after_the_check_is_asked_again_a_day_before_its_new_time(cast, call, clock):
    clock.before(DAYS(1))
    reminders.recheck()
    book(call, cast.ana, START + DAYS(4))
    clock.at = START + DAYS(3)
    reminders.recheck()
    assert moments(call) == ["booking", "day_before", "booking", "day_before"]


# The minute's work ----------------------------------------------------------------------------------------------------


def test_minute_gives_back_holds_calls_off_and_reminds(cast, call, clock):
    clock.before(DAYS(2))
    held = scheduling.hold_time(
        interview=listed(cast, segment="managers"), wall=datetime(2026, 3, 28, 9), zone="Europe/London", by=cast.ana
    )
    clock.before(DAYS(1))
    tend_calls()
    held.refresh_from_db()
    assert held.state == "open" and reminded() == ["day ana", "day cora"]
    assert moments(call)[-1] == "day_before"


def test_step_that_fails_leaves_the_others_their_turn(call, clock, monkeypatch, caplog):
    monkeypatch.setattr(reminders, "recheck", lambda: 1 / 0)
    clock.before(DAYS(1))
    tend_calls()
    assert reminded() == ["day ana", "day cora"] and "ZeroDivisionError" in caplog.text


def test_expired_hold_is_in_the_history_and_tells_nobody(cast, clock):
    held = scheduling.hold_time(
        interview=listed(cast), wall=START.replace(tzinfo=None), zone="Europe/London", by=cast.ana
    )
    clock.before(DAYS(4))
    tend_calls()
    assert InterviewChange.objects.filter(interview=held, what="released").exists()
    assert not Message.objects.filter(key__startswith="call:").exists()
    assert notices.NEUTRAL not in "".join(Message.objects.values_list("body", flat=True))
