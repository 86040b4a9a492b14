"""Screening and checks by program."""

import pytest
from rest_framework.test import APIClient

from interviews.services import screening, topics
from tests.factories import make_candidate, make_expert, make_interview, make_question


@pytest.fixture
def api(cast):
    """api(user): a client that acts as this person."""

    def of(user):
        client = APIClient()
        client.force_authenticate(user)
        return client

    return of


def test_screening_is_read_answered_and_reviewed_by_program(api, cast):
    candidate = make_candidate(cast.programme, make_expert())
    question = make_question(cast.programme)
    topics.set_card(candidate=candidate, may="Hiring", may_not="Results", by=cast.ana)
    path = f"/api/v1/screenings/{candidate.pk}/"
    first = api(cast.ana).get(path).json()
    assert (first["state"], first["asked"][0]["mark"], first["topic_card"]["may"]) == ("listed", "missing", "Hiring")
    assert api(cast.ana).post(f"{path}answers/", {"answers": {"x": "No"}}, format="json").status_code == 400
    sent = api(cast.ana).post(f"{path}answers/", {"answers": {str(question.pk): "No"}}, format="json")
    assert (sent.status_code, sent.json()["state"], sent.json()["asked"][0]["answer"]) == (200, "screened", "No")
    body = {"passed": True, "reason": "Knows the matter."}
    assert api(cast.ana).post(f"{path}review/", body, format="json").status_code == 403
    told = api(cast.cora).post(f"{path}review/", body, format="json").json()
    assert (told["state"], told["reviews"][0]["by"], told["refusal"]) == ("eligible", "Cora", None)
    again = api(cast.cora).post(f"{path}review/", body, format="json")
    assert again.status_code == 409 and "may speak" in again.content.decode()


def test_screenings_are_listed_for_the_team_alone(api, cast):
    candidate = make_candidate(cast.programme, make_expert())
    found = {}
    for name in ("ana", "cora", "ada", "stranger", "rita"):
        answer = api(getattr(cast, name)).get("/api/v1/screenings/")
        rows = answer.json().get("results", []) if answer.status_code == 200 else None
        found[name] = rows if rows is None else [row["id"] for row in rows]
    assert found == {"ana": [str(candidate.pk)], "cora": [str(candidate.pk)], "ada": None, "stranger": [], "rita": None}


def test_checks_of_a_call_are_read_by_who_keeps_screening(api, cast):
    call = make_interview(cast.programme, cast.ana, state="booked")
    make_question(cast.programme)
    screening.recheck(call, "day_before")
    row = api(cast.cora).get(f"/api/v1/interviews/{call.pk}/checks/").json()[0]
    assert (row["moment"], row["eligible"], row["codes"]) == ("day_before", False, ["screening", "terms", "training"])
    assert "lists" not in row
    assert api(cast.ada).get(f"/api/v1/interviews/{call.pk}/checks/").status_code == 403
    assert api(cast.stranger).get(f"/api/v1/interviews/{call.pk}/checks/").status_code == 404
