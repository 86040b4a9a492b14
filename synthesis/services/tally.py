"""What each interview adds to the figures of a report, frozen beside its facts: from it the editions are counted."""

from typing import Any
from uuid import UUID

from django.db.models import Count, Q

from interviews.states import InterviewState
from research.models import Programme
from synthesis import queries
from synthesis.models import Suggestion, Tag
from synthesis.services.facts import code_of
from synthesis.states import DraftState, Origin, Verdict

Row = dict[str, Any]


def take(programme: Programme) -> Row:
    """The tally of a programme as it stands: a value of `synthesis.report.editions.Tally`."""
    rows = _interviews(programme)
    _count_suggestions(programme, rows)
    _count_tags(programme, rows)
    answer = getattr(programme, "answer", None)
    lines = answer.text.split("\n") if answer and answer.state == DraftState.APPROVED else []
    held = Count("interviews", filter=Q(interviews__state=InterviewState.HELD))
    return {
        "answer": [line for line in lines if line.strip()],
        "held": dict(programme.segments.annotate(held=held).order_by("order", "code").values_list("code", "held")),
        "interviews": {code_of(pk): row for pk, row in rows.items()},
    }


def _interviews(programme: Programme) -> dict[UUID, Row]:
    """Every interview with a text that counts, with whose words it holds and what they say to each question."""
    texts = queries.evidence(programme)
    numbers = {person: at for at, person in enumerate(sorted(set(texts.person_of.values())), 1)}
    held = set(programme.interviews.filter(state=InterviewState.HELD).values_list("pk", flat=True))
    live = programme.cleared_transcripts.filter(pk__in=list(texts.segment_of)).values_list("pk", "interview")
    interview_of = dict(live)
    rows: dict[UUID, Row] = {
        interview: {
            "person": numbers[texts.person_of[text]],
            "segment": texts.segment_of[text],
            "held": interview in held,
            "voices": [],
            **dict.fromkeys(("suggested", "accepted", "rejected", "added"), 0),
            "reviewers": [],
            "runs": [],
        }
        for text, interview in interview_of.items()
    }
    said = queries.evidence_tags(programme, texts).order_by("passage__start", "question__code")
    for text, question, stance in said.values_list("passage__cleared", "question__code", "stance"):
        rows[interview_of[text]]["voices"].append([question, stance])
    return rows


def _count_suggestions(programme: Programme, rows: dict[UUID, Row]) -> None:
    live = Q(run__cleared__programme=programme, run__cleared__recalled_at__isnull=True)
    shown = Suggestion.objects.current().filter(live).order_by()
    by = ("run__cleared__interview", "run__model", "run__encoder", "run__codebook__version")
    for interview, *run, count in shown.values_list(*by).annotate(count=Count("pk")):
        rows[interview]["suggested"] += count
        rows[interview]["runs"].append([str(part) for part in run])


def _count_tags(programme: Programme, rows: dict[UUID, Row]) -> None:
    tags = Tag.objects.filter(question__programme=programme, passage__cleared__recalled_at__isnull=True).order_by()
    by = ("passage__cleared__interview", "origin", "verdict", "decided_by")
    reviewers: dict[Any, int] = {}
    for interview, origin, verdict, person, count in tags.values_list(*by).annotate(count=Count("pk")):
        row, accepted = rows[interview], verdict == Verdict.ACCEPTED
        if origin == Origin.MACHINE:
            row["accepted" if accepted else "rejected"] += count
        elif accepted:
            row["added"] += count
        number = reviewers.setdefault(person, len(reviewers) + 1)
        row["reviewers"] = sorted({*row["reviewers"], number})
