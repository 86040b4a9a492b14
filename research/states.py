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
    SIGNED = "signed", "Terms signed"
    ACTIVE = "active", "Active"


SEAT = Moves(
    "seat",
    SeatState,
    {
        "free": {"held", "signed", "active"},
        "held": {"signed", "active", "free"},
        "signed": {"active", "free"},
        "active": {"free"},
    },
)


class ParticipationState(models.TextChoices):
    INVITED = "invited", "Invited"
    WAITING = "waiting", "On the wait-list"
    SEATED = "seated", "On a seat"
    LAPSED = "lapsed", "Hold ended"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Withdrawn"


PARTICIPATION = Moves(
    "participation",
    ParticipationState,
    {
        "invited": {"waiting", "seated", "declined"},
        "waiting": {"seated", "invited", "declined"},
        "seated": {"lapsed", "withdrawn"},
        "lapsed": {"waiting", "seated", "declined"},
        "declined": {"invited", "waiting", "seated"},
        "withdrawn": {"waiting", "seated"},
    },
)


class InvitationState(models.TextChoices):
    SENT = "sent", "Sent"
    INTERESTED = "interested", "Interested"
    DECLINED = "declined", "Declined"
    REVOKED = "revoked", "Revoked"


INVITATION = Moves(
    "invitation",
    InvitationState,
    {"sent": {"interested", "declined", "revoked"}, "interested": set(), "declined": set(), "revoked": set()},
)


class InvoiceState(models.TextChoices):
    DRAFT = "draft", "Draft"
    ISSUED = "issued", "Issued"
    PAID = "paid", "Paid"
    VOID = "void", "Void"
    REFUNDED = "refunded", "Refunded"


INVOICE = Moves(
    "invoice",
    InvoiceState,
    {
        "draft": {"issued", "void"},
        "issued": {"paid", "void"},
        "paid": {"refunded"},
        "void": set(),
        "refunded": set(),
    },
)
