"""The firm's side of an expert's links, statement and consents, on the page of a call."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts import jobs
from accounts.models import Message
from accounts.moves import now
from interviews.models import ExpertLink, HoursException
from interviews.services import by_link, consent, links
from tests.factories import make_expert, make_identity, make_interview

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _quiet(monkeypatch):
    monkeypatch.setattr(jobs, "ring", lambda pk: None)


@pytest.fixture
def call(cast):
    expert = make_expert()
    make_identity(expert)
    starts_at = now() + timedelta(hours=3)
    return make_interview(cast.programme, cast.ana, state="booked", expert=expert, starts_at=starts_at)


@pytest.fixture
def act(client, cast, call):
    """act(who, route, **body): press a button of the call's page as this person; what the page says after."""

    def press(who, route: str, **body: str):
        client.force_login(who)
        return client.post(reverse(route, args=[cast.programme.slug, call.number]), body, follow=True)

    return press


def page(client, cast, call, who) -> str:
    client.force_login(who)
    return client.get(reverse("interview", args=[cast.programme.slug, call.number])).content.decode()


@pytest.mark.parametrize("purpose", ["manage", "attest", "consent"])
def test_button_mails_the_link_and_the_page_shows_how_it_stands(client, cast, call, act, purpose):
    assert "is on its way by e-mail" in act(cast.ben, "interview_link", purpose=purpose).content.decode()
    link = ExpertLink.objects.get()
    message = Message.objects.get()
    assert (link.purpose, link.by, link.interview) == (purpose, cast.ben, call)
    shown = page(client, cast, call, cast.ben)
    assert "Links so far (1)" in shown and ">Open</span>" in shown
    assert message.link not in shown and "dana@" not in shown
    ExpertLink.objects.update(used_at=now())
    assert ">Used</span>" in page(client, cast, call, cast.cora)


def test_link_that_makes_no_sense_is_refused_in_words(cast, call, act):
    assert "no time is to be chosen" in act(cast.ana, "interview_link", purpose="choose").content.decode()
    assert "Say what the link is for." in act(cast.ana, "interview_link", purpose="sell").content.decode()
    assert not ExpertLink.objects.exists()


@pytest.mark.parametrize("method", ["spoken", "paper"])
def test_who_is_in_the_call_records_what_was_said_there(client, cast, call, act, method):
    assert "Record a spoken statement" in page(client, cast, call, cast.ana)
    assert "Record a spoken statement" not in page(client, cast, call, cast.ben)
    assert "attested" in act(cast.ana, "interview_attested", method=method).content.decode()
    given = consent.attested(call)
    assert (given.method, given.by) == (method, cast.ana)
    assert ">Attested</span>" in page(client, cast, call, cast.ben)


def test_nobody_attests_on_the_page_in_the_expert_s_place(cast, call, act):
    assert "only the expert attests" in act(cast.ana, "interview_attested", method="page").content.decode()
    assert act(cast.ben, "interview_attested", method="spoken").status_code == 403
    assert act(cast.ben, "interview_consent", purpose="record").status_code == 403
    assert not call.attestations.exists() and not call.consents.exists()


def test_consent_is_recorded_and_withdrawn_and_everybody_concerned_sees_the_mark(client, cast, call, act):
    act(cast.ana, "interview_consent", purpose="transcribe")
    assert consent.standing(call) == {"transcribe"}
    assert "Consent withdrawn" not in page(client, cast, call, cast.cora)
    act(cast.cora, "interview_consent_withdraw", purpose="transcribe")
    assert consent.standing(call) == set()
    for person in (cast.ana, cast.cora):
        shown = page(client, cast, call, person)
        assert "Consent withdrawn" in shown and "Write it down: " in shown
    assert "none to withdraw" in act(cast.ben, "interview_consent_withdraw", purpose="transcribe").content.decode()


def test_hours_that_the_expert_offered_stand_on_the_page(client, cast, call):
    note = by_link.OFFERED.format(call.label)
    HoursException.objects.create(
        expert=call.expert, day="2027-01-05", start="19:00", end="21:00", zone="Asia/Tokyo", note=note
    )
    assert "Tuesday 5 January, 19:00 to 21:00 (Asia/Tokyo)" in page(client, cast, call, cast.ben)


def test_admin_reads_nothing_of_statement_consents_and_links(client, cast, call):
    links.send_consent(call, cast.ana)
    shown = page(client, cast, call, cast.ada)
    assert "Links so far" not in shown and "Write it down" not in shown


def test_blocked_expert_gets_no_link_and_the_buttons_say_why(client, cast, call):
    call.expert.opted_out_at = now()
    call.expert.save()
    assert "This person asked not to be contacted again." in page(client, cast, call, cast.ana)


def test_page_of_a_call_costs_the_same_for_any_number_of_links(client, cast, call, django_assert_max_num_queries):
    client.force_login(cast.ana)
    address = reverse("interview", args=[cast.programme.slug, call.number])
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for _ in range(3):
        links.send_consent(call, cast.ana)
        with CaptureQueriesContext(connection) as asked:
            client.get(address)
        counts.append(len(asked))
    assert len(set(counts[1:])) == 1 and counts[0] == counts[1]
