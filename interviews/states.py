"""States of interviews and transcripts, and the lawful moves between them."""

from django.db import models

from accounts.moves import Moves

# The kind of job that reads an uploaded file.
PARSE = "parse"
# The kind of job that plans calls.
PLAN = "plan"


class InterviewState(models.TextChoices):
    OPEN = "open", "To be booked"
    TENTATIVE = "tentative", "Time held"
    BOOKED = "booked", "Booked"
    STARTED = "started", "In the call"
    HELD = "held", "Held"
    ENDED_EARLY = "ended_early", "Ended early"
    NO_SHOW = "no_show", "No-show"
    CANCELLED = "cancelled", "Cancelled"
    LATE_CANCEL = "late_cancel", "Cancelled late"
    STOPPED = "stopped", "Stopped for compliance"


# While a call is in one of these, its people's time is taken.
TIMED = (InterviewState.TENTATIVE, InterviewState.BOOKED, InterviewState.STARTED)


INTERVIEW = Moves(
    "interview",
    InterviewState,
    {
        "open": {"tentative", "booked", "cancelled"},
        "tentative": {"booked", "open", "cancelled"},
        "booked": {"started", "held", "no_show", "cancelled", "late_cancel", "stopped", "open", "tentative"},
        "started": {"held", "ended_early", "stopped"},
        "held": {"stopped"},
        "ended_early": {"stopped"},
        "no_show": {"open", "cancelled"},
        "cancelled": {"open"},
        "late_cancel": {"open"},
        "stopped": set(),
    },
)


class CandidateState(models.TextChoices):
    LISTED = "listed", "To be invited"
    INVITED = "invited", "Invited"
    SCREENED = "screened", "Answers to be reviewed"
    ELIGIBLE = "eligible", "May speak"
    REFUSED = "refused", "Screened out"
    DECLINED = "declined", "Declined"


CANDIDATE = Moves(
    "candidate",
    CandidateState,
    {
        "listed": {"invited", "screened", "eligible", "refused", "declined"},
        "invited": {"screened", "eligible", "refused", "declined"},
        "screened": {"screened", "eligible", "refused", "declined"},
        "eligible": {"screened", "refused", "declined"},
        "refused": {"screened"},
        "declined": {"invited"},
    },
)


class HonorariumState(models.TextChoices):
    AGREED = "agreed", "Agreed"
    COMPUTED = "computed", "To be approved"
    APPROVED = "approved", "To be paid"
    PAID = "paid", "Paid"
    VOID = "void", "Void"


HONORARIUM = Moves(
    "honorarium",
    HonorariumState,
    {
        "agreed": {"computed", "void"},
        "computed": {"computed", "approved", "void"},
        "approved": {"paid", "computed"},
        "paid": set(),
        "void": {"agreed"},
    },
)


class ProposalState(models.TextChoices):
    OPEN = "open", "Proposed"
    ACCEPTED = "accepted", "Accepted"
    DECLINED = "declined", "Declined"
    STALE = "stale", "No longer possible"


PROPOSAL = Moves(
    "proposal",
    ProposalState,
    {
        "open": {"accepted", "declined", "stale"},
        "stale": {"open", "declined"},
        "accepted": set(),
        "declined": {"open"},
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
