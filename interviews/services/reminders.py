"""What time alone asks for of booked calls: reminders, and whether the person may still be heard.

Each run looks at what is so now and does what is missing, so it may come late, twice, or be killed half-way. A reminder is
one message by its key. A check is a row, and a call that a check bars is asked about again until it is off.
"""

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import F, Max, OuterRef, Q, QuerySet, Subquery

from accounts import audit, outbox
from accounts.models import Message, User
from accounts.moves import IllegalMove, now
from interviews.expert_words import in_words
from interviews.models import Block, CheckMoment, EligibilityCheck, ExpertLink, Interview, InterviewChange, LinkPurpose
from interviews.queries import newest_check
from interviews.services import conduct, experts, links, notices, screening
from interviews.states import InterviewState
from research.models import FundPolicy, Seat
from research.services.outward import public_name

log = logging.getLogger(__name__)
DAY, HOUR = timedelta(hours=24), timedelta(hours=1)
# A run does so many calls at most: the next one comes in a minute.
A_RUN = 100
BARRED = "interview-barred"


def ahead(at: datetime) -> QuerySet[Interview]:
    """Booked calls that begin after `at`, the nearest first; each with when, and at which sequence, its time was set, and when
    the expert was last asked for the statement."""
    times = InterviewChange.objects.filter(interview=OuterRef("pk"), what__in=["booked", "moved"]).order_by("-sequence")
    rows = Interview.objects.filter(state=InterviewState.BOOKED, starts_at__gt=at)
    words = ExpertLink.objects.filter(interview=OuterRef("pk"), purpose=LinkPurpose.ATTEST).order_by("-at")
    rows = rows.annotate(
        time_set_at=Subquery(times.values("at")[:1]),
        time_set=Subquery(times.values("sequence")[:1]),
        word_asked_at=Subquery(words.values("at")[:1]),
    )
    return rows.select_related("programme", "expert").order_by("starts_at", "pk")


# Reminders ------------------------------------------------------------------------------------------------------------


def remind(at: datetime | None = None) -> int:
    """Post the reminders that are due and not posted yet: a day before a call, and an hour before; how many.

    Whoever heard of the time after a reminder was due has just been told. One that time has overtaken, because no worker
    ran, is sent while the call is still ahead; where both are due, the later one alone.
    """
    at = at or now()
    near = list(ahead(at).filter(starts_at__lte=at + DAY)[:A_RUN])
    wanted = {key: (row, who) for row in near for key, who in _wanted(row, at)}
    there = set(Message.objects.filter(key__in=wanted).values_list("key", flat=True))
    posted = sum(_remind(row, who, key, at) for key, (row, who) in wanted.items() if key not in there)
    return posted + sum(_ask_word(row, at) for row in near if _wordless(row))


def _wanted(row: Any, at: datetime) -> Iterator[tuple[str, UUID]]:
    """The reminders that a call needs at this moment: each one's key, and whom it is for."""
    kind, before = ("hour", HOUR) if row.starts_at - at <= HOUR else ("day", DAY)
    if row.time_set_at is not None and row.time_set_at > row.starts_at - before:
        return
    # The expert's own, a day before, is the mail that asks for the statement.
    people = [row.interviewer_id, row.chaperone_id, *([row.expert_id] if kind == "hour" else [])]
    for who in people:
        if who:
            yield f"remind:{row.pk}:{row.time_set or 0}:{kind}:{who}", who


@transaction.atomic
def _remind(row: Any, who: UUID, key: str, at: datetime) -> int:
    """Post one reminder, if the call is still as it was when it was found."""
    still = Interview.objects.select_for_update().filter(
        pk=row.pk, state=InterviewState.BOOKED, starts_at=row.starts_at, sequence=row.sequence
    )
    if not still.exists():
        return 0
    if who == row.expert_id:
        if not links.may_write(row):
            return 0
        name, to, zone, site = "", experts.addressee(row.expert), row.zone, ""
        call = public_name(row.programme) or notices.UNNAMED
    else:
        user = User.objects.get(pk=who)
        if not user.is_active:
            return 0
        name, to, zone, site = user.name, user.email, notices.zone_of(user), settings.SITE_URL
        call = notices.firm_name(row)
    when = in_words(row.starts_at, ZoneInfo(zone))
    outbox.post(
        to=to, template="call_reminder", key=key, name=name, call=call, when=when, minutes=row.minutes, site=site
    )
    return 1


