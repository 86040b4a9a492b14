import pytest
from django.db import DataError, InternalError, OperationalError
from django.http import HttpResponse
from django.test import RequestFactory

from accounts.api import explain
from accounts.middleware import RefusalMiddleware, StorageTroubleMiddleware
from accounts.moves import IllegalMove, Invalid
from accounts.permissions import Refused


def answer(middleware, exception, user=None):
    request = RequestFactory().get("/x")
    request.user, request.htmx = user, False
    return middleware(lambda r: HttpResponse()).process_exception(request, exception)


@pytest.mark.parametrize(
    ("exception", "status"),
    [
        (OperationalError("could not connect to server"), 503),
        (InternalError("cannot execute INSERT in a read-only transaction"), 503),
        (OperationalError("database or disk is full"), 507),
        (OSError(28, "No space left on device"), 507),
        (DataError("invalid byte sequence"), 400),
    ],
)
def test_storage_trouble_is_a_sentence_and_never_a_500(exception, status):
    response = answer(StorageTroubleMiddleware, exception)
    assert response.status_code == status
    assert ("Retry-After" in response) == (status >= 503)


def test_other_faults_are_left_to_the_error_page():
    assert answer(StorageTroubleMiddleware, KeyError("x")) is None


@pytest.mark.parametrize(
    ("exception", "status"), [(Refused("No."), 403), (IllegalMove("No."), 409), (Invalid("No."), 400)]
)
def test_refusals_get_their_status_for_the_firm(cast, exception, status):
    assert answer(RefusalMiddleware, exception, cast.ana).status_code == status


def test_refusal_of_a_funds_reader_equals_what_does_not_exist(cast, client):
    client.force_login(cast.rita)
    refused = client.get(f"/programmes/{cast.programme.slug}/seats/")
    nothing = client.get("/programmes/no-such-programme/seats/")
    nowhere = client.get("/nowhere/at/all")
    assert refused.status_code == nothing.status_code == nowhere.status_code == 404
    assert refused.content == nothing.content == nowhere.content


def test_api_refusals_carry_the_sentence(cast):
    request = RequestFactory().get("/api/v1/x")
    request.user = cast.ana
    got = {type(e).__name__: explain(e, {"request": request}) for e in (Refused("a"), IllegalMove("b"), Invalid("c"))}
    assert {k: (v.status_code, v.data["detail"]) for k, v in got.items()} == {
        "Refused": (403, "a"),
        "IllegalMove": (409, "b"),
        "Invalid": (400, "c"),
    }
    request.user = cast.rita
    assert explain(Refused("a"), {"request": request}).status_code == 404
