"""Invitations: an e-mail with a link of its own, one answer from who has the link, and the step from interest to a seat.

The link holds the invitation's random id and its signature, nothing else. What is closed is closed alike: answered, run
out, taken back, forged or never given out take the same path and the same time. Whether an address is known is never
looked up while somebody waits; the job of an answer does so afterwards.
"""

import contextlib
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.signing import Signer
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.crypto import constant_time_compare

from accounts import audit, jobs, outbox
from accounts.models import Job, User
from accounts.moves import IllegalMove, Invalid, now
from accounts.permissions import Refused, allowed
from accounts.roles import Permission, Role
from research.models import Fund, FundMember, Invitation, Participation, Programme
from research.permissions import TAKES_FUNDS, claim_obstacle
from research.services.checks import lock, whole, words
from research.services.people import add_member
from research.states import INVITATION, PARTICIPATION, InvitationState, ParticipationState, SeatState

KIND = "interest"
DAYS = 14
MOST_DAYS = 60
LONGEST_NOTE = 2_000
NOBODY = UUID(int=0)
S, P = InvitationState, ParticipationState


class Offer(NamedTuple):
    """What a fund is told before it takes part. It holds nothing of other funds, of seats, of a price or of a name."""

    question: str
    segments: list[tuple[str, int]]
    launch_on: date
    delivery_on: date
    synthetic: bool

    @property
    def interviews(self) -> int:
        return sum(quota for _, quota in self.segments)


# What an admin does -------------------------------------------------------------------------------------------------


@transaction.atomic
def invite(*, programme: Programme, fund: Fund, email: str, name: str, by: User, days: int | str = DAYS) -> Invitation:
    """Ask a person of a fund by e-mail whether the fund takes part; the link is open for so many days.

    IllegalMove when the programme takes no funds, the fund has a seat, or the person has an open invitation; Invalid for an
    address outside the fund's domain.
    """
    row = lock(programme, by, Permission.MANAGE_SEATS)
    _takes_funds(row)
    host = Fund.objects.visible_to(by).filter(pk=fund.pk).first()
    if host is None:
        raise Refused("There is no such fund.")
    name = one_line(name, "The person's name", required=True)
    email = address(email)
    if host.domain and not email.endswith(f"@{host.domain}"):
        raise Invalid(f"People of this fund have addresses that end in @{host.domain}.")
    days = whole(days, "The number of days", 1, MOST_DAYS)
    part, _ = Participation.objects.get_or_create(programme=row, fund=host)
    if part.state == P.SEATED:
        raise IllegalMove("This fund has a seat already. Add its people on the fund's page.")
    if _live(part).filter(email=email).exists():
        raise IllegalMove(f"{email} has an open invitation already. Send that one again, or take it back first.")
    if part.state == P.DECLINED:
        PARTICIPATION.make(part, P.INVITED, since=now())
    invitation = _write(part, email, name, days, by)
    _record(invitation, "fund-invited", by)
    return invitation


@transaction.atomic
def revoke(*, invitation: Invitation, by: User) -> Invitation:
    """Take an invitation back: its link closes at once, and a message that has not gone out yet does not go."""
    row = _locked(invitation, by)
    _close(row)
    _record(row, "invitation-revoked", by)
    return row


@transaction.atomic
def resend(*, invitation: Invitation, by: User, days: int | str = DAYS) -> Invitation:
    """Invite the same person anew, with a new link and a new end. The old link closes: one person has one open link."""
    row = _locked(invitation, by)
    _takes_funds(row.participation.programme)
    _close(row)
    again = _write(row.participation, row.email, row.name, whole(days, "The number of days", 1, MOST_DAYS), by)
    _record(again, "invitation-resent", by, instead=row.pk)
    return again


