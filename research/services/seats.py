"""Seats: numbered rows, taken by one conditional update each. Nothing is counted, so nothing can be counted wrongly.

A fund has one Participation in a programme for ever, and at most one seat. A seat that comes free is held at once for
whoever has waited longest, in the transaction that frees it. An event of a seat goes to two chains: the programme's,
with the seat's number and the fund's id; and the fund's own, which holds nothing from which another fund's place could
be told, not even the number.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts import audit, outbox
from accounts.models import User
from accounts.moves import IllegalMove, Invalid, Moved, now
from accounts.permissions import Refused, require
from accounts.roles import Permission
from research.models import Fund, Participation, Programme, Seat
from research.models.terms import Method
from research.permissions import (
    UNSIGNED,
    activation_obstacle,
    answer_obstacle,
    claim_obstacle,
    extension_obstacle,
    last_seat_obstacle,
)
from research.services import letters
from research.services import terms as nda
from research.services.checks import lock, see
from research.states import PARTICIPATION, SEAT, ParticipationState, SeatState

# A lost attempt means that another claim took that row, and there are at most five rows.
TRIES = 8
HOLD = timedelta(days=3)
LONGEST_HOLD = timedelta(days=60)
P = ParticipationState
# To a fund: how many seats there are, and that others sit on them, is not its to know.
ROOM = "A seat is free, so nobody needs to wait. Take it instead."
NO_SEAT = "No seat is free at the moment. Your fund can join the wait-list."
EMPTY: dict[str, Any] = {"state": SeatState.FREE, "fund": None, "held_until": None, "since": None}


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


# What an admin does -------------------------------------------------------------------------------------------------


@transaction.atomic
def hold_seat(*, programme: Programme, fund: Fund, by: User, until: datetime | None = None) -> Seat:
    """Keep a seat for a fund until a moment (three days from now by default); then it is free again by itself."""
    row = see(programme, by, Permission.MANAGE_SEATS)
    seat = _claim(row, fund, SeatState.HELD, held_until=_until(until), since=now())
    letters.seat_held(seat, fund)
    _record(seat, fund, "seat-held", by, until=_iso(seat.held_until))
    return seat


@transaction.atomic
def extend_hold(*, seat: Seat, by: User, until: datetime | None = None) -> Seat:
    """Let a hold that still runs end at another moment. It stays the same seat, and the fund's leads are told."""
    programme = see(seat.programme, by, Permission.MANAGE_SEATS)
    row = _row(programme, seat)
    if sentence := extension_obstacle(row):
        raise IllegalMove(sentence)
    assert row.fund is not None, "a seat that is not free has a fund: the database checks it"
    row.held_until = _until(until)
    row.save(update_fields=["held_until"])
    letters.seat_held(row, row.fund)
    _record(row, row.fund, "hold-extended", by, until=_iso(row.held_until))
    return row


@transaction.atomic
def take_seat(*, programme: Programme, fund: Fund, by: User) -> Seat:
    """Give a fund a seat at once, if it has signed the terms; a seat that is held for it becomes active."""
    row = see(programme, by, Permission.MANAGE_SEATS)
    kept = Q(state=SeatState.SIGNED) | Q(state=SeatState.HELD, held_until__gt=now())
    if own := row.seats.filter(kept, fund=fund).first():
        return activate_seat(seat=own, by=by)
    seat = _claim(row, fund, SeatState.ACTIVE, held_until=None, since=now())
    if not nda.signed_by_fund(row, fund):
        raise IllegalMove(UNSIGNED)
    _record(seat, fund, "seat-activated", by)
    return seat


@transaction.atomic
def activate_seat(*, seat: Seat, by: User) -> Seat:
    """Make a held or signed seat active, if the fund has signed the terms in force: now its people can see the programme."""
    programme = see(seat.programme, by, Permission.MANAGE_SEATS)
    row = _row(programme, seat)
    signed = row.fund is not None and nda.signed_by_fund(programme, row.fund)
    if sentence := activation_obstacle(row, signed=signed):
        raise IllegalMove(sentence)
    assert row.fund is not None, "a seat that is not free has a fund: the database checks it"
    SEAT.make(row, SeatState.ACTIVE, held_until=None, since=now())
    _record(row, row.fund, "seat-activated", by)
    return row


