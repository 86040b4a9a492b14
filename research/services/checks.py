"""What every service asks of its input, and how it finds the programme it works on. Each refusal is a sentence."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import QuerySet

from accounts.models import User
from accounts.moves import IllegalMove, Invalid
from accounts.permissions import Refused, require
from accounts.roles import Permission
from research.models import Programme
from research.states import ProgrammeState

# Longer than any thesis or definition, shorter than what would hurt a page.
LONGEST = 20_000
ENDED = (ProgrammeState.DELIVERED, ProgrammeState.CLOSED)


def lock(programme: Programme, by: User, permission: Permission) -> Programme:
    """The programme as it is now, locked for this transaction. Refused for who may not do this or does not see it."""
    # Its key stays open to be referred to: a new row below it is checked at the commit, when its writer holds other locks.
    rows = Programme.objects.visible_to(by).select_for_update(of=("self",), no_key=True)
    return _seen(rows, programme, by, permission)


def see(programme: Programme, by: User, permission: Permission) -> Programme:
    """Like lock, but many may hold it at once: for a change that a row below the programme settles."""
    return _seen(Programme.objects.visible_to(by), programme, by, permission)


def _seen(rows: QuerySet[Programme], programme: Programme, by: User, permission: Permission) -> Programme:
    require(by, permission)
    row = rows.filter(pk=programme.pk).first()
    if row is None:
        raise Refused("You are not on the team of this programme. Ask an admin to assign you.")
    return row


def require_open(programme: Programme, what: str) -> None:
    """IllegalMove once the answer is delivered or the programme closed: the record behind a delivered answer stays."""
    if programme.state in ENDED:
        state = ProgrammeState(programme.state).label.lower()
        raise IllegalMove(f"This programme is {state}, so its {what} can't be changed any more.")


def words(value: Any, name: str, *, longest: int = LONGEST, required: bool = False) -> str:
    """A text without space at its ends and with LF line ends. `name` starts the sentence: "The title"."""
    text = ("" if value is None else str(value)).replace("\r\n", "\n").replace("\r", "\n").strip()
    if required and not text:
        raise Invalid(f"{name} has no words. Write it and save again.")
    if len(text) > longest:
        raise Invalid(f"{name} is {len(text):,} characters long; the most is {longest:,}. Shorten it.")
    if "\x00" in text or any("\ud800" <= c <= "\udfff" for c in text):
        raise Invalid(f"{name} holds a character that can't be stored. Type it anew rather than pasting it.")
    return text


def whole(value: Any, name: str, least: int, most: int) -> int:
    """A whole number within limits, both included."""
    try:
        number = int(str(value))
    except ValueError:
        raise Invalid(f"{name} must be a whole number from {least} to {most}.") from None
    if not least <= number <= most:
        raise Invalid(f"{name} must be a whole number from {least} to {most}, not {number}.")
    return number


def day(value: Any, name: str) -> date:
    """A date, or the ISO text of one."""
    try:
        return value if type(value) is date else date.fromisoformat(str(value))
    except ValueError:
        raise Invalid(f"{name} must be a date such as 2026-03-31.") from None


def one_of(value: Any, known: Iterable[str], name: str) -> str:
    """One of the known words."""
    if value not in (lawful := list(known)):
        raise Invalid(f"{name} must be one of {', '.join(lawful)}.")
    return str(value)


def word_list(value: Any, name: str, *, most: int = 500, longest: int = 120) -> list[str]:
    """Distinct words or names in the order given, from a list or from text with commas or lines between them."""
    parts = value.replace("\n", ",").split(",") if isinstance(value, str) else value
    if not isinstance(parts, (list, tuple)) or any(not isinstance(part, str) for part in parts):
        raise Invalid(f"{name} must be a list of words.")
    found = list(dict.fromkeys(text for part in parts if (text := words(part, name, longest=longest))))
    if len(found) > most:
        raise Invalid(f"{name} has {len(found)} entries; the most is {most}.")
    return found
