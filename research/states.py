"""States of programmes and seats, and the lawful moves between them."""

from django.db import models

from accounts.moves import Moves


class ProgrammeState(models.TextChoices):
    DRAFT = "draft", "In draft"
    OPEN = "open", "Open to funds"
    FIELDING = "fielding", "In the field"
    SYNTHESIS = "synthesis", "In synthesis"
    DELIVERED = "delivered", "Delivered"
    CLOSED = "closed", "Closed"


PROGRAMME = Moves(
    "programme",
    ProgrammeState,
    {
        "draft": {"open", "closed"},
        "open": {"draft", "fielding", "closed"},
        "fielding": {"synthesis", "closed"},
        "synthesis": {"fielding", "delivered", "closed"},
        "delivered": {"synthesis", "closed"},
        "closed": set(),
    },
)


class SeatState(models.TextChoices):
    FREE = "free", "Free"
    HELD = "held", "Held"
    ACTIVE = "active", "Active"


SEAT = Moves("seat", SeatState, {"free": {"held", "active"}, "held": {"active", "free"}, "active": {"free"}})
