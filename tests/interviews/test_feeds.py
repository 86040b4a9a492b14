"""A person's calendar by an address with a secret: only their own calls, only while they may see them, and gone at once."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent
from accounts.moves import IllegalMove, Invalid
from accounts.permissions import Refused
from interviews.models import CalendarFeed, Interview
from interviews.services import feeds
from research.models import Assignment
from research.outward import leaks
from research.services.outward import secrets_of
from tests.factories import make_interview, make_programme
from tests.ics import both

TODAY = datetime(2026, 3, 24, 9, tzinfo=UTC)
SOON = TODAY + timedelta(days=2)


@pytest.fixture(autouse=True)
def _still(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: TODAY)


@pytest.fixture
def address(cast) -> str:
    """The path of a feed of Ana's."""
    _, whole = feeds.create(name="Telephone", by=cast.ana)
    return path_of(whole)


def path_of(address: str) -> str:
    return "/" + address.split("/", 3)[3]


def calls_at(client, path: str) -> set[str]:
    answer = client.get(path)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    return {read.uid.partition("@")[0] for read in both(answer.content)}


def test_feed_shows_ones_own_calls_as_interviewer_or_chaperone(cast, client, address):
    mine = make_interview(cast.programme, cast.ana, state="booked", starts_at=SOON)
    beside = make_interview(cast.programme, cast.ben, state="booked", starts_at=SOON, chaperone=cast.ana)
    make_interview(cast.programme, cast.ben, state="booked", starts_at=SOON)
    assert calls_at(client, address) == {str(mine.pk), str(beside.pk)}


@pytest.mark.parametrize(
    ("state", "status"),
    [("tentative", "TENTATIVE"), ("booked", "CONFIRMED"), ("started", "CONFIRMED"), ("held", "CONFIRMED")],
)
def test_call_that_keeps_time_stands_in_the_feed_with_its_status(cast, client, address, state, status):
    make_interview(cast.programme, cast.ana, state=state, starts_at=SOON)
    (read,) = both(client.get(address).content)
    assert (read.status, read.starts, read.method, read.attendees) == (status, SOON, "PUBLISH", ())


@pytest.mark.parametrize("state", ["cancelled", "late_cancel", "no_show", "stopped", "ended_early"])
def test_call_that_is_off_or_over_does_not_stand_in_the_feed(cast, client, address, state):
    make_interview(cast.programme, cast.ana, state=state, starts_at=SOON)
    assert calls_at(client, address) == set()


def test_old_calls_and_programmes_out_of_sight_fall_away(cast, client, address):
    make_interview(cast.programme, cast.ana, state="held", starts_at=TODAY - timedelta(days=61))
    other = make_programme("plover")
    make_interview(other, cast.ana, state="booked", starts_at=SOON)
    assert calls_at(client, address) == set()
    Assignment.objects.create(programme=other, user=cast.ana)
    assert len(calls_at(client, address)) == 1


def test_feed_gives_nothing_away(cast, client, address):
    type(cast.programme).objects.filter(pk=cast.programme.pk).update(codename="Larch")
    row = make_interview(cast.programme, cast.ana, state="booked", starts_at=SOON, notes="Kestrel is slow")
    text = client.get(address).content.decode()
    assert "Larch\\, INT-001" in text
    assert leaks(text, secrets_of(cast.programme)) == [] and row.descriptor not in text


def test_answer_is_kept_by_nobody_and_unchanged_calls_are_not_sent_again(cast, client, address, monkeypatch):
    row = make_interview(cast.programme, cast.ana, state="booked", starts_at=SOON)
    first = client.get(address)
    assert first["Cache-Control"] == "no-store" and first["X-Robots-Tag"] == "noindex, nofollow"
    monkeypatch.setattr(timezone, "now", lambda: TODAY + timedelta(minutes=9))
    again = client.get(address, headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    Interview.objects.filter(pk=row.pk).update(sequence=2)
    assert client.get(address, headers={"if-none-match": first["ETag"]}).status_code == 200


def test_unknown_ended_and_orphaned_addresses_are_the_same_nothing(cast, client, address):
    feed = CalendarFeed.objects.get()
    nothing = client.get("/calendar/never-given-out.ics")
    elsewhere = client.get("/nowhere/at/all/")
    assert (nothing.status_code, nothing.content) == (404, elsewhere.content)
    type(cast.ana).objects.filter(pk=cast.ana.pk).update(is_active=False)
    assert client.get(address).content == nothing.content
    type(cast.ana).objects.filter(pk=cast.ana.pk).update(is_active=True)
    assert client.get(address).status_code == 200
    feeds.revoke(feed=feed, by=cast.ana)
    gone = client.get(address)
    assert (gone.status_code, gone.content) == (404, nothing.content)


def test_database_keeps_only_a_digest_and_the_audit_not_even_that(cast):
    feed, address = feeds.create(name="Telephone", by=cast.ana)
    secret = address.rpartition("/")[2].removesuffix(".ics")
    assert len(secret) >= 43 and feed.digest == feeds.digest(secret) and secret not in str(vars(feed))
    (event,) = AuditEvent.objects.filter(verb="calendar-feed-made")
    assert secret not in str(event.body) and feed.digest not in str(event.body)


def test_too_many_readings_are_turned_away(client, address):
    assert [client.get(address).status_code for _ in range(13)] == [200] * 12 + [429]


def test_only_people_of_the_firm_have_feeds_and_only_so_many(cast):
    for person in (cast.rita, cast.carl):
        with pytest.raises(Refused):
            feeds.create(name="Telephone", by=person)
    for name in ("", " ", "x" * 81):
        with pytest.raises(Invalid):
            feeds.create(name=name, by=cast.ana)
    for n in range(feeds.MOST):
        feeds.create(name=str(n), by=cast.ana)
    with pytest.raises(IllegalMove, match="End one"):
        feeds.create(name="One more", by=cast.ana)


def test_feed_of_somebody_else_can_not_be_ended(cast, client, address):
    feed = CalendarFeed.objects.get()
    with pytest.raises(Refused):
        feeds.revoke(feed=feed, by=cast.ben)
    client.force_login(cast.ben)
    assert client.post(reverse("calendar_feeds"), {"end": feed.pk}).status_code == 404
    assert client.get(address).status_code == 200


def test_page_shows_the_address_once_and_ends_a_feed(cast, client):
    client.force_login(cast.ana)
    page = reverse("calendar_feeds")
    made = client.post(page, {"name": "Telephone"})
    text = made.content.decode()
    path = path_of(text[text.index("http") :].split("<")[0]) if "/calendar/" in text else ""
    secret = text[text.index("/calendar/") + len("/calendar/") :].split(".ics")[0]
    assert made.status_code == 200 and made["Cache-Control"] == "no-store" and len(secret) >= 43 and path
    assert secret not in client.get(page).content.decode()
    answer = client.post(page, {"end": CalendarFeed.objects.get().pk}, follow=True)
    assert "has ended" in answer.content.decode() and "You have none." in answer.content.decode()
    assert client.get(f"/calendar/{secret}.ics").status_code == 404


@pytest.mark.parametrize(("name", "words"), [("", "Give the feed a name"), ("x" * 81, "80 characters")])
def test_page_says_what_is_wrong_with_a_name(cast, client, name, words):
    client.force_login(cast.ana)
    answer = client.post(reverse("calendar_feeds"), {"name": name})
    assert answer.status_code == 400 and words in answer.content.decode()
