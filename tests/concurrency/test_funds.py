"""Additions of one company at once, and two compliance officers who shut each other out; each beside a control.

SQLite has one writer at a time, so there the controls have nothing to show; run these with DATABASE_URL on PostgreSQL.
"""

import threading
from collections import Counter
from collections.abc import Callable

import pytest
from django.db import connection

from accounts.roles import Role
from research.models import Fund, FundMember
from research.services import funds, people
from tests.conftest import make_cast
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)
ALIKE = ["Kite", "Kite Capital", "Kite Partners LLP", "Kites", "The Kite Group", "Kite Asset Management"]
on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite writes one at a time")


@pytest.fixture
def cast(transactional_db):
    return make_cast()


def race(acts: list[Callable[[], object]]) -> Counter[str]:
    """Start all at one instant, each in a thread of its own; how often each answer was given."""
    gate, answers = threading.Barrier(len(acts)), []

    def run(act: Callable[[], object]) -> None:
        try:
            connection.ensure_connection()
            gate.wait(timeout=60)
            act()
            answers.append("done")
        except Exception as refused:
            answers.append(type(refused).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    return Counter(answers)


def additions(cast) -> list[Callable[[], object]]:
    return [lambda name=name: funds.add_fund(name=name, by=cast.ada) for name in ALIKE]


def test_of_near_names_added_at_once_one_is_added(cast):
    assert race(additions(cast)) == {"done": 1, "LikelyDuplicate": len(ALIKE) - 1}
    assert Fund.objects.filter(name__contains="Kite").count() == 1


@on_postgresql
def test_control_without_the_locked_chain_near_names_slip_in_beside_each_other(cast, monkeypatch):
    monkeypatch.setattr(funds.audit, "record", lambda *args, **kwargs: None)
    slipped = 0
    for _ in range(10):
        Fund.objects.filter(name__contains="Kite").delete()
        slipped = max(slipped, race(additions(cast))["done"])
    assert slipped > 1


def test_of_one_domain_added_at_once_one_is_added(cast):
    names = ("Lark", "Merlin", "Wren", "Jay")
    acts = [lambda name=name: funds.add_fund(name=name, domain="one.example", by=cast.ada) for name in names]
    assert race(acts) == {"done": 1, "Invalid": len(names) - 1}


def test_two_officers_who_shut_each_other_out_leave_one(cast):
    cleo = make_user("Cleo", Role.FUND_COMPLIANCE, fund=cast.heron)
    carl = cast.carl
    acts = [
        lambda: people.remove_member(member=FundMember.objects.get(user=cleo), by=carl),
        lambda: people.remove_member(member=FundMember.objects.get(user=carl), by=cleo),
    ]
    assert race(acts) == {"done": 1, "Refused": 1}
    left = FundMember.objects.filter(fund=cast.heron, left_at__isnull=True, user__role=Role.FUND_COMPLIANCE)
    assert left.count() == 1


def test_one_joiner_handed_two_places_at_once_takes_one(cast):
    nora = make_user("Nora", Role.FUND_READER, fund=cast.heron)
    acts = [
        lambda user=user: people.transfer_access(
            member=FundMember.objects.get(user=user), email="jo@heron.example", name="Jo", by=cast.carl
        )
        for user in (cast.rita, nora)
    ]
    assert race(acts) == {"done": 1, "Invalid": 1}
    assert FundMember.objects.filter(fund=cast.heron, left_at__isnull=True).count() == 3
