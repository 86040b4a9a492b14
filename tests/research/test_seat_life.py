"""The life of a seat: every operation from every state a fund can be in, and what a freed seat does next."""

from datetime import timedelta

import pytest

from accounts.models import Message
from accounts.moves import IllegalMove, now
from accounts.permissions import Refused
from accounts.roles import Role
from research.models import Fund, Participation, Programme, Seat, Signature
from research.permissions import obstacle
from research.services import programmes, seats
from research.services.cap import set_cap
from tests.factories import make_user, sign_on_paper
from tests.research.conftest import events

# What becomes of (participation, seat); "" is a refusal that leaves everything as it was. From the rules, not the code.
HELD, SIGNED, ACTIVE = "seated held", "seated signed", "seated active"
OPERATIONS = ["hold", "take", "wait", "unwait", "activate", "extend", "free", "commit", "join", "decline"]
NO_SEAT = {
    # with a seat free:   hold  take    wait unwait    act ext free commit  join decline
    "none": [HELD, ACTIVE, "", "", "", "", "", "", "", ""],
    "invited": [HELD, ACTIVE, "", "", "", "", "", SIGNED, "", "declined"],
    "waiting": [HELD, ACTIVE, "", "invited", "", "", "", SIGNED, "", "declined"],
    "lapsed": [HELD, ACTIVE, "", "", "", "", "", SIGNED, "", "declined"],
    "declined": [HELD, ACTIVE, "", "", "", "", "", "", "", ""],
    "withdrawn": [HELD, ACTIVE, "", "", "", "", "", "", "", ""],
}
FULL = {
    # with every seat taken: hold take wait  unwait    act ext free commit join   decline
    "none": ["", "", "waiting", "", "", "", "", "", "", ""],
    "invited": ["", "", "waiting", "", "", "", "", "", "waiting", "declined"],
    "waiting": ["", "", "", "invited", "", "", "", "", "", "declined"],
    "lapsed": ["", "", "waiting", "", "", "", "", "", "waiting", "declined"],
    "declined": ["", "", "waiting", "", "", "", "", "", "", ""],
    "withdrawn": ["", "", "waiting", "", "", "", "", "", "", ""],
}
ON_SEAT = {
    # on the last seat: hold take    wait unwait act ext   free       commit join decline
    "held": ["", ACTIVE, "", "", ACTIVE, HELD, "lapsed", SIGNED, "", "declined"],
    "overdue": [HELD, ACTIVE, "", "", "", "", "lapsed", SIGNED, "", "declined"],
    "signed": ["", ACTIVE, "", "", ACTIVE, "", "lapsed", SIGNED, "", "declined"],
    "active": ["", "", "", "", "", "", "withdrawn", ACTIVE, "", ""],
}
CASES = [
    pytest.param(kind, old, act, new, id=f"{kind}-{old}-{act}")
    for kind, table in {"room": NO_SEAT, "full": FULL, "seat": ON_SEAT}.items()
    for old, row in table.items()
    for act, new in zip(OPERATIONS, row, strict=True)
]


@pytest.fixture
def lead(cast):
    return make_user("Lea", Role.FUND_LEAD, fund=cast.outsider)


def arrange(cast, kind: str, old: str) -> None:
    """Three seats, two of them active; the outsider in the state `old`, the third seat free, taken, or its own."""
    programme = cast.programme
    programme.seats.filter(number__gt=3).delete()
    third = programme.seats.filter(number=3)
    if kind == "full":
        third.update(state="active", fund=Fund.objects.create(name="Full"))
    if kind == "seat":
        until = {"held": now() + timedelta(hours=1), "overdue": now() - timedelta(hours=1)}.get(old)
        third.update(state="held" if old == "overdue" else old, fund=cast.outsider, held_until=until)
    if old != "none":
        state = "seated" if kind == "seat" else old
        since = now() if state == "waiting" else None
        Participation.objects.create(programme=programme, fund=cast.outsider, state=state, waiting_since=since)
    sign_on_paper(programme, cast.outsider)


def place(cast) -> str:
    """Where the outsider stands: "state" or "state seat-state"."""
    part = Participation.objects.filter(programme=cast.programme, fund=cast.outsider).first()
    seat = Seat.objects.filter(programme=cast.programme, fund=cast.outsider).first()
    return " ".join([part.state if part else "none", *([seat.state] if seat else [])])


