"""What a call's people are told: each by a mail of their own with a calendar object, and nothing that gives anything away."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts import jobs
from accounts.models import Message
from interviews.invites import sequence_of
from interviews.models import CalendarSettings, Expert, Interview
from interviews.services import conduct, experts, notices, scheduling
from research.outward import leaks
from research.services.outward import secrets_of
from tests.factories import make_expert, make_identity, make_interview
from tests.ics import both

TODAY = datetime(2026, 3, 24, 9, tzinfo=UTC)
MORNING = datetime(2026, 3, 27, 9, 30)


@pytest.fixture(autouse=True)
def _still(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: TODAY)
    monkeypatch.setattr(jobs, "ring", lambda pk: None)


@pytest.fixture
def call(cast) -> Interview:
    """A call with three people, each of whom can be written to; nobody has been told of it yet."""
    type(cast.programme).objects.filter(pk=cast.programme.pk).update(codename="Larch")
    cast.programme.refresh_from_db()
    expert = make_expert()
    make_identity(expert, "dana@example.org")
    return make_interview(
        cast.programme, cast.ana, state="open", starts_at=None, chaperone=cast.cora, expert=expert, number=14
    )


def book(call, by, wall=MORNING, zone="Europe/London"):
    return scheduling.book(interview=call, wall=wall, zone=zone, by=by)


def told(since: int = 1) -> dict[str, Message]:
    """The messages with a calendar object by whom they are for, from a sequence on."""
    found = [row for row in Message.objects.exclude(method="") if sequence_of(row.calendar) >= since]
    names = ["expert" if row.to.endswith("@expert.invalid") else row.to.partition("@")[0] for row in found]
    assert len(set(names)) == len(names), "somebody was told twice"
    return dict(zip(names, found, strict=True))


def read(message: Message):
    (event,) = both(message.calendar.encode())
    assert event.method == message.method
    return event


def test_booked_call_is_told_to_each_of_its_people_as_a_request(cast, call):
    row = book(call, cast.ana)
    messages = told()
    assert set(messages) == {"ana", "cora", "expert"}
    for message in messages.values():
        event = read(message)
        assert (event.uid, event.sequence, event.starts) == (f"{row.pk}@localhost.localdomain", 1, row.starts_at)
        assert (event.method, event.status) == ("REQUEST", "CONFIRMED")
        assert event.attendees == ("mailto:{to}",), "each object is for one person and names no other"
    assert read(messages["ana"]).summary == "Larch, INT-014" and read(messages["expert"]).summary == "Larch"
    assert "INT-014" not in str(vars(messages["expert"])), "the firm's own number says how many there are"


def test_expert_gets_one_mail_with_the_calendar_and_the_link_to_move_or_cancel(cast, call):
    book(call, cast.ana)
    (message,) = Message.objects.filter(to=experts.addressee(call.expert))
    assert message.method == "REQUEST" and "/e/" in message.link
    assert "dana" not in str(vars(message)), "the address is sealed"


def test_nothing_that_is_sent_names_client_subject_or_programme(cast, call):
    row = book(call, cast.ana)
    conduct.cancel(interview=row, by=cast.ana)
    secrets = secrets_of(cast.programme)
    assert {"kestrel", "heron"} <= set(secrets)
    for message in Message.objects.all():
        sent = "\n".join([message.subject, message.body, message.calendar])
        assert leaks(sent, secrets) == []


def test_each_reads_the_time_on_their_own_clock(cast, call):
    CalendarSettings.objects.create(user=cast.cora, zone="Asia/Tokyo")
    book(call, cast.ana, zone="America/New_York")
    zones = {name: message.calendar for name, message in told().items()}
    assert "DTSTART;TZID=America/New_York:20260327T093000" in zones["expert"]
    assert "DTSTART;TZID=Asia/Tokyo:20260327T223000" in zones["cora"]
    assert "DTSTART;TZID=Europe/London:20260327T133000" in zones["ana"]
    assert "22:30 (Asia/Tokyo, UTC+9)" in told()["cora"].body


def test_moved_call_is_the_same_one_with_a_higher_sequence(cast, call):
    row = book(call, cast.ana)
    first = read(told()["ana"])
    book(row, cast.ana, MORNING + timedelta(days=3))
    later = told(since=2)
    assert set(later) == {"ana", "cora", "expert"}
    second = read(later["ana"])
    assert (first.uid, first.sequence < second.sequence) == (second.uid, True)
    assert second.method == "REQUEST" and second.starts - first.starts == timedelta(days=3, hours=-1)


def test_who_is_taken_off_gets_a_cancel_and_who_stays_hears_nothing(cast, call):
    row = book(call, cast.ana)
    scheduling.reassign(interview=row, by=cast.ana, interviewer=cast.ben)
    later = told(since=2)
    assert {name: message.method for name, message in later.items()} == {"ana": "CANCEL", "ben": "REQUEST"}
    assert read(later["ana"]).status == "CANCELLED" and "no longer yours" in later["ana"].body
    scheduling.reassign(interview=row, by=cast.ana, chaperone=None)
    assert {name: message.method for name, message in told(since=3).items()} == {"cora": "CANCEL"}


def test_who_comes_back_is_asked_again(cast, call):
    row = book(call, cast.ana)
    for person in (cast.ben, cast.ana):
        scheduling.reassign(interview=row, by=cast.ana, interviewer=person)
    assert {name: message.method for name, message in told(since=3).items()} == {"ben": "CANCEL", "ana": "REQUEST"}


@pytest.mark.parametrize("how", ["cancel", "late", "reopen", "stop"])
def test_call_that_is_off_is_cancelled_for_all_at_its_old_time(cast, call, monkeypatch, how):
    row = book(call, cast.ana)
    if how == "late":
        monkeypatch.setattr(timezone, "now", lambda: row.starts_at - timedelta(hours=2))
        conduct.late_cancel(interview=row, side="firm", by=cast.ana)
    else:
        acts = {"cancel": conduct.cancel, "reopen": conduct.reopen, "stop": conduct.stop_for_compliance}
        acts[how](interview=row, by=cast.ana)
    later = told(since=2)
    assert set(later) == {"ana", "cora", "expert"}
    for message in later.values():
        event = read(message)
        assert (event.method, event.status, event.starts) == ("CANCEL", "CANCELLED", row.starts_at)
        assert event.sequence > 1 and "27 March 2026" in message.body


def test_call_that_is_off_and_booked_again_is_asked_for_again(cast, call):
    row = conduct.cancel(interview=book(call, cast.ana), by=cast.ana)
    row = conduct.reopen(interview=row, by=cast.ana)
    book(row, cast.ana)
    assert [read(message).method for message in told(since=4).values()] == ["REQUEST"] * 3
    assert read(told(since=4)["ana"]).sequence == 4


def test_held_time_is_told_to_nobody(cast, call):
    row = scheduling.hold_time(interview=call, wall=MORNING, zone="Europe/London", by=cast.ana)
    scheduling.release(interview=row, by=cast.ana)
    assert told() == {}
    row = scheduling.hold_time(interview=call, wall=MORNING, zone="Europe/London", by=cast.ana)
    scheduling.confirm(interview=row, by=cast.ana)
    assert set(told()) == {"ana", "cora", "expert"}


def test_call_in_the_past_is_told_to_nobody(cast, call):
    row = book(call, cast.ana, datetime(2026, 3, 20, 9, 30))
    conduct.cancel(interview=row, by=cast.ana)
    assert Message.objects.count() == 0


def test_call_that_was_held_tells_nobody_again(cast, call, monkeypatch):
    row = book(call, cast.ana)
    count = Message.objects.count()
    monkeypatch.setattr(timezone, "now", lambda: row.starts_at + timedelta(hours=1))
    conduct.hold(interview=row, by=cast.ana, attested="spoken")
    assert Message.objects.count() == count


def test_who_has_left_the_firm_is_not_written_to(cast, call):
    type(cast.cora).objects.filter(pk=cast.cora.pk).update(is_active=False)
    book(call, cast.ana)
    assert set(told()) == {"ana", "expert"}


def test_expert_without_an_address_or_who_wants_no_mail_is_not_asked(cast, call):
    Expert.objects.filter(pk=call.expert_id).update(opted_out_at=None)
    call.expert.sealed.delete()
    book(call, cast.ana)
    assert set(told()) == {"ana", "cora"}


def test_expert_hears_that_the_call_is_off_even_after_asking_for_no_more_mail(cast, call):
    row = book(call, cast.ana)
    Expert.objects.filter(pk=call.expert_id).update(opted_out_at=TODAY)
    conduct.cancel(interview=row, by=cast.ana)
    assert told(since=2)["expert"].method == "CANCEL"


def test_reason_of_a_rule_is_neutral_and_other_notes_stay_inside(cast, call):
    row = book(call, cast.ana)
    conduct.cancel(interview=row, by=None, via="clock", note=notices.NEUTRAL)
    assert all("This call can't take place." in message.body for message in told(since=2).values())
    row = conduct.reopen(interview=row, by=cast.ana)
    row = book(row, cast.ana)
    conduct.cancel(interview=row, by=cast.ana, note="Kestrel's client changed its mind")
    assert all("Kestrel" not in message.body for message in Message.objects.all())


def test_code_name_that_gives_something_away_is_left_out(cast, call):
    type(cast.heron).objects.filter(pk=cast.heron.pk).update(name="Larch Partners")
    book(call, cast.ana)
    messages = told()
    assert read(messages["ana"]).summary == "Research call, INT-014"
    assert "larch" not in "".join(f"{m.subject}{m.body}{m.calendar}" for m in messages.values()).casefold()