@transaction.atomic
def free_seat(*, seat: Seat, by: User) -> Seat:
    """Free a seat: a fund on an active one has withdrawn, and its people lose sight of the programme at once.

    Its own record stays. The seat, as it is answered, is held at once for whoever has waited longest.

    IllegalMove for the last active fund of a programme that was launched: that programme is closed instead.
    """
    programme = lock(seat.programme, by, Permission.MANAGE_SEATS)
    hold_still(programme)
    row = _row(programme, seat)
    _free(programme, row, by)
    row.refresh_from_db()
    return row


@transaction.atomic
def put_on_wait_list(*, programme: Programme, fund: Fund, by: User) -> Participation:
    """Let a fund wait for a seat, behind those who wait already. IllegalMove while a seat is free: it takes that."""
    row = hold_still(lock(programme, by, Permission.MANAGE_SEATS))
    return _wait(row, fund, by)


@transaction.atomic
def take_off_wait_list(*, participation: Participation, by: User) -> Participation:
    """End a fund's waiting; it is merely invited again."""
    lock(participation.programme, by, Permission.MANAGE_SEATS)
    row = Participation.objects.select_for_update().get(pk=participation.pk)
    if row.state != P.WAITING:
        raise IllegalMove("This fund is not on the wait-list.")
    PARTICIPATION.make(row, P.INVITED, waiting_since=None, since=now())
    _record_part(row, "wait-list-left", by)
    return row


# What a fund's own lead or compliance does --------------------------------------------------------------------------


@transaction.atomic
def commit(
    *,
    participation: Participation,
    sha256: str,
    name: str,
    by: User,
    address: str | None = None,
    method: str = Method.PAGE,
) -> Seat:
    """Sign the terms in force for one's fund and take a seat: the one held for it, else a free one.

    Raises ProgrammeFull when there is none, and then nothing is signed either. The seat is active once an admin says so.
    """
    part = asked(participation, by)
    programme = part.programme
    wanted = nda.in_force(programme)
    if wanted is None:
        raise IllegalMove("No terms are published yet, so there is nothing to sign. Ask the firm.")
    seat = programme.seats.filter(fund=part.fund).exclude(state=SeatState.HELD, held_until__lte=now()).first()
    if seat is None:
        try:
            seat = _claim(programme, part.fund, SeatState.SIGNED, held_until=None, since=now())
        except (ProgrammeFull, Moved):
            raise ProgrammeFull(NO_SEAT) from None
        _record(seat, part.fund, "seat-committed", by)
    elif sentence := claim_obstacle(programme):
        raise IllegalMove(sentence)
    signature = nda.sign_terms(terms=wanted, name=name, sha256=sha256, by=by, address=address, method=method)
    outbox.post(
        to=by.email, template="committed", key=f"committed:{signature.pk}:{seat.pk}", name=by.name, programme=programme
    )
    return Seat.objects.select_related("programme").get(pk=seat.pk)


@transaction.atomic
def join_wait_list(*, participation: Participation, by: User) -> Participation:
    """Let one's fund wait for a seat, behind those who wait already."""
    part = asked(participation, by)
    programme = hold_still(part.programme)
    return _wait(programme, part.fund, by)


@transaction.atomic
def decline(*, participation: Participation, by: User) -> Participation:
    """Say no for one's fund, before its seat is active: a hold is freed, a place on the wait-list given up."""
    part = own(participation, by)
    programme = hold_still(part.programme)
    if seat := programme.seats.select_for_update(of=("self",)).filter(fund=part.fund).first():
        if seat.state == SeatState.ACTIVE:
            raise IllegalMove("Your fund's seat is active. Ask the firm if you want to withdraw.")
        _free(programme, seat, by)
    row = Participation.objects.select_for_update().get(pk=part.pk)
    PARTICIPATION.make(row, P.DECLINED, waiting_since=None, since=now())
    _record_part(row, "participation-declined", by)
    return row


