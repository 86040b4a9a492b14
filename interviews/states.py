"""States of interviews and transcripts, and the lawful moves between them."""

from django.db import models

from accounts.moves import Moves

# The kind of job that reads an uploaded file.
PARSE = "parse"


class InterviewState(models.TextChoices):
    OPEN = "open", "To be booked"
    BOOKED = "booked", "Booked"
    HELD = "held", "Held"
    NO_SHOW = "no_show", "No-show"
    CANCELLED = "cancelled", "Cancelled"
    STOPPED = "stopped", "Stopped for compliance"


INTERVIEW = Moves(
    "interview",
    InterviewState,
    {
        "open": {"booked", "cancelled"},
        "booked": {"held", "no_show", "cancelled", "stopped", "open"},
        "held": {"stopped"},
        "no_show": {"open", "cancelled"},
        "cancelled": {"open"},
        "stopped": set(),
    },
)


class TranscriptState(models.TextChoices):
    RECEIVED = "received", "Received"
    PARSED = "parsed", "Parsed"
    FAILED = "failed", "Not readable"
    MAPPED = "mapped", "Speakers known"
    REVIEWED = "reviewed", "First review passed"
    CLEARED = "cleared", "Cleared"
    RECALLED = "recalled", "Recalled"


TRANSCRIPT = Moves(
    "transcript",
    TranscriptState,
    {
        "received": {"parsed", "failed"},
        "failed": {"received"},
        "parsed": {"mapped", "received"},
        "mapped": {"mapped", "reviewed", "parsed"},
        "reviewed": {"cleared", "mapped"},
        "cleared": {"recalled"},
        "recalled": {"mapped"},
    },
)


class SpeakerRole(models.TextChoices):
    INTERVIEWER = "interviewer", "Interviewer"
    EXPERT = "expert", "Expert"
    CHAPERONE = "chaperone", "Chaperone"
    UNKNOWN = "unknown", "Not known yet"
