"""The pages and endpoints of funds and their people: by role, with real rows of another fund, and blind to it."""

import json
import uuid

import pytest

from accounts.models import Message, User
from accounts.roles import Role
from research.models import Fund, FundMember, Vehicle
from research.services import people
from tests.factories import make_user


@pytest.fixture
def lea(cast):
    return make_user("Lea", Role.FUND_LEAD, fund=cast.heron)


def person(user, rest: str = "") -> str:
    return f"/portal/fund/people/{user.pk}/{rest}"


# The fund's side ----------------------------------------------------------------------------------------------------


def test_people_are_shown_to_compliance_and_lead_of_their_own_fund(client, cast, lea):
    for user in (cast.carl, lea):
        client.force_login(user)
        page = client.get("/portal/fund/people/").content.decode()
        assert all(word in page for word in ("Rita", "Carl", "Lea", "Fund compliance"))
        for word in ("Bob", "Ibis", "Olga", "Ada", "bob@example.com"):
            assert word not in page
    for user in (cast.rita, cast.bob, cast.olga):
        client.force_login(user)
        assert client.get("/portal/fund/people/").status_code == 404
    client.force_login(cast.ada)
    assert client.get("/portal/fund/people/").status_code == 403


def test_lead_reads_along_and_changes_nothing(client, cast, lea):
    client.force_login(lea)
    page = client.get("/portal/fund/people/").content.decode()
    assert "Add a joiner" in page and 'name="email"' not in page
    given = {"name": "Jo", "email": "jo@heron.example", "role": "fund_reader"}
    assert client.post("/portal/fund/people/", given).status_code == 404
    assert client.post("/portal/fund/people/", {}).status_code == 404
    assert client.get(person(cast.rita)).status_code == 404
    assert client.post(person(cast.rita), {"act": "leave"}).status_code == 404
    assert not User.objects.filter(name="Jo").exists()
    assert FundMember.objects.get(user=cast.rita).left_at is None


def test_compliance_adds_a_joiner_who_is_mailed(client, cast):
    client.force_login(cast.carl)
    given = {"name": "Jo", "email": "jo@heron.example", "role": "fund_lead"}
    assert client.post("/portal/fund/people/", given).status_code == 302
    assert User.objects.get(name="Jo").role == "fund_lead"
    assert Message.objects.get().to == "jo@heron.example"
    answer = client.post("/portal/fund/people/", {**given, "email": "jo@ibis.example"})
    assert (answer.status_code, "end in @heron.example" in answer.content.decode()) == (400, True)


def test_link_in_the_mail_sets_a_password_once(client, cast, django_capture_on_commit_callbacks):
    joiner = people.add_member(fund=cast.heron, name="Jo", email="jo@heron.example", role="fund_reader", by=cast.carl)
    link = Message.objects.get().link.removeprefix("http://localhost:8000")
    form = client.get(link, follow=True)
    assert "Choose a new password" in form.content.decode()
    given = {"password1": "correct horse battery", "password2": "correct horse battery"}
    client.post(form.redirect_chain[-1][0], given)
    assert User.objects.get(pk=joiner.user_id).has_usable_password()
    client.logout()
    assert "no longer works" in client.get(link, follow=True).content.decode()


def test_compliance_changes_a_place_from_the_person_s_page(client, cast):
    client.force_login(cast.carl)
    assert "Hand over to a joiner" in client.get(person(cast.rita)).content.decode()
    client.post(person(cast.rita), {"act": "role", "role": "fund_lead"})
    assert User.objects.get(pk=cast.rita.pk).role == "fund_lead"
    client.post(person(cast.rita), {"act": "link"})
    assert Message.objects.filter(to=cast.rita.email).count() == 1
    wrong = client.post(person(cast.rita), {"act": "transfer", "name": "", "email": "x"})
    assert wrong.status_code == 400
    client.post(person(cast.rita), {"act": "transfer", "name": "Jo", "email": "jo@heron.example"})
    assert not User.objects.get(pk=cast.rita.pk).is_active
    jo = User.objects.get(name="Jo")
    client.post(person(jo), {"act": "leave"})
    assert FundMember.objects.get(user=jo).left_at is not None
    assert client.post(person(jo), {"act": "nothing"}).status_code == 400


