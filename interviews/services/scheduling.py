"""Planning and booking calls: a time is given as the expert's own clock shows it, and kept in UTC with the zone."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import OperationalError, connection, transaction
from django.db.models import Max, Q

from accounts import audit
from accounts.models import User
from accounts.moves import IllegalMove, Invalid, Moved, now
from accounts.permissions import Refused, allowed
from accounts.roles import Permission as P
from interviews.models import Expert, Interview, InterviewChange
from interviews.permissions import require_on
from interviews.services import availability, candidates, honoraria, notices, screening, slots
from interviews.states import INTERVIEW, TIMED, InterviewState
from interviews.walltime import to_utc
from research.models import Programme, Segment
from research.states import ProgrammeState

LONGEST = 240
OVER = {ProgrammeState.DELIVERED, ProgrammeState.CLOSED}
EXPERT = "expert"
# How long a time is held while somebody makes up their mind, and the longest that an analyst may hold one.
HELD_FOR, LONGEST_HOLD = timedelta(minutes=30), timedelta(hours=48)
# Calls that have their place in a segment's quota.
PLACED = (*TIMED, InterviewState.HELD)
# Some booked experts do not come: with a reason, analysts may book a segment past its quota by so many of a hundred.
OVERBOOK = 20
MOVABLE = (InterviewState.OPEN, InterviewState.TENTATIVE, InterviewState.BOOKED)
TRIES = 3
BUSY = "Others are changing these calendars at this moment. Nothing was half done; please try again."
T = TypeVar("T")


def lock_programme(programme: Programme) -> Programme:
    """The programme's row, locked, so that numbers are given out one at a time."""
    return Programme.objects.select_for_update(no_key=True).get(pk=programme.pk)


def next_number(programme: Programme) -> int:
    """The number of the next interview; the caller holds the programme's row."""
    return (programme.interviews.aggregate(last=Max("number"))["last"] or 0) + 1


@transaction.atomic
def plan_interview(
    *,
    programme: Programme,
    segment: Segment,
    expert: Expert,
    interviewer: User,
    by: User,
    chaperone: User | None = None,
    zone: str = "Europe/London",
    minutes: int = 60,
) -> Interview:
    """Put a call on the list, still to be booked."""
    programme = lock_programme(programme)
    require_on(by, P.LOG_INTERVIEWS, programme)
    check_plan(programme, segment, interviewer, chaperone, minutes)
    candidate = candidates.ensure(programme, expert, segment, by=by)
    interview = Interview.objects.create(
        programme=programme,
        number=next_number(programme),
        segment=segment,
        expert=expert,
        descriptor=candidate.descriptor,
        interviewer=interviewer,
        chaperone=chaperone,
        zone=zone,
        minutes=minutes,
    )
    audit.record(programme.chain, "interview-planned", interview, by=by, segment=segment.code)
    return interview


def check_plan(programme: Programme, segment: Segment, interviewer: User, chaperone: User | None, minutes: int) -> None:
    """Invalid or IllegalMove when a call can't be as planned."""
    if programme.state in OVER:
        raise IllegalMove(f"This programme is {programme.get_state_display().lower()}, so no interview can be added.")
    if segment.programme_id != programme.pk:
        raise Invalid("This segment belongs to another programme: choose one of this programme's segments.")
    if not 1 <= minutes <= LONGEST:
        raise Invalid(f"A call takes between 1 and {LONGEST} minutes.")
    team = set(programme.team.values_list("pk", flat=True))
    if interviewer.pk not in team or not allowed(interviewer, P.LOG_INTERVIEWS):
        raise Invalid(f"{interviewer.name} can't lead a call here: choose an analyst of this programme's team.")
    if chaperone is None:
        return
    if chaperone.pk == interviewer.pk:
        raise Invalid("The chaperone must be another person than the interviewer.")
    if chaperone.pk not in team or not chaperone.of_firm:
        raise Invalid(f"{chaperone.name} can't be the chaperone here: choose somebody of this programme's team.")


def book(
    *,
    interview: Interview,
    wall: datetime,
    zone: str,
    by: User | None,
    minutes: int | None = None,
    fold: int | None = None,
    over_quota: str = "",
    via: str = "",
) -> Interview:
    """Book a call at the time that the expert's own clock shows, or move a held or booked one to that time.

    `over_quota` is the reason for booking past a full segment's quota. `by=None` with `via="expert"` is the expert, through
    a link: only open times to come can then be taken. Raises screening.Barred, and keeps that it did, when the expert may
    not be heard on that day.
    """

    @transaction.atomic
    def act() -> Interview:
        row, moved = _take(interview, InterviewState.BOOKED, by, via, wall, zone, minutes, fold, over_quota)
        return _booked(row, by, moved=moved, note=over_quota)

    with screening.on_record(interview, by):
        return settled(act)