@transaction.atomic
def admit(*, invitation: Invitation, by: User) -> FundMember:
    """Give who answered with interest an account as the fund's lead, once a seat is held, and mail a link to set a password.

    Invalid when the address has an account already or lies outside the fund's domain.
    """
    row = _locked(invitation, by)
    if sentence := admission_obstacle(row):
        raise IllegalMove(sentence)
    given = {"email": row.answer["email"], "name": row.answer["name"]}
    member = add_member(fund=row.participation.fund, role=Role.FUND_LEAD, by=by, **given)
    _record(row, "contact-admitted", by, user=member.user_id)
    return member


def admission_obstacle(invitation: Invitation) -> str | None:
    """Why who answered can't be given an account now, or None."""
    if invitation.state != S.INTERESTED:
        return "This invitation was not answered with interest."
    part = invitation.participation
    overdue = Q(state=SeatState.HELD, held_until__lte=now())
    if not part.programme.seats.filter(fund=part.fund_id).exclude(overdue).exists():
        return "No seat is held for this fund. Hold one first."
    return None


# What who has the link does -----------------------------------------------------------------------------------------


def token_of(invitation: Invitation) -> str:
    """What stands in the link: the invitation's random id, signed."""
    return _signer().sign(invitation.pk.hex)


def open_invitation(token: str) -> Invitation | None:
    """The invitation whose link this is, while it can be answered. Every other token costs one signature and one query."""
    number, _, _ = token.partition(".")
    genuine = constant_time_compare(token, _signer().sign(number))
    try:
        pk = UUID(hex=number)
    except ValueError:
        pk = NOBODY
    here = Invitation.objects.filter(
        pk=pk if genuine else NOBODY,
        state=S.SENT,
        expires_at__gt=now(),
        participation__programme__state__in=TAKES_FUNDS,
    )
    return here.select_related("participation__programme").first()


def offer_of(invitation: Invitation) -> Offer:
    """What the public page tells. The title and the subject stay out: they may name what nobody outside should link to us."""
    programme = invitation.participation.programme
    segments = list(programme.segments.order_by("order", "code").values_list("title", "quota"))
    return Offer(programme.question, segments, programme.launch_on, programme.delivery_on, programme.synthetic)


@transaction.atomic
def answer(*, token: str, interested: bool, name: str = "", role: str = "", email: str = "", note: str = "") -> bool:
    """Take the one answer to an invitation. False when its link is not open (any more).

    Invalid for an interest without a name or an e-mail address. What was typed is kept as it is: who it belongs to is
    compared by a job, so that the answer takes as long for a known address as for an unknown one.
    """
    row = open_invitation(token)
    if row is None:
        return False
    given = _given(name, role, email, note) if interested else {}
    stamp = now()
    # Named fields of this one row, so that the second of two answers at once finds the condition untrue.
    still = Invitation.objects.filter(pk=row.pk, state=S.SENT, expires_at__gt=stamp)
    row.state = S.INTERESTED if interested else S.DECLINED
    if not still.update(state=row.state, answered_at=stamp, answer=given):
        return False
    _follow(row.participation, interested)
    jobs.request(KIND, row.pk, "answered", scope=row.participation.programme_id)
    _record(row, f"invitation-{row.state}", None)
    return True


# What the ledger does afterwards ------------------------------------------------------------------------------------


def compare(job: Job, progress: Any) -> str:
    """Who the address belongs to that was typed with an interest: new, outside, member or elsewhere; nothing after a no."""
    row = Invitation.objects.select_related("participation__fund").filter(pk=job.subject).first()
    if row is None or row.state != S.INTERESTED:
        return ""
    fund, email = row.participation.fund, row.answer["email"]
    known = User.objects.filter(email=email).first()
    if known is not None:
        return "member" if fund.members.filter(user=known, left_at__isnull=True).exists() else "elsewhere"
    return "outside" if fund.domain and not email.endswith(f"@{fund.domain}") else "new"


