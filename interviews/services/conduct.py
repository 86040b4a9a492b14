"""A call from its start to what becomes of it: held, ended early, stopped for compliance, missed, cancelled, or open again."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.moves import IllegalMove, Invalid, now
from accounts.permissions import Refused
from accounts.roles import Permission as P
from interviews import honoraria as rules
from interviews.eligibility import employed_on, is_subject
from interviews.models import CheckMoment, Expert, Interview, InterviewChange, Note
from interviews.permissions import notes_open, refuse_if, require_on, sitting_refusal, stop_review_refusal
from interviews.services import candidates, consent, honoraria, notices, screening, slots, topics
from interviews.services.scheduling import LONGEST, check_plan, lock_programme, next_number
from interviews.states import INTERVIEW, InterviewState
from research.models import Programme, Segment
from research.services.checks import words

# A call starts at most so long before its time; a cancellation is late when less than this is left.
EARLY = timedelta(minutes=30)
NOTICE = timedelta(hours=24)
LONGEST_NOTES = 100_000
LONGEST_REASON = 300
EXPERT, CLOCK = "expert", "clock"
# What the call's own history says where its people's calendars have nothing to learn.
STARTED, REVIEWED = "started", "reviewed"
STOP_INSTEAD = "If the call took place all the same, log it as stopped for compliance."
NO_WORD = "The expert has not attested for this call yet: read the statement out and record it, or send the link."
NO_CARD = "This person works for a listed company or for the subject: write their topic card before the call starts."
NO_LOG = "Say how the expert attested for this call: spoken to you, or on paper."


def _locked(interview: Interview) -> Interview:
    return Interview.objects.select_for_update().get(pk=interview.pk)


def remember(interview: Interview, what: str, *, by: User | None, note: str = "") -> InterviewChange:
    """Write into a call's history what no calendar needs to be told: its sequence stays."""
    told = {"sequence": interview.sequence, "starts_at": interview.starts_at, "zone": interview.zone}
    return InterviewChange.objects.create(interview=interview, what=what, by=by, note=note, at=now(), **told)


def _end(
    row: Interview, state: str, what: str, verb: str, *, by: User | None, told: str = "", **fields: Any
) -> Interview:
    """Move a locked call to its end: the time of its people is given back and its history told."""
    INTERVIEW.make(row, state, **fields)
    slots.free(row)
    notices.changed(row, what, by=by, note=told)
    return row


# The call -----------------------------------------------------------------------------------------------------------


def start(*, interview: Interview, by: User) -> Interview:
    """The call begins: for who sits in it, at its time, with a fresh attestation and a person who may be heard now.

    Raises Refused, IllegalMove, Invalid, or screening.Barred; what the check at the start found is kept either way.
    """
    require_on(by, P.SEE_PROGRAMMES, interview.programme)
    refuse_if(sitting_refusal(by, interview))
    with transaction.atomic():
        _startable(_locked(interview))
    # Outside the transaction that a refusal would roll back, so that the check stays on record.
    verdict = screening.recheck(interview, CheckMoment.START)
    if not verdict.eligible:
        raise screening.Barred(f"{verdict.told} The call can't start: cancel it, or ask compliance.", verdict.codes)
    return _start(interview, by)


@transaction.atomic
def _start(interview: Interview, by: User) -> Interview:
    row = _locked(interview)
    refuse_if(sitting_refusal(by, row))
    _startable(row)
    INTERVIEW.make(row, InterviewState.STARTED, started_at=now())
    remember(row, STARTED, by=by)
    audit.record(row.programme.chain, "interview-started", row, by=by)
    return row


def _startable(row: Interview) -> None:
    """Raise the sentence that says what to do before this call can start."""
    if sentence := INTERVIEW.obstacle(row.state, InterviewState.STARTED):
        raise IllegalMove(sentence)
    if sentence := starting_obstacle(row):
        raise IllegalMove(sentence)


def starting_obstacle(interview: Interview) -> str | None:
    """What still stands in the way of starting a booked call, apart from the check of eligibility; None when nothing does."""
    if interview.starts_at is None or now() < interview.starts_at - EARLY:
        return "The call can be started from 30 minutes before its time."
    if consent.attested(interview) is None:
        return NO_WORD
    if card_needed(interview) and topics.card_for(interview) is None:
        return NO_CARD
    return None


def card_needed(interview: Interview) -> bool:
    """True when the expert is with a listed company or the subject now, so that lines have to be drawn before they speak."""
    posts = interview.expert.spells.select_related("company")
    day = (interview.starts_at or now()).astimezone(ZoneInfo(interview.zone)).date()
    there = (post.company for post in posts if employed_on(post.end, post.current, day))
    return any(company.listed or is_subject(company.name, interview.programme.subject) for company in there)


