"""Pictures on pages: shown when they are drawn, and until then a line that asks again."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts.models import JobState
from accounts.roles import Permission
from accounts.scoping import ScopedView
from research.models import Programme
from synthesis.queries import cells
from synthesis.services import charts
from synthesis.statistics import Cell


def matrix_picture(programme: Programme, counted: tuple[Cell, ...], *, again: bool) -> dict[str, Any]:
    """What the page needs to show the matrix: the picture, or where to ask for it; asks for the drawing if need be."""
    chart = charts.matrix_chart(programme, counted)
    kept, job = charts.picture(programme, chart, again=again)
    address = reverse("matrix_picture", args=[programme.slug])
    failed = job is not None and job.state in (JobState.FAILED, JobState.QUARANTINED)
    return {
        "chart": chart,
        "svg": kept.svg,
        "message": job.message if job and failed else "",
        "address": address,
        "download": f"{address}?download",
    }


class MatrixPicture(ScopedView):
    """The picture of the matrix as it stands: a fragment for the page, or the file."""

    permission = Permission.READ_CLEARED

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        programme = self.see(Programme, slug=slug)
        picture = matrix_picture(programme, cells(programme), again=False)
        if "download" in request.GET and picture["svg"]:
            disposition = {"Content-Disposition": f'attachment; filename="{slug}-matrix.svg"'}
            return HttpResponse(picture["svg"], content_type="image/svg+xml", headers=disposition)
        return render(request, "synthesis/analysis_picture.html", {"picture": picture})
