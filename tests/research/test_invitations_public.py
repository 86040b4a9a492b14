"""The public page: what it tells, that it takes one answer, and that everything closed is closed alike."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.core.signing import Signer
from django.test import Client
from django.urls import reverse

from accounts import jobs
from accounts.models import Message
from research.models import Invitation, Programme
from research.services import invitations, seats
from tests.factories import make_programme

OLIVE = {"answer": "yes", "name": "Olive Grant", "role": "Partner", "email": "olive@outsider.example", "note": "Hello."}
CLOSED = "This link is no longer open."


@pytest.fixture(autouse=True)
def _quiet(monkeypatch):
    monkeypatch.setattr(jobs, "ring", lambda pk: None)


@pytest.fixture
def row(cast) -> Invitation:
    return invitations.invite(
        programme=cast.programme, fund=cast.outsider, email="olive@outsider.example", name="Olive", by=cast.ada
    )


def link(row: Invitation) -> str:
    return reverse("invitation", args=[invitations.token_of(row)])


def whole(answer) -> tuple[int, bytes, dict[str, str]]:
    """Everything of an answer but the request's own id."""
    return answer.status_code, answer.content, {k: v for k, v in answer.items() if k != "X-Request-ID"}


# What it tells --------------------------------------------------------------------------------------------------------


def test_page_tells_question_segments_dates_and_the_five_deliverables(cast, client, row):
    answer = client.get(link(row))
    page = answer.content.decode()
    assert answer.status_code == 200
    told = [
        cast.programme.question,
        "17 Mar 2026",
        "31 Mar 2026",
        "Customers",
        "35",
        "Engineering managers",
        "20",
        "70",
    ]
    told += ["Raw data", "Interview summaries", "Transcripts", "Synthesis report", "Analyst access"]
    assert [words for words in told if words not in page] == []


def test_page_of_sample_data_says_that_it_is_made_up(cast, client, row):
    assert "Synthetic sample data" not in client.get(link(row)).content.decode()
    Programme.objects.filter(pk=cast.programme.pk).update(synthetic=True)
    assert "Synthetic sample data" in client.get(link(row)).content.decode()


def test_page_holds_nothing_of_funds_seats_people_prices_or_the_subject(cast, client, row):
    page = client.get(link(row)).content.decode()
    hidden = [
        "Heron",
        "Ibis",
        "Outsider",
        "outsider",
        "Olive",
        "olive",
        "Ada",
        cast.programme.title,
        cast.programme.slug,
    ]
    hidden += [
        cast.programme.subject,
        "price",
        "fee",
        "£",
        "$",
        "seat",
        str(cast.programme.pk),
        str(row.pk),
        row.pk.hex,
    ]
    assert [words for words in hidden if words in page] == []


def test_page_is_the_same_bytes_whatever_other_funds_do_and_whoever_is_asked(cast, client, row):
    before = whole(client.get(link(row)))
    other = invitations.invite(
        programme=cast.programme, fund=make_fund("Crane"), email="c@x.example", name="C", by=cast.ada
    )
    Invitation.objects.filter(pk=other.pk).update(expires_at=row.expires_at)
    seats.hold_seat(programme=cast.programme, fund=make_fund("Kite"), by=cast.ada)
    seats.free_seat(seat=cast.programme.seats.get(fund=cast.ibis), by=cast.ada)
    assert whole(client.get(link(row))) == before
    assert whole(client.get(link(other))) == before
    client.force_login(cast.ada)
    assert whole(client.get(link(row))) == before


def make_fund(name: str):
    from research.models import Fund

    return Fund.objects.create(name=name, domain="")