def test_only_compliance_is_told_to_ask_the_firm_about_themselves(client, cast):
    client.force_login(cast.carl)
    assert "or ask the firm" in client.get(person(cast.carl)).content.decode()
    answer = client.post(person(cast.carl), {"act": "leave"}, follow=True)
    assert "or ask the firm" in answer.content.decode()
    assert User.objects.get(pk=cast.carl.pk).is_active


def test_person_of_another_fund_is_as_absent_as_one_who_never_was(client, cast):
    client.force_login(cast.carl)
    nothing = client.get(f"/portal/fund/people/{uuid.uuid4()}/")
    for user in (cast.bob, cast.olga, cast.ada):
        for answer in (client.get(person(user)), client.post(person(user), {"act": "leave"})):
            assert (answer.status_code, answer.content) == (404, nothing.content)
    assert User.objects.filter(is_active=True, pk__in=[cast.bob.pk, cast.olga.pk, cast.ada.pk]).count() == 3


def test_ids_of_people_are_no_numbers_that_count(client, cast):
    client.force_login(cast.carl)
    page = client.get("/portal/fund/people/").content.decode()
    assert f"/portal/fund/people/{cast.rita.pk}/" in page
    rows = client.get(f"/api/v1/funds/{cast.heron.pk}/members/").json()
    assert {row["id"] for row in rows} == {str(cast.rita.pk), str(cast.carl.pk)}


def test_what_another_fund_does_to_its_people_changes_no_byte(client, cast, settings):
    client.force_login(cast.carl)
    paths = ["/portal/fund/people/", person(cast.rita), f"/api/v1/funds/{cast.heron.pk}/members/", "/api/v1/funds/"]

    def seen() -> list[bytes]:
        return [
            b"".join(line for line in client.get(path).content.splitlines() if b"csrf" not in line.lower())
            for path in paths
        ]

    before = seen()
    people.remove_member(member=cast.bob.membership, by=cast.ada)
    people.add_member(fund=cast.ibis, name="Jo", email="jo@ibis.example", role="fund_lead", by=cast.ada)
    Vehicle.objects.create(fund=cast.ibis, name="Ibis Feeder")
    assert seen() == before


# The firm's side ----------------------------------------------------------------------------------------------------


def test_near_name_is_asked_about_with_both_answers(client, cast):
    client.force_login(cast.ada)
    given = {"name": "Heron Capital", "domain": "heroncap.example"}
    answer = client.post("/funds/", given)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "Is this one company?" in page and f"/funds/{cast.heron.pk}/vehicles/" in page
    assert Fund.objects.count() == 3
    client.post(f"/funds/{cast.heron.pk}/vehicles/", {"name": "Heron Capital"})
    assert Vehicle.objects.get().fund == cast.heron
    vehicle = client.post("/funds/", {**given, "sure": "yes"})
    assert "is a vehicle of Heron" in vehicle.content.decode()
    client.post(f"/funds/{cast.heron.pk}/vehicles/{Vehicle.objects.get().pk}/remove/")
    assert client.post("/funds/", {**given, "sure": "yes"}).status_code == 302
    assert Fund.objects.filter(name="Heron Capital").exists()


def test_rename_asks_about_a_near_name_too(client, cast):
    client.force_login(cast.ada)
    path = f"/funds/{cast.ibis.pk}/name/"
    assert 'value="Ibis"' in client.get(path).content.decode()
    assert client.post(path, {"name": "Herons", "domain": "ibis.example"}).status_code == 400
    assert client.post(path, {"name": "Herons", "domain": "ibis.example", "sure": "yes"}).status_code == 302
    assert Fund.objects.get(pk=cast.ibis.pk).name == "Herons"


