"""The pages and endpoints of the terms: who sees what of them, and the way from a shut door to a signature."""

import hashlib
import json
import uuid

import pytest

from accounts.roles import Role
from research.models import Seat, Signature
from research.services import seats, terms
from tests.access.test_walls import CHANGES
from tests.factories import make_programme, make_user, seat_fund

TEXT = "Nothing leaves the fund.\nNobody asks who else is here."


@pytest.fixture
def second(cast):
    return terms.publish_terms(programme=cast.programme, text=TEXT, by=cast.ada)


@pytest.fixture
def lea(cast):
    return make_user("Lea", Role.FUND_LEAD, fund=cast.heron)


def at(cast, rest: str = "") -> str:
    return f"/programmes/{cast.programme.slug}/terms/{rest}"


def mine(row, rest: str = "") -> str:
    return f"/portal/fund/terms/{row.pk}/{rest}"


# The firm's side ----------------------------------------------------------------------------------------------------


def test_firm_reads_the_terms_and_only_admins_read_who_signed(client, cast, second):
    terms.sign_terms(terms=second, name="Rita", sha256=second.sha256, by=cast.rita, address="192.0.2.7")
    pages = {}
    for user in (cast.ada, cast.ana, cast.cora):
        client.force_login(user)
        answer = client.get(at(cast))
        assert answer.status_code == 200
        pages[user.name] = answer.content.decode()
        assert second.sha256 in pages[user.name] and "Nothing leaves the fund." in pages[user.name]
    for word in ("Heron", "Ibis", "Rita", "192.0.2.7"):
        assert word in pages["Ada"] or word == "Ibis"
        assert word not in pages["Ana"] + pages["Cora"]
    assert "Older versions" in pages["Ana"]


def test_page_without_terms_says_what_they_are_for(client, draft, cast):
    client.force_login(cast.ada)
    assert "No terms yet" in client.get(f"/programmes/{draft.slug}/terms/").content.decode()
    page = client.get(f"/programmes/{draft.slug}/terms/new/").content.decode()
    assert "Terms of participation and confidence: Second look" in page


def test_downloaded_text_has_the_hash_that_is_shown(client, cast, second):
    for user, path in ((cast.ana, at(cast, "2/terms.txt")), (cast.rita, mine(second, "terms.txt"))):
        client.force_login(user)
        answer = client.get(path)
        assert hashlib.sha256(answer.content).hexdigest() == second.sha256
        assert answer["Content-Disposition"].startswith("attachment")
    client.force_login(cast.ana)
    assert client.get(at(cast, "9/terms.txt")).status_code == 404


def test_publishing_shows_the_difference_first_and_publishes_what_was_shown(client, cast):
    client.force_login(cast.ada)
    given = {"text": "What is read here stays here.\nAnd there.", "language": "en-GB", "seen": ""}
    shown = client.post(at(cast, "new/"), given)
    assert shown.status_code == 200
    assert "<ins>And there.</ins>" in shown.content.decode()
    assert cast.programme.terms.count() == 1
    seen = hashlib.sha256(given["text"].encode()).hexdigest()
    assert f'value="{seen}"' in shown.content.decode()
    other = client.post(at(cast, "new/"), {**given, "text": given["text"] + " Too.", "seen": seen})
    assert "And there. Too." in other.content.decode()
    assert cast.programme.terms.count() == 1
    assert client.post(at(cast, "new/"), {**given, "seen": seen}).status_code == 302
    assert cast.programme.terms.get(in_force=True).text == given["text"]


def test_publishing_the_same_words_again_is_refused_at_the_form(client, cast):
    client.force_login(cast.ada)
    text = cast.programme.terms.get().text
    given = {"text": text, "language": "en-GB", "seen": hashlib.sha256(text.encode()).hexdigest()}
    answer = client.post(at(cast, "new/"), given)
    assert answer.status_code == 400
    assert "These are the terms in force already" in answer.content.decode()
    assert client.post(at(cast, "new/"), {**given, "text": " "}).status_code == 400