def end(*, interview: Interview, by: User, minutes: int | None = None) -> Interview:
    """The call is over; it counts. Its minutes run from its start to now, unless fewer are given."""
    return _finish(interview, InterviewState.HELD, "call-held", "interview-held", by, minutes)


def end_early(*, interview: Interview, reason: str, by: User, minutes: int | None = None) -> Interview:
    """The call broke off, or the person was not who they said: it counts in no quota, and the minutes heard are paid.

    The reason is uncleared words: it is kept with the notes.
    """
    return _finish(interview, InterviewState.ENDED_EARLY, "ended-early", "interview-ended-early", by, minutes, reason)


@transaction.atomic
def _finish(
    interview: Interview, state: str, what: str, verb: str, by: User, minutes: int | None, reason: str | None = None
) -> Interview:
    row = _locked(interview)
    require_on(by, P.SEE_PROGRAMMES, row.programme)
    refuse_if(sitting_refusal(by, row))
    if row.state != InterviewState.STARTED:
        raise IllegalMove(f"This call is {row.get_state_display().lower()}: only one that was started can be ended.")
    why = None if reason is None else words(reason, "The reason", longest=LONGEST_REASON, required=True)
    ended_at = now()
    _end(row, state, what, verb, by=by, ended_at=ended_at, minutes=_recorded(row, ended_at, minutes))
    if why:
        Note.objects.create(interview=row, text=f"Ended early: {why}", by=by, at=ended_at)
    honoraria.reckon(row, by=by)
    audit.record(row.programme.chain, verb, row, by=by, minutes=row.minutes)
    return row


