"""What the boards, lists and endpoints read: bounded queries, no text bodies, never a rule of its own about who may see."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from math import ceil
from typing import Any

from django.db.models import Count, Exists, F, Max, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from accounts.models import Job, JobState
from accounts.moves import now
from accounts.permissions import allowed
from accounts.roles import Permission as P
from interviews.consent_queries import unsettled
from interviews.models import (
    Candidate,
    ClearedTranscript,
    EligibilityCheck,
    Honorarium,
    Interview,
    InterviewChange,
    Transcript,
)
from interviews.states import PARSE, HonorariumState, InterviewState, TranscriptState
from interviews.workdays import working_days
from research.models import Programme, Segment

NEXT_CALLS = 8
MOST_OF_A_DAY = 60
AHEAD = (InterviewState.TENTATIVE, InterviewState.BOOKED)


def reference_day(programme: Programme) -> date:
    """The day that a programme's boards speak of: today, or for sample data, whose calendar stands still, the last call's."""
    if not programme.synthetic:
        return timezone.localdate()
    last = programme.interviews.filter(state=InterviewState.HELD).aggregate(last=Max("starts_at"))["last"]
    return timezone.localdate(last) if last else programme.launch_on


@dataclass(frozen=True)
class Quota:
    """How far a segment's quota is, in people. `due` is what an even pace would have held by now; `pace` what each of the
    working days left must bring, or None when none is left."""

    segment: Segment
    held: int
    cleared: int
    booked: int
    listed: int
    due: int
    pace: float | None

    @property
    def missing(self) -> int:
        """People still to be interviewed."""
        return max(self.segment.quota - self.held, 0)

    @property
    def behind(self) -> int:
        """How many fewer were held than an even pace would have brought."""
        return max(self.due - self.held, 0)


def quotas(programme: Programme, day: date) -> list[Quota]:
    """Each segment's quota against people heard, cleared, booked and on the list, in two queries.

    People are counted, not calls; calls that were missed, cancelled, stopped or ended early count nowhere.
    """
    held = Q(state=InterviewState.HELD)
    people = programme.interviews.order_by().values("segment")
    counts = people.annotate(
        held=Count("expert", distinct=True, filter=held),
        booked=Count("expert", distinct=True, filter=Q(state__in=[InterviewState.BOOKED, InterviewState.STARTED])),
        listed=Count("expert", distinct=True, filter=Q(state=InterviewState.OPEN)),
        cleared=Count("expert", distinct=True, filter=held & Q(transcripts__state=TranscriptState.CLEARED)),
    )
    by_segment: dict[Any, Any] = {row["segment"]: row for row in counts}
    return [_quota(segment, by_segment.get(segment.pk, {}), programme, day) for segment in programme.segments.all()]


def _quota(segment: Segment, counts: Mapping[str, int], programme: Programme, day: date) -> Quota:
    whole = max(working_days(programme.launch_on, programme.delivery_on), 1)
    gone = min(working_days(programme.launch_on, min(day, programme.delivery_on)), whole)
    left = working_days(day + timedelta(days=1), programme.delivery_on)
    missing = max(segment.quota - counts.get("held", 0), 0)
    return Quota(
        segment=segment,
        held=counts.get("held", 0),
        cleared=counts.get("cleared", 0),
        booked=counts.get("booked", 0),
        listed=counts.get("listed", 0),
        due=ceil(segment.quota * gone / whole),
        pace=missing / left if left else None,
    )


def rows_of(programme: Programme, user: Any) -> QuerySet[Interview]:
    """The interviews of a programme that this person sees, with people and segment, and their transcripts without bodies."""
    transcripts = Transcript.objects.visible_to(user).only(
        "state", "interview_id", "filename", "uploaded_at", "uploaded_by_id"
    )
    return (
        Interview.objects.visible_to(user)
        .filter(programme=programme)
        .select_related("segment", "expert", "interviewer", "chaperone")
        .prefetch_related(Prefetch("transcripts", queryset=transcripts, to_attr="seen_transcripts"))
        .defer("notes")
        .order_by("number")
    )


@dataclass(frozen=True)
class Calls:
    """What is on the calendar around a day: that day's calls, the next ones, and booked ones whose time has passed."""

    today: list[Interview]
    coming: list[Interview]
    unlogged: int


