"""The terms (NDA) of a programme: published in versions, signed by a fund through who may bind it, and by each reader."""

import hashlib
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.urls import reverse

from accounts import audit, outbox
from accounts.models import User
from accounts.moves import IllegalMove, Invalid, now
from accounts.permissions import Refused, allowed, require
from accounts.roles import Permission
from research.models import Fund, FundMember, Participation, Programme, Seat, Signature, Terms
from research.models.terms import ASKED, Method
from research.services.checks import lock, words
from research.states import SEAT, ParticipationState, SeatState

LANGUAGES = {"en-GB": "English", "de-DE": "German", "fr-FR": "French"}
OLD_TEXT = "These are not the terms in force any more. Read the present text and sign that."


def in_force(programme: Programme) -> Terms | None:
    """The version that is asked for now."""
    return Terms.objects.filter(programme=programme, in_force=True).first()


def signed_by_fund(programme: Programme, fund: Fund) -> bool:
    """True when somebody who may bind the fund signed the terms in force. Without terms nothing is signed."""
    signed = Signature.objects.filter(terms__programme=programme, terms__in_force=True, fund=fund, binding=True)
    return signed.exists()


def checked_text(text: str) -> str:
    """The text as it would be published: its hash is that of these very characters."""
    return words(text, "The text of the terms", required=True)


@transaction.atomic
def publish_terms(*, programme: Programme, text: str, by: User, language: str = "en-GB") -> Terms:
    """A new version comes into force: whoever signed an older one is asked again before they read on."""
    row = lock(programme, by, Permission.MANAGE_SEATS)
    text = checked_text(text)
    if language not in LANGUAGES:
        raise Invalid(f"The language must be one of {', '.join(LANGUAGES)}.")
    digest = hashlib.sha256(text.encode()).hexdigest()
    present = in_force(row)
    if present is not None and (present.sha256, present.language) == (digest, language):
        raise Invalid("These are the terms in force already, word for word. Change the text, or leave it.")
    newest = row.terms.aggregate(newest=Max("version"))["newest"] or 0
    Terms.objects.filter(programme=row, in_force=True).update(in_force=False)
    terms = Terms.objects.create(
        programme=row, version=newest + 1, text=text, language=language, sha256=digest, published_at=now(), by=by
    )
    _ask(terms)
    audit.record(row.chain, "terms-published", terms, by=by, version=terms.version, sha256=digest)
    return terms


@transaction.atomic
def sign_terms(
    *, terms: Terms, name: str, sha256: str, by: User, address: str | None = None, method: str = Method.PAGE
) -> Signature:
    """A fund's person signs the exact text that they were shown, named by its hash.

    It binds the fund when the person's role may sign for it; then a held seat becomes signed. Signing twice is signing once.
    """
    row, fund = _asked(terms, by)
    if not row.in_force or sha256 != row.sha256:
        raise IllegalMove(OLD_TEXT)
    name = words(name, "Your name", longest=120, required=True)
    if name.casefold() != by.name.casefold():
        raise Invalid(f"Type your name as it stands on your account: {by.name}.")
    binding = allowed(by, Permission.SIGN_TERMS)
    # Who signed as a reader and may now bind the fund signs once more.
    if found := Signature.objects.filter(terms=row, user=by, binding__in=[binding, True]).first():
        _mark(found)
        return found
    return _sign(row, fund, name, method, by, user=by, binding=binding, address=address)


@transaction.atomic
def file_paper(*, participation: Participation, name: str, note: str, by: User) -> Signature:
    """An admin files that a fund signed the terms in force on paper: who signed, and where the paper is kept."""
    programme = lock(participation.programme, by, Permission.MANAGE_SEATS)
    terms = in_force(programme)
    if terms is None:
        raise IllegalMove("No terms are published yet. Publish them first.")
    name = words(name, "The signer's name", longest=120, required=True)
    note = words(note, "The place where the paper is kept", longest=200, required=True)
    return _sign(terms, participation.fund, name, Method.PAPER, by, binding=True, note=note)


def _ask(terms: Terms) -> None:
    """Write to everybody of the funds on seats that there is something to sign; each letter tells of nobody else."""
    seated = Participation.objects.filter(programme=terms.programme_id, state=ParticipationState.SEATED)
    people = FundMember.objects.filter(fund__in=seated.values("fund"), left_at__isnull=True).select_related("user")
    for member in people.order_by("pk"):
        outbox.post(
            to=member.user.email,
            template="terms",
            key=f"terms:{terms.pk}:{member.user_id}",
            link=settings.SITE_URL + reverse("fund_terms_one", args=[terms.pk]),
            name=member.user.name,
            programme=terms.programme,
            again=terms.version > 1,
        )


def _asked(terms: Terms, by: User) -> tuple[Terms, Fund]:
    require(by, Permission.READ_RELEASED)
    row = Terms.objects.visible_to(by).select_related("programme").filter(pk=terms.pk).first()
    asked = Participation.objects.visible_to(by).filter(programme=terms.programme_id, state__in=ASKED)
    found = asked.select_related("fund").first()
    if row is None or found is None:
        raise Refused("There is nothing here for you to sign.")
    return row, found.fund


def _sign(terms: Terms, fund: Fund, name: str, method: str, by: User, *, binding: bool, **fields: Any) -> Signature:
    try:
        with transaction.atomic():
            signature = Signature.objects.create(
                terms=terms,
                fund=fund,
                name=name,
                method=method,
                binding=binding,
                sha256=terms.sha256,
                language=terms.language,
                at=now(),
                **fields,
            )
    except IntegrityError:
        return Signature.objects.get(terms=terms, user=by, binding=binding)
    _mark(signature)
    part = Participation.objects.get(programme=terms.programme_id, fund=fund)
    told: dict[str, Any] = {
        "version": terms.version,
        "sha256": terms.sha256,
        "binding": signature.binding,
        "method": method,
    }
    audit.record(terms.programme.chain, "terms-signed", signature, by=by, fund=fund.pk, **told)
    audit.record(part.chain, "terms-signed", signature, by=by, **told)
    return signature


def _mark(signature: Signature) -> None:
    """A seat that is held for a fund is signed once somebody has signed for the fund."""
    if not signature.binding:
        return
    seats = Seat.objects.select_for_update(of=("self",))
    held = seats.filter(programme=signature.terms.programme_id, fund=signature.fund_id)
    if seat := held.filter(state=SeatState.HELD, held_until__gt=now()).first():
        SEAT.make(seat, SeatState.SIGNED, held_until=None, since=now())
