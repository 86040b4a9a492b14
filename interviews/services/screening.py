"""May this person be heard on that day: asked when a call is booked, when it is held, at a release and at each reading.

The firm's own rules are told with their reasons. Of a fund's policy nobody of the firm learns more than that one bars.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Prefetch
from django.utils import timezone

from accounts import audit
from accounts.models import User
from accounts.moves import Invalid
from accounts.permissions import allowed
from accounts.roles import Permission
from interviews.eligibility import Call, barred, is_subject
from interviews.models import Interview, Spell
from interviews.states import InterviewState
from research.models import Programme
from research.policy import HOUSE, LISTED, PRIVATE, Employment, Policy, Reason
from research.services.policies import policies_of
from research.states import SeatState

NEUTRAL = "A participating policy bars this person on {day}. Choose another day or another expert."
CHAPERONE = "A call with them needs a chaperone from compliance."
POLICY = "policy"


class Barred(Invalid):
    """The person may not be heard on that day. `codes` say by which rules, and of a fund's policy only that it is one."""

    def __init__(self, sentence: str, codes: Iterable[str]) -> None:
        super().__init__(sentence)
        self.codes = sorted(set(codes))


def require_fit(interview: Interview, starts_at: datetime, zone: str) -> None:
    """Raise Barred unless the expert may be heard at that instant, under the firm's rules and those of the live seats."""
    day = starts_at.astimezone(ZoneInfo(zone)).date()
    others = with_posts(interview.programme.interviews.filter(state__in=[InterviewState.BOOKED, InterviewState.HELD]))
    calls = [_call(row) for row in others.exclude(pk=interview.pk) if _day(row) <= day]
    own = with_posts(Interview.objects.filter(pk=interview.pk)).get()
    calls.append(_call(own, day))
    if why := barred(calls[-1:], HOUSE).get(own.pk):
        raise Barred(_sentence(why), (reason.code for reason in why))
    if interview.programme.withhold_instead:
        return
    seats = interview.programme.seats.live().values_list("fund", flat=True)
    for fund_id, policy in policies_of(seats).items():
        if own.pk in barred(calls, policy, elsewhere=_elsewhere(calls, own.programme, fund_id, policy)):
            raise Barred(NEUTRAL.format(day=f"{day:%-d %B %Y}"), [POLICY])


def _sentence(why: tuple[Reason, ...]) -> str:
    chaperone = [CHAPERONE] if any(reason.code == "current-employee" for reason in why) else []
    return " ".join(["This person can't be heard on that day.", *(reason.sentence for reason in why), *chaperone])


@contextmanager
def on_record(interview: Interview, by: User) -> Iterator[None]:
    """Keep that a call was refused, and by what kind of rule, after the refused transaction was rolled back."""
    try:
        yield
    except Barred as refused:
        with transaction.atomic():
            audit.record(interview.programme.chain, "screening-refused", interview, by=by, codes=refused.codes)
        raise


def withheld(programme: Programme, fund_ids: Iterable[UUID], interviews: Iterable[UUID]) -> dict[UUID, frozenset[Any]]:
    """For each fund those of the given interviews of a programme that its policy bars, as of today."""
    rows = with_posts(Interview.objects.filter(pk__in=list(interviews)))
    calls = [_call(row) for row in rows]
    return {
        fund_id: frozenset(
            barred(calls, policy, elsewhere=_elsewhere(calls, programme, fund_id, policy), today=timezone.localdate())
        )
        for fund_id, policy in policies_of(fund_ids).items()
    }


def with_posts(interviews: Any) -> Any:
    """Interviews with everything that a screening reads, in the order of the calls; a fixed number of queries."""
    rows = interviews.select_related("programme", "chaperone", "expert").order_by("starts_at", "number")
    return rows.prefetch_related(Prefetch("expert__spells", queryset=Spell.objects.select_related("company")))


def _call(row: Interview, day: date | None = None) -> Call:
    return Call(
        key=row.pk,
        expert=row.expert_id,
        day=day or _day(row),
        posts=tuple(
            Employment(
                spell.company.name,
                frozenset({LISTED if spell.company.listed else PRIVATE, spell.company.kind.casefold()}),
                spell.start,
                spell.end,
                spell.current,
                is_subject(spell.company.name, row.programme.subject),
            )
            for spell in row.expert.spells.all()
        ),
        excepted=row.chaperone is not None and allowed(row.chaperone, Permission.CLEAR_TRANSCRIPTS),
    )


def _day(row: Interview) -> date:
    """The day of a call as the expert's own calendar has it."""
    at = row.starts_at or row.created_at
    return at.astimezone(ZoneInfo(row.zone)).date()


def _elsewhere(calls: list[Call], programme: Programme, fund_id: UUID, policy: Policy) -> dict[Any, list[date]]:
    """Days of calls with the same experts in the other programmes of one fund; asked only where a limit needs them."""
    days: dict[Any, list[date]] = defaultdict(list)
    if policy.calls_per_expert is None:
        return days
    seated = Programme.objects.filter(seats__fund=fund_id, seats__state=SeatState.ACTIVE).exclude(pk=programme.pk)
    held = Interview.objects.filter(
        programme__in=seated, expert__in={call.expert for call in calls}, state=InterviewState.HELD
    )
    for row in held:
        days[row.expert_id].append(_day(row))
    return days