def calls(programme: Programme, user: Any, day: date) -> Calls:
    """The calls around `day` in the firm's own zone; two queries. Those of the day are there whatever became of them."""
    zone = timezone.get_current_timezone()
    start = datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)
    end = start + timedelta(days=1)
    rows = (
        Interview.objects.visible_to(user)
        .filter(programme=programme)
        .select_related("segment", "expert", "interviewer")
    )
    ahead = Q(state__in=AHEAD, starts_at__gte=end)
    of_day = Q(starts_at__gte=start, starts_at__lt=end) & ~Q(state__in=[InterviewState.OPEN, InterviewState.CANCELLED])
    near = list(rows.filter(ahead | of_day).defer("notes").order_by("starts_at")[: MOST_OF_A_DAY + NEXT_CALLS])
    return Calls(
        today=[row for row in near if row.starts_at and row.starts_at < end],
        coming=[row for row in near if row.starts_at and row.starts_at >= end][:NEXT_CALLS],
        unlogged=rows.filter(state=InterviewState.BOOKED, starts_at__lt=start).count(),
    )


@dataclass(frozen=True)
class Work:
    """A kind of thing that may wait: what it is called, for whom, which list shows it, who acts and who may open the list."""

    key: str
    one: str
    many: str
    what: str
    who: str
    page: str
    filter: str
    acts: P
    sees: tuple[P, ...] = (P.SEE_PROGRAMMES,)


