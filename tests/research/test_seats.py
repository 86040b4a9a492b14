from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from accounts import audit
from accounts.models import AuditEvent
from accounts.moves import IllegalMove, Invalid, now
from accounts.permissions import Refused
from research.models import Fund, Programme, Seat
from research.services import seats
from research.services.cap import set_cap
from research.tasks import expire_holds
from tests.factories import make_signature, make_terms, sign_on_paper
from tests.research.conftest import events


def funds(n: int) -> list[Fund]:
    return [Fund.objects.create(name=f"Fund {number}") for number in range(n)]


def signed(programme: Programme, n: int) -> list[Fund]:
    """New funds that have signed the terms."""
    made = funds(n)
    for fund in made:
        sign_on_paper(programme, fund)
    return made


def live(programme) -> list[tuple[int, str, str]]:
    rows = programme.seats.exclude(state="free").order_by("number")
    return [(seat.number, seat.state, seat.fund.name) for seat in rows]


def test_take_gives_the_lowest_free_number_and_writes_to_both_chains(cast):
    sign_on_paper(cast.programme, cast.outsider)
    seat = seats.take_seat(programme=cast.programme, fund=cast.outsider, by=cast.ada)
    assert (seat.number, seat.state, seat.fund) == (3, "active", cast.outsider)
    assert events(cast.programme.chain) == [("seat-activated", {"number": 3, "fund": str(cast.outsider.pk)})]
    assert events(seat.chain_of(cast.outsider.pk)) == [("seat-activated", {})]


def test_a_funds_own_chain_holds_nothing_of_other_funds_or_of_its_number(cast):
    sign_on_paper(cast.programme, cast.outsider)
    seat = seats.hold_seat(programme=cast.programme, fund=cast.outsider, by=cast.ada)
    seats.activate_seat(seat=seat, by=cast.ada)
    seats.free_seat(seat=cast.programme.seats.get(fund=cast.ibis), by=cast.ada)
    chain = AuditEvent.objects.filter(chain=seat.chain_of(cast.outsider.pk)).order_by("seq")
    assert [(e.seq, e.verb, e.subject) for e in chain] == [
        (1, "seat-held", f"programme:{cast.programme.pk}"),
        (2, "seat-activated", f"programme:{cast.programme.pk}"),
    ]
    told = "".join(f"{e.chain}{e.subject}{e.body}" for e in chain)
    hidden = [cast.heron.pk, cast.ibis.pk, *cast.programme.seats.values_list("pk", flat=True), "number"]
    assert [str(word) for word in hidden if str(word) in told] == []


def test_second_live_seat_of_one_fund_is_refused_by_service_and_database(cast):
    with pytest.raises(IllegalMove, match="This fund already has a seat in this programme."):
        seats.take_seat(programme=cast.programme, fund=cast.heron, by=cast.ada)
    with pytest.raises(IllegalMove, match="This fund already has a seat in this programme."):
        seats.hold_seat(programme=cast.programme, fund=cast.heron, by=cast.ada)
    with pytest.raises(IntegrityError), transaction.atomic():
        Seat.objects.filter(programme=cast.programme, number=3).update(state="active", fund=cast.heron)


def test_lost_check_still_ends_in_the_sentence_because_the_database_refuses(cast, monkeypatch):
    """Two claims of one fund at once: both pass the friendly check, the constraint settles it."""
    monkeypatch.setattr(seats, "_seated", lambda programme, fund: False)
    with pytest.raises(seats.AlreadySeated):
        seats.take_seat(programme=cast.programme, fund=cast.heron, by=cast.ada)
    assert live(cast.programme) == [(1, "active", "Heron"), (2, "active", "Ibis")]


def test_sixth_seat_is_refused_by_service(cast):
    for fund in signed(cast.programme, 3):
        seats.take_seat(programme=cast.programme, fund=fund, by=cast.ada)
    with pytest.raises(seats.ProgrammeFull) as refusal:
        seats.take_seat(programme=cast.programme, fund=cast.outsider, by=cast.ada)
    assert (str(refusal.value), refusal.value.code) == ("All 5 seats are taken.", "programme_full")
    with pytest.raises(Invalid, match="The number of seats must be a whole number from 1 to 5, not 6."):
        set_cap(programme=cast.programme, cap=6, by=cast.ada)
    assert cast.programme.seats.count() == 5


