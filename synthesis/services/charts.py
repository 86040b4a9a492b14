"""Pictures that pages show, drawn in the background and kept by the hash of what they show."""

from collections.abc import Callable
from dataclasses import asdict

from django.db.models import Min
from django.utils import timezone

from accounts import jobs
from accounts.models import Job
from accounts.moves import now
from interviews.queries import reference_day
from interviews.states import InterviewState
from research.models import Programme
from synthesis.field_queries import Field
from synthesis.models import Chart
from synthesis.report import charts
from synthesis.report.drawing import draw
from synthesis.services.facts import incidents
from synthesis.statistics import Cell

KIND = "chart"


def matrix_chart(programme: Programme, counted: tuple[Cell, ...]) -> charts.Chart:
    """Question x segment x stance as a picture, not drawn yet."""
    return charts.stance_matrix(
        [asdict(cell) for cell in counted],
        [{"code": question.code, "title": question.title} for question in programme.questions.all()],
        [{"code": segment.code, "title": segment.title} for segment in programme.segments.all()],
    )


def incident_chart(programme: Programme) -> charts.Chart:
    """The register's incidents by date, not drawn yet."""
    return charts.incident_time_line(incidents(programme))


def held_chart(programme: Programme) -> charts.Chart:
    """People heard by day of their first call, against an even plan; not drawn yet."""
    zone = timezone.get_current_timezone()
    calls = programme.interviews.filter(state=InterviewState.HELD, starts_at__isnull=False).order_by()
    first = calls.values("expert").annotate(at=Min("starts_at")).values_list("at", flat=True)
    return charts.burn_up(
        sorted(at.astimezone(zone).date().isoformat() for at in first),
        target=sum(segment.quota for segment in programme.segments.all()),
        start=programme.launch_on.isoformat(),
        end=programme.delivery_on.isoformat(),
        today=reference_day(programme).isoformat(),
    )


def field_chart(found: Field) -> charts.Chart:
    """People planned, on the calendar, heard and cleared by day, and the forecast at the end; not drawn yet."""
    expected = found.whole.forecast
    return charts.field_burn_up(
        [asdict(row) | {"day": row.day.isoformat()} for row in found.burn_up],
        target=found.whole.standing.quota,
        today=found.day.isoformat(),
        last_call=found.plan.call.isoformat(),
        expected=(expected.low, expected.middle, expected.high),
    )


def picture(programme: Programme, chart: charts.Chart, *, again: bool) -> tuple[Chart, Job | None]:
    """The picture of a chart: drawn already, or asked for now with the job that draws it.

    With `again` a drawing that failed is tried once more; without, its job is returned as it is.
    """
    parts = {"spec": chart.spec, "title": chart.title, "description": chart.description}
    key = jobs.fingerprint(parts)
    kept, _ = Chart.objects.get_or_create(sha256=key, defaults={"spec": parts})
    if kept.svg:
        return kept, None
    known = None if again else Job.objects.filter(kind=KIND, subject=key).first()
    return kept, known or jobs.request(KIND, key, key, scope=programme.pk)


def compute(job: Job, progress: Callable[[int, int], None]) -> str | None:
    """Draw one picture, as SVG; None when nobody wants it any more."""
    wanted = Chart.objects.filter(pk=job.subject).first()
    if wanted is None:
        return None
    progress(0, 1)
    svg = draw(**wanted.spec, plain=False)
    progress(1, 1)
    return svg


def commit(job: Job, svg: str | None) -> None:
    """Keep the picture."""
    if svg:
        Chart.objects.filter(pk=job.subject).update(svg=svg, drawn_at=now())
