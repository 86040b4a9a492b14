"""Answers to one invitation at once, on the real database; beside them the same race with its guard off."""

import threading
from collections import Counter

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts import audit, jobs
from accounts.models import Job
from accounts.moves import IllegalMove, now
from research.models import Invitation
from research.services import invitations
from tests.concurrency.test_seats import _room_for_every_thread, race  # noqa: F401
from tests.conftest import make_cast

AT_ONCE = 12
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast(transactional_db):
    return make_cast()


@pytest.fixture
def row(cast, monkeypatch) -> Invitation:
    monkeypatch.setattr(jobs, "ring", lambda pk: None)
    return invitations.invite(
        programme=cast.programme, fund=cast.outsider, email="olive@outsider.example", name="Olive", by=cast.ada
    )


@pytest.mark.parametrize("answer", ["yes", "no"])
def test_answers_at_once_leave_one(cast, row, answer):
    path = reverse("invitation", args=[invitations.token_of(row)])
    cache.clear()

    def post(number: int) -> str:
        given = {"answer": answer, "name": f"N{number}", "email": f"n{number}@x.example"}
        return str(Client(REMOTE_ADDR=f"203.0.113.{number}").post(path, given).status_code)

    assert race([lambda n=n: post(n) for n in range(AT_ONCE)]) == {"200": 1, "410": AT_ONCE - 1}
    assert Job.objects.filter(kind=invitations.KIND).count() == 1
    verbs = list(audit.AuditEvent.objects.filter(chain=cast.programme.chain).values_list("verb", flat=True))
    assert len(verbs) == 2, verbs
    assert audit.verify(cast.programme.chain).bad is None


def test_answer_and_taking_back_at_once_leave_one(cast, row):
    token = invitations.token_of(row)

    def say() -> str:
        return "answered" if invitations.answer(token=token, interested=False) else "closed"

    def take_back() -> str:
        try:
            invitations.revoke(invitation=row, by=cast.ada)
        except IllegalMove:
            return "too late"
        return "taken back"

    done = race([say, take_back])
    assert done in ({"answered": 1, "too late": 1}, {"closed": 1, "taken back": 1})


def test_control_that_looks_and_then_writes_takes_two_answers(row):
    looked = threading.Barrier(2)

    def naive() -> str:
        found = invitations.open_invitation(invitations.token_of(row))
        looked.wait(timeout=60)
        changed = Invitation.objects.filter(pk=found.pk).update(state="declined", answered_at=now())
        return "answered" if changed else "closed"

    assert race([naive, naive]) == Counter({"answered": 2})
