"""May this person be heard on that day: asked when a call is booked, a day before, when it starts, at a release and at each
reading, each time against the rules and lists of that moment.

The firm's own rules are told with their reasons. Of a fund's policy nobody of the firm learns more than that one bars.
Every check of a call is kept, a refused one too, with a keyed digest of the policies that were asked.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, OuterRef, Prefetch
from django.utils import timezone

from accounts import audit
from accounts.models import User
from accounts.moves import Invalid, now
from accounts.roles import Permission as P
from accounts.roles import holders
from interviews.eligibility import (
    Call,
    Standing,
    SubjectLeave,
    Verdict,
    barred,
    examine,
    is_subject,
    neutral,
)
from interviews.models import (
    Candidate,
    CheckMoment,
    EligibilityCheck,
    Expert,
    Interview,
    Spell,
    SubjectException,
    TopicCard,
)
from interviews.services import blocklist, credentials, exceptions, questionnaires
from interviews.states import TIMED, InterviewState
from research.models import Programme
from research.policy import HOUSE, LISTED, PRIVATE, Employment, Policy
from research.services.policies import policies_of
from research.states import SeatState

BEFORE = {InterviewState.OPEN, *TIMED}
# Calls that count towards a limit of a policy: those whose time is taken, and those that were held.
COUNTED = (*TIMED, InterviewState.HELD)


class Barred(Invalid):
    """The person may not be heard on that day. `codes` say by which rules, and of a fund's policy only that it is one.

    `check` is the row that on_record keeps once the refused transaction is rolled back.
    """

    def __init__(self, sentence: str, codes: Iterable[str], check: EligibilityCheck | None = None) -> None:
        super().__init__(sentence)
        self.codes = sorted(set(codes))
        self.check = check


# Asking -------------------------------------------------------------------------------------------------------------


def require_fit(
    interview: Interview, starts_at: datetime, zone: str, moment: CheckMoment = CheckMoment.BOOKING
) -> None:
    """Raise Barred unless the person may be heard at that instant; a check that passes is kept with the transaction.

    Call it inside on_record, which keeps one that does not.
    """
    day = starts_at.astimezone(ZoneInfo(zone)).date()
    verdict, lists = _examine(interview, day, moment)
    check = _check(interview, moment, verdict, lists)
    if not verdict.eligible:
        raise Barred(verdict.told, verdict.codes, check)
    check.save(force_insert=True)


@contextmanager
def on_record(interview: Interview, by: User | None) -> Iterator[None]:
    """Keep that a call was refused, and by what kind of rule, after the refused transaction was rolled back."""
    try:
        yield
    except Barred as refused:
        with transaction.atomic():
            if refused.check is not None:
                refused.check.save(force_insert=True)
            audit.record(interview.programme.chain, "screening-refused", interview, by=by, codes=refused.codes)
        raise


@transaction.atomic
def recheck(interview: Interview, moment: CheckMoment) -> Verdict:
    """Ask again for a call at its own time, or for today while it has none, and keep what was found. Raises nothing: the
    caller does what follows from a refusal."""
    row = with_posts(Interview.objects.filter(pk=interview.pk)).get()
    verdict, lists = _examine(row, _planned_day(row), moment)
    _check(row, moment, verdict, lists).save(force_insert=True)
    if not verdict.eligible:
        audit.record(row.programme.chain, "screening-refused", row, by=None, codes=verdict.codes, moment=str(moment))
    return verdict


def verdict_of(interview: Interview) -> Verdict:
    """How the question stands at this moment, for a page; nothing is kept."""
    return _examine(interview, _planned_day(interview), CheckMoment.BOOKING)[0]


def foresee(
    programme: Programme, candidates: Iterable[Candidate], days: Iterable[date], chaperone: User | None
) -> dict[UUID, dict[date, Verdict]]:
    """For each candidate how the question would stand on each of these days for a call with that chaperone; nothing is kept.

    The candidates come with their expert. For planning ahead: the lists are those of this moment, the calls those booked now.
    """
    experts = {row.expert_id: row for row in candidates}
    kept = Expert.objects.filter(pk__in=experts).prefetch_related(
        Prefetch("spells", queryset=Spell.objects.select_related("company"))
    )
    carded = set(TopicCard.objects.filter(candidate__in=experts.values()).values_list("candidate", flat=True))
    rows: list[Any] = []
    for expert in kept:
        row: Any = Interview(programme=programme, expert=expert, chaperone=chaperone, zone=expert.zone)
        row.pk, row.carded = experts[expert.pk].pk, experts[expert.pk].pk in carded
        rows.append(row)
    standings = {row.pk: _standing(row) for row in rows}
    others = _calls(with_posts(programme.interviews.filter(state__in=COUNTED)))
    policies = policies_of([] if programme.withhold_instead else programme.seats.live().values_list("fund", flat=True))
    counting = any(p.calls_per_expert or p.interviews_per_company for p in policies.values())
    found: dict[UUID, dict[date, Verdict]] = {row.pk: {} for row in rows}
    seats: list[Any] | None = None
    for day in days:
        calls = _calls(rows, {row.pk: day for row in rows})
        if seats is None:
            seats = [(p, _elsewhere([*others, *calls], programme, fund, p)) for fund, p in policies.items()]
        before = [other for other in others if other.day <= day] if counting else []
        for call in calls:
            key: Any = call.key
            found[key][day] = examine(call, seats=seats, before=before, standing=standings[key])
    return found


def withheld(programme: Programme, fund_ids: Iterable[UUID], interviews: Iterable[UUID]) -> dict[UUID, frozenset[Any]]:
    """For each fund those of the given interviews of a programme that its policy bars, as of today."""
    calls = _calls(with_posts(Interview.objects.filter(pk__in=list(interviews))))
    return _withheld(programme, policies_of(fund_ids), calls)


def record_release(
    programme: Programme, fund_ids: Iterable[UUID], interviews: Iterable[UUID]
) -> list[EligibilityCheck]:
    """Keep for each interview of a release what was found against the lists of this moment; the caller's transaction.

    A policy that bars one withholds it from that fund alone (synthesis/services/editions.py); what the house's own rules
    bar is withheld from all.
    """
    rows = list(with_posts(Interview.objects.filter(pk__in=list(interviews))))
    calls, policies, today = _calls(rows), policies_of(fund_ids), timezone.localdate()
    some_fund: frozenset[Any] = frozenset().union(*_withheld(programme, policies, calls).values())
    lists = _digest(policies)
    found = []
    for row, call in zip(rows, calls, strict=True):
        verdict = examine(call, today=today)
        if verdict.eligible and row.pk in some_fund:
            verdict = Verdict(call.day, (neutral(call.day),))
        found.append(_check(row, CheckMoment.RELEASE, verdict, lists))
    return EligibilityCheck.objects.bulk_create(found)


# Finding ------------------------------------------------------------------------------------------------------------


def _examine(interview: Interview, day: date, moment: CheckMoment) -> tuple[Verdict, str]:
    """The verdict for a call on a day of the expert's calendar, and the digest of the policies that were asked."""
    programme = interview.programme
    others = with_posts(programme.interviews.filter(state__in=COUNTED)).exclude(pk=interview.pk)
    own = with_posts(Interview.objects.filter(pk=interview.pk)).get()
    *before, call = _calls([*(row for row in others if _day(row) <= day), own], {own.pk: day})
    release = moment == CheckMoment.RELEASE
    seats = programme.seats.live().values_list("fund", flat=True)
    policies = policies_of([] if programme.withhold_instead and not release else seats)
    verdict = examine(
        call,
        seats=[(p, _elsewhere([*before, call], programme, fund, p)) for fund, p in policies.items()],
        before=before,
        standing=Standing() if release else _standing(own),
        today=timezone.localdate() if release else None,
    )
    return verdict, _digest(policies)


