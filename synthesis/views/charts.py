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
from synthesis.report.drawing import Chart
from synthesis.services import charts
from synthesis.statistics import Cell


def matrix_picture(programme: Programme, counted: tuple[Cell, ...], *, again: bool) -> dict[str, Any]:
    """What the page needs to show the matrix, whose table stands below it."""
    return shown(programme, charts.matrix_chart(programme, counted), "matrix_picture", again=again)


def shown(programme: Programme, chart: Chart, name: str, *, again: bool, table: bool = False) -> dict[str, Any]:
    """What a page needs to show a chart: the picture, or where to ask for it; asks for the drawing if need be.

    `name` is the URL name of its fragment, `table` says that its figures go with it, as no table on the page has them.
    """
    kept, job = charts.picture(programme, chart, again=again)
    address = reverse(name, args=[programme.slug])
    failed = job is not None and job.state in (JobState.FAILED, JobState.QUARANTINED)
    return {
        "chart": chart,
        "heading": "One mark a person" if chart.name == "stance-matrix" else chart.title,
        "svg": kept.svg,
        "message": job.message if job and failed else "",
        "address": address,
        "download": f"{address}?download",
        "table": table,
    }


class Picture(ScopedView):
    """The picture of a programme as it stands: a fragment for its page, or the file. `?again` retries a failed drawing."""

    permission = Permission.SEE_PROGRAMMES
    name: str
    table = False

    def chart(self, programme: Programme) -> Chart:
        raise NotImplementedError

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        programme = self.see(Programme, slug=slug)
        again = "again" in request.GET
        picture = shown(programme, self.chart(programme), self.name, again=again, table=self.table)
        if "download" in request.GET and picture["svg"]:
            filename = f"{slug}-{picture['chart'].name}.svg"
            disposition = {"Content-Disposition": f'attachment; filename="{filename}"'}
            return HttpResponse(picture["svg"], content_type="image/svg+xml", headers=disposition)
        return render(request, "synthesis/analysis_picture.html", {"picture": picture})


class MatrixPicture(Picture):
    permission = Permission.READ_CLEARED
    name = "matrix_picture"

    def chart(self, programme: Programme) -> Chart:
        return charts.matrix_chart(programme, cells(programme))


class IncidentPicture(Picture):
    """Public incidents by date; the register's table has the same."""

    name = "incident_picture"

    def chart(self, programme: Programme) -> Chart:
        return charts.incident_chart(programme)


class HeldPicture(Picture):
    """People heard so far against an even plan over the working days."""

    name = "held_picture"
    table = True

    def chart(self, programme: Programme) -> Chart:
        return charts.held_chart(programme)
