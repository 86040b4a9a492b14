"""The API of this app: the same services and the same sight as the pages."""

import pytest
from rest_framework.test import APIClient

from research.models import Fund, FundPolicy, Programme
from research.services import questions, register
from tests.factories import make_programme, make_terms, sign_on_paper
from tests.research.conftest import events

BASE = "/api/v1/"
LISTS = ["programmes", "questions", "segments", "seats", "sources", "incidents", "claims", "disagreements", "funds"]


@pytest.fixture
def api():
    """Call the API as somebody: api(user, "get", "seats/", body) -> answer."""

    def call(user, verb: str, path: str, body=None):
        client = APIClient()
        client.force_authenticate(user)
        return getattr(client, verb)(BASE + path, body, format="json")

    return call


@pytest.fixture
def filled(cast):
    source = register.add_source(programme=cast.programme, by=cast.ana, code="A", title="Paper A")
    incident = register.add_incident(
        programme=cast.programme,
        by=cast.ana,
        title="Down",
        when="May 2026",
        date_from="2026-05-01",
        date_to="2026-05-31",
    )
    claim = register.add_claim(programme=cast.programme, by=cast.ana, title="Sales grew")
    register.add_statement(source=source, about=claim, text="USD 5bn", by=cast.ana)
    register.add_disagreement(programme=cast.programme, by=cast.ana, title="How long", about=incident, aspect="lasted")
    return cast


def test_lists_are_these_long_for_each_person(filled, api):
    """None stands for an answer that does not differ from that of an address which was never given out."""
    team = dict(zip(LISTS, [1, 2, 3, 5, 1, 1, 1, 1], strict=False))
    stranger = dict.fromkeys(LISTS[:-1], 0)
    fund = dict.fromkeys(LISTS, None)
    expected = {
        **dict.fromkeys(["Ana", "Ben", "Cora", "Cyrus"], team | {"funds": 403}),
        "Ada": team | {"funds": 3},
        "Stranger": stranger | {"funds": 403},
        **dict.fromkeys(["Rita", "Carl", "Bob"], fund | {"seats": 1, "funds": 1}),
        "Olga": fund | {"seats": 0, "funds": 1},
    }
    nothing = api(filled.rita, "get", "nothing/")
    got = {}
    for user in filled.everyone():
        got[user.name] = {}
        for name in LISTS:
            answer = api(user, "get", f"{name}/")
            if answer.status_code == 404:
                assert answer.json() == nothing.json()
                got[user.name][name] = None
            else:
                got[user.name][name] = len(answer.json()["results"]) if answer.status_code == 200 else 403
    assert got == expected


@pytest.mark.parametrize("name", LISTS)
def test_list_and_detail_agree_for_everybody(filled, api, name):
    every = {row.pk for row in _rows(name)}
    key = "slug" if name == "programmes" else "id"
    for user in filled.everyone():
        answer = api(user, "get", f"{name}/")
        listed = {str(row[key]) for row in answer.json()["results"]} if answer.status_code == 200 else set()
        ids = {row.slug if name == "programmes" else str(row.pk) for row in _rows(name)}
        opened = {i for i in ids if api(user, "get", f"{name}/{i}/").status_code == 200}
        assert opened == listed
    assert every


def _rows(name: str):
    from research.api import routes

    return {prefix: viewset.model for prefix, viewset, _ in routes()}[name].objects.all()


def test_visitors_get_nothing(cast):
    for name in LISTS:
        assert (
            APIClient().get(f"{BASE}{name}/").status_code == 401 or APIClient().get(f"{BASE}{name}/").status_code == 403
        )


def test_a_funds_seat_has_no_number_and_another_funds_seat_does_not_exist(cast, api):
    own, other = (cast.programme.seats.get(fund=fund) for fund in (cast.heron, cast.ibis))
    assert api(cast.rita, "get", f"seats/{own.pk}/").json() == {
        "id": str(own.pk),
        "programme": "kestrel",
        "number": None,
        "state": "active",
        "fund": str(cast.heron.pk),
        "since": "2026-03-10T00:00:00Z",
        "held_until": None,
    }
    forbidden, missing = (api(cast.rita, "get", f"seats/{pk}/") for pk in (other.pk, cast.heron.pk))
    assert (
        (forbidden.status_code, forbidden.content) == (missing.status_code, missing.content) == (404, missing.content)
    )
    assert api(cast.rita, "get", "seats/not-an-id/").status_code == 404