@pytest.mark.parametrize("number", [0, 6, 7])
def test_direct_insert_of_a_sixth_seat_is_refused_by_the_database(cast, number):
    with pytest.raises(IntegrityError), transaction.atomic():
        Seat.objects.create(programme=cast.programme, number=number)
    ids = [Seat(programme=cast.programme).pk, cast.programme.pk]
    values = [*(pk.hex if connection.vendor == "sqlite" else pk for pk in ids), number]
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO research_seat (id, programme_id, number, state) VALUES (%s, %s, %s, 'free')", values
        )
    assert cast.programme.seats.count() == 5


def test_database_refuses_a_number_twice_and_a_taken_seat_without_a_fund(cast):
    with pytest.raises(IntegrityError), transaction.atomic():
        Seat.objects.create(programme=cast.programme, number=5)
    with pytest.raises(IntegrityError), transaction.atomic():
        Seat.objects.filter(programme=cast.programme, number=3).update(state="active")
    with pytest.raises(IntegrityError), transaction.atomic():
        Seat.objects.filter(programme=cast.programme, number=3).update(fund=cast.outsider)


@pytest.mark.parametrize("cap", [1, 2])
def test_full_says_how_many_seats_there_are(cast, draft, cap):
    Programme.objects.filter(pk=draft.pk).update(state="open")
    make_terms(draft)
    set_cap(programme=draft, cap=cap, by=cast.ada)
    for fund in signed(draft, cap):
        seats.take_seat(programme=draft, fund=fund, by=cast.ada)
    sentence = {1: "The only seat is taken.", 2: "All 2 seats are taken."}[cap]
    with pytest.raises(seats.ProgrammeFull, match=sentence):
        seats.take_seat(programme=draft, fund=cast.outsider, by=cast.ada)


def test_claim_without_seats_says_to_set_their_number(cast, draft):
    Programme.objects.filter(pk=draft.pk).update(state="open")
    with pytest.raises(seats.ProgrammeFull, match="This programme has no seats yet. Set their number first."):
        seats.take_seat(programme=draft, fund=cast.outsider, by=cast.ada)


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("draft", "This programme is in draft. Open it to funds first."),
        ("delivered", "This programme is delivered and takes no more funds."),
        ("closed", "This programme is closed and takes no more funds."),
    ],
)
def test_claim_at_the_wrong_moment_says_so(cast, state, sentence):
    Programme.objects.filter(pk=cast.programme.pk).update(state=state)
    for claim in (seats.take_seat, seats.hold_seat):
        with pytest.raises(IllegalMove, match=sentence):
            claim(programme=cast.programme, fund=cast.outsider, by=cast.ada)


def test_hold_becomes_active_and_only_then_do_its_people_see_the_programme(cast):
    seat = seats.hold_seat(programme=cast.programme, fund=cast.outsider, by=cast.ada)
    assert timedelta(days=2, hours=23) < seat.held_until - now() <= timedelta(days=3)
    assert not Programme.objects.visible_to(cast.olga).exists()
    make_signature(cast.programme.terms.get(), cast.olga)
    sign_on_paper(cast.programme, cast.outsider)
    again = seats.take_seat(programme=cast.programme, fund=cast.outsider, by=cast.ada)
    assert (again.pk, again.state, again.held_until) == (seat.pk, "active", None)
    assert Programme.objects.visible_to(cast.olga).exists()


@pytest.mark.parametrize("days", [-1, 0, 61])
def test_hold_ends_in_the_future_and_within_sixty_days(cast, days):
    with pytest.raises(Invalid, match="A hold ends in the future, within 60 days. Choose such a moment."):
        until = now() + timedelta(days=days, minutes=1 if days > 0 else 0)
        seats.hold_seat(programme=cast.programme, fund=cast.outsider, by=cast.ada, until=until)


