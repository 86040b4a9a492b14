"""The participation cap: the number of a programme's seat rows, from 1 to 5."""

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.moves import IllegalMove
from accounts.roles import Permission
from research.models import Programme, Seat
from research.models.seats import CEILING
from research.permissions import cap_obstacle
from research.services.checks import lock, require_open, whole
from research.services.seats import expire_holds, hold_still, offer
from research.states import SeatState


@transaction.atomic
def set_cap(*, programme: Programme, cap: int | str, by: User) -> Programme:
    """Set the number of seats by adding or removing free rows; taken seats keep their numbers, new ones go to who waits.

    IllegalMove below the number of seats in use, naming those that stand in the way.
    """
    row = lock(programme, by, Permission.MANAGE_SEATS)
    require_open(row, "seats")
    cap = whole(cap, "The number of seats", 1, CEILING)
    hold_still(row)
    expire_holds(programme=row)
    seats = list(row.seats.order_by("number"))
    if sentence := cap_obstacle(seats, cap):
        raise IllegalMove(sentence)
    numbers = {seat.number for seat in seats}
    missing = [number for number in range(1, CEILING + 1) if number not in numbers]
    Seat.objects.bulk_create(Seat(programme=row, number=n) for n in missing[: max(cap - len(seats), 0)])
    spare = [seat.pk for seat in reversed(seats) if seat.state == SeatState.FREE][: max(len(seats) - cap, 0)]
    Seat.objects.filter(pk__in=spare, state=SeatState.FREE).delete()
    if cap != len(seats):
        audit.record(row.chain, "cap-set", row, by=by, old=len(seats), new=cap)
        offer(row)
    return row
