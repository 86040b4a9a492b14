"""The review queue: what waits for a decision over all transcripts of a programme, and how far the work has come."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts.roles import Permission
from accounts.scoping import ScopedView
from research.models import Programme
from synthesis.permissions import review_refusal, run_refusal
from synthesis.queries import STATES, Filters, Row, Tagging, queue, reviewed, rows_of, tagging
from synthesis.services import codebook, runs
from synthesis.views.reader import as_data, choices, in_page

PER_PAGE = 25
BAND_LABELS = {"high": "0.50 and more", "middle": "0.35 to 0.50", "low": "under 0.35"}
ORDERS = {"score": "Surest first", "unsure": "Least sure first", "text": "As spoken"}


def progress_of(programme: Programme) -> Tagging:
    """How far the tagging against the questions as they stand has come."""
    return tagging(programme, codebook.digest(codebook.wording(programme)), runs.model_version())


class Queue(ScopedView):
    """One page of the queue. Its lines hold a few sentences each, never a whole text."""

    permission = Permission.REVIEW_TAGS

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        programme = self.see(Programme, slug=slug)
        prefetch_related_objects([programme], "questions", "segments")
        filters = Filters.read(request.GET.dict())
        page = Paginator(queue(programme, filters), PER_PAGE).get_page(request.GET.get("page"))
        rows = rows_of(page.object_list, request.user)  # type: ignore[arg-type]
        state, machine = reviewed(programme), progress_of(programme)
        context = {
            "programme": programme,
            "section": "review",
            "page": page,
            "rows": rows,
            "filters": filters,
            "questions": list(programme.questions.all()),
            "segments": list(programme.segments.all()),
            "states": STATES,
            "bands": BAND_LABELS,
            "orders": ORDERS,
            "reviewed": state,
            "decided": sum(row.decided for row in state),
            "total": sum(row.total for row in state),
            "tagging": machine,
            "poll": reverse("tagging", args=[programme.slug]) if machine.busy else "",
            "refusal": review_refusal(request.user),  # type: ignore[arg-type]
            "run_refusal": run_refusal(request.user),  # type: ignore[arg-type]
            "data": in_page([as_row(row, place) for place, row in enumerate(rows)]),
            "given": {},
            **choices(),
        }
        return render(request, "synthesis/review.html", context)


def as_row(row: Row, place: int) -> dict[str, Any]:
    """What the page's script knows of a line."""
    decide = reverse("decide", args=[row.cleared_id])
    return as_data(row.item) | {"text": row.words, "place": place, "decide": decide}


class TaggingProgress(ScopedView):
    """The progress bar of the tagging, which asks for itself until all is done."""

    permission = Permission.READ_CLEARED

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        programme = self.see(Programme, slug=slug)
        state = progress_of(programme)
        poll = reverse("tagging", args=[slug]) if state.busy else ""
        arrived = not state.busy and state.done == state.total
        context = {"tagging": state, "poll": poll, "arrived": arrived, "slug": slug}
        return render(request, "synthesis/review_tagging.html", context)