def test_paper_is_filed_from_the_page(client, cast, second):
    client.force_login(cast.ada)
    part = cast.programme.participations.get(fund=cast.heron)
    client.post(at(cast, "paper/"), {"fund": part.pk, "name": "Paula Hand", "note": "Cabinet 3"})
    row = Signature.objects.get(terms=second)
    assert (row.name, row.method, row.fund) == ("Paula Hand", "paper", cast.heron)
    elsewhere = make_programme("harrier")
    seat_fund(elsewhere, cast.outsider)
    wrong = {"fund": elsewhere.participations.get().pk, "name": "X", "note": "Y"}
    assert "Select a valid choice" in client.post(at(cast, "paper/"), wrong, follow=True).content.decode()
    assert Signature.objects.filter(terms__in_force=True, method="paper").count() == 1


@pytest.mark.parametrize("path", ["", "new/", "1/terms.txt"])
def test_stranger_and_funds_find_no_terms_page_of_the_firm(client, cast, path):
    client.force_login(cast.stranger)
    assert client.get(at(cast, path)).status_code in (403, 404)
    client.force_login(cast.rita)
    assert client.get(at(cast, path)).status_code == 404


# The fund's side ----------------------------------------------------------------------------------------------------


def test_page_shows_the_exact_text_and_what_a_signature_means_for_each(client, cast, lea, second):
    pages = {}
    for user in (cast.rita, lea):
        client.force_login(user)
        pages[user.name] = client.get(mine(second)).content.decode()
        assert second.sha256 in pages[user.name] and "Nothing leaves the fund." in pages[user.name]
    assert "for yourself alone" in pages["Rita"]
    assert "for your fund and for yourself" in pages["Lea"]
    for word in ("Ibis", "Bob", "Heron", "seats"):
        assert word not in pages["Rita"]


def test_signing_on_the_page_keeps_the_address_and_opens_the_programme(client, cast, second):
    client.force_login(cast.rita)
    given = {"name": "Rita", "sha256": second.sha256}
    answer = client.post(mine(second), given, REMOTE_ADDR="192.0.2.7", headers={"X-Forwarded-For": "203.0.113.9"})
    assert answer.headers["Location"] == f"/portal/{cast.programme.pk}/"
    row = Signature.objects.get(terms=second)
    assert (row.user, row.address, row.method) == (cast.rita, "192.0.2.7", "page")
    assert client.get(f"/portal/{cast.programme.pk}/").status_code == 200


def test_address_behind_the_proxy_is_that_which_the_proxy_saw(client, cast, second, settings):
    settings.BEHIND_PROXY = True
    client.force_login(cast.rita)
    forwarded = {"X-Forwarded-For": "198.51.100.1, 203.0.113.9"}
    client.post(mine(second), {"name": "Rita", "sha256": second.sha256}, headers=forwarded)
    assert Signature.objects.get(terms=second).address == "203.0.113.9"


def test_wrong_name_or_an_old_text_keeps_the_page_and_says_why(client, cast, second):
    client.force_login(cast.rita)
    answer = client.post(mine(second), {"name": "Robert", "sha256": second.sha256})
    assert (answer.status_code, "as it stands on your account: Rita" in answer.content.decode()) == (400, True)
    third = terms.publish_terms(programme=cast.programme, text=TEXT + " Ever.", by=cast.ada)
    answer = client.post(mine(second), {"name": "Rita", "sha256": second.sha256})
    assert answer.status_code == 409
    assert "not the terms in force any more" in answer.content.decode()
    assert not Signature.objects.filter(terms__in=[second, third]).exists()


def test_programme_closed_for_lack_of_a_signature_leads_to_the_terms_on_pages_alone(client, cast, second):
    client.force_login(cast.rita)
    here = f"/portal/{cast.programme.pk}/"
    for path in (here, f"{here}report/", f"{here}interviews/", f"{here}search/?q=x", f"{here}report/report.pdf"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers.get("Location")) == (302, mine(second)), path
    api = client.get(f"/api/v1/portal/{cast.programme.pk}/")
    assert (api.status_code, api.content) == (404, b'{"detail":"Not found."}')
    home = client.get("/portal/").content.decode()
    assert "Read and sign" in home and mine(second) in home


