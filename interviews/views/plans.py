"""Plans: what is wished for, how far the reckoning is, what is proposed and why others have no place, and the answers."""

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone

from accounts.models import JobState, User
from accounts.moves import IllegalMove, Invalid
from accounts.roles import Permission as P
from interviews.models import Candidate, PlanRun, Proposal
from interviews.plan_forms import WishesForm
from interviews.services import planning, planning_inputs
from interviews.services.planning import Wishes
from interviews.states import ProposalState
from interviews.views.pages import Act, ProgrammePage

SHOWN = 20
TONES = {
    ProposalState.OPEN: "active",
    ProposalState.ACCEPTED: "good",
    ProposalState.DECLINED: "idle",
    ProposalState.STALE: "warn",
}


class PlannerPage(ProgrammePage):
    """A page of the planner: for those who book calls."""

    permission = P.LOG_INTERVIEWS

    def draw(self, template: str = "", *, status: int = 200, **context: Any) -> HttpResponse:
        return super().draw(template, status=status, **{"section": "plans"} | context)


class OnPlan(PlannerPage):
    """A page about one plan of the programme."""

    @cached_property
    def run(self) -> PlanRun:
        return self.see_own(PlanRun, pk=self.kwargs["plan"])


class Plans(PlannerPage):
    template = "interviews/plans.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        again = None
        if "again" in request.GET:
            again = Wishes.of(self.see_own(PlanRun, pk=request.GET["again"]).wishes)
        team, _ = planning_inputs.team_of(self.programme)
        return self.show(WishesForm.fresh(team, planning_inputs.earliest(self.programme), again=again))

    def show(self, form: WishesForm, status: int = 200) -> HttpResponse:
        runs = PlanRun.objects.visible_to(self.user).filter(programme=self.programme).select_related("by")[:SHOWN]
        no_one = None if form.fields["interviewers"].choices else planning.NO_INTERVIEWER  # type: ignore[attr-defined]
        return self.draw(form=form, runs=[line(run) for run in runs], refusal=no_one, status=status)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        team, _ = planning_inputs.team_of(self.programme)
        form = WishesForm(request.POST, team=team)
        if not form.is_valid():
            return self.show(form, 400)
        try:
            run = planning.ask(programme=self.programme, wishes=form.wishes(), by=self.user)
        except (Invalid, IllegalMove) as wrong:
            form.add_error(None, str(wrong))
            return self.show(form, 400 if isinstance(wrong, Invalid) else 409)
        return redirect("plan", self.programme.slug, run.pk)


@dataclass
class Line:
    """One plan in the list."""

    run: PlanRun
    wishes: Wishes
    state: str
    tone: str


def line(run: PlanRun) -> Line:
    state, tone = ("Done", "good") if run.done_at else ("Stopped", "bad") if run.message else ("Being made", "active")
    return Line(run, Wishes.of(run.wishes), state, tone)


class PlanPage(OnPlan):
    template = "interviews/plan.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        rows = rows_of(self.run)
        waiting = sum(row.proposal.state == ProposalState.OPEN for row in rows)
        return self.draw(
            **progress_of(self.run),
            **told(self.run.outcome),
            line=line(self.run),
            again_url=f"{reverse('plans', args=[self.programme.slug])}?again={self.run.pk}",
            accept_label=f"Accept all {waiting}" if waiting > 1 else "Accept it",
            asked_by=self.run.by.name,
            rows=rows,
            moves=[row for row in rows if row.since],
            weeks=weeks(rows),
            waiting=waiting,
            unplaced=unplaced(self.run, self.user),
        )


class Progress(OnPlan):
    """How far a plan is; the answer replaces the bar, and the page once it is there."""

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        context = progress_of(self.run)
        response = self.draw("interviews/_plan_progress.html", **context)
        if not context["busy"]:
            response["HX-Refresh"] = "true"
        return response


class PlanAct(Act, OnPlan):
    def back(self) -> str:
        return reverse("plan", args=[self.programme.slug, self.run.pk])

    @cached_property
    def proposal(self) -> Proposal:
        return get_object_or_404(self.run.proposals.select_related("run__programme"), pk=self.kwargs["proposal"])


