"""Pay by program: the same rows and the same refusals as on the pages."""

import pytest
from rest_framework.test import APIClient

from interviews.models import Honorarium
from tests.factories import make_honorarium, make_interview

ROOT = "/api/v1/honoraria/"


def as_(user) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def waiting(cast, by):
    """A call led by `by` whose pay waits for approval."""
    call = make_interview(cast.programme, by, notes="SECRET notes")
    return make_honorarium(call, cast.ada, state="computed", minutes=60, amount=40_000)


@pytest.mark.parametrize(("who", "seen"), {"ana": 1, "ben": 1, "cora": 2, "ada": 2, "stranger": 0}.items())
def test_list_shows_approvers_all_and_interviewers_their_own(cast, who, seen):
    waiting(cast, cast.ana), waiting(cast, cast.ben)
    answer = as_(getattr(cast, who)).get(ROOT)
    assert (answer.status_code, len(answer.json()["results"])) == (200, seen)
    assert "SECRET" not in answer.content.decode()


@pytest.mark.parametrize("who", ["rita", "carl", "olga"])
def test_fund_s_people_find_no_such_endpoint(cast, who):
    row = waiting(cast, cast.ana)
    assert as_(getattr(cast, who)).get(ROOT).status_code == 404
    assert as_(getattr(cast, who)).post(f"{ROOT}{row.pk}/approve/", {"amount": 40_000}).status_code == 404


@pytest.mark.parametrize(
    ("who", "amount", "status", "state"),
    [
        ("cora", 40_000, 200, "approved"),
        ("ada", 40_000, 200, "approved"),
        ("cora", 39_999, 409, "computed"),
        ("ana", 40_000, 403, "computed"),
        ("ben", 40_000, 403, "computed"),
    ],
)
def test_amount_is_approved_as_seen_and_by_who_may(cast, who, amount, status, state):
    row = waiting(cast, cast.ana)
    answer = as_(getattr(cast, who)).post(f"{ROOT}{row.pk}/approve/", {"amount": amount}, format="json")
    assert (answer.status_code, Honorarium.objects.get().state) == (status, state)


def test_approval_needs_the_amount_and_another_person_than_the_interviewer(cast):
    row = waiting(cast, cast.cora)
    assert as_(cast.cyrus).post(f"{ROOT}{row.pk}/approve/", {}, format="json").status_code == 400
    own = as_(cast.cora).post(f"{ROOT}{row.pk}/approve/", {"amount": 40_000}, format="json")
    assert (own.status_code, own.json()["detail"]) == (
        403,
        "You led this call, so somebody else must decide on what it pays.",
    )
