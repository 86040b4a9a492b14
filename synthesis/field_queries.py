"""What the field page, its files and its endpoint show: a fixed number of queries, however many calls there are.

Everything is counted in people of a segment (somebody heard in two segments is one in each), and a call counts towards a
quota on this page only when its transcript is cleared.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, F, OuterRef, QuerySet, Subquery
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from interviews.models import Candidate, ClearedTranscript, Interview, Transcript
from interviews.queries import reference_day
from interviews.states import CandidateState, InterviewState, TranscriptState
from interviews.workdays import NONE, working_days
from research.models import Programme, Segment
from synthesis import field
from synthesis.field import Milestones, Outcomes, Rate, Reach, Standing
from synthesis.models import ReleasedInterview, Tag
from synthesis.states import DeliverableState

if TYPE_CHECKING:
    # It computes with numpy, which a web process loads with the first field page and not at its start.
    from synthesis.forecast import Forecast, Outlook

MOST_A_DAY = 5
"""Calls that somebody holds in a day at most, who has not said how many."""

OUTCOMES = {
    InterviewState.HELD: "held",
    InterviewState.NO_SHOW: "no_show",
    InterviewState.LATE_CANCEL: "late_cancel",
    InterviewState.ENDED_EARLY: "ended_early",
    InterviewState.STOPPED: "stopped",
}
COMING = (InterviewState.BOOKED, InterviewState.STARTED)
READ = (
    TranscriptState.PARSED,
    TranscriptState.MAPPED,
    TranscriptState.REVIEWED,
    TranscriptState.CLEARED,
    TranscriptState.RECALLED,
)
RECRUITED = {
    CandidateState.LISTED: "",
    CandidateState.INVITED: "invited",
    CandidateState.SCREENED: "screened",
    CandidateState.ELIGIBLE: "eligible",
    CandidateState.REFUSED: "screened",
    CandidateState.DECLINED: "invited",
}


@dataclass(frozen=True)
class Line:
    """One segment, or everybody, on the field page."""

    standing: Standing
    funnel: Mapping[str, int]
    outcomes: Outcomes
    best: Reach
    present: Reach
    forecast: "Forecast"

    @property
    def stages(self) -> list[tuple[str, str, int]]:
        """The funnel as (code, label, people)."""
        return [(code, label, self.funnel[code]) for code, label in field.STAGES]


@dataclass(frozen=True)
class Field:
    """The field work of a programme as it stands on `day`."""

    day: date
    plan: Milestones
    capacity: int
    days: int
    lines: list[Line]
    whole: Line
    clears: Rate
    burn_up: list[field.Day]

    @property
    def told(self) -> bool:
        """Whether a call has ended yet, so that there is something to forecast from."""
        return self.whole.outcomes.due > 0


@dataclass
class Person:
    """What is known of one person in one segment, put together from candidacy and calls."""

    stages: set[str]
    may_speak: bool = False
    heard: date | None = None
    cleared: date | None = None
    coming: date | None = None
    lost: bool = False


People = dict[tuple[UUID, UUID], Person]


def standing(programme: Programme, day: date | None = None) -> Field:
    """The field work of a programme on its reference day, or on `day`: four queries, and one more for sample data."""
    day = day or reference_day(programme)
    segments = list(programme.segments.all())
    capacity, off = _team(programme)
    plan = field.milestones(programme.delivery_on, off, settings.FIELD_LEADS)
    people, outcomes = _people(programme, day)
    return _field(programme, day, segments, people, outcomes, plan, capacity, off)


def _field(
    programme: Programme,
    day: date,
    segments: list[Segment],
    people: People,
    outcomes: Mapping[UUID, Outcomes],
    plan: Milestones,
    capacity: int,
    off: frozenset[date],
) -> Field:
    from synthesis.forecast import forecast

    of: dict[UUID, list[Person]] = {segment.pk: [] for segment in segments}
    for (segment, _), person in people.items():
        of[segment].append(person)
    left = field.days_to_call(day, plan.call, off)
    gone = working_days(programme.launch_on, day, off)
    rows = [_standing(segment, of[segment.pk], plan, left) for segment in segments]
    ended = [outcomes.get(segment.pk, Outcomes()) for segment in segments]
    everybody = [person for group in of.values() for person in group]
    all_ended = _sum(ended)
    decided = [person for person in everybody if person.cleared or person.lost]
    clears = Rate(sum(person.cleared is not None for person in decided), len(decided))
    outlooks = [_outlook(row, end, gone, capacity * left, day, plan) for row, end in zip(rows, ended, strict=True)]
    parts, whole = forecast(outlooks, all_ended.show, clears)

    def line(row: Standing, group: list[Person], end: Outcomes, expected: "Forecast") -> Line:
        pace = row.held / gone if gone else 0.0
        best, present = (
            field.reach(row.missing, at, today=day, last_call=plan.call, off=off) for at in (float(capacity), pace)
        )
        counts = field.funnel(field.furthest(person.stages) for person in group)
        return Line(row, counts, end, best, present, expected)

    grouped = zip(rows, of.values(), ended, parts, strict=True)
    return Field(
        day=day,
        plan=plan,
        capacity=capacity,
        days=left,
        lines=[line(*each) for each in grouped],
        whole=line(field.total(rows), everybody, all_ended, whole),
        clears=clears,
        burn_up=field.burn_up(
            launch=programme.launch_on,
            plan=plan,
            today=day,
            target=sum(segment.quota for segment in segments),
            booked=[p.coming for p in everybody if p.coming and not p.heard],
            held=[p.heard for p in everybody if p.heard],
            cleared=[p.cleared for p in everybody if p.cleared],
            off=off,
        ),
    )


def _standing(segment: Segment, people: list[Person], plan: Milestones, left: int) -> Standing:
    unheard = [person for person in people if not person.heard]
    return Standing(
        code=segment.code,
        title=segment.title,
        quota=segment.quota,
        cleared=sum(person.cleared is not None for person in people),
        held=sum(person.heard is not None for person in people),
        ahead=sum(person.coming is not None and person.coming <= plan.call for person in unheard),
        late=sum(person.coming is not None and person.coming > plan.call for person in unheard),
        free=sum(person.may_speak and field.furthest(person.stages) == "eligible" for person in people),
        days=left,
    )


def _outlook(row: Standing, ended: Outcomes, gone: int, most: int, day: date, plan: Milestones) -> "Outlook":
    from synthesis.forecast import Outlook

    # After the last day for clearance nobody is added any more.
    waiting = row.waiting if day <= plan.clearance else 0
    ahead = row.ahead if day <= plan.call else 0
    return Outlook(row.code, row.quota, min(row.cleared, row.quota), waiting, ahead, ended.due, gone, row.days, most)


def _sum(parts: Iterable[Outcomes]) -> Outcomes:
    sums: dict[str, int] = defaultdict(int)
    for part in parts:
        for name in OUTCOMES.values():
            sums[name] += getattr(part, name)
    return Outcomes(**sums)


def quota_row(line: Line) -> dict[str, Any]:
    """One line of the quota table, as its file and the endpoint have it."""
    row, ended = line.standing, line.outcomes
    kept = [round(share, 4) for share in ended.show.interval]
    return {
        "segment": row.code,
        "title": row.title,
        "quota": row.quota,
        "cleared": row.cleared,
        "held": row.held,
        "booked_in_time": row.ahead,
        "booked_too_late": row.late,
        "missing": row.missing,
        "needed_a_day": None if row.need is None else round(row.need, 2),
        "pace_a_day": round(line.present.pace, 2),
        "to_book": row.to_book,
        "to_recruit": row.to_recruit,
        "lost_at_best_pace": line.best.lost,
        "lost_at_present_pace": line.present.lost,
        "shown": ended.show.n,
        "due": ended.show.total,
        "show_low": kept[0],
        "show_high": kept[1],
        "forecast_low": line.forecast.low,
        "forecast_middle": line.forecast.middle,
        "forecast_high": line.forecast.high,
        "chance_of_quota": round(line.forecast.full, 3),
    }


# Reading ------------------------------------------------------------------------------------------------------------


def _team(programme: Programme) -> tuple[int, frozenset[date]]:
    """How many calls the programme's analysts can hold in a day, and the public holidays that all keep who name any."""
    analysts = User.objects.filter(assignments__programme=programme, role=Role.ANALYST, is_active=True)
    rows = list(analysts.values_list("calendar__most_a_day", "calendar__holidays"))
    capacity = sum(MOST_A_DAY if most is None else most for most, _ in rows)
    places = {place for _, place in rows if place}
    days = [_holidays(place, programme.launch_on.year, programme.delivery_on.year) for place in places]
    return capacity, frozenset.intersection(*days) if days else NONE


