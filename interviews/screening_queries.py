"""What the pages of screening read: bounded queries, never a rule of its own about who may see."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, QuerySet

from interviews import queries
from interviews.models import Candidate, EligibilityCheck, Interview
from interviews.states import CandidateState
from research.models import Programme

S = CandidateState
# The lists of the queue: the word in the address, its heading, the states in it.
LISTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "review": ("To be reviewed", (S.SCREENED,)),
    "ask": ("To be asked", (S.LISTED, S.INVITED)),
    "passed": ("May speak", (S.ELIGIBLE,)),
    "out": ("Screened out", (S.REFUSED, S.DECLINED)),
}


def candidates_of(programme: Programme, user: Any) -> QuerySet[Candidate]:
    """The candidates of a programme that this person sees, who has waited longest first."""
    rows = Candidate.objects.visible_to(user).filter(programme=programme)
    return rows.select_related("programme", "segment", "expert").order_by("screened_at", "added_at", "pk")


def counts(programme: Programme, user: Any) -> dict[str, int]:
    """How many candidates stand in each list; one query."""
    rows = Candidate.objects.visible_to(user).filter(programme=programme).order_by().values_list("state")
    states: dict[str, int] = dict(rows.annotate(n=Count("pk", distinct=True)))
    return {name: sum(states.get(state, 0) for state in within) for name, (_, within) in LISTS.items()}


def checks_of(interview: Interview) -> list[EligibilityCheck]:
    """The checks of one call, the newest first."""
    return list(interview.checks.order_by("-at", "-pk"))


def checks_of_person(candidate: Candidate, user: Any) -> list[EligibilityCheck]:
    """The newest checks of all calls of a candidate in the programme."""
    calls = Interview.objects.visible_to(user).filter(programme=candidate.programme_id, expert=candidate.expert_id)
    rows = EligibilityCheck.objects.filter(interview__in=calls).select_related("interview")
    return list(rows.order_by("-at", "-pk")[:50])


@dataclass(frozen=True)
class Around:
    """A candidate's calls in the programme, and the day for which a question about them is asked."""

    calls: list[Interview]
    day: date


def around(candidate: Candidate, user: Any) -> Around:
    """The calls of a candidate, and the day of the last one that has a time, else the programme's day of reference."""
    rows = Interview.objects.visible_to(user).filter(programme=candidate.programme_id, expert=candidate.expert_id)
    calls = list(rows.select_related("interviewer", "chaperone").defer("notes").order_by("starts_at", "number"))
    timed = [row for row in calls if row.starts_at]
    if not timed:
        return Around(calls, queries.reference_day(candidate.programme))
    last = timed[-1]
    assert last.starts_at is not None
    return Around(calls, last.starts_at.astimezone(ZoneInfo(last.zone)).date())


def candidate_of(interview: Interview, user: Any) -> UUID | None:
    """The number of the candidacy of a call's expert, for who may see it."""
    rows = Candidate.objects.visible_to(user).filter(programme=interview.programme_id, expert=interview.expert_id)
    return rows.values_list("pk", flat=True).first()