def hold_time(
    *,
    interview: Interview,
    wall: datetime,
    zone: str,
    by: User | None,
    minutes: int | None = None,
    fold: int | None = None,
    until: datetime | None = None,
    over_quota: str = "",
    via: str = "",
) -> Interview:
    """Hold a time for a call until `until`: 30 minutes unless said, and 48 hours at most; an expert has the 30 minutes.

    A held time is taken of all people and has its place in the quota. Raises as `book` does.
    """
    longest = HELD_FOR if via == EXPERT else LONGEST_HOLD
    until = until or now() + HELD_FOR
    if not now() < until <= now() + longest:
        raise Invalid(f"A time can be held for {_length(longest)} at most, from now on: choose another end.")

    @transaction.atomic
    def act() -> Interview:
        if interview_state(interview) == InterviewState.BOOKED:
            raise IllegalMove("This call is booked: move it to another time, or put it back on the list first.")
        row, _ = _take(interview, InterviewState.TENTATIVE, by, via, wall, zone, minutes, fold, over_quota, until)
        _changed(row, "time-held", by, over_quota)
        audit.record(row.programme.chain, "interview-time-held", row, by=by, starts_at=_iso(row), until=until)
        return row

    with screening.on_record(interview, by):
        return settled(act)


def move(*, interview: Interview, by: User | None, **time: Any) -> Interview:
    """Give a held or booked call another time: a held one stays held as long as before, a booked one stays booked.

    `time` is what `book` and `hold_time` take.
    """
    row = Interview.objects.get(pk=interview.pk)
    if row.state == InterviewState.TENTATIVE:
        return hold_time(interview=row, by=by, until=row.held_until, **time)
    if row.state == InterviewState.BOOKED:
        return book(interview=row, by=by, **time)
    raise IllegalMove(f"This call is {row.get_state_display().lower()}, so there is no time to move.")


def confirm(*, interview: Interview, by: User | None, via: str = "") -> Interview:
    """Book the time that is held for a call. IllegalMove when none is, or when the hold has run out."""

    @transaction.atomic
    def act() -> Interview:
        row = _locked(interview)
        _may(by, via, row.programme)
        _going_on(row.programme)
        if row.state != InterviewState.TENTATIVE or row.starts_at is None or row.held_until is None:
            raise IllegalMove("No time is held for this call: choose one.")
        if row.held_until <= now():
            raise IllegalMove("The time was held long enough and has been given back: choose a time again.")
        screening.require_fit(row, row.starts_at, row.zone)
        INTERVIEW.make(row, InterviewState.BOOKED, held_until=None)
        return _booked(row, by, moved=False)

    with screening.on_record(interview, by):
        return settled(act)


@transaction.atomic
def release(*, interview: Interview, by: User | None, via: str = "") -> Interview:
    """Give a held time back; the call is to be booked again."""
    row = Interview.objects.select_for_update().get(pk=interview.pk)
    _may(by, via, row.programme)
    if row.state != InterviewState.TENTATIVE:
        raise IllegalMove("No time is held for this call.")
    INTERVIEW.make(row, InterviewState.OPEN, starts_at=None, held_until=None)
    slots.free(row)
    notices.changed(row, "released", by=by)
    audit.record(row.programme.chain, "interview-time-released", row, by=by)
    return row


KEEP: Any = object()


def reassign(
    *, interview: Interview, by: User, interviewer: User | None = None, chaperone: User | None = KEEP
) -> Interview:
    """Give a call another interviewer, another chaperone, or none (`chaperone=None`). It keeps its time, so they must have it.

    Raises screening.Barred when the expert may not be heard without the chaperone who goes.
    """

    @transaction.atomic
    def act() -> Interview:
        row = _locked(interview, interviewer, None if chaperone is KEEP else chaperone)
        _may(by, "", row.programme)
        if row.state not in MOVABLE:
            raise IllegalMove(f"This call is {row.get_state_display().lower()}, so its people stay as they are.")
        before = (row.interviewer_id, row.chaperone_id)
        row.interviewer = interviewer or row.interviewer
        row.chaperone = row.chaperone if chaperone is KEEP else chaperone
        if before == (row.interviewer_id, row.chaperone_id):
            return row
        check_plan(row.programme, row.segment, row.interviewer, row.chaperone, row.minutes)
        row.save(update_fields=["interviewer", "chaperone"])
        if row.starts_at is not None and row.state in TIMED:
            screening.require_fit(row, row.starts_at, row.zone)
            slots.take(row, row.starts_at, row.minutes)
        notices.changed(row, "reassigned", by=by)
        people: dict[str, Any] = {"interviewer": row.interviewer_id, "chaperone": row.chaperone_id}
        audit.record(row.programme.chain, "interview-reassigned", row, by=by, **people)
        return row

    with screening.on_record(interview, by):
        return settled(act)


def expire_holds(at: datetime) -> int:
    """Give back every time whose hold has run out at `at`, each call in a transaction of its own; how many."""
    count = 0
    for pk in slots.stale(at).order_by("held_until").values_list("pk", flat=True):
        with transaction.atomic():
            count += slots.expire(slots.stale(at).filter(pk=pk))
    return count


