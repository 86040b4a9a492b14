"""States of findings, summaries and deliverables, and the lawful moves between them."""

from django.db import models

from accounts.moves import Moves


class Stance(models.TextChoices):
    BEAR = "bear", "Bear"
    BULL = "bull", "Bull"
    MIXED = "mixed", "Mixed"
    NEUTRAL = "neutral", "Neutral"


class Basis(models.TextChoices):
    FIRST_HAND = "first-hand", "First-hand"
    SECOND_HAND = "second-hand", "Second-hand"
    OPINION = "opinion", "Opinion"
    HYPOTHETICAL = "hypothetical", "Hypothetical"


class Verdict(models.TextChoices):
    ACCEPTED = "accepted", "Accepted"
    REJECTED = "rejected", "Rejected"


class Origin(models.TextChoices):
    MACHINE = "machine", "Suggested by the machine"
    PERSON = "person", "Added by a person"


class Side(models.TextChoices):
    SUPPORTS = "supports", "Supports"
    CONTRADICTS = "contradicts", "Contradicts"


class DraftState(models.TextChoices):
    DRAFT = "draft", "In draft"
    APPROVED = "approved", "Approved"


FINDING = Moves("finding", DraftState, {"draft": {"draft", "approved"}, "approved": {"draft"}})
SUMMARY = Moves("summary", DraftState, {"draft": {"draft", "approved"}, "approved": {"draft"}})


class DeliverableState(models.TextChoices):
    BUILDING = "building", "Being built"
    FAILED = "failed", "Not built"
    FROZEN = "frozen", "Frozen, waits for approval"
    APPROVED = "approved", "Approved"
    RELEASED = "released", "Released"
    RECALLED = "recalled", "Recalled"


DELIVERABLE = Moves(
    "report",
    DeliverableState,
    {
        "building": {"frozen", "failed"},
        "failed": {"building"},
        "frozen": {"approved", "recalled"},
        "approved": {"released", "recalled"},
        "released": {"recalled"},
        "recalled": set(),
    },
)