RECRUITS = (P.LOG_INTERVIEWS, P.SCREEN_EXPERTS)
PAYS = (P.LOG_INTERVIEWS, P.APPROVE_HONORARIA)
READS = (P.READ_CLEARED,)
WORK = (
    Work("listed", "person", "people", "to be invited", "analysts", "experts", "state=listed", P.LOG_INTERVIEWS, RECRUITS),
    Work(
        "screened", "person", "people", "whose answers are to be reviewed", "compliance", "experts", "state=screened",
        P.SCREEN_EXPERTS, RECRUITS,
    ),
    Work("open", "call", "calls", "to be booked", "analysts", "interviews", "state=open", P.LOG_INTERVIEWS),
    Work(
        "tentative", "call", "calls", "whose time is held, to be confirmed", "analysts", "interviews", "state=tentative",
        P.LOG_INTERVIEWS,
    ),
    Work(
        "unlogged", "call", "calls", "to be logged, the time is past", "their interviewers", "interviews", "state=booked",
        P.LOG_INTERVIEWS,
    ),
    Work(
        "silent", "call", "calls", "held, without a transcript", "analysts", "interviews", "transcript=none",
        P.UPLOAD_TRANSCRIPTS,
    ),
    Work(
        "stopped", "call", "calls", "stopped for compliance, to be reviewed", "compliance", "interviews", "state=stopped",
        P.CLEAR_TRANSCRIPTS,
    ),
    Work(
        "barred", "call", "calls", "called off because a list or a rule bars the person", "compliance", "interviews",
        "state=cancelled", P.CLEAR_TRANSCRIPTS,
    ),
    Work(
        "withdrawn", "call", "calls", "whose expert took consent back, text to be looked at", "compliance", "interviews",
        "transcript=withdrawn", P.CLEAR_TRANSCRIPTS,
    ),
    Work(
        "failed", "transcript", "transcripts", "that could not be read", "analysts", "transcripts", "state=failed",
        P.UPLOAD_TRANSCRIPTS, READS,
    ),
    Work(
        "parsed", "transcript", "transcripts", "whose speakers are not named yet", "who uploaded them", "transcripts",
        "state=parsed", P.UPLOAD_TRANSCRIPTS, READS,
    ),
    Work(
        "mapped", "transcript", "transcripts", "ready for the first review", "compliance", "transcripts", "state=mapped",
        P.CLEAR_TRANSCRIPTS, READS,
    ),
    Work(
        "reviewed", "transcript", "transcripts", "ready to be cleared by a second person", "compliance", "transcripts",
        "state=reviewed", P.CLEAR_TRANSCRIPTS, READS,
    ),
    Work(
        "computed", "honorarium", "honoraria", "to be approved", "somebody who did not lead the call", "honoraria",
        "state=computed", P.APPROVE_HONORARIA, PAYS,
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Waiting:
    """So many things of one kind that wait, and whether this reader can act. `href` is empty where there is no list yet."""

    work: Work
    count: int
    mine: bool
    href: str

    @property
    def thing(self) -> str:
        """The word for what is counted, in its number."""
        return self.work.one if self.count == 1 else self.work.many


def waiting(programme: Programme, user: Any, unlogged: int) -> list[Waiting]:
    """What waits for whom in a programme, what is not nothing and this reader may know of, in four queries."""
    of_programme = {
        Candidate: Q(programme=programme),
        Transcript: Q(programme=programme),
        Honorarium: Q(interview__programme=programme, state=HonorariumState.COMPUTED),
    }
    counts: dict[str, int] = {"unlogged": unlogged}
    for model, rows in of_programme.items():
        found = model._default_manager.filter(rows).order_by().values_list("state").annotate(n=Count("pk"))
        counts |= dict(found)
    looked_at = InterviewChange.objects.filter(interview=OuterRef("pk"), what="reviewed")
    told = {"looked_at": Exists(looked_at), "unsettled": unsettled(), "fit": newest_check()}
    calls = programme.interviews.annotate(**told).aggregate(
        open=Count("pk", filter=Q(state=InterviewState.OPEN), distinct=True),
        tentative=Count("pk", filter=Q(state=InterviewState.TENTATIVE), distinct=True),
        silent=Count("pk", filter=Q(state=InterviewState.HELD, transcripts__isnull=True), distinct=True),
        stopped=Count("pk", filter=Q(state=InterviewState.STOPPED, looked_at=False), distinct=True),
        withdrawn=Count("pk", filter=Q(unsettled=True), distinct=True),
        # Until their time has passed: somebody else can still be heard in it.
        barred=Count("pk", filter=Q(state=InterviewState.CANCELLED, fit=False, starts_at__gt=now()), distinct=True),
    )
    counts |= calls
    return [
        Waiting(work, counts[work.key], allowed(user, work.acts), link(programme, work.page, work.filter))
        for work in WORK
        if counts.get(work.key) and any(allowed(user, one) for one in work.sees)
    ]


def newest_check() -> Subquery:
    """Whether the newest check of a call found that the person may be heard; None for a call that was never checked."""
    checks = EligibilityCheck.objects.filter(interview=OuterRef("pk")).order_by("-at", "-pk")
    return Subquery(checks.values("eligible")[:1])


def link(programme: Programme, page: str, chosen: str = "") -> str:
    """The address of a list of the programme, narrowed; empty when there is no such page."""
    try:
        return reverse(page, args=[programme.slug]) + (f"?{chosen}" if chosen else "")
    except NoReverseMatch:
        return ""


def transcripts_of(programme: Programme, user: Any) -> QuerySet[Transcript]:
    """The transcripts of a programme that this person sees, newest first, without their words and losses' details."""
    return (
        Transcript.objects.visible_to(user)
        .filter(programme=programme)
        .select_related("interview__segment", "uploaded_by")
        .annotate(words=F("loss__words_out"), lost=F("loss__dropped__0__what"))
        .defer("text", "loss", "interview__notes")
        .order_by("-uploaded_at", "pk")
    )


@dataclass(frozen=True)
class Reading:
    """How far the readings that were asked for together are; nothing is open when `total` is 0."""

    done: int
    total: int


def reading(programme: Programme) -> Reading:
    """The reading that goes on in a programme: all that was asked for since the oldest of what is still open."""
    jobs = Job.objects.filter(kind=PARSE, scope=str(programme.pk))
    still = jobs.filter(state__in=[JobState.PENDING, JobState.RUNNING])
    since = still.order_by("created_at").values_list("created_at", flat=True).first()
    if since is None:
        return Reading(0, 0)
    batch = jobs.filter(created_at__gte=since)
    ended = batch.exclude(state__in=[JobState.PENDING, JobState.RUNNING])
    return Reading(ended.count(), batch.count())


def cleared_of(programme: Programme, user: Any) -> QuerySet[ClearedTranscript]:
    """The cleared transcripts of a programme that this person may read, without their words."""
    rows = ClearedTranscript.objects.visible_to(user).filter(programme=programme)
    return rows.select_related("interview__segment", "interview__expert").defer("text", "interview__notes")
