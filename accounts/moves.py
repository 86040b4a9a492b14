"""Lawful changes of state, as tables. The diagrams in docs/states.md are drawn from them."""

from collections.abc import Mapping
from typing import Any

from django.db import models
from django.utils import timezone


class IllegalMove(Exception):
    """The thing is not in a state from which this is possible. The message is a sentence for a person."""


class Moved(IllegalMove):
    """Somebody else changed the thing in the meantime."""


class Invalid(ValueError):
    """What was given can't be used. The message says what is wrong and what to do."""


class Moves:
    """A table from each state to the states that may follow it.

    >>> PARCEL = Moves("parcel", ParcelState, {"packed": {"sent"}, "sent": set()})
    """

    def __init__(self, thing: str, states: type[models.TextChoices], table: Mapping[str, set[str]]):
        odd = (set(table) ^ set(states.values)) | (set().union(*table.values()) - set(states.values))
        if odd:
            raise ValueError(f"The moves of a {thing} and its states differ: {sorted(odd)}.")
        self.thing = thing
        self.states = states
        self.table = {states(old): frozenset(states(new) for new in after) for old, after in table.items()}

    def lawful(self, old: str, new: str) -> bool:
        """True when the table has the move."""
        return self.states(new) in self.table[self.states(old)]

    def obstacle(self, old: str, new: str) -> str | None:
        """None when the move is lawful, else the sentence that says why not."""
        if self.lawful(old, new):
            return None
        return f"This {self.thing} is {self.states(old).label.lower()}, so it can't become {self.states(new).label.lower()}."

    def make(self, row: models.Model, new: str, **fields: Any) -> None:
        """Move a row by compare-and-set and write `fields` with it.

        Raises IllegalMove when the table lacks the move, Moved when another writer was first. The caller holds the transaction.
        """
        old = row.state  # type: ignore[attr-defined]
        if sentence := self.obstacle(old, new):
            raise IllegalMove(sentence)
        manager = type(row)._base_manager
        if not manager.filter(pk=row.pk, state=old).update(state=new, **fields):
            raise Moved(f"Somebody else changed this {self.thing} a moment ago. Reload the page and look again.")
        for name, value in {"state": self.states(new), **fields}.items():
            setattr(row, name, value)


def now():
    """The present moment, in UTC; the one place that services take it from."""
    return timezone.now()
