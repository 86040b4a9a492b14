"""Seats: numbered rows, taken by one conditional update each. Nothing is counted, so nothing can be counted wrongly.

An event of a seat goes to two chains: the programme's, with the seat's number and the fund's id; and the fund's own,
which holds nothing from which another fund's place could be told, not even the number.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts import audit
from accounts.models import User
from accounts.moves import IllegalMove, Invalid, Moved, now
from accounts.roles import Permission
from research.models import Fund, Programme, Seat
from research.models.seats import CEILING
from research.permissions import claim_obstacle
from research.services.checks import lock, require_open, see, whole
from research.states import SEAT, SeatState

# A lost attempt means that another claim took that row, and there are at most five rows.
TRIES = 8
HOLD = timedelta(days=3)
LONGEST_HOLD = timedelta(days=60)


class ClaimRefused(IllegalMove):
    """A claim found no seat; `code` says why in a word that a program can read."""

    code = ""


class ProgrammeFull(ClaimRefused):
    """Every seat is held or active."""

    code = "programme_full"


class AlreadySeated(ClaimRefused):
    """The fund has a live seat in this programme."""

    code = "already_seated"

    def __init__(self) -> None:
        super().__init__("This fund already has a seat in this programme.")


@transaction.atomic
def set_cap(*, programme: Programme, cap: int | str, by: User) -> Programme:
    """Set the number of seats, from 1 to 5, by adding or removing free rows; taken seats keep their numbers."""
    row = lock(programme, by, Permission.MANAGE_SEATS)
    require_open(row, "seats")
    cap = whole(cap, "The number of seats", 1, CEILING)
    seats = list(row.seats.select_for_update().order_by("number"))
    live = sum(seat.state != SeatState.FREE for seat in seats)
    if cap < live:
        taken = f"{live} seat{'s are' if live > 1 else ' is'} held or active"
        raise IllegalMove(f"{taken}, so there can't be only {cap}. Free a seat first.")
    numbers = {seat.number for seat in seats}
    missing = [number for number in range(1, CEILING + 1) if number not in numbers]
    Seat.objects.bulk_create(Seat(programme=row, number=n) for n in missing[: max(cap - len(seats), 0)])
    spare = [seat.pk for seat in reversed(seats) if seat.state == SeatState.FREE][: max(len(seats) - cap, 0)]
    Seat.objects.filter(pk__in=spare, state=SeatState.FREE).delete()
    if cap != len(seats):
        audit.record(row.chain, "cap-set", row, by=by, old=len(seats), new=cap)
    return row


@transaction.atomic
def hold_seat(*, programme: Programme, fund: Fund, by: User, until: datetime | None = None) -> Seat:
    """Keep a seat for a fund until a moment (three days from now by default); then it is free again by itself."""
    row = see(programme, by, Permission.MANAGE_SEATS)
    stamp = now()
    until = until or stamp + HOLD
    if not stamp < until <= stamp + LONGEST_HOLD:
        raise Invalid(f"A hold ends in the future, within {LONGEST_HOLD.days} days. Choose such a moment.")
    seat = _claim(row, fund, SeatState.HELD, held_until=until, since=stamp)
    _record(seat, fund, "seat-held", by, until=until.isoformat())
    return seat


@transaction.atomic
def take_seat(*, programme: Programme, fund: Fund, by: User) -> Seat:
    """Give a fund a seat at once; a seat that is held for it becomes active."""
    row = see(programme, by, Permission.MANAGE_SEATS)
    if held := row.seats.filter(fund=fund, state=SeatState.HELD, held_until__gt=now()).first():
        return activate_seat(seat=held, by=by)
    seat = _claim(row, fund, SeatState.ACTIVE, held_until=None, since=now())
    _record(seat, fund, "seat-activated", by)
    return seat


@transaction.atomic
def activate_seat(*, seat: Seat, by: User) -> Seat:
    """Turn a hold into an active seat: from now on the fund's people see the programme."""
    programme = see(seat.programme, by, Permission.MANAGE_SEATS)
    row = programme.seats.select_for_update().get(pk=seat.pk)
    if sentence := claim_obstacle(programme):
        raise IllegalMove(sentence)
    if row.state == SeatState.FREE or row.fund is None:
        raise IllegalMove("This seat is free. Choose a fund for it.")
    if row.state == SeatState.HELD and row.held_until and row.held_until <= now():
        raise IllegalMove("This hold has run out. Hold a seat for the fund again.")
    SEAT.make(row, SeatState.ACTIVE, held_until=None, since=now())
    _record(row, row.fund, "seat-activated", by)
    return row


