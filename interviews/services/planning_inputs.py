"""What a plan is made from: candidates who may speak, the team's time, the places that are left, and what is booked."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from accounts.moves import now
from accounts.permissions import allowed
from accounts.roles import Permission as P
from interviews import availability, queries
from interviews.availability import Calendar
from interviews.eligibility import POLICY, Verdict
from interviews.models import Candidate, Interview
from interviews.planner import Booked, Guest, Host, Problem, Stretch
from interviews.services import questionnaires, screening
from interviews.services.availability import calendars
from interviews.services.scheduling import PLACED
from interviews.states import CandidateState, InterviewState
from research.models import Programme

S = InterviewState
# Who had a call that ended so is planned again only when a call of theirs is put back on the list.
ENDED = (S.ENDED_EARLY, S.NO_SHOW, S.LATE_CANCEL, S.CANCELLED, S.STOPPED)
BARRED = "A participating policy bars this person on every day on which they share a time with an interviewer."
# The soonest that a call is proposed: its people have to read the invitation.
NOTICE = timedelta(hours=12)


@dataclass(frozen=True)
class Wishes:
    """What a plan was asked for. minutes: of a call that has no length yet. most_a_day, pause: in place of what each
    interviewer has set, where given. most_moved: booked calls that may move. interviewers: their numbers, empty for all."""

    first: date
    last: date
    minutes: int = 60
    step: int = 15
    most_a_day: int | None = None
    pause: int | None = None
    most_moved: int = 0
    interviewers: tuple[str, ...] = ()

    def stored(self) -> dict[str, Any]:
        """As the row of a run keeps them."""
        days = {"first": self.first.isoformat(), "last": self.last.isoformat()}
        return vars(self) | days | {"interviewers": list(self.interviewers)}

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "Wishes":
        days = {name: date.fromisoformat(stored[name]) for name in ("first", "last")}
        return cls(**{**stored, **days, "interviewers": tuple(stored["interviewers"])})


@dataclass(frozen=True)
class Inputs:
    """The problem, with what its keys stand for. `open`: the call on the list of a candidate. `waiting`: how many more
    candidates have no place because their screening is not done."""

    problem: Problem
    open: Mapping[UUID, Interview]
    waiting: int


def team_of(programme: Programme) -> tuple[list[User], list[User]]:
    """Who leads calls in a programme, and who of compliance can sit in."""
    team = list(programme.team.filter(is_active=True).order_by("name", "pk"))
    return [u for u in team if allowed(u, P.LOG_INTERVIEWS)], [u for u in team if allowed(u, P.SCREEN_EXPERTS)]


def gather(programme: Programme, wishes: Wishes) -> Inputs:
    """Everything that a plan depends on, as it stands now."""
    interviewers, chaperones = team_of(programme)
    if wishes.interviewers:
        interviewers = [user for user in interviewers if str(user.pk) in wishes.interviewers]
    people = {user.pk for user in (*interviewers, *chaperones)}
    calls = list(programme.interviews.filter(state__in=PLACED).exclude(_ran_out()).select_related("expert"))
    movable = {row.expert_id: row for row in calls if wishes.most_moved and _may_move(row, wishes, people)}
    fresh, waiting = _candidates(programme)
    moving = Candidate.objects.filter(programme=programme, expert__in=movable).select_related("expert", "segment")
    rows = [*fresh, *moving]
    start, end = _period(programme, wishes)
    time_of = calendars([*interviewers, *chaperones], [row.expert for row in rows], start, end)
    own = defaultdict(set)
    for call in movable.values():
        for who in (call.interviewer_id, call.chaperone_id, call.expert_id):
            own[who].add(_stretch(call))
    time_of = {
        who: replace(kept, taken=tuple(t for t in kept.taken if t not in own[who])) for who, kept in time_of.items()
    }
    open_calls = _open_calls(programme, fresh)
    guests = _guests(programme, wishes, rows, chaperones, open_calls, movable, time_of, (start, end))
    staying = Counter(
        segment for segment, _ in {(c.segment_id, c.expert_id) for c in calls if c.expert_id not in movable}
    )
    problem = Problem(
        guests=tuple(guests),
        interviewers=tuple(_host(user, time_of[user.pk], start, end, wishes) for user in interviewers),
        chaperones=tuple(_host(user, time_of[user.pk], start, end, None) for user in chaperones),
        places={s.code: max(s.quota - staying[s.pk], 0) for s in programme.segments.all()},
        first=wishes.first,
        last=wishes.last,
        zone=settings.TIME_ZONE,
        step=wishes.step,
        most_moved=wishes.most_moved,
    )
    return Inputs(problem, open_calls, waiting)


def earliest(programme: Programme) -> date:
    """The first day that can be planned: today, or for sample data, whose calendar stands still, the day after the last call."""
    day = queries.reference_day(programme)
    return day + timedelta(days=1) if programme.synthetic else day


def _period(programme: Programme, wishes: Wishes) -> tuple[datetime, datetime]:
    """The instants between which calls are proposed."""
    zone = ZoneInfo(settings.TIME_ZONE)
    start, end = (
        datetime.combine(day, time(), zone).astimezone(UTC) for day in (wishes.first, wishes.last + timedelta(days=1))
    )
    return (start if programme.synthetic else min(max(start, now() + NOTICE), end)), end


def _ran_out() -> Q:
    return Q(state=S.TENTATIVE, held_until__lte=now())


def _may_move(row: Interview, wishes: Wishes, people: set[Any]) -> bool:
    """A booked call may move when it lies in the period, still to come, and its people are those who are planned with."""
    if row.state != S.BOOKED or row.starts_at is None:
        return False
    day = timezone.localdate(row.starts_at)
    return wishes.first <= day <= wishes.last and {row.interviewer_id, row.chaperone_id} - {None} <= people


def _stretch(row: Interview) -> Stretch:
    assert row.starts_at is not None
    return row.starts_at, row.starts_at + timedelta(minutes=row.minutes)


def _candidates(programme: Programme) -> tuple[list[Candidate], int]:
    """Who may be planned, and how many others wait for their screening: who refused or was refused counts among neither."""
    calls = programme.interviews.all()
    placed = calls.filter(state__in=PLACED).exclude(_ran_out())
    ended = calls.filter(state__in=ENDED).exclude(expert__in=calls.filter(state=S.OPEN).values("expert"))
    rows = programme.candidates.exclude(state__in=[CandidateState.REFUSED, CandidateState.DECLINED])
    rows = rows.exclude(expert__in=placed.values("expert")).exclude(expert__in=ended.values("expert"))
    rows = rows.select_related("expert", "segment").order_by("priority", "added_at", "pk")
    asked = questionnaires.by_segment(programme)
    fit = [row for row in rows if row.state == CandidateState.ELIGIBLE or not asked[row.segment_id]]
    return fit, len(rows) - len(fit)


def _open_calls(programme: Programme, rows: Iterable[Candidate]) -> dict[UUID, Interview]:
    """The call on the list of each of these candidates who has one, by the candidate's number."""
    kept = Q(state=S.OPEN) | _ran_out()
    calls = programme.interviews.filter(kept, expert__in=[row.expert_id for row in rows]).order_by("-number")
    by_expert = {row.expert_id: row for row in calls}
    return {row.pk: by_expert[row.expert_id] for row in rows if row.expert_id in by_expert}


