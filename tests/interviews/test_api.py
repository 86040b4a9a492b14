import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts import jobs
from interviews.models import Expert, Interview, Transcript
from interviews.services import experts
from interviews.services.experts import Identity
from tests.factories import make_cleared, make_expert, make_interview, make_transcript
from tests.interviews.conftest import CALL

ROOT = "/api/v1"


@pytest.fixture
def api():
    """api(user): a client signed in as that person."""

    def sign_in(user) -> APIClient:
        client = APIClient()
        client.force_authenticate(user)
        return client

    return sign_in


@pytest.fixture
def scene(cast):
    call = make_interview(cast.programme, cast.ana, number=7, notes="a canary in the notes")
    make_transcript(call)
    make_cleared(call)
    Transcript.objects.update(filename="canary of names.vtt")
    Transcript.objects.update(loss={"dropped": [{"what": "w", "count": 1, "why": "y", "example": "a canary of loss"}]})
    return call


ENDPOINTS = ["experts", "interviews", "transcripts", "cleared-transcripts"]
TEAM = {"ana", "ben", "cora", "cyrus"}


@pytest.mark.parametrize("who", ["ana", "ben", "cora", "cyrus", "ada", "stranger", "rita", "carl", "bob", "olga"])
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_list_and_detail_show_the_same_rows_and_only_to_the_team(cast, api, scene, endpoint, who):
    client = api(getattr(cast, who))
    answer = client.get(f"{ROOT}/{endpoint}/")
    model_rows = {
        "experts": [str(scene.expert_id)],
        "interviews": [str(scene.pk)],
        "transcripts": [str(pk) for pk in Transcript.objects.values_list("pk", flat=True)],
        "cleared-transcripts": [str(scene.cleared_transcripts.get().pk)],
    }[endpoint]
    listed = {row["id"] for row in answer.json()["results"]} if answer.status_code == 200 else set()
    opened = {pk for pk in model_rows if client.get(f"{ROOT}/{endpoint}/{pk}/").status_code == 200}
    sees = who in TEAM or (who == "ada" and endpoint == "interviews")
    assert listed == opened == (set(model_rows) if sees else set())


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_fund_people_get_not_found_for_real_and_made_up_ids_alike(cast, api, scene, endpoint):
    client = api(cast.rita)
    answers = [client.get(f"{ROOT}/{endpoint}/"), client.get(f"{ROOT}/{endpoint}/{scene.pk}/")]
    answers.append(client.get(f"{ROOT}/{endpoint}/{cast.rita.pk}/"))
    assert {(a.status_code, a.content) for a in answers} == {(404, answers[0].content)}


@pytest.mark.parametrize("who", ["ana", "ben", "cora", "ada"])
def test_no_endpoint_gives_notes_or_uncleared_words(cast, api, scene, who):
    client = api(getattr(cast, who))
    source = Transcript.objects.get(state="mapped")
    for path in ["experts/", "interviews/", f"interviews/{scene.pk}/", "transcripts/", f"transcripts/{source.pk}/"]:
        body = client.get(f"{ROOT}/{path}").content.decode()
        assert "in the notes" not in body and "nobody panicked" not in body
        assert ("canary of names" in body) == (path.startswith("transcripts/") and who in ("ana", "cora"))
        assert ("Whitlock" in body) == (path.startswith("transcripts/") and len(path) > 12 and who in ("ana", "cora"))
        assert ("canary of loss" in body) == (
            path.startswith("transcripts/") and len(path) > 12 and who in ("ana", "cora")
        )


def test_cleared_transcript_comes_with_turns_whose_offsets_fit_the_text(cast, api, scene):
    cleared = scene.cleared_transcripts.get()
    body = api(cast.ben).get(f"{ROOT}/cleared-transcripts/{cleared.pk}/").json()
    assert [body["text"][t["start"] : t["end"]] for t in body["turns"]] == [t["text"] for t in body["turns"]]
    assert [t["label"] for t in body["turns"]] == ["Interviewer", "Expert", "Interviewer", "Expert"]
    assert (body["interview"], body["segment"], body["descriptor"]) == ("INT-007", "customers", scene.expert.descriptor)


@pytest.mark.parametrize(
    ("endpoint", "expected"), [("experts", 3), ("interviews", 2), ("transcripts", 2), ("cleared-transcripts", 2)]
)
def test_lists_ask_the_same_number_of_questions_for_one_row_and_for_three_and_no_bodies(cast, api, endpoint, expected):
    def count():
        with CaptureQueriesContext(connection) as seen:
            assert api(cast.ana).get(f"{ROOT}/{endpoint}/").status_code == 200
        sql = [q["sql"] for q in seen]
        assert not [q for q in sql if re.search(r'"\."(text|notes|loss)"', q)]
        return len(sql)

    make_cleared(make_interview(cast.programme, cast.ana))
    one = count()
    for _ in range(2):
        make_cleared(make_interview(cast.programme, cast.ana))
    assert (one, count()) == (expected - 1, expected - 1)