@transaction.atomic
def free_seat(*, seat: Seat, by: User) -> Seat:
    """Free a held or active seat: the fund's people lose sight of the programme at once; its own record stays."""
    programme = see(seat.programme, by, Permission.MANAGE_SEATS)
    row = programme.seats.select_for_update().get(pk=seat.pk)
    fund = row.fund
    SEAT.make(row, SeatState.FREE, fund=None, held_until=None, since=None)
    assert fund is not None, "a seat that is not free has a fund: the database checks it"
    _record(row, fund, "seat-freed", by)
    return row


def expire_holds(*, programme: Programme | None = None) -> int:
    """Free every hold that has run out, of one programme or of all; how many there were. May run at any time."""
    overdue = Q(state=SeatState.HELD, held_until__lte=now())
    seats = Seat.objects.filter(overdue)
    if programme is not None:
        seats = seats.filter(programme=programme)
    expired = 0
    for seat in seats.select_related("programme", "fund"):
        with transaction.atomic():
            free = {"state": SeatState.FREE, "fund": None, "held_until": None, "since": None}
            if Seat.objects.filter(overdue, pk=seat.pk, fund=seat.fund).update(**free):
                assert seat.fund is not None
                _record(seat, seat.fund, "seat-hold-expired", None)
                expired += 1
    return expired


def _claim(programme: Programme, fund: Fund, state: SeatState, **fields: datetime | None) -> Seat:
    if sentence := claim_obstacle(programme):
        raise IllegalMove(sentence)
    expire_holds(programme=programme)
    if _seated(programme, fund):
        raise AlreadySeated
    for _ in range(TRIES):
        free = programme.seats.filter(state=SeatState.FREE).order_by("number").values_list("pk", flat=True).first()
        if free is None:
            raise full(programme)
        if _take(free, fund, state, fields):
            return Seat.objects.select_related("programme").get(pk=free)
    raise Moved("Several claims for a seat came at once. Try again.")


def _seated(programme: Programme, fund: Fund) -> bool:
    """A friendly look beforehand; two claims at once may both pass it, and the database then refuses the second."""
    return programme.seats.filter(fund=fund).exists()


def _take(pk: UUID, fund: Fund, state: SeatState, fields: dict[str, datetime | None]) -> int:
    """The one statement that decides a race: 1 when the row was still free."""
    try:
        with transaction.atomic():
            return Seat.objects.filter(pk=pk, state=SeatState.FREE).update(state=state, fund=fund, **fields)
    except IntegrityError:
        raise AlreadySeated from None


def full(programme: Programme) -> ProgrammeFull:
    """The refusal of a claim when no seat is free."""
    cap = programme.seats.count()
    if cap == 0:
        return ProgrammeFull("This programme has no seats yet. Set their number first.")
    return ProgrammeFull("The only seat is taken." if cap == 1 else f"All {cap} seats are taken.")


def _record(seat: Seat, fund: Fund, verb: str, by: User | None, **body: str) -> None:
    audit.record(seat.programme.chain, verb, seat, by=by, number=seat.number, fund=fund.pk, **body)
    audit.record(seat.chain_of(fund.pk), verb, f"programme:{seat.programme_id}", by=by, **body)
