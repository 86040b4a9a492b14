"""Is this the moment: what stands in the way of a programme's next step, as the sentence that the button shows."""

from accounts.models import User
from accounts.moves import now
from accounts.permissions import refusal
from accounts.roles import Permission
from research.models import Participation, Programme, Seat
from research.states import PROGRAMME, SEAT, ParticipationState, ProgrammeState, SeatState

S = ProgrammeState
TAKES_FUNDS = (S.OPEN, S.FIELDING, S.SYNTHESIS)
UNSIGNED = "The fund has not signed the terms in force. It signs first; then the seat can be made active."
RUN_OUT = "This hold has run out. Hold a seat for the fund again."
ANSWERED = {
    ParticipationState.DECLINED: "Your fund has declined. Ask the firm if you want to take part after all.",
    ParticipationState.WITHDRAWN: "Your fund has withdrawn. Ask the firm to take you back.",
}
HAND_MOVES = (S.DRAFT, S.OPEN, S.FIELDING, S.SYNTHESIS, S.CLOSED)


def obstacle(programme: Programme, to: str) -> str | None:
    """Why a programme can't become `to` now, or None. Asks the table of moves first, then what the step needs."""
    if sentence := PROGRAMME.obstacle(programme.state, to):
        return sentence
    if to == S.OPEN:
        return _unready(programme)
    if to == S.FIELDING:
        return _unstaffed(programme)
    if to == S.DRAFT and programme.seats.live().exists():
        return "Funds hold seats in this programme. Free their seats before you take it back to draft."
    return None


def _unready(programme: Programme) -> str | None:
    missing = []
    if not programme.questions.exists():
        missing.append("key question")
    if not programme.segments.exists():
        missing.append("segment")
    if missing:
        return f"Add at least one {' and one '.join(missing)} before you open it to funds."
    if not programme.terms.filter(in_force=True).exists():
        return "Publish the terms that funds sign before you open it to them."
    return None


def _unstaffed(programme: Programme) -> str | None:
    if programme.questions_locked_at is None:
        return "Lock the key questions first: the field starts with questions that no longer move."
    if not programme.seats.filter(state=SeatState.ACTIVE).exists():
        return "No fund has an active seat yet. One is enough to start."
    return None


def step_refusal(user: User, programme: Programme, to: str) -> str | None:
    """Why this person can't move this programme by hand to `to` now, or None."""
    return refusal(user, Permission.EDIT_PROGRAMME) or obstacle(programme, to)


def lock_obstacle(programme: Programme) -> str | None:
    """Why the key questions can't be locked now, or None."""
    if programme.questions_locked_at:
        return "The key questions are locked already."
    if programme.state in (S.DELIVERED, S.CLOSED):
        return f"This programme is {S(programme.state).label.lower()}, so its questions can't be locked any more."
    if not programme.questions.exists():
        return "There is no key question to lock yet. Add one first."
    return None


def claim_obstacle(programme: Programme) -> str | None:
    """Why no fund can take a seat in this programme now, or None; says nothing about free seats."""
    if programme.state in TAKES_FUNDS:
        return None
    if programme.state == S.DRAFT:
        return "This programme is in draft. Open it to funds first."
    return f"This programme is {S(programme.state).label.lower()} and takes no more funds."


def answer_obstacle(part: Participation) -> str | None:
    """Why a fund can't commit or wait, or None; says nothing about free seats."""
    return ANSWERED.get(ParticipationState(part.state)) or claim_obstacle(part.programme)


def extension_obstacle(seat: Seat) -> str | None:
    """Why a hold can't be extended now, or None."""
    if sentence := claim_obstacle(seat.programme):
        return sentence
    if seat.state != SeatState.HELD or seat.held_until is None:
        return "Only a hold can be extended, and this seat is not held."
    return RUN_OUT if seat.held_until <= now() else None


def activation_obstacle(seat: Seat, *, signed: bool) -> str | None:
    """Why a seat can't be made active now, or None; `signed` says whether its fund has signed the terms in force."""
    if sentence := claim_obstacle(seat.programme):
        return sentence
    if seat.fund_id is None:
        return "This seat is free. Choose a fund for it."
    if seat.state == SeatState.HELD and seat.held_until and seat.held_until <= now():
        return RUN_OUT
    return SEAT.obstacle(seat.state, SeatState.ACTIVE) or (None if signed else UNSIGNED)


def cap_obstacle(seats: list[Seat], cap: int) -> str | None:
    """Why there can't be only `cap` seats, naming those that stand in the way, or None."""
    taken = [seat for seat in seats if seat.state != SeatState.FREE]
    if len(taken) <= cap:
        return None
    named = ", ".join(f"{seat.number} ({SeatState(seat.state).label.lower()})" for seat in taken)
    which = f"Seats {named} are in use" if len(taken) > 1 else f"Seat {named} is in use"
    spare = len(taken) - cap
    return f"{which}, so there can't be only {cap}. Free {'one of them' if spare == 1 else f'{spare} of them'} first."


def last_seat_obstacle(programme: Programme, seat: Seat) -> str | None:
    """Why an active seat can't be freed, or None: once launched, a programme has at least one fund until it is closed."""
    if seat.state != SeatState.ACTIVE or programme.state not in (S.FIELDING, S.SYNTHESIS, S.DELIVERED):
        return None
    if programme.seats.filter(state=SeatState.ACTIVE).exclude(pk=seat.pk).exists():
        return None
    return "This is the last active fund of a programme that was launched. Close the programme instead, or seat another first."