POST = {"company": "Subject", "kind": "hyperscaler", "level": "Director", "start": "2017-05-01", "end": "2025-02-28"}


def test_expert_is_added_sealed_and_shown_by_descriptor_alone(cast, api):
    given = {"programme": "kestrel", "segment": "managers", "name": "Dana Whitlock", "email": "dana@example.com"}
    answer = api(cast.ana).post(f"{ROOT}/experts/", given | {"posts": [POST]}, format="json")
    assert answer.status_code == 201
    assert set(answer.json()) == {"id", "descriptor", "candidacies", "created_at"}
    assert answer.json()["descriptor"] == "Former Director, hyperscaler, left 2025"
    seen = answer.json()["candidacies"]
    assert [(row["programme"], row["segment"], row["state"]) for row in seen] == [("kestrel", "managers", "listed")]
    assert Expert.objects.get().sealed.ciphertext


def test_expert_on_file_is_found_by_program_too_and_a_likely_one_is_asked_about(cast, api):
    given = {"programme": "kestrel", "segment": "managers", "name": "Dana Whitlock", "email": "dana@example.com"}
    first = api(cast.ana).post(f"{ROOT}/experts/", given | {"posts": [POST]}, format="json").json()
    again = api(cast.ana).post(f"{ROOT}/experts/", given | {"name": "D."}, format="json")
    assert (again.status_code, again.json()["id"]) == (200, first["id"])
    other = given | {"email": "other@example.com", "posts": [POST]}
    asked = api(cast.ana).post(f"{ROOT}/experts/", other, format="json")
    assert asked.status_code == 400 and "Say whether it is the same person" in str(asked.json())
    same = api(cast.ana).post(f"{ROOT}/experts/", other | {"same_as": first["id"]}, format="json")
    assert (same.status_code, same.json()["id"]) == (200, first["id"])
    third = {"email": "third@example.com", "sure": True}
    assert api(cast.ana).post(f"{ROOT}/experts/", other | third, format="json").status_code == 201


def test_experts_are_listed_by_programme(cast, api):
    make_interview(cast.programme, cast.ana)
    rows = api(cast.ana).get(f"{ROOT}/experts/?programme=kestrel").json()["results"]
    assert [row["candidacies"][0]["programme"] for row in rows] == ["kestrel"]
    assert api(cast.ana).get(f"{ROOT}/experts/?programme=plover").json()["results"] == []


@pytest.mark.parametrize(
    ("who", "changes", "status"),
    [
        ("ana", {"programme": "plover"}, 400),
        ("ana", {"posts": [POST | {"end": "2016-01-01"}]}, 400),
        ("ana", {"posts": [POST | {"level": "Head of Kiro"}]}, 400),
        ("cora", {}, 403),
        ("stranger", {}, 400),
        ("rita", {}, 404),
    ],
)
def test_expert_that_can_not_be_added(cast, api, who, changes, status):
    given = {"programme": "kestrel", "segment": "managers", "name": "Dana Whitlock", "posts": [POST]} | changes
    assert api(getattr(cast, who)).post(f"{ROOT}/experts/", given, format="json").status_code == status
    assert not Expert.objects.exists()


def plan(cast, **changes):
    given = {"programme": "kestrel", "segment": "managers", "interviewer": "ana@example.com"}
    return given | {"expert": str(make_expert().pk)} | changes


def test_interview_is_planned_booked_and_held(cast, api):
    client = api(cast.ben)
    made = client.post(f"{ROOT}/interviews/", plan(cast, chaperone="cora@example.com"), format="json")
    assert (made.status_code, made.json()["state"], made.json()["chaperone"]) == (201, "open", "Cora")
    one = f"{ROOT}/interviews/{made.json()['id']}/"
    booked = client.post(f"{one}book/", {"wall": "2026-03-27T09:30", "zone": "America/New_York"}, format="json")
    assert (booked.json()["state"], booked.json()["starts_at"]) == ("booked", "2026-03-27T13:30:00Z")
    bare = client.post(f"{one}outcome/", {"outcome": "held"}, format="json")
    assert (bare.status_code, "how the expert attested" in str(bare.json())) == (400, True)
    held = client.post(f"{one}outcome/", {"outcome": "held", "attested": "spoken"}, format="json")
    assert held.json()["state"] == "held"
    again = client.post(f"{one}outcome/", {"outcome": "missed"}, format="json")
    assert (again.status_code, again.json()["detail"]) == (409, "This interview is held, so it can't become no-show.")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"segment": "nobody"}, "segment"),
        ({"interviewer": "stranger@example.com"}, "interviewer"),
        ({"chaperone": "rita@example.com"}, "chaperone"),
        ({"expert": "00000000-0000-0000-0000-000000000000"}, "expert"),
        ({"programme": "plover"}, "programme"),
    ],
)
def test_interview_with_what_is_not_there_points_at_the_field(cast, api, changes, field):
    answer = api(cast.ben).post(f"{ROOT}/interviews/", plan(cast, **changes), format="json")
    assert (answer.status_code, list(answer.json())) == (400, [field])


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"wall": "tomorrow", "zone": "Europe/London"}, 400),
        ({"wall": "2026-03-29T01:30", "zone": "Europe/London"}, 400),
        ({"wall": "2026-03-27T09:30", "zone": "Mars/Olympus"}, 400),
        ({"wall": "2026-03-27T09:30+01:00", "zone": "Europe/London"}, 400),
    ],
)
def test_interview_at_an_impossible_time_is_refused_in_words(cast, api, given, status):
    call = make_interview(cast.programme, cast.ana, state="open")
    assert api(cast.ana).post(f"{ROOT}/interviews/{call.pk}/book/", given, format="json").status_code == status
    assert Interview.objects.get().state == "open"