def _guests(
    programme: Programme,
    wishes: Wishes,
    rows: list[Candidate],
    chaperones: list[User],
    open_calls: Mapping[UUID, Interview],
    movable: Mapping[UUID, Interview],
    time_of: Mapping[UUID, Calendar],
    period: Stretch,
) -> list[Guest]:
    days = [wishes.first + timedelta(days=n) for n in range(-1, (wishes.last - wishes.first).days + 2)]
    sitter = chaperones[0] if chaperones else None
    # A chaperone is needed where the call may be with one and may not without.
    beside, alone = (screening.foresee(programme, rows, days, who) for who in (sitter, None))
    behind = {quota.segment.pk: _urgency(quota) for quota in queries.quotas(programme, earliest(programme))}
    sitters = frozenset(user.pk for user in chaperones)
    found = []
    for row in rows:
        call, moving = open_calls.get(row.pk), movable.get(row.expert_id)
        needs = any(not verdict.eligible and beside[row.pk][day].eligible for day, verdict in alone[row.pk].items())
        chaperoned = sitters if needs else None
        if call and call.chaperone_id:
            chaperoned = frozenset({call.chaperone_id})
        verdicts = beside if chaperoned else alone
        found.append(
            Guest(
                key=row.pk,
                zone=row.expert.zone,
                free=tuple(availability.free(time_of[row.expert_id], *period)),
                segment=row.segment.code,
                minutes=(moving or call).minutes if moving or call else wishes.minutes,  # type: ignore[union-attr]
                priority=row.priority,
                urgency=behind.get(row.segment_id, 0),
                leaders=frozenset({call.interviewer_id}) if call else None,
                chaperones=chaperoned,
                barred={day: _told(v) for day, v in verdicts[row.pk].items() if not v.eligible},
                booked=_booked(moving) if moving else None,
            )
        )
    return found


def _told(verdict: Verdict) -> str:
    """Why a day is barred; of a fund's policy no more than that one bars."""
    return BARRED if verdict.codes == [POLICY] else verdict.told


def _booked(row: Interview) -> Booked:
    return Booked(_stretch(row)[0], row.interviewer_id, row.chaperone_id)


def _urgency(quota: queries.Quota) -> int:
    """How far a segment is behind an even pace: 0 not at all, 3 by more than a quarter of its quota."""
    share = quota.behind / quota.segment.quota
    return 0 if share <= 0 else 1 if share <= 0.1 else 2 if share <= 0.25 else 3


def _host(user: User, kept: Calendar, start: datetime, end: datetime, wishes: Wishes | None) -> Host:
    """A person of the team; an interviewer's own settings give way to the wishes."""
    zone = ZoneInfo(kept.zone)
    pause = int(kept.pause.total_seconds()) // 60
    most = kept.most_a_day if kept.most_a_day is not None else 24
    return Host(
        key=user.pk,
        name=user.name,
        zone=kept.zone,
        free=tuple(availability.free(replace(kept, taken=(), most_a_day=None), start, end)),
        most_a_day=wishes.most_a_day if wishes and wishes.most_a_day is not None else most,
        pause=wishes.pause if wishes and wishes.pause is not None else pause,
        load=sum(start <= since < end for since, _ in kept.taken),
        days=Counter(since.astimezone(zone).date() for since, _ in kept.taken),
        busy=tuple(kept.taken),
    )