def _standing(row: Interview) -> Standing:
    """What is known of a call's person besides the posts."""
    candidate = Candidate.objects.filter(programme=row.programme, expert=row.expert_id)
    found = candidate.select_related("programme", "segment").first()
    papers = credentials.spans_of([row.expert])[row.expert_id] if credentials.demanded(row.programme) else {}
    return Standing(
        blocked=blocklist.blocked(row.expert) or "",
        unscreened=(questionnaires.obstacle(found) if found else questionnaires.NOT_YET) or "",
        papers=papers,
    )


def _withheld(programme: Programme, policies: dict[UUID, Policy], calls: list[Call]) -> dict[UUID, frozenset[Any]]:
    today = timezone.localdate()
    return {
        fund: frozenset(barred(calls, policy, elsewhere=_elsewhere(calls, programme, fund, policy), today=today))
        for fund, policy in policies.items()
    }


def _check(interview: Interview, moment: CheckMoment, verdict: Verdict, lists: str) -> EligibilityCheck:
    return EligibilityCheck(
        interview=interview,
        moment=moment,
        day=verdict.day,
        eligible=verdict.eligible,
        codes=verdict.codes,
        sentences=verdict.sentences,
        lists=lists,
        at=now(),
    )


def _digest(policies: dict[UUID, Policy]) -> str:
    """A keyed hash of the house's rules and of every policy that was asked: shows later which lists a check was made
    against, and to who lacks the key nothing of what they hold."""
    asked = {str(fund): _plain(policy) for fund, policy in sorted(policies.items())}
    return audit.sign({"house": _plain(HOUSE), "seats": asked})


