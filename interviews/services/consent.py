"""What an expert confirms before a call, and what they agree may be kept of it.

Each word is a row with the text that it was given to, so that a later text changes nothing about it. Nothing is ever
overwritten: a consent that is taken back stays with the day on which that was done.
"""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.moves import IllegalMove, Invalid, now
from accounts.permissions import Refused, refusal
from accounts.roles import Permission as P
from interviews import texts
from interviews.models import Attestation, Consent, ConsentPurpose, Interview
from interviews.permissions import refuse_if, require_on
from interviews.states import TIMED

DAY = timedelta(hours=24)
IN_THE_CALL = "Only the interviewer or the chaperone of a call may record what the expert said in it."


# The attestation ----------------------------------------------------------------------------------------------------


def window(interview: Interview) -> tuple[datetime, datetime] | None:
    """From when until when an attestation counts for a call: its day on the expert's clock, and the 24 hours before it."""
    if interview.starts_at is None:
        return None
    zone = ZoneInfo(interview.zone)
    day = interview.starts_at.astimezone(zone).date()
    opens = min(datetime.combine(day, time.min, tzinfo=zone), interview.starts_at - DAY)
    return opens, datetime.combine(day + timedelta(days=1), time.min, tzinfo=zone)


def attested(interview: Interview) -> Attestation | None:
    """The newest attestation that counts for the call as it is booked now: of the text in force, and given in its window."""
    counts = window(interview)
    if counts is None:
        return None
    fresh = interview.attestations.filter(at__gte=counts[0], at__lt=counts[1])
    return fresh.filter(sha256=texts.current(texts.ATTESTATION).sha256).order_by("-at").first()


@transaction.atomic
def attest(
    *, interview: Interview, method: str, by: User | None = None, address: str | None = None, seen: str | None = None
) -> Attestation:
    """Keep that the expert confirmed the text in force, for this call.

    method: page, spoken or paper. by: None for the expert, else who heard it. seen: the fingerprint of the text that stood on
    the page. Invalid too early, or for a text that is no longer in force; IllegalMove for a call that has no time.
    """
    row = Interview.objects.select_for_update().get(pk=interview.pk)
    _may_record(row, by)
    _known(method, Attestation)
    if row.state not in TIMED:
        raise IllegalMove("This call is not booked, so there is nothing to confirm for it.")
    counts = window(row)
    stamp = now()
    if counts is None or not counts[0] <= stamp < counts[1]:
        raise Invalid("The statement counts for one call: it can be given on its day, and in the 24 hours before it.")
    wording = _shown(texts.ATTESTATION, seen)
    given = Attestation.objects.create(
        interview=row, sha256=wording.sha256, text=wording.text, method=method, address=address, by=by, at=stamp
    )
    audit.record(
        row.programme.chain, "attestation-given", row, by=by, attestation=given.pk, sha256=given.sha256, method=method
    )
    return given


def log_attestation(*, interview: Interview, method: str, by: User) -> Attestation:
    """Keep that the expert confirmed the text in a call that is logged only now; when it was written down stays visible.

    method: spoken or paper. The caller, who may log calls, holds the transaction and the call's row.
    """
    if method not in ("spoken", "paper"):
        raise Invalid("Say how it was given: spoken or on paper.")
    wording = texts.current(texts.ATTESTATION)
    given = Attestation.objects.create(
        interview=interview, sha256=wording.sha256, text=wording.text, method=method, by=by, at=now()
    )
    told: dict[str, Any] = {"attestation": given.pk, "sha256": given.sha256, "method": method, "afterwards": True}
    audit.record(interview.programme.chain, "attestation-given", interview, by=by, **told)
    return given


# Consents -----------------------------------------------------------------------------------------------------------


def standing(interview: Interview) -> set[str]:
    """The purposes for which a consent stands: of "record", "transcribe", "quote"."""
    return set(interview.consents.filter(withdrawn_at__isnull=True).values_list("purpose", flat=True))


