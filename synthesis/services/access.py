"""Who reads: the fund's own record of each reading, written in the transaction that serves it."""

from uuid import UUID

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.permissions import Refused, require
from accounts.roles import Permission
from research.models import Participation, Programme, Seat
from research.states import SeatState
from synthesis.models import Deliverable, Reading
from synthesis.states import DeliverableState


def require_place(by: User, programme: Programme) -> None:
    """Raise Refused unless the programme is within this person's sight: a role alone opens no programme."""
    if not Programme.objects.visible_to(by).filter(pk=programme.pk).exists():
        raise Refused("You do not work on this programme.")


def seat_of(user: User, programme_id: UUID) -> Seat | None:
    """The active seat by which a fund's person reads a programme; None when there is none."""
    return Seat.objects.visible_to(user).filter(programme=programme_id, state=SeatState.ACTIVE).first()


@transaction.atomic
def record_reading(*, deliverable: Deliverable, item: str, by: User) -> Reading:
    """Note that a fund's person read an item of a released report, on that fund's own chain and no other.

    Call it before the item is served. Raises Refused when the fund has no active seat, its reader has not signed
    the terms in force or the report is not released, so that what came a moment ago still holds.
    """
    require(by, Permission.READ_RELEASED)
    seat = seat_of(by, deliverable.programme_id)
    row = Deliverable.objects.visible_to(by).filter(pk=deliverable.pk, state=DeliverableState.RELEASED).first()
    if seat is None or row is None or seat.fund_id is None:
        raise Refused("There is nothing here for you to read.")
    part = Participation.objects.get(programme=row.programme_id, fund=seat.fund_id)
    reading = Reading.objects.create(participation=part, user=by, deliverable=row, item=item)
    audit.record(part.chain, "item-read", f"deliverable:{row.pk}", by=by, item=item)
    return reading