def test_seat_names_its_fund_to_admins_only(cast, api):
    def funds_for(user):
        return [row["fund"] for row in api(user, "get", "seats/").json()["results"] if row["state"] == "active"]

    assert set(funds_for(cast.ada)) == {str(cast.heron.pk), str(cast.ibis.pk)}
    assert funds_for(cast.ana) == [None, None]


def test_seats_hold_activate_free_take_and_full(cast, api):
    body = {"programme": "kestrel", "fund": str(cast.outsider.pk)}
    sign_on_paper(cast.programme, cast.outsider)
    held = api(cast.ada, "post", "seats/hold/", body)
    assert (held.status_code, held.json()["state"], held.json()["number"]) == (201, "held", 3)
    pk = held.json()["id"]
    assert api(cast.ada, "post", f"seats/{pk}/activate/").json()["state"] == "active"
    again = api(cast.ada, "post", "seats/take/", body)
    assert (again.status_code, again.json()) == (
        409,
        {"detail": "This fund already has a seat in this programme.", "code": "already_seated"},
    )
    assert api(cast.ada, "post", f"seats/{pk}/free/").json()["state"] == "free"
    twice = api(cast.ada, "post", f"seats/{pk}/free/")
    assert (twice.status_code, twice.json()) == (409, {"detail": "This seat is free, so it can't become free."})
    assert api(cast.ada, "post", "programmes/kestrel/cap/", {"cap": 2}).status_code == 200
    full = api(cast.ada, "post", "seats/take/", body)
    assert (full.status_code, full.json()) == (409, {"detail": "All 2 seats are taken.", "code": "programme_full"})
    for user in (cast.ana, cast.cora):
        refused = api(user, "post", "seats/take/", body)
        assert (refused.status_code, refused.json()) == (403, {"detail": "Only an admin may give, hold or free seats."})
    assert api(cast.carl, "post", "seats/take/", body).status_code == 404
    assert api(cast.ada, "post", "programmes/kestrel/cap/", {"cap": 6}).status_code == 400


def test_what_a_body_names_out_of_sight_is_a_fault_of_that_field(cast, api):
    hidden = {"field": ["There is no such thing, or it is not open to you."]}
    body = {"programme": "kestrel", "title": "t", "text": "t"}
    answer = api(cast.stranger, "post", "questions/", body)
    assert (answer.status_code, answer.json()) == (400, {"programme": hidden["field"]})
    same = api(cast.stranger, "post", "questions/", {**body, "programme": "nothing"})
    assert (same.status_code, same.json()) == (400, answer.json())
    assert api(cast.ada, "post", "seats/take/", {"programme": "kestrel", "fund": str(cast.ada.pk)}).json() == {
        "fund": hidden["field"]
    }


PROGRAMME = {
    "title": "Cedar",
    "question": "Does it hold?",
    "subject": "Subject plc",
    "launch_on": "2026-05-01",
    "delivery_on": "2026-05-15",
}


def test_programme_is_created_edited_locked_and_moved(cast, api):
    made = api(cast.ana, "post", "programmes/", PROGRAMME)
    assert (made.status_code, made.json()["slug"], made.json()["state"]) == (201, "cedar", "draft")
    wrong = api(cast.ana, "patch", "programmes/cedar/", {"delivery_on": "2026-04-01"})
    assert (wrong.status_code, wrong.json()["detail"].split(" must")[0]) == (400, "The delivery date (1 April 2026)")
    assert api(cast.ana, "patch", "programmes/cedar/", {"title": "Oak"}).json()["title"] == "Oak"
    assert api(cast.ana, "patch", "programmes/cedar/", {"slug": "oak"}).status_code == 400
    stuck = api(cast.ana, "post", "programmes/cedar/move/", {"state": "open"})
    assert (stuck.status_code, stuck.json()["detail"]) == (
        409,
        "Add at least one key question and one segment before you open it to funds.",
    )
    segment = {"programme": "cedar", "title": "Buyers", "quota": 3}
    assert api(cast.ana, "post", "segments/", segment).json()["code"] == "buyers"
    question = {
        "programme": "cedar",
        "title": "Trust",
        "text": "Do they stay?",
        "segments": ["buyers"],
        "terms": ["exit"],
    }
    asked = api(cast.ana, "post", "questions/", question)
    assert (asked.status_code, asked.json()["code"], asked.json()["segments"]) == (201, "Q1", ["buyers"])
    make_terms(Programme.objects.get(slug="cedar"))
    assert api(cast.ana, "post", "programmes/cedar/move/", {"state": "open"}).json()["state"] == "open"
    assert api(cast.ana, "post", "programmes/cedar/lock-questions/").json()["questions_locked_at"]
    assert api(cast.ana, "post", "programmes/cedar/move/", {"state": "delivered"}).status_code == 400
    assert api(cast.cora, "post", "programmes/", {**PROGRAMME, "slug": "c"}).status_code == 403


