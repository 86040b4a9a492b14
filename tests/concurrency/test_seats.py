"""Fifty claims at once for the last seat, on the real database; beside each test, the same race with its guard off.

The database is a file (SQLite) or a server (PostgreSQL, when DATABASE_URL is set), and every thread has a connection of its own.
"""

import threading
from collections import Counter
from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection
from rest_framework.test import APIClient

from accounts import audit
from accounts.moves import now
from research.models import Fund, Programme, Seat
from research.services import seats
from research.services.cap import set_cap
from tests.conftest import make_cast
from tests.factories import sign_on_paper

CLAIMS = 50
pytestmark = pytest.mark.django_db(transaction=True)


def race(claims: list[Callable[[], str]]) -> Counter[str]:
    """Start every claim at one instant, each in a thread of its own; how often each answer was given."""
    gate = threading.Barrier(len(claims))
    answers: list[str] = []

    def run(claim: Callable[[], str]) -> None:
        try:
            connection.ensure_connection()
            gate.wait(timeout=60)
            answers.append(claim())
        except Exception as fault:  # an unexpected one must be seen, not lost in its thread
            answers.append(f"{type(fault).__name__}: {fault}")
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(claim,)) for claim in claims]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    return Counter(answers)


@pytest.fixture(autouse=True)
def _room_for_every_thread(monkeypatch):
    """On PostgreSQL the pool of connections must not be what serialises the race."""
    if connection.vendor == "postgresql":
        connection.close_pool()
        monkeypatch.setitem(connection.settings_dict["OPTIONS"], "pool", {"min_size": 1, "max_size": CLAIMS + 5})
        yield
        connection.close_pool()
    else:
        yield


@pytest.fixture
def cast(transactional_db):
    return make_cast()


@pytest.fixture
def rivals(cast) -> list[Fund]:
    funds = Fund.objects.bulk_create(Fund(name=f"Rival {number}") for number in range(CLAIMS))
    for fund in [*funds, cast.outsider]:
        sign_on_paper(cast.programme, fund)
    return funds


def live(programme: Programme) -> int:
    return programme.seats.exclude(state="free").count()


def outcome(act: Callable[[], object]) -> str:
    try:
        act()
    except seats.ClaimRefused as refusal:
        return refusal.code
    return "won"


@pytest.mark.parametrize("service", [seats.take_seat, seats.hold_seat], ids=lambda s: s.__name__)
def test_fifty_claims_for_the_last_seat_leave_one_winner(cast, rivals, service):
    set_cap(programme=cast.programme, cap=3, by=cast.ada)
    claims = [
        lambda fund=fund: outcome(lambda: service(programme=cast.programme, fund=fund, by=cast.ada)) for fund in rivals
    ]
    assert race(claims) == {"won": 1, "programme_full": CLAIMS - 1}
    assert live(cast.programme) == 3
    verdict = audit.verify(cast.programme.chain)
    assert (verdict.events, verdict.bad) == (2, None)


@pytest.mark.parametrize("cap", [1, 2, 3, 4, 5])
def test_as_many_win_as_there_are_seats(cast, rivals, cap):
    cast.programme.seats.update(state="free", fund=None)
    set_cap(programme=cast.programme, cap=cap, by=cast.ada)
    claims = [
        lambda fund=fund: outcome(lambda: seats.take_seat(programme=cast.programme, fund=fund, by=cast.ada))
        for fund in rivals
    ]
    assert race(claims) == {"won": cap, "programme_full": CLAIMS - cap}
    assert sorted(s.number for s in cast.programme.seats.exclude(fund=None)) == list(range(1, cap + 1))


def test_fifty_requests_for_the_last_seat_leave_one_winner_and_no_fault(cast, rivals):
    set_cap(programme=cast.programme, cap=3, by=cast.ada)

    def ask(fund: Fund) -> str:
        client = APIClient()
        client.force_authenticate(cast.ada)
        answer = client.post("/api/v1/seats/take/", {"programme": "kestrel", "fund": str(fund.pk)}, format="json")
        return f"{answer.status_code} {answer.json().get('code', '')}".strip()

    assert race([lambda fund=fund: ask(fund) for fund in rivals]) == {"201": 1, "409 programme_full": CLAIMS - 1}
    assert live(cast.programme) == 3


def test_ten_claims_of_one_fund_leave_it_one_seat(cast):
    sign_on_paper(cast.programme, cast.outsider)
    claim = lambda: outcome(lambda: seats.take_seat(programme=cast.programme, fund=cast.outsider, by=cast.ada))  # noqa: E731
    assert race([claim] * 10) == {"won": 1, "already_seated": 9}
    assert live(cast.programme) == 3


def test_control_without_the_condition_in_the_update_two_win_one_seat(cast, rivals):
    """The same race with the guard off: look for a free row, then write it whatever it has become."""
    set_cap(programme=cast.programme, cap=3, by=cast.ada)
    looked = threading.Barrier(2)

    def naive(fund: Fund) -> str:
        free = Seat.objects.filter(programme=cast.programme, state="free").first()
        looked.wait(timeout=60)
        return "won" if Seat.objects.filter(pk=free.pk).update(state="active", fund=fund, since=now()) else "lost"

    assert race([lambda fund=fund: naive(fund) for fund in rivals[:2]]) == {"won": 2}


def test_control_that_counts_and_then_inserts_oversells(cast, rivals):
    """The way that is banned: with a cap of one, five look at once and find room, so all five sit down."""
    Seat.objects.filter(programme=cast.programme).delete()
    counted = threading.Barrier(5)

    def naive(number: int, fund: Fund) -> str:
        if live(cast.programme) >= 1:
            return "full"
        counted.wait(timeout=60)
        try:
            Seat.objects.create(programme=cast.programme, number=number, fund=fund, state="active", since=now())
        except IntegrityError:
            return "refused"
        return "won"

    claims = [lambda n=n, fund=fund: naive(n, fund) for n, fund in enumerate(rivals[:5], start=1)]
    assert race(claims) == {"won": 5}
    assert live(cast.programme) == 5


def test_hold_that_runs_out_during_the_rush_is_given_once(cast, rivals):
    set_cap(programme=cast.programme, cap=3, by=cast.ada)
    held = seats.hold_seat(programme=cast.programme, fund=cast.outsider, by=cast.ada)
    Seat.objects.filter(pk=held.pk).update(held_until=now())
    claims = [
        lambda fund=fund: outcome(lambda: seats.take_seat(programme=cast.programme, fund=fund, by=cast.ada))
        for fund in rivals[:20]
    ]
    assert race(claims) == {"won": 1, "programme_full": 19}
    verbs = [event.verb for event in audit.AuditEvent.objects.filter(chain=cast.programme.chain).order_by("seq")]
    assert verbs == ["cap-set", "seat-held", "seat-hold-expired", "seat-activated"]
