"""A fund answers by program: commit, wait, decline; and a request that is sent twice has one effect."""

from datetime import timedelta

import pytest
from rest_framework.test import APIClient

from accounts import idempotency
from accounts.models import Answered
from accounts.moves import now
from accounts.roles import Role
from research.models import Fund, Participation, Seat, Signature
from tests.factories import make_user, seat_fund, sign_on_paper
from tests.research.conftest import events


@pytest.fixture
def lead(cast):
    return make_user("Lea", Role.FUND_LEAD, fund=cast.outsider)


@pytest.fixture
def part(cast, lead) -> Participation:
    return Participation.objects.create(programme=cast.programme, fund=cast.outsider)


def call(user, verb: str, path: str, body=None, key: str = ""):
    client = APIClient()
    client.force_authenticate(user)
    headers = {"Idempotency-Key": key} if key else {}
    return getattr(client, verb)(f"/api/v1/{path}", body, format="json", headers=headers)


def words(part: Participation, name: str = "Lea") -> dict:
    return {"name": name, "sha256": part.programme.terms.get().sha256}


def test_participation_tells_a_fund_of_itself_and_of_the_terms(cast, lead, part):
    shown = call(lead, "get", f"participations/{part.pk}/").json()
    terms = cast.programme.terms.get()
    assert shown == {
        "id": str(part.pk),
        "programme": None,
        "title": "Programme kestrel",
        "fund": str(cast.outsider.pk),
        "state": "invited",
        "since": shown["since"],
        "waiting_since": None,
        "seat": None,
        "held_until": None,
        "terms": {"version": 1, "language": "en-GB", "sha256": terms.sha256, "text": terms.text},
    }


def test_participations_in_sight_are_ones_own_funds_and_all_for_admins(cast, part):
    seen = {}
    for user in cast.everyone():
        answer = call(user, "get", "participations/")
        seen[user.name] = len(answer.json()["results"]) if answer.status_code == 200 else answer.status_code
    firm = dict.fromkeys(["Ana", "Ben", "Cora", "Cyrus", "Stranger"], 403)
    assert seen == firm | {"Ada": 3, "Rita": 1, "Carl": 1, "Bob": 1, "Olga": 1}
    other = Participation.objects.get(fund=cast.heron).pk
    assert call(cast.olga, "get", f"participations/{other}/").status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_list_costs_the_same_for_one_and_three(cast, django_assert_num_queries, rows):
    for number in range(rows):
        fund = Fund.objects.create(name=f"F{number}")
        Participation.objects.create(programme=cast.programme, fund=fund)
    with django_assert_num_queries(3):
        call(cast.ada, "get", "participations/")


def test_commit_signs_and_takes_a_seat_without_a_number(cast, lead, part):
    answer = call(lead, "post", f"participations/{part.pk}/commit/", words(part))
    seat = Seat.objects.get(fund=cast.outsider)
    assert (answer.status_code, answer.json()) == (
        201,
        {
            "id": str(seat.pk),
            "programme": None,
            "number": None,
            "state": "signed",
            "fund": str(cast.outsider.pk),
            "since": answer.json()["since"],
            "held_until": None,
        },
    )
    signature = Signature.objects.get(user=lead)
    assert (signature.method, signature.binding, signature.address) == ("api", True, "127.0.0.1")


def test_commit_to_a_full_programme_is_told_in_a_word_and_without_a_number(cast, lead, part):
    cast.programme.seats.filter(number__gt=2).delete()
    answer = call(lead, "post", f"participations/{part.pk}/commit/", words(part))
    assert (answer.status_code, answer.json()) == (
        409,
        {
            "detail": "No seat is free at the moment. Your fund can join the wait-list.",
            "code": "programme_full",
        },
    )
    waits = call(lead, "post", f"participations/{part.pk}/wait/")
    assert (waits.status_code, waits.json()["state"]) == (200, "waiting")
    declined = call(lead, "post", f"participations/{part.pk}/decline/")
    assert (declined.status_code, declined.json()["state"], declined.json()["terms"]) == (200, "declined", None)


@pytest.mark.parametrize("act", ["commit", "wait", "decline"])
def test_only_lead_and_compliance_of_the_fund_answer(cast, part, act):
    codes = {
        user.name: call(user, "post", f"participations/{part.pk}/{act}/", words(part, user.name)).status_code
        for user in cast.everyone()
    }
    firm = dict.fromkeys(["Ana", "Ben", "Cora", "Cyrus", "Stranger", "Ada"], 403)
    assert codes == firm | dict.fromkeys(["Rita", "Carl", "Bob", "Olga"], 404)
    assert events(cast.programme.chain) == []


