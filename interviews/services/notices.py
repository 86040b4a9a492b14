"""What those concerned are told of a call's changes. Each change has a number that only rises (RFC 5545, 3.8.7.4)."""

from accounts.models import User
from interviews.models import Interview, InterviewChange


def changed(interview: Interview, what: str, *, by: User | None, note: str = "") -> InterviewChange:
    """Write one change into a call's history under the next sequence. The caller holds the transaction and the row.

    what: held, booked, moved, reassigned, released, cancelled, missed, stopped … by: None for the expert and the clock.
    """
    interview.sequence += 1
    interview.save(update_fields=["sequence"])
    return InterviewChange.objects.create(
        interview=interview,
        sequence=interview.sequence,
        what=what,
        starts_at=interview.starts_at,
        zone=interview.zone,
        note=note,
        by=by,
    )
