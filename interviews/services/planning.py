"""Plans of calls: asked for, reckoned in the background, and taken over one by one or all at once.

A plan books nothing by itself. Each of its proposals is booked through the same door as any call, under the rules and with
the free time of that moment; one that has become impossible says why and stays aside.
"""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q

from accounts import audit, jobs
from accounts.models import Job, User
from accounts.moves import IllegalMove, Invalid, Moved, now
from accounts.permissions import Refused
from accounts.roles import Permission as P
from interviews.models import Candidate, Interview, PlanRun, Proposal
from interviews.permissions import require_on
from interviews.planner import MOST_MOVED, STEPS, Plan
from interviews.services import planning_inputs, scheduling, screening, slots
from interviews.services.planning_inputs import Inputs, Wishes
from interviews.states import PLAN, PROPOSAL, InterviewState, ProposalState
from research.models import Programme

LONGEST_PERIOD = 31
# How long the solver may take; mostly a second or two is enough.
SECONDS = 45
NEWER = "A newer plan has taken this one's place."
GONE = "This plan is gone, so there is nothing to reckon."
NO_INTERVIEWER = "Nobody of this programme's team can lead calls: add an analyst to the team first."


# Asking and reckoning -------------------------------------------------------------------------------------------------


@transaction.atomic
def ask(*, programme: Programme, wishes: Wishes, by: User) -> PlanRun:
    """Ask for a plan; it is reckoned in the background, and cancels nothing.

    Invalid for a period, length or limit that can't be; IllegalMove for a programme that is over or has no interviewer.
    """
    require_on(by, P.LOG_INTERVIEWS, programme)
    if programme.state in scheduling.OVER:
        raise IllegalMove(f"This programme is {programme.get_state_display().lower()}; no call can be planned.")
    if sentence := _unusable(programme, wishes):
        raise Invalid(sentence)
    if not planning_inputs.team_of(programme)[0]:
        raise IllegalMove(NO_INTERVIEWER)
    run = PlanRun.objects.create(programme=programme, by=by, wishes=wishes.stored())
    jobs.request(PLAN, run.pk, jobs.fingerprint(run.pk, run.wishes), scope=programme.pk, by=by)
    audit.record(programme.chain, "plan-asked", run, by=by, first=wishes.first, last=wishes.last)
    return run


def _unusable(programme: Programme, wishes: Wishes) -> str | None:
    """What can't be planned so, as a sentence."""
    first = planning_inputs.earliest(programme)
    if wishes.first < first:
        return f"Choose a first day from {first:%-d %B %Y} on: no call can be booked in the past."
    if not 0 <= (wishes.last - wishes.first).days < LONGEST_PERIOD:
        return f"The last day must come after the first, and a plan covers at most {LONGEST_PERIOD} days."
    if not 1 <= wishes.minutes <= scheduling.LONGEST:
        return f"A call takes between 1 and {scheduling.LONGEST} minutes."
    if wishes.step not in STEPS or not 0 <= wishes.most_moved <= MOST_MOVED:
        return f"Calls begin every {STEPS[0]} or {STEPS[1]} minutes, and at most {MOST_MOVED} booked ones may move."
    if wishes.most_a_day is not None and not 1 <= wishes.most_a_day <= 12:
        return "An interviewer has between 1 and 12 calls in a day."
    if wishes.pause is not None and not 0 <= wishes.pause <= 120:
        return "The pause between two calls is at most 120 minutes."
    return None


def job_of(run: PlanRun) -> Job | None:
    """The background work of a plan, for its progress."""
    return Job.objects.filter(kind=PLAN, subject=str(run.pk)).first()


def reckon(run_id: str, progress: Any) -> tuple[Inputs, Plan]:
    """Work out a plan that was asked for; outside any transaction."""
    from interviews.planner import plan

    run = PlanRun.objects.select_related("programme").filter(pk=run_id).first()
    if run is None:
        raise jobs.Unfit(GONE)
    inputs = planning_inputs.gather(run.programme, Wishes.of(run.wishes))
    progress(0, max(len(inputs.problem.guests), 1))
    return inputs, plan(inputs.problem, seconds=SECONDS, progress=progress)


