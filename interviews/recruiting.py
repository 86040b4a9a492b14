"""What the lists and pages of experts read: bounded queries, and never who somebody is."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from interviews.models import Candidate, Contact, Interview
from interviews.services.blocklist import whom_to_leave
from interviews.services.candidates import PRIORITIES, SPOKEN
from interviews.states import TIMED, CandidateState
from research.models import Programme

TONES: dict[str, str] = {
    CandidateState.LISTED: "idle",
    CandidateState.INVITED: "active",
    CandidateState.SCREENED: "active",
    CandidateState.ELIGIBLE: "good",
    CandidateState.REFUSED: "bad",
    CandidateState.DECLINED: "plain",
}
STEPS: dict[str, str] = {
    CandidateState.LISTED: "Invite",
    CandidateState.INVITED: "Wait for an answer, or ask again",
    CandidateState.SCREENED: "Review the answers",
    CandidateState.ELIGIBLE: "Book a call",
    CandidateState.REFUSED: "Nothing",
    CandidateState.DECLINED: "Nothing",
}
COLUMNS = ("id", "descriptor", "segment", "state", "priority", "source", "next_step", "added_on")


@dataclass(frozen=True)
class Line:
    """One candidate as the list shows them."""

    candidate: Any
    step: str
    tone: str
    priority: str

    @property
    def finer(self) -> str:
        """How the firm itself may name the person, where the programme needs a coarser line."""
        said = self.candidate.expert.descriptor
        return said if said != self.candidate.descriptor else ""


def candidates_of(programme: Programme, user: Any) -> QuerySet[Candidate]:
    """The candidates of a programme that this person sees, with what the next step depends on."""
    calls = Interview.objects.filter(programme=programme, expert=OuterRef("expert"))
    rows = Candidate.objects.visible_to(user).filter(programme=programme).select_related("segment", "expert")
    timed, spoken = Exists(calls.filter(state__in=TIMED)), Exists(calls.filter(state__in=SPOKEN))
    return rows.annotate(booked=timed, heard=spoken).order_by("priority", "added_at", "pk")


def lines(rows: Iterable[Any]) -> list[Line]:
    """Candidates of `candidates_of` as lines; two queries for all of them."""
    rows = list(rows)
    left_alone = whom_to_leave(row.expert for row in rows)
    return [_line(row, left_alone) for row in rows]


def _line(row: Any, left_alone: dict[UUID, str]) -> Line:
    step = STEPS[row.state]
    if row.heard:
        step = "Heard"
    elif row.expert_id in left_alone:
        step = "Leave alone"
    elif row.booked:
        step = "Call is booked"
    return Line(row, step, TONES[row.state], f"{row.priority} · {PRIORITIES[row.priority].lower()}")


def sheet_rows(rows: Iterable[Any]) -> list[dict[str, Any]]:
    """Candidates as rows of a spreadsheet, by COLUMNS: descriptors, and nothing by which a person could be reached."""
    return [
        {
            "id": line.candidate.pk,
            "descriptor": line.candidate.descriptor,
            "segment": line.candidate.segment.code,
            "state": line.candidate.get_state_display(),
            "priority": line.candidate.priority,
            "source": line.candidate.source,
            "next_step": line.step,
            "added_on": line.candidate.added_at.date().isoformat(),
        }
        for line in lines(rows)
    ]


def contacts_of(candidate: Candidate, user: Any) -> list[Contact]:
    """The approaches to an expert in the programmes that this person sees, newest first; those elsewhere are only counted."""
    sight = Programme.objects.visible_to(user)
    rows = Contact.objects.filter(expert=candidate.expert_id, programme__in=sight)
    return list(rows.select_related("by", "programme")[:50])


def rules() -> str:
    """The limits on tiring people, in words."""
    times = {1: "once", 2: "twice"}
    asked, heard = (times.get(n, f"{n} times") for n in (settings.EXPERT_CONTACTS, settings.EXPERT_CALLS))
    return f"In {settings.EXPERT_REST_DAYS} days a person is contacted at most {asked} and heard at most {heard}, over all programmes."
