"""The calendar by program: holding, booking, moving, open times and when people have time."""

from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import AuditEvent
from interviews.models import Interview
from tests.factories import make_interview
from tests.interviews.test_holding import TODAY

WHEN = {"wall": "2026-03-27T09:30", "zone": "Europe/London"}


@pytest.fixture(autouse=True)
def _march(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: TODAY)


@pytest.fixture
def ask(cast):
    """ask(call, what, body): what Ana is answered."""
    client = APIClient()
    client.force_authenticate(cast.ana)

    def ask(call, what, body=None):
        return client.post(f"/api/v1/interviews/{call.pk}/{what}/", body or {}, format="json")

    ask.client = client
    return ask


@pytest.fixture
def call(cast):
    return make_interview(cast.programme, cast.ana, state="open", starts_at=None)


def test_hold_confirm_and_move_keep_one_call(cast, ask, call):
    until = (TODAY + timedelta(hours=2)).isoformat()
    held = ask(call, "hold", WHEN | {"until": until})
    assert (held.status_code, held.json()["state"]) == (200, "tentative")
    later = ask(call, "move", WHEN | {"wall": "2026-03-27T11:30"}).json()
    assert (later["state"], later["starts_at"], later["held_until"]) == (
        "tentative",
        "2026-03-27T11:30:00Z",
        "2026-03-24T11:00:00Z",
    )
    assert ask(call, "confirm").json()["state"] == "booked"
    moved = ask(call, "move", WHEN).json()
    assert (moved["state"], moved["starts_at"], moved["number"]) == ("booked", "2026-03-27T09:30:00Z", call.number)


def test_release_and_what_is_not_lawful_are_told_in_sentences(cast, ask, call):
    assert ask(call, "move", WHEN).json() == {"detail": "This call is to be booked, so there is no time to move."}
    assert ask(call, "confirm").status_code == 409
    ask(call, "hold", WHEN)
    assert ask(call, "release").json()["state"] == "open"
    assert ask(call, "release").status_code == 409
    refused = ask(call, "hold", WHEN | {"until": (TODAY + timedelta(hours=49)).isoformat()})
    assert (refused.status_code, "48 hours at most" in refused.json()["detail"]) == (400, True)


def test_reassign_by_address_keeps_what_is_left_out(cast, ask, call):
    ask(call, "book", WHEN)
    done = ask(call, "reassign", {"chaperone": "cora@example.com"}).json()
    assert (done["interviewer"], done["chaperone"], done["state"]) == ("Ana", "Cora", "booked")
    assert ask(call, "reassign", {"interviewer": "ben@example.com", "chaperone": None}).json()["interviewer"] == "Ben"
    assert Interview.objects.get(pk=call.pk).chaperone is None
    nobody = ask(call, "reassign", {"interviewer": "stranger@example.com"})
    assert (nobody.status_code, "Nobody of this programme's team" in str(nobody.json())) == (400, True)


def test_full_segment_takes_one_more_with_a_reason_that_no_audit_repeats(cast, ask, call):
    cast.programme.segments.update(quota=1)
    make_interview(cast.programme, cast.ana)
    assert "is full" in ask(call, "book", WHEN).json()["detail"]
    assert ask(call, "book", WHEN | {"over_quota": "One of five stays away."}).json()["state"] == "booked"
    event = AuditEvent.objects.filter(verb="interview-booked").get()
    assert (event.body["over_quota"], "stays away" in str(event.body)) == (True, False)


def test_open_times_and_free_time_of_the_team(cast, ask, call):
    found = ask.client.get(f"/api/v1/interviews/{call.pk}/open-times/?first=2026-03-27&last=2026-03-27").json()
    assert (found["times"][0], found["times"][-1]) == ("2026-03-27T09:00:00Z", "2026-03-27T17:00:00Z")
    ask(call, "book", WHEN)
    rows = ask.client.get("/api/v1/interviews/free/?programme=kestrel&first=2026-03-27&last=2026-03-27").json()
    free = {row["person"]: row["free"] for row in rows}
    assert sorted(free) == ["Ana", "Ben", "Cora", "Cyrus"]
    assert free["Ana"] == [
        {"starts_at": "2026-03-27T09:00:00Z", "ends_at": "2026-03-27T09:15:00Z"},
        {"starts_at": "2026-03-27T10:45:00Z", "ends_at": "2026-03-27T18:00:00Z"},
    ]


@pytest.mark.parametrize(
    "days", ["", "first=x&last=y", "first=2026-03-27&last=2026-03-26", "first=2026-03-01&last=2026-05-01"]
)
def test_days_that_can_not_be_asked_for_are_refused(cast, ask, call, days):
    assert ask.client.get(f"/api/v1/interviews/{call.pk}/open-times/?{days}").status_code == 400
    assert ask.client.get(f"/api/v1/interviews/free/?programme=kestrel&{days}").status_code == 400
    assert ask.client.get(f"/api/v1/interviews/free/?programme=plover&{days}").status_code == 404