def save(run_id: str, found: tuple[Inputs, Plan]) -> None:
    """Store what was worked out, in the job's own transaction; what older plans still proposed makes room for it."""
    inputs, plan = found
    run = PlanRun.objects.select_for_update(of=("self",)).select_related("programme").get(pk=run_id)
    older = Proposal.objects.filter(run__programme=run.programme, state=ProposalState.OPEN).exclude(run=run)
    older.update(state=ProposalState.STALE, message=NEWER)
    moving = _booked_calls(run.programme, [call.guest for call in plan.placed])
    offered = [call for call in plan.placed if call.moved or call.guest not in moving]
    Proposal.objects.bulk_create(
        Proposal(
            run=run,
            candidate_id=call.guest,
            interview=moving.get(call.guest) or inputs.open.get(call.guest),
            interviewer_id=call.leader,
            chaperone_id=call.chaperone,
            starts_at=call.start,
            minutes=call.minutes,
        )
        for call in offered
    )
    run.done_at = now()
    run.outcome = {
        "asked": len(inputs.problem.guests),
        "placed": len(plan.placed),
        "stay": len(plan.placed) - len(offered),
        "moved": plan.moved,
        "bound": plan.bound,
        "gap": round(plan.gap, 6),
        "seconds": round(plan.seconds, 2),
        "waiting": inputs.waiting,
        "unplaced": [{"candidate": str(key), "reason": reason} for key, reason in plan.unplaced.items()],
        "from": {str(key): _time(call) for key, call in moving.items()},
    }
    run.message = ""
    run.save(update_fields=["done_at", "outcome", "message"])
    counts = {name: run.outcome[name] for name in ("asked", "placed", "moved", "bound")}
    audit.record(run.programme.chain, "plan-made", run, by=None, **counts)


def note_failure(run_id: str, sentence: str) -> None:
    """Why there is no plan, for its page."""
    PlanRun.objects.filter(pk=run_id).update(message=sentence)


def _booked_calls(programme: Programme, candidates: list[Any]) -> dict[UUID, Interview]:
    """The booked call of each of these candidates who has one."""
    rows = Candidate.objects.filter(pk__in=candidates).values_list("expert", "pk")
    by_expert = dict(rows)
    calls = programme.interviews.filter(state=InterviewState.BOOKED, expert__in=by_expert)
    return {by_expert[call.expert_id]: call for call in calls}


def _time(call: Interview) -> str:
    assert call.starts_at is not None
    return call.starts_at.isoformat()


# Taking over ----------------------------------------------------------------------------------------------------------


def accept(*, proposal: Proposal, by: User) -> Proposal:
    """Book what is proposed, or move the booked call there; a candidate without a call gets one.

    What has become impossible goes aside as stale with the sentence, which is raised as IllegalMove. A time that another
    booked call of the same plan is to leave first is refused and stays open.
    """
    return _accept([proposal], by)[0]


def accept_all(*, run: PlanRun, by: User, only: set[int] | None = None) -> Counter[str]:
    """Accept whatever is open, or `only` those: how many were accepted, and how many are no longer possible. Each on its own, so that one
    that fails stops no other; those that wait for each other's times together."""
    require_on(by, P.LOG_INTERVIEWS, run.programme)
    counts: Counter[str] = Counter()
    wanted = run.proposals.filter(state=ProposalState.OPEN, **({} if only is None else {"pk__in": only}))
    left = list(wanted.order_by("starts_at", "pk"))
    while left:
        ready = [row for row in left if not _in_the_way(row)]
        for group in [[row] for row in ready] or [left]:
            try:
                _accept(group, by)
                counts["accepted"] += len(group)
            except IllegalMove:
                counts["stale"] += 1
        tried = {row.pk for row in ready}
        fresh = run.proposals.filter(state=ProposalState.OPEN, pk__in=[row.pk for row in left]).exclude(pk__in=tried)
        rest = list(fresh.order_by("starts_at", "pk"))
        if len(rest) == len(left):
            break
        left = rest
    return counts


@transaction.atomic
def decline(*, proposal: Proposal, by: User) -> Proposal:
    """Leave what is proposed aside."""
    row = Proposal.objects.select_for_update(of=("self",)).select_related("run__programme").get(pk=proposal.pk)
    require_on(by, P.LOG_INTERVIEWS, row.run.programme)
    PROPOSAL.make(row, ProposalState.DECLINED)
    audit.record(row.run.programme.chain, "proposal-declined", row, by=by, candidate=row.candidate_id)
    return row


class Impossible(Exception):
    """One proposal of a group can't be booked any more."""

    def __init__(self, proposal: Proposal, why: Exception) -> None:
        super().__init__(str(why))
        self.proposal = proposal
        self.why = why


def _accept(proposals: list[Proposal], by: User) -> list[Proposal]:
    """Accept these together or none of them. With several, the times that their booked calls leave are free at once."""
    programme = proposals[0].run.programme
    require_on(by, P.LOG_INTERVIEWS, programme)

    @transaction.atomic
    def act() -> list[Proposal]:
        scheduling.lock_programme(programme)
        rows = [_locked(proposal) for proposal in proposals]
        for row in rows:
            if sentence := PROPOSAL.obstacle(row.state, ProposalState.ACCEPTED):
                raise IllegalMove(sentence)
        if len(rows) == 1 and (first := _in_the_way(rows[0])):
            raise IllegalMove(f"Accept the move of {first.label} first: it is still booked for a part of that time.")
        if len(rows) > 1:
            for row in rows:
                if row.interview:
                    slots.free(row.interview)
        for row in rows:
            _take_over(row, by)
        return rows

    try:
        return scheduling.settled(act)
    except Impossible as stopped:
        raise IllegalMove(_set_aside(stopped, by)) from None


