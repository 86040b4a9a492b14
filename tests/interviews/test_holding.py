"""Times that are held: for how long, who keeps them, how they end, and the places in a quota that they take."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.utils import timezone

from accounts import audit
from accounts.moves import IllegalMove, Invalid
from accounts.permissions import Refused
from interviews.models import Hours, Interview, InterviewChange, Slot
from interviews.services import conduct, scheduling
from tests.factories import make_expert, make_interview

TODAY = datetime(2026, 3, 24, 9, tzinfo=UTC)
MORNING = datetime(2026, 3, 27, 9, 30)


class Clock:
    """The clock on which the services look; it stands still until it is shifted."""

    def __init__(self):
        self.at = TODAY

    def shift(self, time: timedelta) -> None:
        self.at += time


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(timezone, "now", lambda: clock.at)
    return clock


def listed(cast, **fields):
    return make_interview(cast.programme, fields.pop("interviewer", cast.ana), state="open", starts_at=None, **fields)


def hold(call, by, wall=MORNING, **fields):
    return scheduling.hold_time(interview=call, wall=wall, zone="Europe/London", by=by, **fields)


def book(call, by, wall=MORNING, **fields):
    return scheduling.book(interview=call, wall=wall, zone="Europe/London", by=by, **fields)


def test_hold_takes_the_time_of_all_its_people_for_half_an_hour(cast):
    held = hold(listed(cast, chaperone=cast.cora), cast.ana)
    row = Interview.objects.get(pk=held.pk)
    assert (row.state, row.held_until - TODAY) == ("tentative", timedelta(minutes=30))
    assert {slot.part for slot in Slot.objects.filter(interview=row)} == {"interviewer", "chaperone", "expert"}
    with pytest.raises(Invalid, match="Cora has another call"):
        book(listed(cast, interviewer=cast.ben, chaperone=cast.cora), cast.ben)


@pytest.mark.parametrize(("hours", "by_expert"), [(49, False), (0, False), (-1, False), (1, True)])
def test_hold_that_would_last_too_long_or_is_over_is_refused(cast, hours, by_expert):
    who = {"by": None, "via": "expert"} if by_expert else {"by": cast.ana}
    with pytest.raises(Invalid, match="30 minutes at most" if by_expert else "48 hours at most"):
        hold(listed(cast), until=TODAY + timedelta(hours=hours), **who)


def test_hold_may_be_set_to_another_time(cast):
    call = hold(listed(cast), cast.ana)
    again = hold(call, cast.ana, MORNING + timedelta(hours=2), until=TODAY + timedelta(hours=48))
    assert (again.starts_at.hour, Slot.objects.filter(interview=call).count()) == (11, 2)


def test_confirm_books_the_time_that_is_held(cast):
    done = scheduling.confirm(interview=hold(listed(cast), cast.ana), by=cast.ben)
    row = Interview.objects.get(pk=done.pk)
    assert (row.state, row.held_until, row.starts_at) == ("booked", None, MORNING.replace(tzinfo=UTC))
    assert [change.what for change in row.changes.all()] == ["time-held", "booked"]


def test_confirm_of_a_hold_that_ran_out_is_refused(cast, clock):
    call = hold(listed(cast), cast.ana)
    clock.shift(timedelta(minutes=30))
    with pytest.raises(IllegalMove, match="has been given back: choose a time again"):
        scheduling.confirm(interview=call, by=cast.ana)


def test_confirm_without_a_hold_is_refused(cast):
    with pytest.raises(IllegalMove, match="No time is held for this call"):
        scheduling.confirm(interview=listed(cast), by=cast.ana)


def test_release_gives_the_time_back(cast):
    call = scheduling.release(interview=hold(listed(cast), cast.ana), by=cast.ana)
    assert (call.state, call.starts_at, Slot.objects.count()) == ("open", None, 0)
    with pytest.raises(IllegalMove, match="No time is held"):
        scheduling.release(interview=call, by=cast.ana)


def test_hold_that_ran_out_makes_room_for_the_next_who_asks(cast, clock):
    first = hold(listed(cast), cast.ana)
    second = listed(cast)
    with pytest.raises(Invalid, match="Ana has another call"):
        book(second, cast.ana)
    clock.shift(timedelta(minutes=31))
    book(second, cast.ana)
    first.refresh_from_db()
    assert (first.state, first.starts_at, first.held_until) == ("open", None, None)
    assert first.changes.last().note == "The hold ran out."


def test_sweep_frees_only_holds_that_ran_out_and_records_each(cast, clock):
    short, long = listed(cast), listed(cast, interviewer=cast.ben)
    hold(short, cast.ana)
    hold(long, cast.ana, until=TODAY + timedelta(hours=3))
    assert scheduling.expire_holds(TODAY + timedelta(minutes=29)) == 0
    assert scheduling.expire_holds(TODAY + timedelta(hours=1)) == 1
    assert dict(Interview.objects.values_list("pk", "state")) == {short.pk: "open", long.pk: "tentative"}
    assert {slot.interview_id for slot in Slot.objects.all()} == {long.pk}
    assert audit.AuditEvent.objects.filter(verb="interview-hold-expired", subject=f"interview:{short.pk}").count() == 1


def test_hold_of_a_booked_call_is_refused_so_that_no_booking_runs_out(cast):
    with pytest.raises(IllegalMove, match="This call is booked: move it"):
        hold(book(listed(cast), cast.ana), cast.ana)


@pytest.mark.parametrize("who", ["cora", "ada", "rita", "stranger"])
def test_holding_is_for_analysts_of_the_team(cast, who):
    call = listed(cast)
    with pytest.raises(Refused):
        hold(call, getattr(cast, who))
    held = hold(call, cast.ana)
    for service in (scheduling.confirm, scheduling.release):
        with pytest.raises(Refused):
            service(interview=held, by=getattr(cast, who))
    with pytest.raises(Refused):
        scheduling.confirm(interview=held, by=None)


# What an expert may do through a link -------------------------------------------------------------------------------


def test_expert_takes_an_open_time_and_the_change_names_nobody(cast):
    call = hold(listed(cast), None, via="expert")
    done = scheduling.confirm(interview=call, by=None, via="expert")
    assert (done.state, {change.by for change in done.changes.all()}) == ("booked", {None})


@pytest.mark.parametrize(
    ("wall", "words"),
    [
        (datetime(2026, 3, 24, 8, 30), "This time has passed"),
        (datetime(2026, 3, 27, 20, 30), "no longer open"),
        (datetime(2026, 3, 28, 10, 0), "no longer open"),
    ],
)
def test_expert_can_take_no_time_that_is_past_or_outside_the_hours(cast, wall, words):
    with pytest.raises(Invalid, match=words):
        book(listed(cast), None, wall, via="expert")


def test_firm_may_book_a_time_that_is_past_to_log_it_afterwards(cast):
    assert book(listed(cast), cast.ana, datetime(2026, 3, 23, 10)).state == "booked"


def test_expert_may_move_a_call_into_its_own_time(cast):
    call = book(listed(cast), cast.ana)
    moved = book(call, None, MORNING + timedelta(minutes=15), via="expert")
    assert (moved.pk, moved.starts_at.minute, moved.state) == (call.pk, 45, "booked")


def test_expert_is_kept_to_the_hours_that_the_interviewer_set(cast):
    Hours.objects.create(user=cast.ana, weekday=4, start=time(14), end=time(16), zone="Europe/London")
    call = listed(cast)
    with pytest.raises(Invalid, match="no longer open"):
        book(call, None, via="expert")
    assert book(call, None, datetime(2026, 3, 27, 15), via="expert").state == "booked"


# The call stays the same call ---------------------------------------------------------------------------------------


def test_move_keeps_identity_number_history_and_place(cast):
    cast.programme.segments.filter(code="customers").update(quota=1)
    call = book(listed(cast), cast.ana)
    number = call.number
    moved = book(call, cast.ana, MORNING + timedelta(hours=3))
    assert (moved.pk, moved.number, moved.sequence) == (call.pk, number, 2)
    assert [(c.what, c.sequence) for c in moved.changes.all()] == [("booked", 1), ("moved", 2)]
    assert Slot.objects.filter(interview=call).count() == 2


def test_reassign_keeps_the_time_and_gives_the_old_interviewer_theirs_back(cast):
    call = book(listed(cast), cast.ana)
    done = scheduling.reassign(interview=call, interviewer=cast.ben, chaperone=cast.cora, by=cast.ana)
    assert (done.starts_at, done.interviewer, done.chaperone) == (call.starts_at, cast.ben, cast.cora)
    assert book(listed(cast), cast.ana).state == "booked"
    with pytest.raises(Invalid, match="Ben has another call"):
        book(listed(cast, interviewer=cast.ben), cast.ana)


def test_reassign_to_somebody_who_has_no_time_is_refused_whole(cast):
    call, other = book(listed(cast), cast.ana), book(listed(cast, interviewer=cast.ben), cast.ana)
    with pytest.raises(Invalid, match="Ben has another call"):
        scheduling.reassign(interview=call, interviewer=cast.ben, by=cast.ana)
    assert Interview.objects.get(pk=call.pk).interviewer == cast.ana
    assert {slot.who for slot in other.slots.all()} == {cast.ben.pk, other.expert_id}


def test_reassign_takes_a_chaperone_away_only_when_told(cast):
    call = book(listed(cast, chaperone=cast.cora), cast.ana)
    assert scheduling.reassign(interview=call, interviewer=cast.ben, by=cast.ana).chaperone == cast.cora
    assert scheduling.reassign(interview=call, chaperone=None, by=cast.ana).chaperone is None
    assert not Slot.objects.filter(who=cast.cora.pk).exists()


def test_reassign_to_the_same_people_changes_nothing(cast):
    call = book(listed(cast), cast.ana)
    scheduling.reassign(interview=call, interviewer=cast.ana, by=cast.ana)
    assert call.changes.count() == 1


def test_reassign_of_a_call_that_was_held_is_refused(cast):
    with pytest.raises(IllegalMove, match="is held, so its people stay"):
        scheduling.reassign(interview=make_interview(cast.programme, cast.ana), interviewer=cast.ben, by=cast.ana)


# Places in the quota ------------------------------------------------------------------------------------------------


@pytest.fixture
def five(cast):
    """A segment of five, four of which are taken: one held, two booked, one of them for the same person twice, one tentative."""
    cast.programme.segments.filter(code="customers").update(quota=4)
    twice = make_expert()
    make_interview(cast.programme, cast.ana)
    for hours in (0, 2):
        book(listed(cast, expert=twice), cast.ana, MORNING + timedelta(hours=hours))
    book(listed(cast), cast.ana, MORNING + timedelta(hours=4))
    hold(listed(cast), cast.ana, MORNING + timedelta(hours=6))
    return twice


def test_full_segment_takes_nobody_more_without_a_reason(cast, five):
    with pytest.raises(Invalid, match="Customers is full: 4 of 4 are held or booked. To book one more"):
        book(listed(cast, interviewer=cast.ben), cast.ana)
    with pytest.raises(Invalid, match="is full"):
        hold(listed(cast, interviewer=cast.ben), cast.ana)


def test_full_segment_takes_a_fifth_more_with_a_reason_and_no_more(cast, five):
    done = book(listed(cast, interviewer=cast.ben), cast.ana, over_quota="One in five does not come.")
    assert done.changes.get().note == "One in five does not come."
    with pytest.raises(Invalid, match="No more than 20 %"):
        book(listed(cast, interviewer=cast.ben), cast.ana, MORNING + timedelta(hours=2), over_quota="Another.")


def test_full_segment_takes_another_call_of_somebody_who_has_a_place(cast, five):
    assert (
        book(listed(cast, expert=five, interviewer=cast.ben), cast.ana, MORNING + timedelta(hours=8)).state == "booked"
    )


def test_place_of_a_hold_that_ran_out_is_free(cast, five, clock):
    clock.shift(timedelta(hours=1))
    assert book(listed(cast, interviewer=cast.ben), cast.ana).state == "booked"


@pytest.mark.parametrize("end", [conduct.cancel, conduct.no_show, conduct.stop_for_compliance])
def test_place_of_a_call_that_counts_nowhere_is_free(cast, end):
    cast.programme.segments.filter(code="customers").update(quota=1)
    call = book(listed(cast), cast.ana)
    with pytest.raises(Invalid, match="is full"):
        book(listed(cast, interviewer=cast.ben), cast.ana)
    end(interview=call, by=cast.ana)
    assert book(listed(cast, interviewer=cast.ben), cast.ana).state == "booked"


def test_history_of_a_call_is_in_the_order_of_its_sequence(cast, clock):
    call = hold(listed(cast), cast.ana)
    clock.shift(timedelta(hours=1))
    scheduling.expire_holds(datetime(2026, 3, 24, 10, tzinfo=UTC))
    call = book(call, cast.ana)
    scheduling.reassign(interview=call, interviewer=cast.ben, by=cast.ana)
    rows = InterviewChange.objects.filter(interview=call).values_list("what", "sequence")
    assert list(rows) == [("time-held", 1), ("released", 2), ("booked", 3), ("reassigned", 4)]
    assert audit.verify(cast.programme.chain).bad is None