def _plain(policy: Policy) -> dict[str, Any]:
    rows = [[row.company, str(row.first), str(row.last)] for row in policy.restricted]
    return asdict(policy) | {"restricted": rows}


def with_posts(interviews: Any) -> Any:
    """Interviews with everything that a screening reads, in the order of the calls; a fixed number of queries."""
    cards = TopicCard.objects.filter(candidate__programme=OuterRef("programme"), candidate__expert=OuterRef("expert"))
    rows = interviews.select_related("programme", "chaperone", "expert").order_by("starts_at", "number")
    rows = rows.annotate(carded=Exists(cards))
    return rows.prefetch_related(Prefetch("expert__spells", queryset=Spell.objects.select_related("company")))


def _calls(rows: Iterable[Interview], days: dict[UUID, date] | None = None) -> list[Call]:
    """The calls of rows of with_posts, each on its day or on the one that is given; at most two queries more."""
    rows = list(rows)
    signed: dict[tuple[UUID, UUID], list[SubjectException]] = defaultdict(list)
    about = {(row.programme_id, row.expert_id) for row in rows if _posts_at_subject(row)}
    if about:
        found = SubjectException.objects.filter(candidate__expert__in={expert for _, expert in about})
        for one in found.select_related("candidate"):
            signed[one.candidate.programme_id, one.candidate.expert_id].append(one)
    return [_call(row, (days or {}).get(row.pk) or _day(row), signed[row.programme_id, row.expert_id]) for row in rows]


def _posts_at_subject(row: Interview) -> bool:
    return any(is_subject(spell.company.name, row.programme.subject) for spell in row.expert.spells.all())


def _call(row: Any, day: date, signed: list[SubjectException]) -> Call:
    return Call(
        key=row.pk,
        expert=row.expert_id,
        day=day,
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
        exception=SubjectLeave(
            allowed=row.programme.current_employees,
            signed=any(exceptions.holds(one, day) and one.by_id != row.interviewer_id for one in signed),
            chaperoned=_chaperoned(row),
            carded=row.carded,
        ),
    )


def _chaperoned(row: Interview) -> bool:
    """Whether somebody of compliance sits in, or sat in: an account that was closed since takes nothing from a past call."""
    chaperone = row.chaperone
    if chaperone is None or chaperone.role not in holders(P.SCREEN_EXPERTS):
        return False
    return chaperone.is_active or row.state not in BEFORE


def _planned_day(row: Interview) -> date:
    """The day of a call, or today where it has no time yet, as the expert's own calendar has it."""
    return (row.starts_at or now()).astimezone(ZoneInfo(row.zone)).date()


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
