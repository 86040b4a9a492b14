"""Eight clients send one and the same request at once: one effect, and the same answer to all."""

import threading

import pytest
from django.db import connection
from rest_framework.test import APIClient

from accounts.models import Answered, AuditEvent
from research.models import Seat
from tests.conftest import make_cast

pytestmark = pytest.mark.django_db(transaction=True)
CLIENTS = 8


def send_at_once(user, body: dict, keys: list[str]) -> list[tuple[int, bytes]]:
    """The answers to the same request from as many threads as there are keys, all let go by one gate."""
    gate, answers = threading.Barrier(len(keys)), []

    def send(key: str) -> None:
        client = APIClient()
        client.force_authenticate(user)
        try:
            gate.wait(timeout=30)
            answer = client.post("/api/v1/seats/hold/", body, format="json", headers={"Idempotency-Key": key})
            answers.append((answer.status_code, answer.content))
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=[key]) for key in keys]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_one_key_sent_by_many_at_once_has_one_effect_and_one_answer():
    cast = make_cast()
    body = {"programme": "kestrel", "fund": str(cast.outsider.pk)}
    answers = send_at_once(cast.ada, body, ["one"] * CLIENTS)
    assert len(answers) == CLIENTS
    assert set(answers) == {(201, answers[0][1])}
    assert Seat.objects.filter(state="held").count() == 1
    assert AuditEvent.objects.filter(chain=cast.programme.chain, verb="seat-held").count() == 1
    assert Answered.objects.count() == 1


def test_many_keys_are_many_requests_so_that_the_test_above_means_something():
    cast = make_cast()
    body = {"programme": "kestrel", "fund": str(cast.outsider.pk)}
    answers = send_at_once(cast.ada, body, [f"key {number}" for number in range(CLIENTS)])
    assert sorted(status for status, _ in answers) == [201] + [409] * (CLIENTS - 1)