def operate(cast, lead, act: str) -> None:
    programme, ada = cast.programme, cast.ada
    part = Participation.objects.filter(programme=programme, fund=cast.outsider).first()
    part = part or Participation(programme=programme, fund=cast.outsider)
    seat = programme.seats.filter(fund=cast.outsider).first() or programme.seats.get(number=3)
    given = {"programme": programme, "fund": cast.outsider, "by": ada}
    {
        "hold": lambda: seats.hold_seat(**given),
        "take": lambda: seats.take_seat(**given),
        "wait": lambda: seats.put_on_wait_list(**given),
        "unwait": lambda: seats.take_off_wait_list(participation=part, by=ada),
        "activate": lambda: seats.activate_seat(seat=seat, by=ada),
        "extend": lambda: seats.extend_hold(seat=seat, by=ada),
        "free": lambda: seats.free_seat(seat=seat, by=ada),
        "commit": lambda: sign(part, lead),
        "join": lambda: seats.join_wait_list(participation=part, by=lead),
        "decline": lambda: seats.decline(participation=part, by=lead),
    }[act]()


def sign(part: Participation, lead) -> Seat:
    return seats.commit(participation=part, sha256=part.programme.terms.get().sha256, name=lead.name, by=lead)


@pytest.mark.parametrize(("kind", "old", "act", "new"), CASES)
def test_every_operation_from_every_state_ends_as_the_table_says(cast, lead, kind, old, act, new):
    arrange(cast, kind, old)
    if (kind == "full" and act in ("activate", "extend", "free")) or (old == "none" and act == "unwait"):
        return
    before = place(cast)
    if new:
        operate(cast, lead, act)
        assert place(cast) == new
    else:
        with pytest.raises((IllegalMove, Refused)) as refusal:
            operate(cast, lead, act)
        assert str(refusal.value).endswith(".")
        assert place(cast) == before
        assert events(cast.programme.chain) == []
    assert Seat.objects.filter(programme=cast.programme, fund=cast.outsider).count() <= 1
    assert Participation.objects.filter(programme=cast.programme, fund=cast.outsider).count() <= 1


def test_seat_stays_the_same_while_it_is_held_extended_signed_and_activated(cast, lead):
    held = seats.hold_seat(programme=cast.programme, fund=cast.outsider, by=cast.ada)
    longer = seats.extend_hold(seat=held, by=cast.ada, until=now() + timedelta(days=9))
    part = Participation.objects.get(programme=cast.programme, fund=cast.outsider)
    signed = sign(part, lead)
    active = seats.activate_seat(seat=signed, by=cast.ada)
    assert {held.pk, longer.pk, signed.pk} == {active.pk}
    verbs = [verb for verb, _ in events(part.chain)]
    assert verbs == ["seat-held", "hold-extended", "terms-signed", "seat-activated"]
    assert (active.state, active.held_until) == ("active", None)


def test_withdrawn_fund_that_is_taken_back_has_one_seat_and_one_participation(cast):
    part = Participation.objects.get(fund=cast.heron)
    sign_on_paper(cast.programme, cast.heron)
    seats.free_seat(seat=cast.programme.seats.get(fund=cast.heron), by=cast.ada)
    part.refresh_from_db()
    assert part.state == "withdrawn"
    seats.take_seat(programme=cast.programme, fund=cast.heron, by=cast.ada)
    assert Participation.objects.get(fund=cast.heron).pk == part.pk
    assert Seat.objects.filter(fund=cast.heron).count() == 1


# The wait-list ------------------------------------------------------------------------------------------------------


@pytest.fixture
def queue(cast) -> list[Fund]:
    """Two seats, both active, and three funds that wait: the first longest, the other two since one and the same moment."""
    cast.programme.seats.filter(number__gt=2).delete()
    made = [Fund.objects.create(name=f"Waiter {n}") for n in range(3)]
    since = now() - timedelta(days=1)
    parts = [
        Participation(programme=cast.programme, fund=fund, state="waiting", waiting_since=since) for fund in made[1:]
    ]
    first = Participation(
        programme=cast.programme, fund=made[0], state="waiting", waiting_since=since - timedelta(seconds=1)
    )
    Participation.objects.bulk_create([*parts, first])
    return [first.fund, *(part.fund for part in sorted(parts, key=lambda part: part.pk))]


def held(cast) -> list[str]:
    return [seat.fund.name for seat in cast.programme.seats.filter(state="held").order_by("number")]


def waiting(cast) -> set[str]:
    rows = Participation.objects.filter(programme=cast.programme, state="waiting").select_related("fund")
    return {row.fund.name for row in rows}