def test_vehicle_of_another_fund_is_not_removed_by_a_crossed_address(client, cast):
    vehicle = Vehicle.objects.create(fund=cast.heron, name="Heron Feeder")
    client.force_login(cast.ada)
    assert client.post(f"/funds/{cast.ibis.pk}/vehicles/{vehicle.pk}/remove/").status_code == 404
    assert Vehicle.objects.exists()


def test_admin_changes_the_place_of_anybody_in_a_fund(client, cast):
    client.force_login(cast.ada)
    path = f"/funds/{cast.heron.pk}/people/{cast.carl.pk}/"
    assert path in client.get(f"/funds/{cast.heron.pk}/").content.decode()
    client.post(path, {"act": "role", "role": "fund_reader"})
    assert User.objects.get(pk=cast.carl.pk).role == "fund_reader"
    assert client.get(f"/funds/{cast.ibis.pk}/people/{cast.carl.pk}/").status_code == 404


# By program ---------------------------------------------------------------------------------------------------------


def post(client, path: str, body: dict | None = None, method: str = "POST"):
    return client.generic(method, f"/api/v1/funds/{path}", json.dumps(body or {}), content_type="application/json")


def test_api_warns_of_a_likely_duplicate_in_a_word(client, cast):
    client.force_login(cast.ada)
    answer = post(client, "", {"name": "Heron Capital", "domain": "heroncap.example"})
    assert (answer.status_code, answer.json()["code"]) == (400, "likely_duplicate")
    assert post(client, "", {"name": "Heron Capital", "domain": "heroncap.example", "sure": True}).status_code == 201
    assert "code" not in post(client, "", {"name": "Kite", "domain": "heron.example"}).json()
    assert post(client, f"{cast.ibis.pk}/", {"name": "Grey Ibis"}, "PATCH").json()["name"] == "Grey Ibis"
    assert post(client, f"{cast.ibis.pk}/", {"domain": "grey.example"}, "PATCH").json()["domain"] == "grey.example"


def test_api_keeps_vehicles_for_admins(client, cast):
    client.force_login(cast.ada)
    made = post(client, f"{cast.heron.pk}/vehicles/", {"name": "Heron Feeder"})
    assert made.status_code == 201
    assert [row["name"] for row in client.get(f"/api/v1/funds/{cast.heron.pk}/vehicles/").json()] == ["Heron Feeder"]
    client.force_login(cast.carl)
    assert client.get(f"/api/v1/funds/{cast.heron.pk}/vehicles/").status_code == 404
    client.force_login(cast.ada)
    assert post(client, f"{cast.ibis.pk}/vehicles/{made.json()['id']}/", method="DELETE").status_code == 404
    assert post(client, f"{cast.heron.pk}/vehicles/{made.json()['id']}/", method="DELETE").status_code == 204


def test_api_lets_own_compliance_manage_its_people_and_nobody_else(client, cast, lea):
    jo = {"name": "Jo", "email": "jo@heron.example"}
    calls = [
        ("role/", {"role": "fund_lead"}, 200),
        ("link/", {}, 204),
        ("transfer/", jo, 201),
        ("leave/", {}, 409),
    ]
    base = f"{cast.heron.pk}/members/{cast.rita.pk}/"
    for user in (lea, cast.rita, cast.bob):
        client.force_login(user)
        for path, body, _ in calls:
            assert post(client, base + path, body).status_code == 404, path
    client.force_login(cast.carl)
    for path, body, status in calls:
        assert post(client, base + path, body).status_code == status, path
    theirs = f"{cast.heron.pk}/members/{cast.bob.pk}/leave/"
    assert post(client, theirs).content == post(client, f"{cast.heron.pk}/members/{uuid.uuid4()}/leave/").content
    assert post(client, f"{cast.ibis.pk}/members/{cast.bob.pk}/leave/").status_code == 404
    assert User.objects.get(pk=cast.bob.pk).is_active