def test_programme_with_delivery_before_launch_is_refused_with_the_sentence(cast, api):
    answer = api(cast.ana, "post", "programmes/", {**PROGRAMME, "delivery_on": "2026-04-30"})
    assert (answer.status_code, answer.json()) == (
        400,
        {
            "detail": "The delivery date (30 April 2026) must come after the launch date (1 May 2026). "
            "Choose a later delivery."
        },
    )


def test_question_is_edited_before_the_lock_and_amended_with_a_reason_after_it(cast, api):
    question = cast.programme.questions.get(code="Q1")
    path = f"questions/{question.pk}/"
    assert api(cast.ana, "patch", path, {"title": "Trust"}).json()["amendments"] == []
    empty = api(cast.ana, "patch", path, {"text": " "})
    assert (empty.status_code, empty.json()["detail"]) == (
        400,
        "The key question has no words. Write it and save again.",
    )
    assert api(cast.ana, "patch", path, {"segments": ["nobody"]}).json() == {
        "segments": ["This programme has no segment nobody."]
    }
    questions.lock_questions(programme=cast.programme, by=cast.ana)
    bare = api(cast.ana, "patch", path, {"title": "Faith"})
    assert (bare.status_code, bare.json()["detail"].split(" has")[0]) == (400, "The reason of the amendment")
    amended = api(cast.ana, "patch", path, {"title": "Faith", "segments": ["customers"], "reason": "Clearer."})
    assert [(a["field"], a["old"], a["new"], a["by"], a["reason"]) for a in amended.json()["amendments"]] == [
        ("title", "Trust", "Faith", "Ana", "Clearer."),
        ("segments", "", "Customers", "Ana", "Clearer."),
    ]
    assert api(cast.ana, "delete", path).status_code == 409
    assert api(cast.cora, "patch", path, {"title": "x", "reason": "r"}).status_code == 403


def test_segment_is_edited_and_removed(cast, api):
    segment = cast.programme.segments.get(code="competitors")
    assert api(cast.ana, "patch", f"segments/{segment.pk}/", {"quota": 9}).json()["quota"] == 9
    assert api(cast.ana, "delete", f"segments/{segment.pk}/").status_code == 204
    assert cast.programme.segments.count() == 2


def test_register_is_filled_through_the_api(cast, api):
    api(cast.ana, "post", "sources/", {"programme": "kestrel", "code": "A", "title": "Paper"})
    when = {"when": "May 2026", "date_from": "2026-05-01", "date_to": "2026-05-31", "hours": "6.0"}
    incident = api(cast.ana, "post", "incidents/", {"programme": "kestrel", "title": "Down", **when}).json()
    said = {"source": "A", "aspect": "lasted", "text": "6 hours"}
    told = api(cast.ana, "post", f"incidents/{incident['id']}/statements/", said)
    assert told.status_code == 201
    assert [(s["source"], s["aspect"], s["text"], s["standing"]) for s in told.json()["statements"]] == [
        ("A", "lasted", "6 hours", "reported")
    ]
    claim = api(cast.ana, "post", "claims/", {"programme": "kestrel", "title": "Sales grew"}).json()
    figure = {"source": "A", "text": "USD 5bn", "standing": "company"}
    assert api(cast.ana, "post", f"claims/{claim['id']}/statements/", figure).status_code == 201
    point = {"programme": "kestrel", "title": "How long", "incident": incident["id"], "aspect": "lasted"}
    made = api(cast.ana, "post", "disagreements/", point)
    assert (made.status_code, made.json()["incident"], made.json()["aspect"]) == (201, incident["id"], "lasted")
    position = api(cast.ana, "post", f"disagreements/{made.json()['id']}/statements/", {"source": "A", "text": "Six"})
    assert position.json()["statements"][0]["aspect"] == "position"
    assert api(cast.ana, "post", f"claims/{claim['id']}/statements/", {**figure, "source": "Z"}).json() == {
        "source": ["There is no such thing, or it is not open to you."]
    }
    assert api(cast.ana, "post", "disagreements/", {**point, "claim": claim["id"]}).status_code == 400
    assert api(cast.cora, "post", "claims/", {"programme": "kestrel", "title": "x"}).status_code == 403


