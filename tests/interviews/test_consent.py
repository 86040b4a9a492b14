"""Attestations and consents: which count, who may record them, and that nothing about them is lost."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.models import AuditEvent
from accounts.moves import IllegalMove, Invalid
from accounts.permissions import Refused
from interviews import consent_queries, queries, texts
from interviews.models import Attestation, Consent
from interviews.services import consent
from tests.factories import make_cleared, make_interview, make_transcript

START = datetime(2026, 3, 18, 14, tzinfo=UTC)


@pytest.fixture
def clock(monkeypatch):
    """clock(instant): what time it is for the service from now on."""

    def at(instant: datetime) -> None:
        monkeypatch.setattr(consent, "now", lambda: instant)

    at(START - timedelta(hours=1))
    return at


@pytest.fixture
def call(cast, clock):
    return make_interview(cast.programme, cast.ana, state="booked", chaperone=cast.cora)


def verbs(call) -> list[str]:
    return list(AuditEvent.objects.filter(chain=call.programme.chain).values_list("verb", flat=True))


# The attestation ----------------------------------------------------------------------------------------------------


def test_attestation_keeps_text_fingerprint_time_method_and_address(call):
    given = consent.attest(interview=call, method="page", address="203.0.113.7")
    wording = texts.current("attestation")
    assert (given.text, given.sha256, given.method, given.address) == (
        wording.text,
        wording.sha256,
        "page",
        "203.0.113.7",
    )
    assert (given.at, given.by) == (START - timedelta(hours=1), None)
    assert consent.attested(call) == given
    event = AuditEvent.objects.get(verb="attestation-given")
    assert (event.actor, event.body["sha256"], event.body["method"]) == (None, wording.sha256, "page")
    assert "203.0.113" not in str(event.body)


@pytest.mark.parametrize(
    ("zone", "start", "at", "counts"),
    [
        ("Europe/London", "2026-03-18T14:00", "2026-03-17T14:00", True),
        ("Europe/London", "2026-03-18T14:00", "2026-03-17T13:59:59", False),
        ("Europe/London", "2026-03-18T14:00", "2026-03-18T23:59:59", True),
        ("Europe/London", "2026-03-18T14:00", "2026-03-19T00:00", False),
        # 00:30 in Tokyo is 15:30 of the day before in UTC: the window is that of Tokyo's calendar.
        ("Asia/Tokyo", "2026-03-17T15:30", "2026-03-16T15:30", True),
        ("Asia/Tokyo", "2026-03-17T15:30", "2026-03-18T14:59:59", True),
        ("Asia/Tokyo", "2026-03-17T15:30", "2026-03-18T15:00", False),
        # A day of 25 hours: its last minute is more than 24 hours after its first.
        ("Europe/London", "2026-10-25T23:50", "2026-10-24T23:00", True),
        ("Europe/London", "2026-10-25T23:50", "2026-10-24T22:59:59", False),
    ],
)
def test_attestation_counts_on_the_day_of_the_call_and_in_the_24_hours_before(cast, clock, zone, start, at, counts):
    starts_at, at = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (start, at))
    call = make_interview(cast.programme, cast.ana, state="booked", zone=zone, starts_at=starts_at)
    clock(at)
    if counts:
        assert consent.attested(call) is None
        assert consent.attest(interview=call, method="page") == consent.attested(call)
    else:
        with pytest.raises(Invalid, match="on its day, and in the 24 hours before it"):
            consent.attest(interview=call, method="page")
        assert not call.attestations.exists()


def test_attestation_counts_no_more_once_the_call_has_moved_to_another_day(call):
    consent.attest(interview=call, method="page")
    call.starts_at = START + timedelta(days=2)
    call.save()
    assert consent.attested(call) is None


def test_attestation_to_an_earlier_text_does_not_count(call):
    old = consent.attest(interview=call, method="page")
    Attestation.objects.filter(pk=old.pk).update(sha256="0" * 64)
    assert consent.attested(call) is None


def test_attestation_to_a_text_that_was_changed_meanwhile_is_refused(call):
    with pytest.raises(Invalid, match="read it again"):
        consent.attest(interview=call, method="page", seen="0" * 64)
    assert not call.attestations.exists()


@pytest.mark.parametrize("state", ["open", "cancelled", "held", "stopped"])
def test_attestation_needs_a_call_that_is_booked(cast, clock, state):
    call = make_interview(cast.programme, cast.ana, state=state)
    with pytest.raises(IllegalMove, match="not booked"):
        consent.attest(interview=call, method="page")


def test_spoken_attestation_is_recorded_by_who_was_in_the_call_and_nobody_else(cast, call):
    assert consent.attest(interview=call, method="spoken", by=cast.ana).by == cast.ana
    assert consent.attest(interview=call, method="spoken", by=cast.cora).by == cast.cora
    for person in (cast.ben, cast.cyrus, cast.ada, cast.stranger, cast.rita):
        with pytest.raises(Refused):
            consent.attest(interview=call, method="spoken", by=person)
    assert call.attestations.count() == 2


def test_method_that_is_unknown_is_refused(call):
    with pytest.raises(Invalid, match="how it was given"):
        consent.attest(interview=call, method="guess")
    with pytest.raises(Invalid, match="how it was given"):
        consent.give(interview=call, purpose="record", method="guess")


# Consents -----------------------------------------------------------------------------------------------------------


def test_each_purpose_is_agreed_to_and_withdrawn_by_itself(call):
    for purpose in ("record", "transcribe", "quote"):
        consent.give(interview=call, purpose=purpose, method="page")
    consent.withdraw(interview=call, purpose="quote")
    assert consent.standing(call) == {"record", "transcribe"}
    assert [row.purpose for row in consent.withdrawn(call)] == ["quote"]
    assert verbs(call) == ["consent-given"] * 3 + ["consent-withdrawn"]


def test_consent_given_twice_is_one_row(call):
    first = consent.give(interview=call, purpose="record", method="page")
    assert consent.give(interview=call, purpose="record", method="spoken") == first
    assert verbs(call) == ["consent-given"]


def test_consent_to_a_new_text_takes_the_place_of_the_old_and_is_no_withdrawal(call, monkeypatch):
    old = consent.give(interview=call, purpose="quote", method="page")
    new = texts.parse(old.text.replace("Version 1", "Version 2"))
    monkeypatch.setattr(texts, "current", lambda name: new)
    again = consent.give(interview=call, purpose="quote", method="page")
    old.refresh_from_db()
    assert (old.withdrawn_at is None, again.sha256, again.pk == old.pk) == (False, new.sha256, False)
    assert (consent.standing(call), consent.withdrawn(call)) == ({"quote"}, [])


def test_withdrawn_consent_stays_on_record_and_may_be_given_again(call, clock):
    first = consent.give(interview=call, purpose="record", method="page")
    clock(START)
    assert consent.withdraw(interview=call, purpose="record").withdrawn_at == START
    with pytest.raises(IllegalMove, match="none to withdraw"):
        consent.withdraw(interview=call, purpose="record")
    consent.give(interview=call, purpose="record", method="spoken")
    assert consent.standing(call) == {"record"} and consent.withdrawn(call) == []
    assert Consent.objects.filter(pk=first.pk, text=first.text, withdrawn_at=START).exists()


def test_database_keeps_a_second_standing_consent_out(call):
    row = consent.give(interview=call, purpose="record", method="page")
    with pytest.raises(IntegrityError), transaction.atomic():
        Consent.objects.create(interview=call, purpose="record", sha256=row.sha256, text="x", method="page")


def test_consent_is_recorded_by_who_was_in_the_call_and_withdrawn_by_any_analyst_or_compliance(cast, call):
    for person in (cast.ben, cast.cyrus, cast.ada, cast.rita):
        with pytest.raises(Refused):
            consent.give(interview=call, purpose="record", method="spoken", by=person)
    for person in (cast.ben, cast.cyrus):
        consent.give(interview=call, purpose="record", method="spoken", by=cast.cora)
        consent.withdraw(interview=call, purpose="record", by=person)
    consent.give(interview=call, purpose="record", method="spoken", by=cast.ana)
    for person in (cast.ada, cast.stranger, cast.rita):
        with pytest.raises(Refused):
            consent.withdraw(interview=call, purpose="record", by=person)
    assert consent.standing(call) == {"record"}


@pytest.mark.parametrize("purpose", ["", "sell", "RECORD"])
def test_purpose_that_is_unknown_is_refused(call, purpose):
    for act in (consent.withdraw, lambda **more: consent.give(method="page", **more)):
        with pytest.raises(Invalid, match="to record, to transcribe or to quote"):
            act(interview=call, purpose=purpose)


# What waits for compliance ------------------------------------------------------------------------------------------


def settle(cast) -> list:
    return list(consent_queries.to_settle(cast.programme))


@pytest.fixture
def withdrawn(cast, clock):
    """withdrawn(purpose): a held call whose consent was taken back an hour after its start."""

    def make(purpose: str):
        call = make_interview(cast.programme, cast.ana, state="booked", starts_at=START)
        consent.give(interview=call, purpose=purpose, method="page")
        clock(START + timedelta(hours=1))
        consent.withdraw(interview=call, purpose=purpose)
        return call

    return make


@pytest.mark.parametrize(("purpose", "waits"), [("transcribe", True), ("quote", True), ("record", False)])
def test_withdrawal_that_touches_a_text_waits_for_compliance(cast, withdrawn, purpose, waits):
    call = withdrawn(purpose)
    assert settle(cast) == []
    make_transcript(call)
    assert settle(cast) == ([call] if waits else [])


def test_withdrawal_waits_no_more_once_given_again_recalled_or_cleared_since(cast, withdrawn, clock):
    again, recalled, cleared, stale = (withdrawn("transcribe") for _ in range(4))
    for call in (again, stale):
        make_transcript(call)
    make_transcript(recalled, state="recalled")
    make_cleared(cleared)
    assert set(settle(cast)) == {again, stale}
    consent.give(interview=again, purpose="transcribe", method="page")
    assert settle(cast) == [stale]


def test_text_cleared_before_the_withdrawal_waits(cast, clock):
    call = make_interview(cast.programme, cast.ana, state="booked", starts_at=START)
    consent.give(interview=call, purpose="quote", method="page")
    make_cleared(call)
    clock(START + timedelta(days=30))
    consent.withdraw(interview=call, purpose="quote")
    assert settle(cast) == [call]


def test_board_tells_compliance_and_leads_to_the_calls(client, cast, withdrawn):
    call = withdrawn("quote")
    make_transcript(call)
    (item,) = [item for item in queries.waiting(cast.programme, cast.cora, 0) if item.work.key == "withdrawn"]
    assert (item.count, item.mine, item.work.who) == (1, True, "compliance")
    other = make_interview(cast.programme, cast.ana)
    client.force_login(cast.cora)
    page = client.get(item.href).content.decode()
    assert call.label in page and other.label not in page
    assert not [
        item for item in queries.waiting(cast.programme, cast.ana, 0) if item.work.key == "withdrawn" and item.mine
    ]