def settled(act: Callable[[], T]) -> T:
    """Do a piece of work in a transaction of its own, again when it lost a race for locks; Moved when that goes on.

    Inside another transaction, which a lost race has ended, it is tried once.
    """
    for left in range(0 if connection.in_atomic_block else TRIES - 1, -1, -1):
        try:
            return act()
        except OperationalError as trouble:
            # Deadlock, no lock within the time given, no serial order (PostgreSQL); and SQLite's one writer.
            lost = getattr(trouble.__cause__, "sqlstate", None) in {"40P01", "55P03", "40001"}
            if not (lost or "database is locked" in str(trouble)):
                raise
            if not left:
                raise Moved(BUSY) from None
    raise AssertionError("unreachable")


def interview_state(interview: Interview) -> str:
    """The state of a call as it stands now, its row locked."""
    return Interview.objects.select_for_update().values_list("state", flat=True).get(pk=interview.pk)


def _take(
    interview: Interview,
    state: str,
    by: User | None,
    via: str,
    wall: datetime,
    zone: str,
    minutes: int | None,
    fold: int | None,
    over_quota: str,
    until: datetime | None = None,
) -> tuple[Interview, bool]:
    """Take a time for a call, which goes to `state`; the call, and whether it was booked before."""
    row = _locked(interview)
    _may(by, via, row.programme)
    _going_on(row.programme)
    starts_at = to_utc(wall, zone, fold=fold)
    length = minutes or row.minutes
    if not 1 <= length <= LONGEST:
        raise Invalid(f"A call takes between 1 and {LONGEST} minutes.")
    if row.state not in MOVABLE and (sentence := INTERVIEW.obstacle(row.state, state)):
        raise IllegalMove(sentence)
    if via == EXPERT:
        availability.require_open(row, starts_at, length)
    screening.require_fit(row, starts_at, zone)
    _require_place(row, over_quota)
    moved = row.state == InterviewState.BOOKED
    if row.state in TIMED:
        INTERVIEW.make(row, InterviewState.OPEN, starts_at=None, held_until=None)
    slots.take(row, starts_at, length)
    INTERVIEW.make(row, state, starts_at=starts_at, zone=zone, minutes=length, held_until=until)
    return row, moved


def _booked(row: Interview, by: User | None, *, moved: bool, note: str = "") -> Interview:
    """Write down that a call is booked, and tell those concerned."""
    honoraria.agree(row, by=by)
    notices.changed(row, "moved" if moved else "booked", by=by, note=note)
    verb = "interview-rebooked" if moved else "interview-booked"
    more: dict[str, Any] = {"over_quota": True} if note else {}
    audit.record(row.programme.chain, verb, row, by=by, starts_at=_iso(row), zone=row.zone, **more)
    return row


def _changed(row: Interview, what: str, by: User | None, reason: str) -> None:
    """Note a change; why a segment was overbooked stays in the call's history and is told to nobody outside."""
    change = notices.changed(row, what, by=by)
    if reason:
        InterviewChange.objects.filter(pk=change.pk).update(note=reason[:300])


def _may(by: User | None, via: str, programme: Programme) -> None:
    """Refused unless it is the expert, through a link, or somebody who may book in this programme."""
    if by is not None:
        require_on(by, P.LOG_INTERVIEWS, programme)
    elif via != EXPERT:
        raise Refused("Nobody is signed in.")


def _going_on(programme: Programme) -> None:
    if programme.state in OVER:
        raise IllegalMove(f"This programme is {programme.get_state_display().lower()}; no call can be booked.")


def _require_place(row: Interview, over_quota: str) -> None:
    """Invalid unless the call has, or finds, a place in its segment's quota. People count, not calls; holds count."""
    segment = Segment.objects.select_for_update(no_key=True).get(pk=row.segment_id)
    ran_out = Q(state=InterviewState.TENTATIVE, held_until__lte=now())
    placed = Interview.objects.filter(segment=segment, state__in=PLACED).exclude(ran_out)
    if row.state in TIMED or placed.filter(expert=row.expert_id).exists():
        return
    people, most = placed.values("expert").distinct().order_by().count(), segment.quota
    if people < most:
        return
    full = f"{segment.title} is full: {people} of {most} are held or booked."
    if not over_quota.strip():
        raise Invalid(f"{full} To book one more for those who may not come, give a reason.")
    if people >= most + -(-most * OVERBOOK // 100):
        raise Invalid(f"{full} No more than {OVERBOOK} % can be booked past the quota, even with a reason.")


def _length(time: timedelta) -> str:
    minutes = int(time.total_seconds()) // 60
    return f"{minutes} minutes" if minutes < 60 else f"{minutes // 60} hours"


def _iso(row: Interview) -> str | None:
    return row.starts_at.isoformat() if row.starts_at else None


def _locked(interview: Interview, *more: User | None) -> Interview:
    """The interview, with the rows of its people locked, so that nobody is booked twice by two requests at once.

    `more` are people who come into it. Everybody locks in one order: the call, users, expert, segment.
    """
    row = Interview.objects.select_for_update(no_key=True).get(pk=interview.pk)
    people = {pk for pk in (row.interviewer_id, row.chaperone_id, *(one.pk for one in more if one)) if pk}
    list(User.objects.select_for_update(no_key=True).filter(pk__in=people).order_by("pk"))
    Expert.objects.select_for_update(no_key=True).get(pk=row.expert_id)
    return row