def test_freed_seat_is_held_for_who_has_waited_longest(cast, queue):
    seats.free_seat(seat=cast.programme.seats.get(number=1), by=cast.ada)
    assert (held(cast), waiting(cast)) == ([queue[0].name], {queue[1].name, queue[2].name})
    chain = Participation.objects.get(fund=queue[0]).chain
    assert [verb for verb, _ in events(chain)] == ["seat-offered"]
    assert [verb for verb, _ in events(cast.programme.chain)] == ["seat-freed", "seat-offered"]


def test_raised_cap_goes_to_the_wait_list_in_order_and_equal_times_by_id(cast, queue):
    set_cap(programme=cast.programme, cap=4, by=cast.ada)
    assert (held(cast), waiting(cast)) == ([queue[0].name, queue[1].name], {queue[2].name})


def test_offered_hold_that_lapses_goes_to_the_next_and_not_back_to_who_let_it_lapse(cast, queue):
    seats.free_seat(seat=cast.programme.seats.get(number=1), by=cast.ada)
    for expected in (queue[1], queue[2]):
        cast.programme.seats.filter(state="held").update(held_until=now() - timedelta(seconds=1))
        assert seats.expire_holds() == 1
        assert held(cast) == [expected.name]
    cast.programme.seats.filter(state="held").update(held_until=now() - timedelta(seconds=1))
    assert seats.expire_holds() == 1
    assert (held(cast), waiting(cast)) == ([], set())
    assert {p.state for p in Participation.objects.filter(fund__in=queue)} == {"lapsed"}


def test_declined_hold_goes_to_the_next(cast, lead, queue):
    third = Seat.objects.create(programme=cast.programme, number=3)
    Seat.objects.filter(pk=third.pk).update(
        state="held", fund=cast.outsider, held_until=now() + timedelta(days=1), since=now()
    )
    part = Participation.objects.create(programme=cast.programme, fund=cast.outsider, state="seated")
    seats.decline(participation=part, by=lead)
    assert (held(cast), place(cast)) == ([queue[0].name], "declined")


def test_seat_freed_after_delivery_is_offered_when_the_work_is_taken_up_again(cast, queue):
    Programme.objects.filter(pk=cast.programme.pk).update(state="delivered")
    seats.free_seat(seat=cast.programme.seats.get(number=1), by=cast.ada)
    assert held(cast) == []
    programmes.advance(programme=cast.programme, to="synthesis", by=cast.ana)
    assert held(cast) == [queue[0].name]


def test_claim_takes_no_seat_past_the_wait_list_when_a_hold_has_run_out(cast, queue):
    """The overdue hold is freed by the claim itself and goes to who waits, not to who claims."""
    Seat.objects.create(programme=cast.programme, number=3)
    cast.programme.seats.filter(number=3).update(
        state="held", fund=cast.outsider, held_until=now() - timedelta(seconds=1)
    )
    Participation.objects.create(programme=cast.programme, fund=cast.outsider, state="seated")
    with pytest.raises(seats.ProgrammeFull):
        seats.hold_seat(programme=cast.programme, fund=Fund.objects.create(name="Late"), by=cast.ada)
    # The refusal undid the claim's own sweep; the next one does it again.
    assert seats.expire_holds(programme=cast.programme) == 1
    assert held(cast) == [queue[0].name]


# The least and the most ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["fielding", "synthesis", "delivered"])
def test_last_active_fund_of_a_launched_programme_stays_until_it_is_closed(cast, state):
    first, last = cast.programme.seats.filter(state="active").order_by("number")
    Programme.objects.filter(pk=cast.programme.pk).update(state=state)
    seats.free_seat(seat=first, by=cast.ada)
    with pytest.raises(IllegalMove, match="This is the last active fund of a programme that was launched."):
        seats.free_seat(seat=last, by=cast.ada)
    Programme.objects.filter(pk=cast.programme.pk).update(state="closed")
    assert seats.free_seat(seat=last, by=cast.ada).state == "free"


def test_programme_without_an_active_fund_is_not_launched(cast):
    Programme.objects.filter(pk=cast.programme.pk).update(state="open", questions_locked_at=now())
    cast.programme.refresh_from_db()
    cast.programme.seats.filter(number__lte=2).update(state="signed")
    sentence = "No fund has an active seat yet. One is enough to start."
    assert obstacle(cast.programme, "fielding") == sentence
    with pytest.raises(IllegalMove, match=sentence):
        programmes.advance(programme=cast.programme, to="fielding", by=cast.ana)


