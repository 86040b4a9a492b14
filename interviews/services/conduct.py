"""What becomes of a call: held, missed, cancelled, stopped for compliance, or back on the list."""

from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.moves import IllegalMove, Invalid, now
from accounts.permissions import Refused
from accounts.roles import Permission as P
from interviews.models import Expert, Interview
from interviews.permissions import notes_open, refuse_if, require_on
from interviews.services import candidates, notices, screening, slots
from interviews.services.scheduling import check_plan, lock_programme, next_number
from interviews.states import INTERVIEW, InterviewState
from research.models import Programme, Segment

# What the call's own history says of each event.
CHANGES = {
    "interview-held": "held",
    "interview-missed": "missed",
    "interview-cancelled": "cancelled",
    "interview-reopened": "released",
}
LONGEST_NOTES = 100_000
STOP_INSTEAD = "If the call took place all the same, log it as stopped for compliance."


def _locked(interview: Interview) -> Interview:
    return Interview.objects.select_for_update().get(pk=interview.pk)


def _end(interview: Interview, state: str, verb: str, by: User, **fields) -> Interview:
    interview = _locked(interview)
    require_on(by, P.LOG_INTERVIEWS, interview.programme)
    INTERVIEW.make(interview, state, **fields)
    slots.free(interview)
    notices.changed(interview, CHANGES[verb], by=by)
    audit.record(interview.programme.chain, verb, interview, by=by)
    return interview


def hold(*, interview: Interview, by: User, minutes: int | None = None) -> Interview:
    """The call took place; `minutes` is how long it really took.

    Raises screening.Barred when the person may not be heard on that day any more: such a call is stopped for compliance.
    """
    if minutes is not None and minutes < 1:
        raise Invalid("A call takes at least a minute.")
    with screening.on_record(interview, by):
        return _hold(interview, by, minutes)


@transaction.atomic
def _hold(interview: Interview, by: User, minutes: int | None) -> Interview:
    more = {"minutes": minutes} if minutes else {}
    interview = _end(interview, InterviewState.HELD, "interview-held", by, **more)
    if interview.starts_at is not None:
        try:
            screening.require_fit(interview, interview.starts_at, interview.zone)
        except screening.Barred as refused:
            raise screening.Barred(f"{refused} {STOP_INSTEAD}", refused.codes) from None
    return interview


@transaction.atomic
def no_show(*, interview: Interview, by: User) -> Interview:
    """The expert did not come."""
    return _end(interview, InterviewState.NO_SHOW, "interview-missed", by)


@transaction.atomic
def cancel(*, interview: Interview, by: User) -> Interview:
    """The call will not take place."""
    return _end(interview, InterviewState.CANCELLED, "interview-cancelled", by)


@transaction.atomic
def reopen(*, interview: Interview, by: User) -> Interview:
    """Put a call back on the list of those to be booked."""
    return _end(interview, InterviewState.OPEN, "interview-reopened", by, starts_at=None)


@transaction.atomic
def stop_for_compliance(*, interview: Interview, by: User) -> Interview:
    """Either side stopped, or compliance does so afterwards: it counts in no quota, its text can't be cleared."""
    interview = _locked(interview)
    try:
        require_on(by, P.LOG_INTERVIEWS, interview.programme)
    except Refused:
        require_on(by, P.CLEAR_TRANSCRIPTS, interview.programme)
    if interview.transcripts.filter(state="cleared").exists():
        raise IllegalMove("The transcript of this call has been cleared: recall the clearance first.")
    INTERVIEW.make(interview, InterviewState.STOPPED)
    slots.free(interview)
    notices.changed(interview, "stopped", by=by)
    audit.record(interview.programme.chain, "interview-stopped", interview, by=by)
    return interview


@transaction.atomic
def take_notes(*, interview: Interview, notes: str, by: User) -> Interview:
    """Replace the notes of a call; they are uncleared words, for its interviewer, chaperone and compliance."""
    interview = _locked(interview)
    require_on(by, P.SEE_PROGRAMMES, interview.programme)
    if not notes_open(by, interview):
        refuse_if("Only the interviewer, the chaperone and compliance may write notes on this call.")
    if len(notes) > LONGEST_NOTES:
        raise Invalid(f"Notes have at most {LONGEST_NOTES:,} characters; upload longer text as a transcript.")
    interview.notes = notes.replace("\r\n", "\n").replace("\x00", "")
    interview.save(update_fields=["notes"])
    audit.record(interview.programme.chain, "notes-taken", interview, by=by, characters=len(notes))
    return interview


@transaction.atomic
def log_call(
    *,
    programme: Programme,
    segment: Segment,
    expert: Expert,
    interviewer: User,
    by: User,
    starts_at: datetime | None = None,
    minutes: int = 60,
) -> Interview:
    """Log a call that took place without having been planned here, such as one whose transcript comes from a folder."""
    programme = lock_programme(programme)
    require_on(by, P.LOG_INTERVIEWS, programme)
    check_plan(programme, segment, interviewer, None, minutes)
    interview = Interview.objects.create(
        programme=programme,
        number=next_number(programme),
        segment=segment,
        expert=expert,
        descriptor=candidates.ensure(programme, expert, segment, by=by).descriptor,
        interviewer=interviewer,
        state=InterviewState.HELD,
        starts_at=starts_at or now(),
        minutes=minutes,
    )
    audit.record(programme.chain, "interview-logged", interview, by=by, segment=segment.code)
    return interview