def own(participation: Participation, by: User) -> Participation:
    """The participation of one's own fund, for which one may sign. Refused for everybody else."""
    require(by, Permission.SIGN_TERMS)
    rows = Participation.objects.visible_to(by).select_related("programme", "fund")
    part = rows.filter(pk=participation.pk).first()
    if part is None:
        raise Refused("There is nothing here for you to sign.")
    return part


def asked(participation: Participation, by: User) -> Participation:
    """Like own, for a fund that is still asked to take part. IllegalMove for one that has declined or withdrawn."""
    part = own(participation, by)
    if sentence := answer_obstacle(part):
        raise IllegalMove(sentence)
    return part


# What time does -----------------------------------------------------------------------------------------------------


def expire_holds(*, programme: Programme | None = None) -> int:
    """Free every hold that has run out, of one programme or of all, and offer it on; how many. May run at any time."""
    overdue = Q(state=SeatState.HELD, held_until__lte=now())
    seats = Seat.objects.filter(overdue)
    if programme is not None:
        seats = seats.filter(programme=programme)
    expired = 0
    for seat in seats.select_related("programme", "fund"):
        with transaction.atomic():
            hold_still(seat.programme)
            if Seat.objects.filter(overdue, pk=seat.pk, fund=seat.fund).update(**EMPTY):
                assert seat.fund is not None
                _end(seat.programme, seat.fund, P.LAPSED)
                letters.hold_ended(seat, seat.fund)
                _record(seat, seat.fund, "seat-hold-expired", None)
                offer(seat.programme)
                expired += 1
    return expired


def offer(programme: Programme) -> list[Seat]:
    """Hold each free seat for whoever has waited longest, in order; the seats offered. The caller holds the transaction."""
    offered: list[Seat] = []
    if claim_obstacle(programme):
        return offered
    hold_still(programme)
    waiting = Participation.objects.filter(programme=programme, state=P.WAITING).order_by("waiting_since", "pk")
    for part in waiting.select_related("fund").select_for_update(of=("self",)):
        try:
            seat = _grab(programme, part.fund, SeatState.HELD, held_until=now() + HOLD, since=now())
        except ClaimRefused:
            break
        _sit(part)
        letters.seat_held(seat, part.fund)
        _record(seat, part.fund, "seat-offered", None, until=_iso(seat.held_until))
        offered.append(seat)
    return offered


# How it is done -----------------------------------------------------------------------------------------------------


def hold_still(programme: Programme) -> Programme:
    """Lock a programme, then its seats in their order; the programme as it is now. A table lock for a table of five rows.

    Whatever touches more than one seat does this before it writes an audit event, and whatever touches one locks that
    seat before it does: so nobody waits for a seat with the audit chain in hand. Who joins the wait-list does it too,
    so nobody waits beside a free seat.
    """
    row = Programme.objects.select_for_update(no_key=True).get(pk=programme.pk)
    list(row.seats.select_for_update(of=("self",)).order_by("number").values_list("pk"))
    return row


def _row(programme: Programme, seat: Seat) -> Seat:
    """The seat as it is now, locked. A lower cap may have taken its row away since it was looked at."""
    # `of`: the order of seats joins the programme, and who locks it after a seat meets who locks it before.
    row = programme.seats.select_for_update(of=("self",)).filter(pk=seat.pk).first()
    if row is None:
        raise Moved("This seat is gone: the number of seats was lowered a moment ago. Reload the page and look again.")
    return row


def _claim(programme: Programme, fund: Fund, state: SeatState, **fields: datetime | None) -> Seat:
    if sentence := claim_obstacle(programme):
        raise IllegalMove(sentence)
    expire_holds(programme=programme)
    if _seated(programme, fund):
        raise AlreadySeated
    part, _ = Participation.objects.get_or_create(programme=programme, fund=fund)
    seat = _grab(programme, fund, state, **fields)
    _sit(part)
    return seat


