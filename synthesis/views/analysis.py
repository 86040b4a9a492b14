"""The analysis: question by segment by stance, in people; each figure opens the passages behind it."""

from dataclasses import asdict
from typing import Any

from django.db.models import prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts.roles import Permission
from accounts.scoping import ScopedView
from research.models import Programme
from synthesis.highlights import clock
from synthesis.queries import Person, cells, open_count, people_on
from synthesis.report import rawdata
from synthesis.statistics import STANCES, Cell
from synthesis.views.charts import matrix_picture

DRAWN = ("bear", "mixed", "neutral", "bull")
OPPOSITE = {"bear": "bull", "bull": "bear"}


class Analysis(ScopedView):
    """The matrix as a table at once, and as a picture when it is drawn."""

    permission = Permission.READ_CLEARED

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        programme = self.see(Programme, slug=slug)
        prefetch_related_objects([programme], "questions", "segments")
        counted = cells(programme)
        people = max((cell.total for cell in counted), default=0)
        context = {
            "programme": programme,
            "section": "analysis",
            "matrix": _by_question(programme, counted),
            "people": people,
            "open": open_count(programme),
            "stances": DRAWN,
            "picture": matrix_picture(programme, counted, again=True) if people else None,
        }
        return render(request, "synthesis/analysis.html", context)


def _by_question(programme: Programme, counted: tuple[Cell, ...]) -> list[dict[str, Any]]:
    """The cells by question: everybody first, then the segments that have spoken to somebody, with their addresses."""
    titles = {segment.code: segment.title for segment in programme.segments.all()}
    base = reverse("passages", args=[programme.slug])
    rows = []
    for question in programme.questions.all():
        mine = [cell for cell in counted if cell.question == question.code]
        lines = [
            {
                "segment": titles.get(cell.segment, "Everybody"),
                "everybody": not cell.segment,
                "cell": cell,
                "href": f"{base}?question={question.code}&segment={cell.segment}",
                "counts": [(stance, getattr(cell, stance)) for stance in DRAWN],
            }
            for cell in sorted(mine, key=lambda cell: bool(cell.segment))
        ]
        rows.append({"code": question.code, "title": question.title, "lines": lines})
    return rows


class Matrix(ScopedView):
    """The matrix as CSV: one line for a question and segment, an empty segment for everybody."""

    permission = Permission.READ_CLEARED

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        programme = self.see(Programme, slug=slug)
        body = rawdata.matrix_csv({"matrix": [asdict(cell) for cell in cells(programme)]})
        disposition = {"Content-Disposition": f'attachment; filename="{slug}-matrix.csv"'}
        return HttpResponse(body, content_type="text/csv; charset=utf-8", headers=disposition)


class Passages(ScopedView):
    """The people behind a figure with their words; for a side of the question the other side stands beside it."""

    permission = Permission.READ_CLEARED

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        programme = self.see(Programme, slug=slug)
        question = programme.questions.filter(code=request.GET.get("question", "")).first()
        segment = programme.segments.filter(code=request.GET.get("segment", "")).first()
        stance = request.GET.get("stance", "")
        if question is None or (request.GET.get("segment") and segment is None):
            raise Http404
        people = people_on(programme, question.code, segment.code if segment else "")
        groups = _groups(people, stance if stance in (*STANCES, "silent") else "")
        context = {
            "programme": programme,
            "section": "analysis",
            "question": question,
            "segment": segment,
            "stance": stance,
            "groups": groups,
            "total": len(people),
            "tabs": _tabs(request, people),
        }
        return render(request, "synthesis/analysis_passages.html", context)


def _groups(people: list[Person], stance: str) -> list[dict[str, Any]]:
    """The people to show, by stance: a side beside its opposite and who said both, else both sides and then the rest."""
    between = [name for name in ("mixed", "neutral") if any(person.stance == name for person in people)]
    if stance in OPPOSITE:
        order = [stance, OPPOSITE[stance], *(name for name in between if name == "mixed")]
    else:
        order = [stance] if stance else ["bear", "bull", *between]
    return [
        {
            "stance": name,
            "people": [
                {"person": person, "quotes": [(quote, clock(quote.start_ms)) for quote in person.quotes]}
                for person in people
                if person.stance == name
            ],
        }
        for name in order
    ]


def _tabs(request: HttpRequest, people: list[Person]) -> list[dict[str, Any]]:
    base = request.GET.copy()
    tabs = []
    for value, label in {"": "All who spoke", **{s: s.capitalize() for s in DRAWN}, "silent": "Silent"}.items():
        base["stance"] = value
        n = sum(person.stance == value or (not value and person.stance != "silent") for person in people)
        active = request.GET.get("stance", "") == value
        tabs.append({"label": label, "href": f"?{base.urlencode()}", "active": active, "n": n})
    return tabs
