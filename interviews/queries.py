"""What the boards, lists and endpoints read: bounded queries, no text bodies, never a rule of its own about who may see."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from math import ceil
from typing import Any

from django.db.models import Count, F, Max, Prefetch, Q, QuerySet
from django.utils import timezone

from accounts.models import Job, JobState
from accounts.permissions import allowed
from accounts.roles import Permission as P
from interviews.models import ClearedTranscript, Interview, Transcript
from interviews.states import PARSE, InterviewState, TranscriptState
from interviews.workdays import working_days
from research.models import Programme, Segment

NEXT_CALLS = 8
BOOKED = InterviewState.BOOKED


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

    People are counted, not calls; missed, cancelled and stopped calls count nowhere.
    """
    people = programme.interviews.order_by().values("segment")
    counts = people.annotate(
        held=Count("expert", distinct=True, filter=Q(state=InterviewState.HELD)),
        booked=Count("expert", distinct=True, filter=Q(state=InterviewState.BOOKED)),
        listed=Count("expert", distinct=True, filter=Q(state=InterviewState.OPEN)),
        cleared=Count("expert", distinct=True, filter=Q(transcripts__state=TranscriptState.CLEARED)),
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
    """The calls around `day` in the firm's own zone; two queries."""
    zone = timezone.get_current_timezone()
    start = datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)
    end = start + timedelta(days=1)
    rows = (
        Interview.objects.visible_to(user)
        .filter(programme=programme)
        .select_related("segment", "expert", "interviewer")
    )
    near = rows.filter(state__in=[InterviewState.BOOKED, InterviewState.HELD], starts_at__gte=start).defer("notes")
    ahead = list(near.order_by("starts_at")[: 3 * NEXT_CALLS])
    return Calls(
        today=[row for row in ahead if row.starts_at and row.starts_at < end],
        coming=[row for row in ahead if row.starts_at and row.starts_at >= end and row.state == BOOKED][:NEXT_CALLS],
        unlogged=rows.filter(state=InterviewState.BOOKED, starts_at__lt=start).count(),
    )


@dataclass(frozen=True)
class Waiting:
    """Something that waits for somebody: how many, for whom, which list shows them, and whether this reader can act."""

    what: str
    count: int
    who: str
    page: str
    filter: str
    mine: bool

    @property
    def thing(self) -> str:
        """The word for what is counted, in its number."""
        return ("call" if self.page == "interviews" else "transcript") + ("" if self.count == 1 else "s")


WORK = (
    ("to be booked", "analysts", "interviews", "state=open", P.LOG_INTERVIEWS),
    ("to be logged, the time is past", "their interviewers", "interviews", "state=booked", P.LOG_INTERVIEWS),
    ("held, without a transcript", "analysts", "interviews", "transcript=none", P.UPLOAD_TRANSCRIPTS),
    ("that could not be read", "analysts", "transcripts", "state=failed", P.UPLOAD_TRANSCRIPTS),
    ("whose speakers are not named yet", "who uploaded them", "transcripts", "state=parsed", P.UPLOAD_TRANSCRIPTS),
    ("ready for the first review", "compliance", "transcripts", "state=mapped", P.CLEAR_TRANSCRIPTS),
    ("ready to be cleared by a second person", "compliance", "transcripts", "state=reviewed", P.CLEAR_TRANSCRIPTS),
)


def waiting(programme: Programme, user: Any, unlogged: int) -> list[Waiting]:
    """What waits for whom in a programme, what is not nothing, in two queries."""
    states = dict(
        Transcript.objects.filter(programme=programme).order_by().values_list("state").annotate(n=Count("pk"))
    )
    held = Q(state=InterviewState.HELD)
    told = programme.interviews.aggregate(
        open=Count("pk", filter=Q(state=InterviewState.OPEN), distinct=True),
        silent=Count("pk", filter=held & Q(transcripts__isnull=True), distinct=True),
    )
    counts = [
        told["open"],
        unlogged,
        told["silent"],
        *(states.get(s, 0) for s in ("failed", "parsed", "mapped", "reviewed")),
    ]
    return [
        Waiting(what, count, who, page, chosen, allowed(user, permission))
        for (what, who, page, chosen, permission), count in zip(WORK, counts, strict=True)
        if count
    ]


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