def _holidays(place: str, first: int, last: int) -> frozenset[date]:
    """The public holidays of a country or a part of one ("GB", "GB-ENG"); none for a place that the library does not know."""
    import holidays

    country, _, part = place.partition("-")
    try:
        return frozenset(holidays.country_holidays(country, subdiv=part or None, years=range(first, last + 1)))
    except NotImplementedError:
        return NONE


def _calls(programme: Programme) -> QuerySet[Interview, tuple[Any, ...]]:
    """One row a call: segment, person, state, when, whether it was transcribed, recalled, tagged, released, and cleared when."""
    of_call = OuterRef("pk")
    read = Transcript.objects.filter(interview=of_call, state__in=READ).order_by()
    live = ClearedTranscript.objects.live().filter(interview=of_call).order_by("cleared_at")
    tags = Tag.objects.filter(passage__cleared__interview=of_call, passage__cleared__recalled_at__isnull=True)
    released = ReleasedInterview.objects.filter(
        cleared__interview=of_call,
        cleared__recalled_at__isnull=True,
        edition__deliverable__state=DeliverableState.RELEASED,
    )
    return (
        programme.interviews.order_by("number")
        .annotate(
            transcribed=Exists(read),
            recalled=Exists(read.filter(state=TranscriptState.RECALLED)),
            tagged=Exists(tags.order_by()),
            released=Exists(released.order_by()),
            cleared_at=Subquery(live.values("cleared_at")[:1]),
        )
        .values_list(
            "segment", "expert", "state", "starts_at", "transcribed", "recalled", "tagged", "released", "cleared_at"
        )
    )