def _wordless(row: Any) -> bool:
    """True when the expert was not asked for the statement since the call has its time, and can be."""
    asked = row.word_asked_at is not None and (row.time_set_at is None or row.word_asked_at >= row.time_set_at)
    return not asked and links.may_write(row)


@transaction.atomic
def _ask_word(row: Any, at: datetime) -> int:
    """Mail the expert the link to the statement without which the call can't start; it is their reminder too."""
    list(Interview.objects.select_for_update().filter(pk=row.pk))
    fresh = ahead(at).filter(pk=row.pk, sequence=row.sequence).first()
    if fresh is None or not _wordless(fresh):
        return 0
    links.send_attest(fresh, None)
    return 1


# Checks ---------------------------------------------------------------------------------------------------------------


def recheck(at: datetime | None = None) -> int:
    """Ask anew about booked calls a day before, and when what they were asked against has changed; how many were called off.

    A hit calls the call off. The record of it holds the codes alone; its people read that it can't take place, no more.
    """
    at = at or now()
    return sum(_ask(row, moment) for row, moment in due(at))


def due(at: datetime) -> list[tuple[Interview, CheckMoment]]:
    """The booked calls to ask about, each with the moment that it is asked for.

    What has changed since a call was last asked about: a policy of a fund on one of its seats, the seats, the blocklist, the
    expert's own wish. A check that bars is asked again, since it may have been about another time or other people.
    """
    checks = EligibilityCheck.objects.filter(interview=OuterRef("pk")).order_by("-at", "-pk")
    seats = Seat.objects.live().filter(programme=OuterRef("programme"))
    funds = Seat.objects.live().filter(programme=OuterRef(OuterRef("programme"))).values("fund")
    rows = ahead(at).annotate(
        asked_at=Subquery(checks.values("at")[:1]),
        fit=newest_check(),
        day_before=Subquery(checks.filter(moment=CheckMoment.DAY_BEFORE).values("at")[:1]),
        policy_at=Subquery(FundPolicy.objects.filter(fund__in=funds).order_by("-at").values("at")[:1]),
        seat_at=Subquery(seats.filter(since__isnull=False).order_by("-since").values("since")[:1]),
    )
    changed = Q(asked_at__isnull=True) | Q(fit=False)
    for news in ("policy_at", "seat_at", "expert__opted_out_at"):
        changed |= Q(**{f"{news}__gt": F("asked_at")})
    if blocked_at := Block.objects.aggregate(newest=Max("at"))["newest"]:
        changed |= Q(asked_at__lt=blocked_at)
    close = Q(starts_at__lte=at + DAY) & (Q(day_before__isnull=True) | Q(day_before__lt=F("starts_at") - DAY))
    found = rows.filter(changed | close)[:A_RUN]
    return [(row, CheckMoment.DAY_BEFORE if _near(row, at) else CheckMoment.BOOKING) for row in found]


def _near(row: Interview, at: datetime) -> bool:
    return row.starts_at is not None and row.starts_at - at <= DAY


def _ask(row: Interview, moment: CheckMoment) -> int:
    verdict = screening.recheck(row, moment)
    if verdict.eligible:
        return 0
    try:
        with transaction.atomic():
            conduct.cancel(interview=row, by=None, via=conduct.CLOCK, note=notices.NEUTRAL)
            audit.record(row.programme.chain, BARRED, row, by=None, codes=verdict.codes)
    except IllegalMove:
        # Somebody cancelled it in the meantime.
        return 0
    return 1


def each(steps: Iterable[Any]) -> None:
    """Take each step even if one before it failed; what failed comes again in a minute."""
    for step in steps:
        try:
            step()
        except Exception:
            log.exception("A step of the minute's work on calls failed; the next minute tries again.")