def test_lower_cap_names_every_seat_that_stands_in_the_way(cast):
    seats.hold_seat(programme=cast.programme, fund=cast.outsider, by=cast.ada)
    with pytest.raises(IllegalMove) as refusal:
        set_cap(programme=cast.programme, cap=1, by=cast.ada)
    assert str(refusal.value) == (
        "Seats 1 (active), 2 (active), 3 (held) are in use, so there can't be only 1. Free 2 of them first."
    )
    assert cast.programme.seats.count() == 5


def test_hold_that_has_run_out_stands_in_the_way_of_no_cap(cast):
    seats.hold_seat(programme=cast.programme, fund=cast.outsider, by=cast.ada, until=now() + timedelta(hours=1))
    cast.programme.seats.filter(state="held").update(held_until=now() - timedelta(hours=1))
    set_cap(programme=cast.programme, cap=2, by=cast.ada)
    assert [seat.number for seat in cast.programme.seats.order_by("number")] == [1, 2]


# What a fund is told ------------------------------------------------------------------------------------------------


def test_letters_go_to_the_leads_of_the_fund_alone_and_tell_of_nobody_else(cast, lead, queue):
    gone = make_user("Gone", Role.FUND_LEAD, fund=queue[0])
    gone.is_active = False
    gone.save()
    other = make_user("Other", Role.FUND_LEAD, fund=queue[0])
    set_cap(programme=cast.programme, cap=3, by=cast.ada)
    cast.programme.seats.filter(state="held").update(held_until=now() - timedelta(seconds=1))
    seats.expire_holds()
    kinds = {(message.to, message.subject.split(": ")[1]) for message in Message.objects.all()}
    assert kinds == {
        (other.email, "a seat is held for your fund"),
        (other.email, "the hold for your fund has ended"),
    }
    told = "".join(message.subject + message.body for message in Message.objects.all())
    others = ["Heron", "Ibis", *(fund.name for fund in queue), "seat 3", "3 seats", "wait-list"]
    assert [word for word in others if word in told] == []


def test_extended_hold_is_told_once_more_with_its_new_end(cast, lead):
    seat = seats.hold_seat(programme=cast.programme, fund=cast.outsider, by=cast.ada)
    seats.extend_hold(seat=seat, by=cast.ada, until=now() + timedelta(days=20))
    assert [message.to for message in Message.objects.all()] == [lead.email, lead.email]


def test_full_programme_tells_a_fund_nothing_of_its_seats(cast, lead):
    arrange(cast, "full", "invited")
    part = Participation.objects.get(programme=cast.programme, fund=cast.outsider)
    with pytest.raises(seats.ProgrammeFull) as refusal:
        sign(part, lead)
    assert str(refusal.value) == "No seat is free at the moment. Your fund can join the wait-list."
    assert not Signature.objects.filter(user=lead).exists()


def test_claim_that_loses_every_race_tells_a_fund_nothing_of_others(cast, lead, monkeypatch):
    arrange(cast, "room", "invited")
    monkeypatch.setattr(seats, "_take", lambda *args: 0)
    with pytest.raises(seats.ProgrammeFull, match="No seat is free at the moment."):
        sign(Participation.objects.get(programme=cast.programme, fund=cast.outsider), lead)


def test_wrong_name_signs_nothing_and_takes_no_seat(cast, lead):
    arrange(cast, "room", "invited")
    part = Participation.objects.get(programme=cast.programme, fund=cast.outsider)
    with pytest.raises(ValueError, match="Type your name as it stands on your account: Lea."):
        seats.commit(participation=part, sha256=cast.programme.terms.get().sha256, name="Leo", by=lead)
    assert place(cast) == "invited"


def test_only_who_may_sign_for_the_fund_answers_for_it(cast, lead):
    arrange(cast, "room", "invited")
    part = Participation.objects.get(programme=cast.programme, fund=cast.outsider)
    answered = set()
    compliance = make_user("Olaf", Role.FUND_COMPLIANCE, fund=cast.outsider)
    for user in [*cast.everyone(), compliance]:
        for act in (
            lambda by: sign(part, by),
            lambda by: seats.join_wait_list(participation=part, by=by),
            lambda by: seats.decline(participation=part, by=by),
        ):
            try:
                act(user)
            except Refused:
                continue
            except IllegalMove:
                pass
            answered.add(user.name)
    assert answered == {"Olaf"}