def _people(programme: Programme, day: date) -> tuple[People, dict[UUID, Outcomes]]:
    """Everybody of the programme by segment, and how the calls of each segment ended; two queries."""
    people: People = defaultdict(lambda: Person(set()))
    rows = Candidate.objects.filter(programme=programme).order_by()
    columns = rows.values_list("segment", "expert", "state", F("screened_at"), F("invited_at"))
    for segment, expert, state, screened_at, invited_at in columns:
        person = people[segment, expert]
        person.stages.add(RECRUITED[CandidateState(state)])
        person.stages |= {stage for stage, at in (("screened", screened_at), ("invited", invited_at)) if at}
        person.may_speak = state == CandidateState.ELIGIBLE
    counts: dict[UUID, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for segment, expert, state, starts_at, *facts in _calls(programme):
        state = InterviewState(state)
        person = people[segment, expert]
        if state in COMING:
            person.stages.add("booked")
            person.coming = min(filter(None, (person.coming, _day(starts_at))), default=None)
        elif state in OUTCOMES:
            person.stages.add("booked")
            counts[segment][OUTCOMES[state]] += 1
            if state == InterviewState.HELD:
                _heard(person, starts_at, facts, day if programme.synthetic else None)
            elif state == InterviewState.STOPPED:
                person.lost = True
    return people, {segment: Outcomes(**count) for segment, count in counts.items()}


def _heard(person: Person, starts_at: datetime | None, facts: list[Any], latest: date | None) -> None:
    """Add what a held call tells. The calendar of sample data stands still at `latest`: nothing was cleared after it."""
    transcribed, recalled, tagged, released, cleared_at = facts
    person.stages.add("held")
    person.heard = min(filter(None, (person.heard, _day(starts_at))), default=None)
    if transcribed:
        person.stages.add("transcribed")
    if cleared_at:
        on = min(filter(None, (_day(cleared_at), latest)))
        person.cleared = min(filter(None, (person.cleared, on)))
        person.stages.add("cleared")
        person.stages |= {stage for stage, true in (("tagged", tagged), ("released", released)) if true}
    elif recalled:
        person.lost = True


def _day(at: datetime | None) -> date | None:
    """The day of a moment in the firm's own zone."""
    return timezone.localdate(at) if at else None