def test_other_programmes_and_other_funds_lead_nowhere(client, cast, second):
    elsewhere = make_programme("harrier")
    seat_fund(elsewhere, cast.ibis)
    client.force_login(cast.rita)
    nothing = client.get(f"/portal/{uuid.uuid4()}/")
    theirs = terms.in_force(elsewhere)
    for path in (
        f"/portal/{elsewhere.pk}/",
        mine(theirs),
        mine(theirs, "terms.txt"),
        f"/portal/fund/terms/{uuid.uuid4()}/",
    ):
        answer = client.get(path)
        assert (answer.status_code, answer.content) == (404, nothing.content), path
    posted = client.post(mine(theirs), {"name": "Rita", "sha256": theirs.sha256})
    assert (posted.status_code, posted.content) == (404, nothing.content)


def test_fund_that_has_withdrawn_is_led_nowhere(client, cast, second):
    seats.free_seat(seat=Seat.objects.get(fund=cast.ibis), by=cast.ada)
    client.force_login(cast.bob)
    assert client.get(f"/portal/{cast.programme.pk}/").status_code == 404
    assert client.get(mine(second)).status_code == 404
    assert "Read and sign" not in client.get("/portal/").content.decode()


def test_list_shows_what_is_asked_and_what_one_signed(client, cast, second):
    client.force_login(cast.rita)
    page = client.get("/portal/fund/terms/").content.decode()
    assert page.count("Programme kestrel") >= 2  # the old version, signed, and the new one
    assert "Not signed" in page and "not in force any more" in page
    client.force_login(cast.olga)
    assert "Nothing to sign" in client.get("/portal/fund/terms/").content.decode()


def test_what_other_funds_sign_changes_no_byte_of_a_fund_s_pages(client, cast, second):
    paths = [
        "/portal/",
        "/portal/fund/terms/",
        mine(second, "terms.txt"),
        "/api/v1/terms/",
        f"/api/v1/terms/{second.pk}/",
    ]
    client.force_login(cast.rita)

    def seen() -> list[bytes]:
        return [CHANGES.sub(b"", client.get(path).content) for path in paths]

    before = seen()
    terms.sign_terms(terms=second, name="Bob", sha256=second.sha256, by=cast.bob)
    part = cast.programme.participations.get(fund=cast.ibis)
    terms.file_paper(participation=part, name="Paula Hand", note="Cabinet", by=cast.ada)
    assert seen() == before


# By program ---------------------------------------------------------------------------------------------------------


def api(client, path: str, body: dict):
    return client.post(f"/api/v1/terms/{path}", json.dumps(body), content_type="application/json")


def test_api_lists_what_the_fund_is_asked_for_and_takes_the_signature(client, cast, second):
    client.force_login(cast.rita)
    listed = client.get("/api/v1/terms/").json()["results"]
    assert sorted((one["version"], one["in_force"], one["signed_at"] is None) for one in listed) == [
        (1, False, False),
        (2, True, True),
    ]
    answer = api(client, f"{second.pk}/sign/", {"name": "Rita", "sha256": second.sha256})
    assert answer.status_code == 200
    assert (answer.json()["method"], answer.json()["binding"]) == ("api", False)
    assert api(client, f"{second.pk}/sign/", {"name": "Rita", "sha256": "0" * 64}).status_code == 409
    assert api(client, f"{second.pk}/sign/", {"name": "Bob", "sha256": second.sha256}).status_code == 400


def test_api_shows_no_terms_of_another_fund_s_programme(client, cast, second):
    elsewhere = make_programme("harrier")
    seat_fund(elsewhere, cast.ibis)
    theirs = terms.in_force(elsewhere)
    client.force_login(cast.rita)
    nothing = client.get(f"/api/v1/terms/{uuid.uuid4()}/").content
    assert client.get(f"/api/v1/terms/{theirs.pk}/").content == nothing
    assert api(client, f"{theirs.pk}/sign/", {"name": "Rita", "sha256": theirs.sha256}).content == nothing
    assert {one["programme"] for one in client.get("/api/v1/terms/").json()["results"]} == {str(cast.programme.pk)}


def test_api_publishes_for_admins_alone(client, cast):
    given = {"programme": cast.programme.slug, "text": TEXT}
    for user, status in ((cast.ana, 403), (cast.rita, 404), (cast.ada, 201)):
        client.force_login(user)
        assert api(client, "", given).status_code == status
    assert cast.programme.terms.get(in_force=True).text == TEXT
    assert api(client, f"{terms.in_force(cast.programme).pk}/sign/", {"name": "Ada", "sha256": "x"}).status_code == 403
