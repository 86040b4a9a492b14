"""What those concerned are told of a call's changes. Each change has a number that only rises (RFC 5545, 3.8.7.4).

Each person of a call has an e-mail with a calendar object of their own, in their own zone, that names nobody else: a REQUEST
when the call is booked or moved, a CANCEL when it, or they, are taken off. Of a held time nobody is told, nor of a past one.
"""

from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q

from accounts import outbox
from accounts.models import Message, User
from accounts.moves import now
from interviews import invites
from interviews.expert_words import in_words
from interviews.invites import Invite, Method
from interviews.models import CalendarSettings, ExpertLink, Interview, InterviewChange, LinkPurpose
from interviews.services import experts, links
from interviews.states import InterviewState as S
from research.services.outward import public_name

# The only reason that anybody outside compliance reads when a list or a rule stops a call.
NEUTRAL = "This call can't take place."
# In these a call that lies ahead has no time that anybody keeps.
OFF = (S.OPEN, S.TENTATIVE, S.CANCELLED, S.LATE_CANCEL, S.NO_SHOW, S.STOPPED)
UNNAMED = "Research call"


@dataclass(frozen=True, slots=True)
class Told:
    """Who was sent an invitation that still stands; users by their ids, and whether the expert was."""

    people: frozenset[UUID]
    expert: bool


def changed(interview: Interview, what: str, *, by: User | None, note: str = "") -> InterviewChange:
    """Write one change into a call's history under the next sequence, and post what its people have to know.

    what: booked, moved, reassigned, released, cancelled, missed, stopped … by: None for the expert and the clock. The caller
    holds the transaction and the row.
    """
    before = interview.changes.filter(starts_at__isnull=False).order_by("-sequence", "-pk").first()
    interview.sequence += 1
    interview.save(update_fields=["sequence"])
    change = InterviewChange.objects.create(
        interview=interview,
        sequence=interview.sequence,
        what=what,
        starts_at=interview.starts_at,
        zone=interview.zone,
        note=note,
        by=by,
        at=now(),
    )
    _tell(interview, what, before.starts_at if before else None, by=by, note=note)
    return change


def _tell(row: Interview, what: str, before: datetime | None, *, by: User | None, note: str) -> None:
    told = _told(row)
    known = [at for at in (row.starts_at, before) if at is not None]
    ahead = any(at > now() for at in known)
    booked = row.state == S.BOOKED
    if ahead and (booked or row.state in OFF):
        here = {pk for pk in (row.interviewer_id, row.chaperone_id) if pk} if booked else set()
        # Who stays when others change keeps a calendar that is right as it is.
        asked = here - told.people if what == "reassigned" else here
        for user in User.objects.filter(pk__in=asked | (told.people - here)).order_by("pk"):
            _write(row, user, "REQUEST" if user.pk in here else "CANCEL", known[0], note)
        if told.expert and not booked:
            _cancel_expert(row, known[0], note)
    request = ("REQUEST", object_for_expert(row, "REQUEST", row.starts_at)) if booked and row.starts_at else None
    links.follow(row, what, by=by, calendar=request)


def _told(row: Interview) -> Told:
    """Who has an invitation, from the outbox itself: the last object that each was sent, if it is a REQUEST."""
    newest: dict[str, tuple[int, str]] = {}
    manage = ExpertLink.objects.filter(interview=row, purpose=LinkPurpose.MANAGE).values_list("pk", flat=True)
    keys = {links.mail_key(pk) for pk in manage}
    own = Message.objects.filter(Q(key__startswith=f"call:{row.pk}:") | Q(key__in=keys)).exclude(method="")
    for key, method, calendar in own.values_list("key", "method", "calendar"):
        who = str(row.expert_id) if key in keys else key.rpartition(":")[2]
        newest[who] = max(newest.get(who, (0, "")), (invites.sequence_of(calendar), method))
    stands = {UUID(who) for who, (_, method) in newest.items() if method == "REQUEST"}
    return Told(frozenset(stands - {row.expert_id}), row.expert_id in stands)


def _write(row: Interview, user: User, method: Method, at: datetime, note: str) -> None:
    """Tell one of the firm's people; who has left the firm has no calendar of the firm any more."""
    if not user.is_active:
        return
    zone = zone_of(user)
    outbox.post(
        to=user.email,
        template="call_firm",
        key=f"call:{row.pk}:{row.sequence}:{user.pk}",
        calendar=(method, invites.one(invite_for(row, zone, at), method)),
        name=user.name,
        call=firm_name(row),
        when=in_words(at, ZoneInfo(zone)),
        minutes=row.minutes,
        method=method,
        off=row.state == S.BOOKED,
        reason=note if note == NEUTRAL else "",
        site=settings.SITE_URL,
    )


def _cancel_expert(row: Interview, at: datetime, note: str) -> None:
    """Tell the expert that the call is off. Also one who wants no more mail: what was agreed must be called off."""
    if not experts.mail_address(str(row.expert_id)):
        return
    outbox.post(
        to=experts.addressee(row.expert),
        template="call_off_expert",
        key=f"call:{row.pk}:{row.sequence}:{row.expert_id}",
        calendar=("CANCEL", object_for_expert(row, "CANCEL", at)),
        codename=public_name(row.programme),
        when=in_words(at, ZoneInfo(row.zone)),
        reason=note if note == NEUTRAL else "",
        synthetic=row.programme.synthetic,
    )


# Calendar objects -----------------------------------------------------------------------------------------------------


def uid(row: Interview) -> str:
    """What makes a call the same one in every calendar for its whole life; names nothing but the firm's mail host."""
    return f"{row.pk}@{parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition('@')[2]}"


def zone_of(user: User) -> str:
    """The zone of one of the firm's people."""
    found = CalendarSettings.objects.filter(user=user).values_list("zone", flat=True).first()
    return found or settings.TIME_ZONE


def firm_name(row: Interview, name: str | None = None) -> str:
    """What a call is called in a calendar of the firm, which lies on telephones: its code name and number, no more."""
    return f"{(public_name(row.programme) if name is None else name) or UNNAMED}, {row.label}"


def invite_for(row: Interview, zone: str, at: datetime, *, name: str | None = None, attendee: str = "{to}") -> Invite:
    """The call in the calendar of one of the firm's people. `name` spares asking for the code name again."""
    return Invite(
        uid=uid(row),
        sequence=row.sequence,
        starts_at=at,
        zone=zone,
        minutes=row.minutes,
        stamp=now(),
        summary=firm_name(row, name),
        description=f"Sign in to see more: {settings.SITE_URL}",
        attendee=attendee,
        tentative=row.state == S.TENTATIVE,
        **_organiser(),
    )


def object_for_expert(row: Interview, method: Method, at: datetime) -> bytes:
    """The call in the expert's own calendar."""
    invite = Invite(
        uid=uid(row),
        sequence=row.sequence,
        starts_at=at,
        zone=row.zone,
        minutes=row.minutes,
        stamp=now(),
        summary=public_name(row.programme) or UNNAMED,
        description="To move or cancel this call, use the link in our e-mail." if method == "REQUEST" else "",
        attendee="{to}",
        **_organiser(),
    )
    return invites.one(invite, method)


def _organiser() -> dict[str, Any]:
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return {"organiser": address, "organiser_name": name}