def test_page_is_kept_apart_from_search_caches_other_sites_and_scripts(client, row):
    for answer in (client.get(link(row)), client.get("/invitation/forged/"), client.post(link(row), {"answer": "no"})):
        assert answer["X-Robots-Tag"] == "noindex, nofollow"
        assert answer["Cache-Control"] == "no-store"
        assert answer["Referrer-Policy"] == "no-referrer"
        policy = answer["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "script-src 'none'" in policy and "unsafe" not in policy
        assert "form-action 'self'" in policy and "frame-ancestors 'none'" in policy
        assert not answer.cookies and "Set-Cookie" not in answer
        assert b"<script" not in answer.content and b"style=" not in answer.content
        assert b'content="noindex, nofollow"' in answer.content


# One answer -----------------------------------------------------------------------------------------------------------


def test_answer_works_without_cookies_and_from_a_strict_browser_and_then_the_link_is_closed(row):
    client = Client(enforce_csrf_checks=True)
    answer = client.post(link(row), OLIVE)
    assert (answer.status_code, "Thank you" in answer.content.decode()) == (200, True)
    assert client.get(link(row)).status_code == client.post(link(row), OLIVE).status_code == 410
    row.refresh_from_db()
    assert (row.state, row.answer["note"]) == ("interested", "Hello.")


def test_answer_is_the_same_bytes_for_a_known_and_an_unknown_address_and_for_a_no(cast, client):
    answers = []
    for number, given in enumerate([OLIVE, OLIVE | {"email": cast.ana.email}, OLIVE | {"email": "x@y.example"}]):
        fund = make_fund(f"F{number}")
        one = invitations.invite(programme=cast.programme, fund=fund, email="a@b.example", name="A", by=cast.ada)
        answers.append(whole(client.post(link(one), given)))
    one = invitations.invite(programme=cast.programme, fund=fund, email="b@b.example", name="B", by=cast.ada)
    answers.append(whole(client.post(link(one), {"answer": "no"})))
    assert answers[0][0] == 200 and answers[1:] == answers[:1] * 3


def test_answer_does_the_same_queries_for_a_known_and_an_unknown_address(cast, client, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    done = []
    for number, email in enumerate([cast.ana.email, "nobody@nowhere.example"]):
        fund = make_fund(f"F{number}")
        one = invitations.invite(programme=cast.programme, fund=fund, email="a@b.example", name="A", by=cast.ada)
        with CaptureQueriesContext(connection) as queries:
            client.post(link(one), OLIVE | {"email": email})
        # The first of a kind makes its audit chain; both have one since they were invited.
        done.append([re.sub(r"'[^']*'|\d+", "?", query["sql"]) for query in queries])
    assert done[0] == done[1]
    assert not any("accounts_user" in sql for sql in done[0])


def test_wrong_answer_keeps_what_was_typed_and_the_link(client, row):
    answer = client.post(link(row), OLIVE | {"email": "no address", "name": "<b>Olive</b>"})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "&lt;b&gt;Olive" in page and "<b>Olive" not in page and "Enter a valid email address." in page
    assert client.get(link(row)).status_code == 200


@pytest.mark.parametrize("note", ["x" * 2001, "x" * 100_000, "\x00"], ids=["long", "huge", "nul"])
def test_note_that_can_not_be_kept_is_refused_and_the_link_stays_open(client, row, note):
    assert client.post(link(row), OLIVE | {"note": note}).status_code == 400
    assert client.get(link(row)).status_code == 200


def test_six_megabytes_are_a_sentence_and_not_a_fault(client, row):
    assert client.post(link(row), OLIVE | {"note": "x" * 6_000_000}).status_code == 400


def test_header_lines_in_the_name_reach_no_header(client, row):
    client.post(link(row), OLIVE | {"name": "Olive\r\nBcc: all@example.com", "role": "A\nB"})
    jobs.drain()
    row.refresh_from_db()
    assert (row.answer["name"], row.answer["role"]) == ("Olive Bcc: all@example.com", "A B")
    assert all("\n" not in m.subject and "Bcc" not in m.subject + m.to for m in Message.objects.all())


# Closed alike ---------------------------------------------------------------------------------------------------------


def closed_links(cast, row) -> dict[str, str]:
    def another(name: str) -> Invitation:
        return invitations.invite(
            programme=cast.programme, fund=make_fund(name), email="a@b.example", name="A", by=cast.ada
        )

    answered, declined, revoked, expired, ended = (another(n) for n in ("Aa", "Bb", "Cc", "Dd", "Ee"))
    invitations.answer(token=invitations.token_of(answered), interested=True, name="N", email="n@n.example")
    invitations.answer(token=invitations.token_of(declined), interested=False)
    invitations.revoke(invitation=revoked, by=cast.ada)
    Invitation.objects.filter(pk=expired.pk).update(expires_at=datetime(2020, 1, 1, tzinfo=UTC))
    closed = make_programme("closed", state="closed")
    part = closed.participations.create(fund=cast.heron)
    Invitation.objects.filter(pk=ended.pk).update(participation=part)
    good = invitations.token_of(row)
    number, _, mac = good.partition(".")
    never = "0" * 31 + "1"
    tokens = {
        "answered": invitations.token_of(answered),
        "declined": invitations.token_of(declined),
        "revoked": invitations.token_of(revoked),
        "expired": invitations.token_of(expired),
        "programme closed": invitations.token_of(ended),
        "never given out": Signer(salt="research.invitation", sep=".").sign(never),
        "other salt": Signer(salt="research.other", sep=".").sign(number),
        "other key": Signer(key="guess", salt="research.invitation", sep=".").sign(number),
        "cut": good[:-1],
        "longer": good + "A",
        "other case": number.upper() + "." + mac,
        "dashes": f"{row.pk}.{mac}",
        "bare id": number,
        "id of another with this signature": f"{answered.pk.hex}.{mac}",
        "nothing": ".",
        "words": "forged",
        "odd letters": "ü.é",
        "long": "a" * 3000,
        "nul": "a%00b",
    }
    return {name: f"/invitation/{token}/" for name, token in tokens.items()}


def test_everything_closed_is_one_page_byte_for_byte_by_get_and_post(cast, client, row):
    links = closed_links(cast, row)
    first = whole(client.get(links["words"]))
    assert first[0] == 410 and CLOSED in first[1].decode()
    for name, path in links.items():
        cache.clear()
        for given in (
            client.get(path),
            client.post(path, OLIVE),
            client.post(path, {}),
            client.post(path, {"answer": "no"}),
        ):
            assert whole(given) == first, name
    assert client.get(link(row)).status_code == 200


def test_closed_links_do_the_same_queries(cast, client, row):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    done = {}
    for name, path in closed_links(cast, row).items():
        cache.clear()
        with CaptureQueriesContext(connection) as queries:
            client.get(path)
        done[name] = len(queries)
    assert set(done.values()) == {1}, done


@pytest.mark.parametrize(("before", "status"), [(timedelta(microseconds=1), 200), (timedelta(0), 410)])
def test_link_is_open_until_the_very_moment_and_not_in_it(client, row, monkeypatch, before, status):
    monkeypatch.setattr(invitations, "now", lambda: row.expires_at - before)
    assert client.get(link(row)).status_code == status
    assert client.post(link(row), OLIVE).status_code == status


def between(monkeypatch, change) -> None:
    """Something happens after the service looked the link up (the page did before it) and before the answer is written."""
    look, looks = invitations.open_invitation, []

    def looked(token):
        found = look(token)
        looks.append(found)
        if len(looks) == 2:
            change()
        return found

    monkeypatch.setattr(invitations, "open_invitation", looked)


def test_taken_back_between_look_and_answer_is_closed(cast, client, row, monkeypatch):
    assert client.get(link(row)).status_code == 200
    between(monkeypatch, lambda: Invitation.objects.filter(pk=row.pk).update(state="revoked"))
    assert client.post(link(row), OLIVE).status_code == 410
    row.refresh_from_db()
    assert (row.state, row.answer) == ("revoked", {})


def test_run_out_between_look_and_answer_is_closed(client, row, monkeypatch):
    between(monkeypatch, lambda: monkeypatch.setattr(invitations, "now", lambda: row.expires_at))
    assert client.post(link(row), OLIVE).status_code == 410
    row.refresh_from_db()
    assert (row.state, row.answer) == ("sent", {})


def test_programme_closed_between_get_and_post_closes_the_link(cast, client, row):
    assert client.get(link(row)).status_code == 200
    Programme.objects.filter(pk=cast.programme.pk).update(state="delivered")
    assert client.post(link(row), OLIVE).status_code == 410


# Too often ------------------------------------------------------------------------------------------------------------


def ask(path: str, address: str, method: str = "get"):
    return getattr(Client(REMOTE_ADDR=address), method)(path)


def test_one_link_is_throttled_whoever_asks_and_others_are_not(cast, row):
    answers = [ask(link(row), f"203.0.113.{number}").status_code for number in range(31)]
    assert answers == [200] * 30 + [429]
    assert ask("/invitation/other/", "203.0.113.99").status_code == 410


def test_one_caller_is_throttled_over_all_links_with_the_same_words(cast, client, row):
    answers = [ask(f"/invitation/guess-{number}/", "203.0.113.7").status_code for number in range(61)]
    assert answers == [410] * 60 + [429]
    paths = ["/invitation/guess-1/", "/invitation/guess-99/", link(row)]
    late = [whole(ask(path, "203.0.113.7", method)) for path in paths for method in ("get", "post")]
    assert late[1:] == late[:1] * 5 and late[0][0] == 429
    assert ask(link(row), "203.0.113.8").status_code == 200


def test_one_network_of_the_new_protocol_is_one_caller(db):
    answers = [ask(f"/invitation/g{n}/", f"2001:db8::{n:x}").status_code for n in range(61)]
    assert answers[-1] == 429


def test_other_methods_are_not_there(client, row):
    assert {
        client.put(link(row)).status_code,
        client.delete(link(row)).status_code,
        client.patch(link(row)).status_code,
    } == {405}
