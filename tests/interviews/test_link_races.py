"""One link, many hands at once: real threads, real commits."""

import threading
from collections import Counter
from datetime import UTC, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.test import Client

from accounts import audit, jobs
from accounts.models import AuditEvent, Message
from accounts.moves import now
from interviews import texts
from interviews.models import Consent, ExpertLink, Interview, Slot
from interviews.services import by_link, conduct, links
from tests.conftest import make_cast
from tests.factories import make_candidate, make_expert, make_identity, make_interview
from tests.interviews.test_races import THREADS, at_once


@pytest.fixture(autouse=True)
def _quiet(monkeypatch):
    monkeypatch.setattr(jobs, "ring", lambda pk: None)


@pytest.fixture
def cast(transactional_db):
    return make_cast()


@pytest.fixture
def candidate(cast):
    expert = make_expert()
    make_identity(expert)
    return make_candidate(cast.programme, expert, state="invited")


@pytest.fixture
def call(cast, candidate):
    type(candidate).objects.filter(pk=candidate.pk).update(state="eligible")
    return make_interview(cast.programme, cast.ana, state="open", expert=candidate.expert, starts_at=None)


def path_of(url: str) -> str:
    return urlsplit(url).path


def eleven(days: int = 3):
    """Eleven o'clock in London, some days from now."""
    day = (now() + timedelta(days=days)).astimezone(ZoneInfo("Europe/London"))
    while day.weekday() > 4:
        day += timedelta(days=1)
    return day.replace(hour=11, minute=0, second=0, microsecond=0).astimezone(UTC)


def post(path: str, number: int, **body: str):
    """Send a form from an address of its own, so that no throttle decides the race."""
    return lambda: str(Client(REMOTE_ADDR=f"203.0.113.{number}").post(path, body).status_code)


def test_invitation_is_answered_once_by_eight_at_once(cast, candidate):
    path = path_of(links.send_invite(candidate, cast.ana))
    acts = ["interested", "no", "never", "interested"] * (THREADS // 4)
    done = at_once(*[post(path, n, act=act) for n, act in enumerate(acts)])
    assert Counter(done) == {"200": 1, "410": THREADS - 1}
    assert AuditEvent.objects.filter(verb="link-used").count() == 1
    assert audit.verify(cast.programme.chain).bad is None


def test_one_link_books_one_time_however_many_are_chosen_at_once(cast, call):
    path = path_of(links.send_choose(call, cast.ana))
    times = [eleven() + timedelta(minutes=30 * n) for n in range(THREADS)]
    body = {"act": "choose", "zone": "Europe/London"}
    done = at_once(*[post(path, n, at=f"{at:%Y-%m-%dT%H:%MZ}", **body) for n, at in enumerate(times)])
    assert Counter(done) == {"200": 1, "410": THREADS - 1}
    call.refresh_from_db()
    assert call.state == "booked" and call.changes.filter(what="booked").count() == 1
    assert Slot.objects.filter(interview=call).count() == 2
    assert ExpertLink.objects.filter(purpose="manage", revoked_at=None).count() == 1
    assert Message.objects.filter(key__startswith="expert-link:").exclude(link="").count() <= 2


def test_consents_are_set_once_and_stand_once(cast, call):
    path = path_of(links.send_consent(call, cast.ana))
    seen = {f"seen_{purpose}": texts.consent_of(purpose).sha256 for purpose in texts.CONSENTS}
    done = at_once(*[post(path, n, act="agree", record="yes", quote="yes", **seen) for n in range(THREADS)])
    assert Counter(done) == {"200": 1, "410": THREADS - 1}
    assert Consent.objects.filter(withdrawn_at=None).count() == 2 == Consent.objects.count()


def test_expert_moves_while_the_firm_cancels_and_one_of_them_is_told_that_it_is_too_late(cast, call):
    Interview.objects.filter(pk=call.pk).update(state="booked", starts_at=eleven(5))
    call.refresh_from_db()
    path = path_of(links.send_manage(call, cast.ana))
    move = post(path, 1, act="choose", at=f"{eleven():%Y-%m-%dT%H:%MZ}", zone="Europe/London")
    done = at_once(move, lambda: conduct.cancel(interview=call, by=cast.ana).state)
    call.refresh_from_db()
    assert call.state == "cancelled" and done[1] == "cancelled" and done[0] in ("200", "410")
    assert not Slot.objects.filter(interview=call).exists()
    assert not ExpertLink.objects.filter(used_at=None, revoked_at=None).exists()


def test_link_given_out_at_once_by_many_leaves_one_open(cast, call):
    at_once(*[lambda: links.send_consent(call, cast.ana) for _ in range(4)])
    rows = ExpertLink.objects.filter(interview=call)
    assert (rows.count(), rows.filter(revoked_at=None).count()) == (4, 1)


def test_control_that_looks_and_then_acts_spends_a_link_twice(cast, candidate):
    token = path_of(links.send_invite(candidate, cast.ana)).split("/")[-2]
    looked = threading.Barrier(2)

    def naive() -> str:
        found = links.open_link(token)
        looked.wait(timeout=60)
        with transaction.atomic():
            return "acted" if found and ExpertLink.objects.filter(pk=found.pk).update(used_at=now()) else "closed"

    assert at_once(naive, naive) == ["acted", "acted"]


def test_refused_act_leaves_the_link_to_whoever_comes_next(cast, call):
    token = path_of(links.send_choose(call, cast.ana)).split("/")[-2]
    passed = now() - timedelta(days=1)
    works = [lambda: by_link.choose(token=token, at=passed, zone="Europe/London") for _ in range(4)]
    assert {str(result) for result in at_once(*works)} == {by_link.GONE}
    assert by_link.choose(token=token, at=eleven(), zone="Europe/London").what == "booked"