class AcceptAll(PlanAct):
    def act(self) -> str:
        counts = planning.accept_all(run=self.run, by=self.user)
        if counts["stale"]:
            messages.warning(
                self.request,
                f"{counts['stale']} could not be booked any more; the table says why. Plan again for them.",
            )
        return f"{counts['accepted']} call{' is' if counts['accepted'] == 1 else 's are'} booked."


class Accept(PlanAct):
    def act(self) -> str:
        row = planning.accept(proposal=self.proposal, by=self.user)
        return f"{row.interview.label} is booked." if row.interview else "The call is booked."


class Decline(PlanAct):
    def act(self) -> str:
        planning.decline(proposal=self.proposal, by=self.user)
        return "The proposal is left aside."


# What the page shows --------------------------------------------------------------------------------------------------


def progress_of(run: PlanRun) -> dict[str, Any]:
    """Whether a plan is still being made, and how many calls it has placed so far. The bar is full only when it is there."""
    job = None if run.done_at else planning.job_of(run)
    busy = job is not None and job.state in (JobState.PENDING, JobState.RUNNING)
    placed = min(job.done, max(job.total - 1, 0)) if job else 0
    return {"run": run, "busy": busy, "placed": placed, "total": job.total if job else 0}


def told(outcome: dict[str, Any]) -> dict[str, Any]:
    """The figures of a plan in words."""
    if not outcome:
        return {}
    best = outcome["bound"] <= outcome["placed"]
    return {
        "placed_text": f"{outcome['placed']} of {outcome['asked']}",
        "bound_text": "No plan places more." if best else f"No plan places more than {outcome['bound']}.",
        "seconds_text": f"{outcome['seconds']:.1f} s",
        "zone_note": f"Times in {timezone.get_current_timezone_name()}.",
        "limited": not best and outcome["gap"] > 0.001,
    }


@dataclass
class Row:
    """One proposal. `since`: the time that its booked call is to leave."""

    proposal: Proposal
    zone: str
    since: datetime | None
    tone: str

    @property
    def day(self) -> date:
        return timezone.localdate(self.proposal.starts_at)


def rows_of(run: PlanRun) -> list[Row]:
    """The proposals of a plan in the order of their times; one query."""
    around = ["candidate__expert", "candidate__segment", "interviewer", "chaperone", "interview"]
    before = {key: datetime.fromisoformat(at) for key, at in run.outcome.get("from", {}).items()}
    return [
        Row(row, row.candidate.expert.zone, before.get(str(row.candidate_id)), TONES[ProposalState(row.state)])
        for row in run.proposals.select_related(*around).order_by("starts_at", "pk")
    ]


@dataclass
class Week:
    """A week of the calendar: its interviewers, and for each day with calls the calls of each of them."""

    first: date
    people: list[User]
    days: list[tuple[date, list[list[Row]]]] = field(default_factory=list)

    @property
    def heading(self) -> str:
        return f"Week of {self.first:%-d %B}"


def weeks(rows: list[Row]) -> list[Week]:
    """The proposals that stand, by week, day and interviewer, on the firm's own clock."""
    standing = [row for row in rows if row.proposal.state in (ProposalState.OPEN, ProposalState.ACCEPTED)]
    people = sorted({row.proposal.interviewer for row in standing}, key=lambda user: (user.name, str(user.pk)))
    found: dict[tuple[int, int], Week] = {}
    for day in sorted({row.day for row in standing}):
        year, number, _ = day.isocalendar()
        week = found.setdefault((year, number), Week(date.fromisocalendar(year, number, 1), people))
        cells = [[row for row in standing if row.day == day and row.proposal.interviewer == who] for who in people]
        week.days.append((day, cells))
    return list(found.values())


def unplaced(run: PlanRun, user: Any) -> list[tuple[Candidate, str]]:
    """Who has no place, with the reason; those of one reason together."""
    reasons = {row["candidate"]: row["reason"] for row in run.outcome.get("unplaced", [])}
    rows = Candidate.objects.visible_to(user).filter(programme=run.programme_id, pk__in=reasons)
    found = [(row, reasons[str(row.pk)]) for row in rows.select_related("segment", "expert")]
    return sorted(found, key=lambda pair: (pair[1], pair[0].priority, pair[0].descriptor))
