"""Is this the moment: what stands in the way of a programme's next step, as the sentence that the button shows."""

from accounts.models import User
from accounts.permissions import refusal
from accounts.roles import Permission
from research.models import Programme
from research.states import PROGRAMME, ProgrammeState, SeatState

S = ProgrammeState
TAKES_FUNDS = (S.OPEN, S.FIELDING, S.SYNTHESIS)
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
    return f"Add at least one {' and one '.join(missing)} before you open it to funds." if missing else None


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