def tell(job: Job, standing: str) -> None:
    """Keep what the comparison found, and write to who sent the invitation, or to every admin when they have left."""
    row = Invitation.objects.select_for_update(of=("self",)).select_related("participation__programme", "by")
    found = row.filter(pk=job.subject).first()
    if found is None:
        return
    if standing:
        found.answer["standing"] = standing
        found.save(update_fields=["answer"])
    programme = found.participation.programme
    for person in _readers(found):
        outbox.post(
            to=person.email,
            template="invitation_answered",
            key=f"answered:{found.pk}:{person.pk}",
            link=settings.SITE_URL + reverse("invitations", args=[programme.slug]),
            name=person.name,
            programme=programme,
            interested=found.state == S.INTERESTED,
        )


def _readers(invitation: Invitation) -> list[User]:
    if allowed(invitation.by, Permission.MANAGE_SEATS):
        return [invitation.by]
    return [user for user in User.objects.filter(is_active=True) if allowed(user, Permission.MANAGE_SEATS)]


# How it is done -----------------------------------------------------------------------------------------------------


def _signer() -> Signer:
    return Signer(salt="research.invitation", sep=".")


def one_line(value: Any, name: str, *, required: bool = False) -> str:
    """A name or a title: one line of at most 120 characters."""
    return " ".join(words(value, name, longest=120, required=required).split())


def address(value: Any) -> str:
    """An e-mail address in lower case."""
    email = words(value, "The e-mail address", longest=254, required=True).lower()
    try:
        validate_email(email)
    except ValidationError:
        raise Invalid("This is not an e-mail address. Write one such as name@example.com.") from None
    return email


def _given(name: str, role: str, email: str, note: str) -> dict[str, str]:
    return {
        "name": one_line(name, "Your name", required=True),
        "role": one_line(role, "Your role"),
        "email": address(email),
        "note": words(note, "The note", longest=LONGEST_NOTE),
    }


def _takes_funds(programme: Programme) -> None:
    if sentence := claim_obstacle(programme):
        raise IllegalMove(sentence)


def _live(part: Participation) -> Any:
    return part.invitations.filter(state=S.SENT, expires_at__gt=now())


def _locked(invitation: Invitation, by: User) -> Invitation:
    lock(invitation.participation.programme, by, Permission.MANAGE_SEATS)
    rows = Invitation.objects.visible_to(by).select_for_update(of=("self",))
    return rows.select_related("participation__programme", "participation__fund").get(pk=invitation.pk)


def _close(row: Invitation) -> None:
    if row.state != S.SENT:
        raise IllegalMove(f"This invitation was {'taken back' if row.state == S.REVOKED else 'answered'} already.")
    INVITATION.make(row, S.REVOKED)
    outbox.drop(_key(row))


def _key(invitation: Invitation) -> str:
    return f"invitation:{invitation.pk}"


def _write(part: Participation, email: str, name: str, days: int, by: User) -> Invitation:
    sent: datetime = now()
    row = Invitation.objects.create(
        participation=part, email=email, name=name, by=by, sent_at=sent, expires_at=sent + timedelta(days=days)
    )
    outbox.post(
        to=email,
        template="invitation",
        key=_key(row),
        link=settings.SITE_URL + reverse("invitation", args=[token_of(row)]),
        name=name,
        offer=offer_of(row),
        until=row.expires_at,
    )
    return row


def _follow(part: Participation, interested: bool) -> None:
    """The participation goes with the answer, unless another person of the fund is still asked or has said otherwise."""
    if interested:
        lawful = part.state == P.DECLINED
    else:
        lawful = part.state == P.INVITED and not part.invitations.filter(state=S.INTERESTED).exists()
        lawful = lawful and not _live(part).exists()
    if lawful:
        # An admin may have moved it just now; then theirs stands.
        with contextlib.suppress(IllegalMove):
            PARTICIPATION.make(part, P.INVITED if interested else P.DECLINED, since=now())


def _record(row: Invitation, verb: str, by: User | None, **body: Any) -> None:
    part = row.participation
    audit.record(part.programme.chain, verb, row, by=by, fund=part.fund_id, **body)
    audit.record(part.chain, verb, row, by=by, **body)