def _locked(proposal: Proposal) -> Proposal:
    rows = Proposal.objects.select_for_update(of=("self",))
    return rows.select_related("run__programme", "candidate__expert", "interview", "interviewer", "chaperone").get(
        pk=proposal.pk
    )


def _take_over(row: Proposal, by: User) -> None:
    """Book one proposal; Impossible when that can't be done any more. The caller holds the transaction."""
    try:
        interview = _call_for(row, by)
        if row.interviewer_id != interview.interviewer_id or row.chaperone_id != interview.chaperone_id:
            interview = scheduling.reassign(
                interview=interview, interviewer=row.interviewer, chaperone=row.chaperone, by=by
            )
        zone = row.candidate.expert.zone
        local = row.starts_at.astimezone(ZoneInfo(zone))
        # A fold is told only where a clock shows the time twice; elsewhere it is 0 by itself.
        scheduling.book(
            interview=interview,
            wall=local.replace(tzinfo=None, fold=0),
            zone=zone,
            fold=local.fold,
            minutes=row.minutes,
            by=by,
        )
    except (Refused, Moved):
        raise
    except (Invalid, IllegalMove) as why:
        raise Impossible(row, why) from why
    PROPOSAL.make(row, ProposalState.ACCEPTED, interview=interview, message="")
    body: dict[str, Any] = {"candidate": row.candidate_id, "interview": interview.pk, "starts_at": row.starts_at}
    audit.record(row.run.programme.chain, "proposal-accepted", row, by=by, **body)


def _call_for(row: Proposal, by: User) -> Interview:
    """The call that is proposed for: the one that it was planned with, the candidate's call on the list, or a new one."""
    programme, candidate = row.run.programme, row.candidate
    calls = programme.interviews.filter(expert=candidate.expert_id)
    if row.interview_id and (planned := _unchanged(row)):
        return planned
    if taken := calls.filter(state__in=scheduling.PLACED).exclude(_ran_out()).first():
        raise IllegalMove(f"They have a call already: {taken.label} is {taken.get_state_display().lower()}.")
    if waits := calls.filter(Q(state=InterviewState.OPEN) | _ran_out()).order_by("-number").first():
        return waits
    return scheduling.plan_interview(
        programme=programme,
        segment=candidate.segment,
        expert=candidate.expert,
        interviewer=row.interviewer,
        chaperone=row.chaperone,
        zone=candidate.expert.zone,
        minutes=row.minutes,
        by=by,
    )


def _unchanged(row: Proposal) -> Interview | None:
    """The call as the plan knew it: on the list, or booked for the time that the plan moves it from."""
    interview = row.interview
    assert interview is not None
    before = row.run.outcome.get("from", {}).get(str(row.candidate_id))
    if before and interview.state == InterviewState.BOOKED:
        if interview.starts_at == datetime.fromisoformat(before):
            return interview
        raise IllegalMove(f"{interview.label} was moved in the meantime.")
    return interview if interview.state == InterviewState.OPEN else None


def _ran_out() -> Q:
    return Q(state=InterviewState.TENTATIVE, held_until__lte=now())


def _in_the_way(row: Proposal) -> Interview | None:
    """A booked call of one of these people at that time, or too near, that an open proposal of the same plan moves away."""
    end = row.starts_at + timedelta(minutes=row.minutes)
    people = [who for who in (row.interviewer_id, row.chaperone_id) if who]
    moves = row.run.proposals.filter(state=ProposalState.OPEN, interview__state=InterviewState.BOOKED)
    slot = {"slots__who__in": people, "slots__starts_at__lt": end, "slots__ends_at__gt": row.starts_at}
    return Interview.objects.filter(proposals__in=moves.exclude(pk=row.pk), **slot).first()


@transaction.atomic
def _set_aside(stopped: Impossible, by: User) -> str:
    """Keep why a proposal is no longer possible, after what was begun for it was rolled back."""
    row = Proposal.objects.select_for_update(of=("self",)).select_related("run__programme").get(pk=stopped.proposal.pk)
    codes = stopped.why.codes if isinstance(stopped.why, screening.Barred) else []
    if row.state == ProposalState.OPEN:
        PROPOSAL.make(row, ProposalState.STALE, message=str(stopped)[:300])
        audit.record(row.run.programme.chain, "proposal-stale", row, by=by, candidate=row.candidate_id, codes=codes)
    return str(stopped)