@transaction.atomic
def give(
    *, interview: Interview, purpose: str, method: str, by: User | None = None, seen: str | None = None
) -> Consent:
    """Keep that the expert agreed to one purpose. One that stands, to the text in force, stays as it is."""
    row = Interview.objects.select_for_update().get(pk=interview.pk)
    _may_record(row, by)
    _purpose(purpose)
    _known(method, Consent)
    wording = _shown(f"consent_{purpose}", seen)
    stands = row.consents.filter(purpose=purpose, withdrawn_at__isnull=True).first()
    if stands and stands.sha256 == wording.sha256:
        return stands
    stamp = now()
    if stands:
        # To another text: the new consent takes its place.
        Consent.objects.filter(pk=stands.pk).update(withdrawn_at=stamp)
    given = Consent.objects.create(
        interview=row, purpose=purpose, sha256=wording.sha256, text=wording.text, method=method, by=by, given_at=stamp
    )
    told: dict[str, Any] = {"purpose": purpose, "sha256": given.sha256, "method": method}
    audit.record(row.programme.chain, "consent-given", row, by=by, consent=given.pk, **told)
    return given


@transaction.atomic
def withdraw(*, interview: Interview, purpose: str, by: User | None = None) -> Consent:
    """Take the standing consent to one purpose back, for the expert or in their name. IllegalMove when none stands.

    Whoever recruits or clears for the programme may do so: it must never fail for want of the right colleague.
    """
    row = Interview.objects.select_for_update().get(pk=interview.pk)
    if by is not None:
        refuse_if(withdrawal_refusal(by))
        require_on(by, P.SEE_PROGRAMMES, row.programme)
    _purpose(purpose)
    stands = row.consents.filter(purpose=purpose, withdrawn_at__isnull=True).first()
    if stands is None or not Consent.objects.filter(pk=stands.pk, withdrawn_at__isnull=True).update(withdrawn_at=now()):
        raise IllegalMove("No such consent stands for this call, so there is none to withdraw.")
    stands.refresh_from_db()
    audit.record(row.programme.chain, "consent-withdrawn", row, by=by, consent=stands.pk, purpose=purpose)
    return stands


def withdrawn(interview: Interview) -> list[Consent]:
    """For each purpose to which consent was taken back and not given again, the newest such row."""
    stands = standing(interview)
    gone = interview.consents.filter(withdrawn_at__isnull=False).order_by("purpose", "-withdrawn_at")
    newest: dict[str, Consent] = {}
    for row in gone:
        newest.setdefault(row.purpose, row)
    return [row for purpose, row in newest.items() if purpose not in stands]


# Checks -------------------------------------------------------------------------------------------------------------


def recording_refusal(user: User, interview: Interview) -> str | None:
    """Who may write down what the expert said: those who heard it."""
    return None if user.pk in (interview.interviewer_id, interview.chaperone_id) else IN_THE_CALL


def withdrawal_refusal(user: User) -> str | None:
    """Who may take a consent back in the expert's name: those who recruit, and compliance."""
    return refusal(user, P.LOG_INTERVIEWS) and refusal(user, P.CLEAR_TRANSCRIPTS)


def _may_record(interview: Interview, by: User | None) -> None:
    """Raise Refused unless it is the expert, or somebody who was in the call and is on the programme's team."""
    if by is None:
        return
    require_on(by, P.SEE_PROGRAMMES, interview.programme)
    if sentence := recording_refusal(by, interview):
        raise Refused(sentence)


def _purpose(purpose: str) -> None:
    if purpose not in ConsentPurpose.values:
        raise Invalid("Say what the consent is for: to record, to transcribe or to quote.")


def _known(method: str, model: type[Attestation] | type[Consent]) -> None:
    if method not in dict(model._meta.get_field("method").flatchoices):
        raise Invalid("Say how it was given: on the page, spoken or on paper.")


def _shown(name: str, seen: str | None) -> texts.Wording:
    """The text in force. Invalid when another one stood on the page that the words were given on."""
    wording = texts.current(name)
    if seen is not None and seen != wording.sha256:
        raise Invalid("This text was changed a moment ago. Please read it again, then confirm.")
    return wording