def _grab(programme: Programme, fund: Fund, state: SeatState, **fields: datetime | None) -> Seat:
    for _ in range(TRIES):
        free = programme.seats.filter(state=SeatState.FREE).order_by("number").values_list("pk", flat=True).first()
        if free is None:
            raise full(programme)
        if _take(free, fund, state, fields):
            return Seat.objects.select_related("programme").get(pk=free)
    raise Moved("Others took each seat that was tried. Look again and try once more.")


def _seated(programme: Programme, fund: Fund) -> bool:
    """A friendly look beforehand; two claims at once may both pass it, and the database then refuses the second."""
    return programme.seats.filter(fund=fund).exists()


def _take(pk: UUID, fund: Fund, state: SeatState, fields: dict[str, datetime | None]) -> int:
    """The one statement that decides a race: 1 when the row was still free."""
    try:
        with transaction.atomic():
            taken = Seat.objects.filter(pk=pk, state=SeatState.FREE).update(state=state, fund=fund, **fields)
            # PostgreSQL keeps the lock on a row that it had to wait for and then passed over: let it go.
            transaction.set_rollback(not taken)
        return taken
    except IntegrityError:
        raise AlreadySeated from None


def _free(programme: Programme, row: Seat, by: User) -> None:
    if sentence := last_seat_obstacle(programme, row):
        raise IllegalMove(sentence)
    fund, was = row.fund, row.state
    SEAT.make(row, SeatState.FREE, fund=None, held_until=None, since=None)
    assert fund is not None, "a seat that is not free has a fund: the database checks it"
    _end(programme, fund, P.WITHDRAWN if was == SeatState.ACTIVE else P.LAPSED)
    _record(row, fund, "seat-freed", by)
    offer(programme)


def _wait(programme: Programme, fund: Fund, by: User) -> Participation:
    if sentence := claim_obstacle(programme):
        raise IllegalMove(sentence)
    expire_holds(programme=programme)
    if _seated(programme, fund):
        raise AlreadySeated
    if programme.seats.filter(state=SeatState.FREE).exists():
        raise IllegalMove(ROOM)
    part, _ = Participation.objects.get_or_create(programme=programme, fund=fund)
    if part.state == P.WAITING:
        raise IllegalMove("This fund is on the wait-list already.")
    PARTICIPATION.make(part, P.WAITING, waiting_since=now(), since=now())
    _record_part(part, "wait-list-joined", by)
    return part


def _sit(part: Participation) -> None:
    PARTICIPATION.make(part, P.SEATED, waiting_since=None, since=now())


def _end(programme: Programme, fund: Fund, state: ParticipationState) -> None:
    PARTICIPATION.make(Participation.objects.get(programme=programme, fund=fund), state, since=now())


def full(programme: Programme) -> ProgrammeFull:
    """The refusal of a claim when no seat is free."""
    cap = programme.seats.count()
    if cap == 0:
        return ProgrammeFull("This programme has no seats yet. Set their number first.")
    return ProgrammeFull("The only seat is taken." if cap == 1 else f"All {cap} seats are taken.")


def _until(until: datetime | None) -> datetime:
    stamp = now()
    until = until or stamp + HOLD
    if not stamp < until <= stamp + LONGEST_HOLD:
        raise Invalid(f"A hold ends in the future, within {LONGEST_HOLD.days} days. Choose such a moment.")
    return until


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


def _record(seat: Seat, fund: Fund, verb: str, by: User | None, **body: Any) -> None:
    audit.record(seat.programme.chain, verb, seat, by=by, number=seat.number, fund=fund.pk, **body)
    audit.record(seat.chain_of(fund.pk), verb, f"programme:{seat.programme_id}", by=by, **body)


def _record_part(part: Participation, verb: str, by: User | None) -> None:
    audit.record(part.programme.chain, verb, part, by=by, fund=part.fund_id)
    audit.record(part.chain, verb, f"programme:{part.programme_id}", by=by)