def test_funds_and_people_are_added_by_admins_and_a_funds_own_compliance(cast, api):
    made = api(cast.ada, "post", "funds/", {"name": "Kite", "domain": "kite.example"})
    assert made.status_code == 201
    again = api(cast.ada, "post", "funds/", {"name": "Kite"})
    assert (again.status_code, again.json()) == (400, {"detail": "There is a fund called Kite already."})
    person = {"name": "Nora", "email": "nora@heron.example", "role": "fund_reader"}
    path = f"funds/{cast.heron.pk}/members/"
    added = api(cast.carl, "post", path, person)
    assert (added.status_code, added.json()["email"]) == (201, "nora@heron.example")
    assert [m["name"] for m in api(cast.ada, "get", path).json()] == ["Rita", "Carl", "Nora"]
    assert api(cast.carl, "get", f"funds/{cast.ibis.pk}/members/").status_code == 404
    assert api(cast.rita, "post", path, person).status_code == 404
    assert api(cast.ana, "post", path, person).status_code == 403


def test_policy_is_read_and_set_by_the_funds_own_compliance_alone(cast, api):
    path = f"funds/{cast.heron.pk}/policy/"
    nothing = {"version": 0, "cooling_off": {}, "restricted": [], "thresholds": {}, "at": None}
    assert api(cast.carl, "get", path).json() == nothing
    body = {"cooling_off": {"listed": 12}, "restricted": ["Acme plc"]}
    assert api(cast.carl, "post", path, body).json()["version"] == 1
    acme = {"company": "Acme plc", "from": None, "to": None}
    assert api(cast.carl, "get", path).json()["restricted"] == [acme]
    dated = {"company": "Bolt", "from": "2026-01-01", "to": None}
    answer = api(cast.carl, "post", path, {"restricted": ["Acme plc", dated], "compared_with": 1})
    assert (answer.json()["version"], answer.json()["restricted"]) == (2, [acme, dated])
    assert answer.json()["cooling_off"] == {"listed": 12}
    late = api(cast.carl, "post", path, {"restricted": [], "compared_with": 1})
    assert (late.status_code, "changed in the meantime" in late.json()["detail"]) == (409, True)
    for odd in ({"restricted": [{"company": "A", "why": 1}]}, {"restricted": [7]}, {"thresholds": {"x": 1}}):
        assert api(cast.carl, "post", path, odd).status_code == 400
    codes = {user.name: api(user, "get", path).status_code for user in cast.everyone() if user != cast.carl}
    assert codes == dict.fromkeys(["Ana", "Ben", "Cora", "Cyrus", "Ada", "Stranger"], 403) | dict.fromkeys(
        ["Rita", "Bob", "Olga"], 404
    )
    assert FundPolicy.objects.count() == 2
    assert "Acme" not in str(events("house"))


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("name", "queries"), [("programmes", 1), ("questions", 3), ("seats", 1), ("claims", 3)])
def test_lists_cost_the_same_for_one_and_three(filled, api, django_assert_num_queries, name, queries, rows):
    programme = filled.programme
    if name == "programmes":
        for number in range(rows - 1):
            make_programme(f"more-{number}")
    elif name == "questions":
        programme.questions.exclude(code="Q1").delete()
        for number in range(rows - 1):
            programme.questions.create(code=f"Q{number + 2}", title="t", text="t")
    elif name == "seats":
        programme.seats.filter(number__gt=max(rows, 2)).delete()
        Programme.objects.exclude(pk=programme.pk).delete()
    else:
        for number in range(rows - 1):
            claim = register.add_claim(programme=programme, by=filled.ana, title=f"c{number}")
            register.add_statement(source=programme.sources.get(), about=claim, text="t", by=filled.ana)
    with django_assert_num_queries(queries):
        answer = api(filled.ada, "get", f"{name}/")
    assert answer.status_code == 200


def test_options_answer_without_fault(cast, api):
    for name in LISTS:
        assert api(cast.ada, "options", f"{name}/").status_code == 200


def test_fund_row_is_never_shown_to_who_may_not_name_funds(cast, api):
    for user in (cast.ana, cast.cora):
        for path in ("seats/", "programmes/", "questions/"):
            text = api(user, "get", path).content.decode()
            assert [f.name for f in Fund.objects.all() if f.name in text or str(f.pk) in text] == []