def _ran(row: Interview, until: datetime) -> int:
    """Whole minutes since the start, at least one."""
    return max(int((until - (row.started_at or until)).total_seconds() // 60), 1)


def _recorded(row: Interview, ended_at: datetime, minutes: int | None) -> int:
    """The minutes to record; Invalid for more than have passed, and where the call was left running too long to tell."""
    ran = _ran(row, ended_at)
    if minutes is None and ran > LONGEST:
        raise Invalid(f"The call was left running for {ran:,} minutes: say how many it really took.")
    if minutes is not None and not 1 <= minutes <= min(ran + 1, LONGEST):
        raise Invalid(f"The call has run for {ran} minutes: give from 1 to {min(ran + 1, LONGEST)}.")
    return minutes or ran


@transaction.atomic
def stop_for_compliance(*, interview: Interview, by: User) -> Interview:
    """Either side stopped, or compliance does so afterwards: it counts in no quota, its text can't be cleared.

    The expert is paid the whole agreed fee, and compliance has to look at what was said.
    """
    row = _locked(interview)
    try:
        require_on(by, P.LOG_INTERVIEWS, row.programme)
    except Refused:
        require_on(by, P.SEE_PROGRAMMES, row.programme)
        if sitting_refusal(by, row):
            require_on(by, P.CLEAR_TRANSCRIPTS, row.programme)
    if row.transcripts.filter(state="cleared").exists():
        raise IllegalMove("The transcript of this call has been cleared: recall the clearance first.")
    fields: dict[str, Any] = {}
    heard = row.minutes if row.state in (InterviewState.HELD, InterviewState.ENDED_EARLY) else 0
    if row.state == InterviewState.STARTED:
        fields["ended_at"] = now()
        heard = fields["minutes"] = min(_ran(row, fields["ended_at"]), LONGEST)
    _end(row, InterviewState.STOPPED, "stopped", "interview-stopped", by=by, **fields)
    honoraria.reckon(row, by=by, minutes=heard)
    audit.record(row.programme.chain, "interview-stopped", row, by=by)
    return row


@transaction.atomic
def review_stop(*, interview: Interview, found: str, by: User) -> Interview:
    """Compliance has looked at a stopped call. What it found are uncleared words, kept with the notes."""
    row = _locked(interview)
    require_on(by, P.CLEAR_TRANSCRIPTS, row.programme)
    refuse_if(stop_review_refusal(by, row))
    if row.state != InterviewState.STOPPED:
        raise IllegalMove("Only a call that was stopped for compliance is reviewed in this way.")
    if row.changes.filter(what=REVIEWED).exists():
        raise IllegalMove("Somebody of compliance has reviewed this call already.")
    text = words(found, "What was found", longest=LONGEST_REASON, required=True)
    Note.objects.create(interview=row, text=f"Review of the stop: {text}", by=by, at=now())
    remember(row, REVIEWED, by=by)
    audit.record(row.programme.chain, "stop-reviewed", row, by=by, characters=len(text))
    return row


# Without a call, or after it ----------------------------------------------------------------------------------------


def hold(*, interview: Interview, by: User, minutes: int | None = None, attested: str = "") -> Interview:
    """The call took place; `minutes` is how long it really took, `attested` how the expert attested: spoken or paper.

    Raises Invalid when they did not, and screening.Barred when the person may not be heard on that day any more: such a
    call is stopped for compliance.
    """
    if minutes is not None and minutes < 1:
        raise Invalid("A call takes at least a minute.")
    with screening.on_record(interview, by):
        return _hold(interview, by, minutes, attested)


@transaction.atomic
def _hold(interview: Interview, by: User, minutes: int | None, attested: str) -> Interview:
    row = _locked(interview)
    require_on(by, P.LOG_INTERVIEWS, row.programme)
    if sentence := INTERVIEW.obstacle(row.state, InterviewState.HELD):
        raise IllegalMove(sentence)
    if attested:
        consent.log_attestation(interview=row, method=attested, by=by)
    elif not row.attestations.exists():
        raise Invalid(NO_LOG)
    fields: dict[str, Any] = {"minutes": minutes} if minutes else {}
    if row.state == InterviewState.STARTED:
        stamp = now()
        fields = {"ended_at": stamp, "minutes": _recorded(row, stamp, minutes)}
    _end(row, InterviewState.HELD, "call-held", "interview-held", by=by, **fields)
    if row.starts_at is not None:
        try:
            screening.require_fit(row, row.starts_at, row.zone, CheckMoment.START)
        except screening.Barred as refused:
            raise screening.Barred(f"{refused} {STOP_INSTEAD}", refused.codes, refused.check) from None
    honoraria.reckon(row, by=by)
    audit.record(row.programme.chain, "interview-held", row, by=by)
    return row


@transaction.atomic
def no_show(*, interview: Interview, by: User) -> Interview:
    """The expert did not come."""
    row = _locked(interview)
    require_on(by, P.LOG_INTERVIEWS, row.programme)
    _end(row, InterviewState.NO_SHOW, "missed", "interview-missed", by=by)
    honoraria.reckon(row, by=by)
    audit.record(row.programme.chain, "interview-missed", row, by=by)
    return row


@transaction.atomic
def cancel(*, interview: Interview, by: User | None, via: str = "", note: str = "") -> Interview:
    """The call will not take place. `by=None`: the expert through a link (via="expert"), or the clock (via="clock").

    An expert who cancels a booked call less than a day before it cancels it late; either way nothing is due.
    """
    row = _locked(interview)
    _may_cancel(row, by, via)
    if via == EXPERT and row.state == InterviewState.BOOKED and lateness_refusal(row) is None:
        return _cancel_late(row, rules.EXPERT, by)
    _end(row, InterviewState.CANCELLED, "cancelled", "interview-cancelled", by=by, told=note, held_until=None)
    honoraria.reckon(row, by=by)
    audit.record(row.programme.chain, "interview-cancelled", row, by=by)
    return row


@transaction.atomic
def late_cancel(*, interview: Interview, side: str, by: User | None, via: str = "") -> Interview:
    """A booked call was cancelled within a day of its time, by the `side` "firm" or "expert": they pay, or are paid, for it."""
    if side not in (rules.FIRM, rules.EXPERT):
        raise Invalid("Say who cancelled: the firm or the expert.")
    row = _locked(interview)
    _may_cancel(row, by, via)
    if sentence := INTERVIEW.obstacle(row.state, InterviewState.LATE_CANCEL) or lateness_refusal(row):
        raise IllegalMove(sentence)
    return _cancel_late(row, side, by)


def lateness_refusal(interview: Interview) -> str | None:
    """Why a cancellation now is not a late one, or None."""
    if interview.starts_at is not None and now() <= interview.starts_at - NOTICE:
        return "The call is more than 24 hours away, so this is no late cancellation: cancel it."
    return None


def _may_cancel(row: Interview, by: User | None, via: str) -> None:
    if by is not None:
        require_on(by, P.LOG_INTERVIEWS, row.programme)
    elif via not in (EXPERT, CLOCK):
        raise Refused("Nobody is signed in.")


def _cancel_late(row: Interview, side: str, by: User | None) -> Interview:
    told = f"Cancelled late by the {side}."
    _end(row, InterviewState.LATE_CANCEL, "cancelled", "interview-cancelled-late", by=by, told=told)
    honoraria.reckon(row, by=by, late_by=side)
    audit.record(row.programme.chain, "interview-cancelled-late", row, by=by, side=side)
    return row


@transaction.atomic
def reopen(*, interview: Interview, by: User) -> Interview:
    """Put a call back on the list of those to be booked."""
    row = _locked(interview)
    require_on(by, P.LOG_INTERVIEWS, row.programme)
    if row.state == InterviewState.LATE_CANCEL and honoraria.due(row):
        raise IllegalMove("What is due for the late cancellation stands: add a new call with this expert instead.")
    _end(row, InterviewState.OPEN, "released", "interview-reopened", by=by, starts_at=None, held_until=None)
    audit.record(row.programme.chain, "interview-reopened", row, by=by)
    return row


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