@pytest.mark.parametrize(
    ("who", "outcome", "status"), [("cora", "stopped", 200), ("cora", "cancelled", 403), ("ada", "stopped", 403)]
)
def test_compliance_may_stop_a_call_and_nothing_else(cast, api, who, outcome, status):
    call = make_interview(cast.programme, cast.ana, state="booked")
    answer = api(getattr(cast, who)).post(f"{ROOT}/interviews/{call.pk}/outcome/", {"outcome": outcome}, format="json")
    assert answer.status_code == status


def send(client, call, data=CALL, name="call.vtt"):
    file = SimpleUploadedFile(name, data.encode() if isinstance(data, str) else data)
    return client.post(f"{ROOT}/transcripts/", {"interview": str(call.pk), "file": file}, format="multipart")


def test_transcript_is_uploaded_read_and_mapped(cast, api):
    call, client = make_interview(cast.programme, cast.ana), api(cast.ana)
    made = send(client, call)
    assert (made.status_code, made.json()["state"]) == (201, "received")
    jobs.drain()
    one = f"{ROOT}/transcripts/{made.json()['id']}/"
    told = client.get(one).json()
    assert (told["state"], told["format"], told["loss"]["words_in"], told["loss"]["words_out"]) == (
        "parsed",
        "webvtt",
        33,
        33,
    )
    roles = {str(speaker["id"]): speaker["guess"] for speaker in told["speakers"]}
    assert client.post(f"{one}speakers/", {"roles": roles}, format="json").json()["state"] == "mapped"


def test_transcript_with_the_same_bytes_is_the_same_row(cast, api):
    call, client = make_interview(cast.programme, cast.ana), api(cast.ana)
    first, second = send(client, call), send(client, call, name="again.vtt")
    assert (second.status_code, second.json()["id"]) == (200, first.json()["id"])


def test_transcript_that_can_not_be_read_says_why_and_is_read_again(cast, api):
    call, client = make_interview(cast.programme, cast.ana), api(cast.ana)
    made = send(client, call, b"")
    jobs.drain()
    one = f"{ROOT}/transcripts/{made.json()['id']}/"
    told = client.get(one).json()
    assert (told["state"], told["message"].startswith("This file is empty")) == ("failed", True)
    assert client.post(f"{one}read-again/").json()["state"] == "received"


@pytest.mark.parametrize(("who", "status"), [("cora", 403), ("ada", 403), ("stranger", 400), ("rita", 404)])
def test_transcript_is_uploaded_by_analysts_of_the_team(cast, api, who, status):
    assert send(api(getattr(cast, who)), make_interview(cast.programme, cast.ana)).status_code == status
    assert not Transcript.objects.exists()


def test_transcript_of_a_call_that_was_not_held_is_refused_with_a_sentence(cast, api):
    answer = send(api(cast.ana), make_interview(cast.programme, cast.ana, state="booked"))
    assert (answer.status_code, "Log the call first." in answer.json()["detail"]) == (409, True)


@pytest.mark.parametrize("roles", [{"x": "expert"}, {"1": "boss"}, {"999999": "expert"}, {}])
def test_speakers_that_can_not_be_are_refused(cast, api, roles):
    transcript = make_transcript(make_interview(cast.programme, cast.ana), state="parsed")
    answer = api(cast.ana).post(f"{ROOT}/transcripts/{transcript.pk}/speakers/", {"roles": roles}, format="json")
    assert answer.status_code == 400
    assert Transcript.objects.get().state == "parsed"


def test_no_endpoint_names_a_sealed_identity(cast, api, scene):
    Interview.objects.update(
        expert=experts.add_expert(programme=cast.programme, by=cast.ana, identity=Identity("Dana Whitlock"))
    )
    for who in ("ana", "cora", "ada"):
        for endpoint in ("experts", "interviews", "cleared-transcripts"):
            assert "Whitlock" not in api(getattr(cast, who)).get(f"{ROOT}/{endpoint}/").content.decode()
