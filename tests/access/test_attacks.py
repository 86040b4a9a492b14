"""What somebody who means harm would send, and what must come back: never a stack trace, never a hint."""

import base64
import uuid

import pytest
from rest_framework.authtoken.models import Token

from accounts import people
from accounts.middleware import UNREADABLE
from accounts.models import AuditEvent
from accounts.moves import IllegalMove
from interviews.models import Transcript
from interviews.services import transcripts
from tests.factories import make_interview, make_programme, make_transcript

LISTS = (  # noqa: SIM905 - a list of words reads best as words
    "programmes questions segments seats sources incidents claims disagreements experts interviews transcripts"
    " cleared-transcripts suggestions tags runs findings reports"
).split()


@pytest.fixture
def api(client):
    def call(method, path, body=None, **headers):
        return client.generic(method, f"/api/v1/{path}", body or "", content_type="application/json", headers=headers)

    return call


def forged(position: str) -> str:
    return base64.b64encode(position.encode()).decode()


@pytest.mark.parametrize("name", LISTS)
def test_cursor_that_was_never_given_out_finds_no_page(client, cast, name):
    client.force_login(cast.ana)
    client.raise_request_exception = False
    for position in ("p=abc", "p=%00", "p=" + "9" * 40, "r=1&p=zzz", "o=99999999999&p=1"):
        answer = client.get(f"/api/v1/{name}/", {"cursor": forged(position)})
        assert answer.status_code in (200, 400), (name, position)


def test_options_with_an_odd_id_is_not_found(api, client, cast):
    client.force_login(cast.ana)
    assert api("OPTIONS", "transcripts/not-an-id/speakers/").status_code == 404


def test_filter_by_a_call_tells_not_which_calls_exist_elsewhere(client, cast):
    elsewhere = make_interview(make_programme("harrier"), cast.stranger)
    client.force_login(cast.ana)
    answers = [client.get("/api/v1/transcripts/", {"interview": pk}) for pk in (elsewhere.pk, uuid.uuid4())]
    assert [(a.status_code, a.content) for a in answers] == [(200, answers[1].content)] * 2


def test_json_that_is_nested_without_end_is_a_bad_request(api, client, cast):
    client.force_login(cast.ana)
    assert api("POST", "findings/", "[" * 100_000 + "]" * 100_000).status_code == 400


def test_json_past_the_limit_is_a_bad_request_and_is_not_read_to_its_end(api, client, cast, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    client.force_login(cast.ana)
    body = '{"programme": "kestrel", "question": "Q1", "sentence": "x"' + " " * 1000 + "}"
    answer = api("POST", "findings/", body)
    assert (answer.status_code, answer.json()) == (400, {"detail": UNREADABLE})


@pytest.mark.parametrize("wall", ["9999-12-31T23:59", "0001-01-01T00:00"])
def test_call_at_the_end_of_the_calendar_is_refused_in_words(api, client, cast, wall):
    interview = make_interview(cast.programme, cast.ana, state="open", starts_at=None)
    client.force_login(cast.ana)
    answer = api("POST", f"interviews/{interview.pk}/book/", f'{{"wall": "{wall}", "zone": "America/New_York"}}')
    assert (answer.status_code, answer.json()) == (400, {"detail": "Choose a day between 2000 and 2100."})


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("name", ["transcripts", "reports", "findings", "no-such-thing"])
def test_fund_finds_no_staff_endpoint_by_any_verb(api, client, cast, method, name):
    client.force_login(cast.rita)
    answer = api(method, f"{name}/", "{}")
    assert (answer.status_code, answer.content) == (404, b'{"detail":"Not found."}')


def test_fund_is_shown_only_its_own_endpoints(client, cast):
    client.force_login(cast.rita)
    assert set(client.get("/api/v1/").json()) == {"seats", "funds", "participations", "portal", "terms"}
    schema = client.get("/api/v1/schema/", headers={"Accept": "application/json"}).json()
    assert {path.split("/")[3] for path in schema["paths"]} == {
        "seats",
        "funds",
        "participations",
        "portal",
        "terms",
    }
    assert not {"Finding", "Interview", "UploadedTranscript"} & set(schema["components"]["schemas"])


def test_analyst_is_shown_the_endpoints_of_the_firm(client, cast):
    client.force_login(cast.ana)
    assert {"transcripts", "findings", "programmes"} <= set(client.get("/api/v1/").json())
    schema = client.get("/api/v1/schema/", headers={"Accept": "application/json"}).json()
    assert "/api/v1/transcripts/" in schema["paths"]


def test_sign_in_throttle_counts_an_account_whatever_host_is_named(client, cast, settings):
    settings.ALLOWED_HOSTS = ["*"]
    tries = [
        client.post(
            "/accounts/login/",
            {"login": f" {cast.rita.email.upper()} ", "password": "wrong"},
            headers={"Host": f"localhost:{8000 + n}", "X-Forwarded-For": f"10.0.0.{n}"},
            REMOTE_ADDR=f"192.0.2.{n}",
        )
        for n in range(6)
    ]
    assert ["Too many" in answer.content.decode() for answer in tries] == [False] * 5 + [True]


@pytest.mark.parametrize("state", ["reviewed", "recalled"])
def test_speakers_change_only_while_the_text_is_open(cast, state):
    transcript = make_transcript(make_interview(cast.programme, cast.ana), state=state)
    roles = {speaker.pk: speaker.role for speaker in transcript.speakers.all()}
    with pytest.raises(IllegalMove):
        transcripts.map_speakers(transcript=transcript, roles=roles, by=cast.ana)
    assert Transcript.objects.get(pk=transcript.pk).state == state


@pytest.mark.parametrize("page", ["email/", "password/set/", "confirm-email/", "login/code/confirm/"])
def test_pages_of_the_sign_in_library_that_nobody_needs_are_shut(client, cast, page):
    client.force_login(cast.rita)
    client.post(f"/accounts/{page}", {"action_add": "", "email": "mine@elsewhere.example"})
    client.post(f"/accounts/{page}", {"action_primary": "", "email": "mine@elsewhere.example"})
    assert client.get(f"/accounts/{page}").status_code == 404
    cast.rita.refresh_from_db()
    assert cast.rita.email == "rita@example.com"


def test_new_password_is_on_record_and_ends_the_token(client, cast):
    people.make_token(by=cast.rita)
    client.force_login(cast.rita)
    new = "another long password"
    given = {"oldpassword": "correct horse battery", "password1": new, "password2": new}
    assert client.post("/accounts/password/change/", given).status_code == 302
    verbs = AuditEvent.objects.filter(actor=cast.rita.pk).order_by("seq").values_list("verb", flat=True)
    assert list(verbs) == ["api-token-made", "api-token-ended", "password-set"]
    assert not Token.objects.exists()
    assert client.login(email=cast.rita.email, password=new)


def test_answer_page_of_a_programme_without_questions_opens(client, cast):
    cast.programme.questions.all().delete()
    client.force_login(cast.ana)
    assert client.get(f"/programmes/{cast.programme.slug}/report/answer/").status_code == 200