def overdue(cast) -> Seat:
    seat = seats.hold_seat(programme=cast.programme, fund=cast.outsider, by=cast.ada)
    Seat.objects.filter(pk=seat.pk).update(held_until=now() - timedelta(minutes=1))
    return Seat.objects.get(pk=seat.pk)


def test_overdue_hold_is_freed_once_by_the_task_and_on_both_chains(cast):
    seat = overdue(cast)
    expire_holds()
    expire_holds()
    seat.refresh_from_db()
    assert (seat.state, seat.fund, seat.held_until, seat.since) == ("free", None, None, None)
    assert [verb for verb, _ in events(cast.programme.chain)] == ["seat-held", "seat-hold-expired"]
    assert [verb for verb, _ in events(seat.chain_of(cast.outsider.pk))] == ["seat-held", "seat-hold-expired"]


def test_hold_that_still_runs_and_active_seats_are_not_expired(cast):
    seats.hold_seat(programme=cast.programme, fund=cast.outsider, by=cast.ada)
    before = live(cast.programme)
    assert seats.expire_holds() == 0
    assert live(cast.programme) == before


def test_overdue_hold_can_not_be_activated(cast):
    with pytest.raises(IllegalMove, match="This hold has run out. Hold a seat for the fund again."):
        seats.activate_seat(seat=overdue(cast), by=cast.ada)


def test_claim_frees_overdue_holds_first_so_that_a_late_task_costs_no_seat(cast):
    set_cap(programme=cast.programme, cap=3, by=cast.ada)
    overdue(cast)
    other = Fund.objects.create(name="Quick")
    sign_on_paper(cast.programme, other)
    assert seats.take_seat(programme=cast.programme, fund=other, by=cast.ada).number == 3


def test_free_ends_sight_at_once_and_the_chain_of_the_fund_stays(cast):
    seat = cast.programme.seats.get(fund=cast.heron)
    assert Programme.objects.visible_to(cast.rita).exists()
    seats.free_seat(seat=seat, by=cast.ada)
    assert not Programme.objects.visible_to(cast.rita).exists()
    assert events(seat.chain_of(cast.heron.pk)) == [("seat-freed", {})]
    assert audit.verify(seat.chain_of(cast.heron.pk)).bad is None


def test_cap_goes_up_and_down_over_free_rows_only(cast):
    programme = cast.programme
    set_cap(programme=programme, cap=3, by=cast.ada)
    assert [s.number for s in programme.seats.order_by("number")] == [1, 2, 3]
    with pytest.raises(
        IllegalMove,
        match=r"Seats 1 \(active\), 2 \(active\) are in use, so there can't be only 1. Free one of them first.",
    ):
        set_cap(programme=programme, cap=1, by=cast.ada)
    seats.free_seat(seat=programme.seats.get(number=1), by=cast.ada)
    set_cap(programme=programme, cap=1, by=cast.ada)
    assert [(s.number, s.fund) for s in programme.seats.order_by("number")] == [(2, cast.ibis)]
    set_cap(programme=programme, cap=5, by=cast.ada)
    assert [s.number for s in programme.seats.order_by("number")] == [1, 2, 3, 4, 5]
    caps = [body for verb, body in events(programme.chain) if verb == "cap-set"]
    assert caps == [{"old": 5, "new": 3}, {"old": 3, "new": 1}, {"old": 1, "new": 5}]


def test_seats_are_for_admins_only(cast):
    refused = set()
    seat = cast.programme.seats.get(fund=cast.heron)
    for user in cast.everyone():
        for act in (
            lambda by: set_cap(programme=cast.programme, cap=5, by=by),
            lambda by: seats.hold_seat(programme=cast.programme, fund=cast.outsider, by=by),
            lambda by: seats.take_seat(programme=cast.programme, fund=cast.outsider, by=by),
            lambda by: seats.activate_seat(seat=seat, by=by),
            lambda by: seats.free_seat(seat=seat, by=by),
        ):
            if user == cast.ada:
                continue
            with pytest.raises(Refused, match="Only an admin may give, hold or free seats."):
                act(user)
            refused.add(user.name)
    assert refused == {user.name for user in cast.everyone()} - {"Ada"}
    assert events(cast.programme.chain) == []