def test_admin_keeps_the_wait_list_and_extends_holds(cast, part):
    body = {"programme": "kestrel", "fund": str(cast.outsider.pk)}
    room = call(cast.ada, "post", "participations/queue/", body)
    assert (room.status_code, room.json()["detail"]) == (
        409,
        "A seat is free, so nobody needs to wait. Take it instead.",
    )
    held = call(cast.ada, "post", "seats/hold/", body).json()
    until = (now() + timedelta(days=10)).isoformat()
    longer = call(cast.ada, "post", f"seats/{held['id']}/extend/", {"until": until})
    assert (longer.status_code, longer.json()["id"], longer.json()["held_until"] > held["held_until"]) == (
        200,
        held["id"],
        True,
    )
    call(cast.ada, "post", f"seats/{held['id']}/free/")
    cast.programme.seats.filter(number__gt=2).delete()
    queued = call(cast.ada, "post", "participations/queue/", body)
    assert (queued.status_code, queued.json()["state"], queued.json()["id"]) == (201, "waiting", str(part.pk))
    left = call(cast.ada, "post", f"participations/{part.pk}/leave/")
    assert (left.status_code, left.json()["state"]) == (200, "invited")


# The same request twice ---------------------------------------------------------------------------------------------


def test_same_key_and_body_has_one_effect_and_the_same_bytes(cast, lead, part):
    path = f"participations/{part.pk}/commit/"
    first = call(lead, "post", path, words(part), key="one")
    before = events(cast.programme.chain)
    cast.programme.seats.filter(fund=cast.outsider).update(state="active")
    again = call(lead, "post", path, words(part), key="one")
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert first.status_code == 201
    assert events(cast.programme.chain) == before


def test_same_key_with_another_body_is_refused_and_changes_nothing(cast):
    body = {"programme": "kestrel", "fund": str(cast.outsider.pk)}
    assert call(cast.ada, "post", "seats/hold/", body, key="one").status_code == 201
    other = {**body, "fund": str(Fund.objects.create(name="Kite").pk)}
    refused = call(cast.ada, "post", "seats/hold/", other, key="one")
    assert (refused.status_code, refused.json()["detail"]) == (
        422,
        "This Idempotency-Key was used for another request. Send a new request with a new key.",
    )
    assert Seat.objects.filter(state="held").count() == 1


def test_key_belongs_to_one_person_and_one_address(cast):
    body = {"programme": "kestrel", "fund": str(cast.outsider.pk)}
    sign_on_paper(cast.programme, cast.outsider)
    held = call(cast.ada, "post", "seats/hold/", body, key="one")
    taken = call(cast.ada, "post", "seats/take/", body, key="one")
    assert (held.json()["state"], taken.json()["state"]) == ("held", "active")
    abe = make_user("Abe", Role.ADMIN)
    assert call(abe, "post", "seats/hold/", body, key="one").json()["code"] == "already_seated"


def test_refusal_is_not_kept_so_that_the_same_request_may_succeed_later(cast):
    body = {"programme": "kestrel", "fund": str(cast.outsider.pk)}
    assert call(cast.ada, "post", "seats/take/", body, key="one").status_code == 409
    assert not Answered.objects.exists()
    sign_on_paper(cast.programme, cast.outsider)
    assert call(cast.ada, "post", "seats/take/", body, key="one").status_code == 201


def test_effect_is_undone_when_its_answer_can_not_be_kept(cast, monkeypatch):
    def broken(self, data):
        raise RuntimeError("no answer")

    monkeypatch.setattr(idempotency.JSONRenderer, "render", broken)
    body = {"programme": "kestrel", "fund": str(cast.outsider.pk)}
    with pytest.raises(RuntimeError):
        call(cast.ada, "post", "seats/hold/", body, key="one")
    assert not Seat.objects.filter(state="held").exists()


def test_old_keys_are_forgotten(cast):
    body = {"programme": "kestrel", "fund": str(cast.outsider.pk)}
    call(cast.ada, "post", "seats/hold/", body, key="one")
    Answered.objects.update(at=now() - timedelta(days=31))
    assert call(cast.ada, "post", "seats/hold/", body, key="one").json()["code"] == "already_seated"


@pytest.mark.parametrize("key", ["x" * 81, "tab\there", "schlüssel"])
def test_key_that_is_no_plain_word_is_refused(cast, key):
    body = {"programme": "kestrel", "fund": str(cast.outsider.pk)}
    answer = call(cast.ada, "post", "seats/hold/", body, key=key)
    assert (answer.status_code, answer.json()["detail"]) == (
        400,
        "An Idempotency-Key has at most 80 plain characters. Choose another.",
    )


def test_seat_of_another_fund_shows_in_no_participation(cast, lead, part):
    seat_fund(cast.programme, Fund.objects.create(name="Kite"))
    told = call(lead, "get", "participations/").content.decode()
    assert [str(pk) for pk in cast.programme.seats.values_list("pk", flat=True) if str(pk) in told] == []
    assert "Kite" not in told
