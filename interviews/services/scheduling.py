"""Planning and booking calls: a time is given as the expert's own clock shows it, and kept in UTC with the zone."""

import zoneinfo
from datetime import UTC, datetime

from django.db import transaction
from django.db.models import Max

from accounts import audit
from accounts.models import User
from accounts.moves import IllegalMove, Invalid
from accounts.permissions import allowed
from accounts.roles import Permission as P
from interviews.models import Expert, Interview
from interviews.permissions import require_on
from interviews.services import candidates, notices, screening, slots
from interviews.states import INTERVIEW, InterviewState
from research.models import Programme, Segment
from research.states import ProgrammeState

LONGEST = 240
# Years that a call can be in; at the ends of the calendar another zone's clock has no time to show.
FIRST_YEAR, LAST_YEAR = 2000, 2100
OVER = {ProgrammeState.DELIVERED, ProgrammeState.CLOSED}


def to_utc(wall: datetime, zone: str, *, fold: int | None = None) -> datetime:
    """The instant at which a clock in `zone` shows `wall` (naive).

    Invalid for an unknown zone, for a time that the clocks skip, and for one that they show twice unless `fold` says
    whether the first (0) or the second (1) is meant (PEP 495).
    """
    try:
        there = zoneinfo.ZoneInfo(zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid(f"“{zone}” is no time zone: give it like Europe/London or America/New_York.") from None
    if wall.tzinfo is not None:
        raise Invalid("Give the time as the clock on the wall shows it, without an offset; the zone stands beside it.")
    if not FIRST_YEAR <= wall.year <= LAST_YEAR:
        raise Invalid(f"Choose a day between {FIRST_YEAR} and {LAST_YEAR}.")
    first, second = (wall.replace(tzinfo=there, fold=n) for n in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(UTC)
    shown = first.astimezone(UTC).astimezone(there).replace(tzinfo=None)
    if shown != wall:
        raise Invalid(
            f"On {wall:%-d %B %Y} the clocks in {zone} go forward and skip {wall:%H:%M}:"
            f" choose {shown:%H:%M}, or an hour before it."
        )
    if fold is None:
        raise Invalid(
            f"On {wall:%-d %B %Y} the clocks in {zone} go back and show {wall:%H:%M} twice:"
            " say whether you mean the first or the second."
        )
    return (second if fold else first).astimezone(UTC)


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
    by: User,
    minutes: int | None = None,
    fold: int | None = None,
) -> Interview:
    """Book a call at the time that the expert's own clock shows, or move a booked one to that time.

    Raises screening.Barred, and keeps that it did, when the expert may not be heard on that day.
    """
    with screening.on_record(interview, by):
        return _book(interview, wall, zone, by, minutes, fold)


@transaction.atomic
def _book(
    interview: Interview, wall: datetime, zone: str, by: User, minutes: int | None, fold: int | None
) -> Interview:
    interview = _locked(interview)
    require_on(by, P.LOG_INTERVIEWS, interview.programme)
    if interview.programme.state in OVER:
        raise IllegalMove(
            f"This programme is {interview.programme.get_state_display().lower()}; no call can be booked."
        )
    starts_at = to_utc(wall, zone, fold=fold)
    length = minutes or interview.minutes
    if not 1 <= length <= LONGEST:
        raise Invalid(f"A call takes between 1 and {LONGEST} minutes.")
    screening.require_fit(interview, starts_at, zone)
    moved = interview.state == InterviewState.BOOKED
    if moved:
        INTERVIEW.make(interview, InterviewState.OPEN, starts_at=None)
    slots.take(interview, starts_at, length)
    INTERVIEW.make(interview, InterviewState.BOOKED, starts_at=starts_at, zone=zone, minutes=length, held_until=None)
    notices.changed(interview, "moved" if moved else "booked", by=by)
    verb = "interview-rebooked" if moved else "interview-booked"
    audit.record(interview.programme.chain, verb, interview, by=by, starts_at=starts_at.isoformat(), zone=zone)
    return interview


def _locked(interview: Interview) -> Interview:
    """The interview, with the rows of its people locked, so that nobody is booked twice by two requests at once."""
    row = Interview.objects.select_for_update().get(pk=interview.pk)
    people = [pk for pk in (row.interviewer_id, row.chaperone_id) if pk]
    list(User.objects.select_for_update().filter(pk__in=people).order_by("pk"))
    Expert.objects.select_for_update().get(pk=row.expert_id)
    return row
