"""The control room: funnel, quotas against the run-rate, reach, show rate, forecast, burn-up, today's calls, what waits."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Permission
from accounts.scoping import ScopedView
from accounts.sheet import csv_bytes
from accounts.templatetags import ui
from interviews import queries
from interviews.workdays import working_days
from research.models import Programme
from synthesis import field_queries
from synthesis.field import STAGES, SURE, Reach
from synthesis.field_queries import Field, Line, quota_row
from synthesis.report.drawing import Chart
from synthesis.services import charts
from synthesis.views.charts import Picture

Rows = list[dict[str, Any]]


class FieldPage(ScopedView):
    """How the field stands on the reference day, for everybody of the firm who works on the programme."""

    permission = Permission.SEE_PROGRAMMES

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        programme = self.see(Programme, slug=slug)
        found = field_queries.standing(programme)
        calls = queries.calls(programme, self.actor, found.day)
        rows = [_row(found, line, programme) for line in found.lines]
        whole = _row(found, found.whole, programme)
        context = {
            "programme": programme,
            "section": "field",
            "field": found,
            "rows": rows,
            "whole": whole | _notes_of_all(found, whole),
            "all_rows": [*rows, whole],
            "reached": found.whole.funnel["invited"],
            "experts_url": queries.link(programme, "experts"),
            "last_call": _said(found.plan.call),
            "stages": [(label, [line.funnel[code] for line in [*found.lines, found.whole]]) for code, label in STAGES],
            "notes": _warnings(found),
            "milestones": [(name, ui.when(day), _distance(found, day)) for name, day in found.plan.lines()],
            "sure": f"{SURE:.0%}",
            "calls": calls,
            "day_heading": "Today" if found.day == timezone.localdate() else f"Calls on {found.day:%-d %B %Y}",
            "waiting": queries.waiting(programme, self.actor, calls.unlogged),
            "sheets": {name.replace("-", "_"): reverse("field_csv", args=[slug, name]) for name in SHEETS},
        }
        return render(request, "synthesis/field.html", context)


def _row(found: Field, line: Line, programme: Programme) -> dict[str, Any]:
    """One segment as its bar and its line of the table show it."""
    row, code = line.standing, line.standing.code
    best, present = _until(found, line.best), _until(found, line.present)
    return {
        "line": line,
        "need": "–" if row.need is None else f"{row.need:.1f}",
        "words": _words(line, best),
        "scale": max(row.quota, row.cleared + row.waiting + row.ahead, 1),
        "heard": row.cleared + row.waiting,
        "best": best,
        "present": present,
        "forecast": _likely(line.forecast.low, line.forecast.high) if found.told else "not yet",
        "chance": _chance(line.forecast.full) if found.told else "not yet",
        "href": queries.link(programme, "interviews", f"segment={code}") if code else "",
        "widest": max(line.funnel.values(), default=0) or 1,
    }


def _words(line: Line, best: str) -> str:
    """What stands under a segment's bar."""
    row = line.standing
    if not row.missing:
        return (
            "The quota is reached as soon as all who were heard are cleared."
            if row.waiting
            else "The quota is reached."
        )
    if row.need is None:
        return f"{row.missing} missing and no working day left for calls."
    wanted = f"{row.to_book} still to be booked" if row.to_book else "enough are booked, if all keep their call"
    return f"{row.missing} missing: {row.need:.1f} a day needed, {line.present.pace:.1f} so far; {wanted}. {best[0].upper()}{best[1:]}."


def _notes_of_all(found: Field, whole: dict[str, Any]) -> dict[str, str]:
    """The small print under the figures at the top."""
    row, shows = found.whole.standing, found.whole.outcomes.show
    days = f"{found.days} working day{'' if found.days == 1 else 's'}"
    return {
        "cleared_note": f"of {row.quota} people",
        "late_note": f"{row.late} more too late" if row.late else "",
        "pace_note": f"{found.whole.present.pace:.1f} a day so far; {days} for calls left",
        "show_note": shows.range if shows.total else "no call has ended yet",
        "chance_note": f"of {row.quota}; all quotas: {whole['chance']}" if found.told else "",
    }


def _until(found: Field, reach: Reach) -> str:
    """From when a quota is out of reach, in words; when it is already, since when, or when that pace would fill it."""
    if reach.lost is None:
        return "nothing is missing"
    if reach.begin is None or reach.done is None:
        return "no call was held yet"
    if reach.gone(found.day):
        begun = reach.lost >= found.burn_up[0].day
        return f"out of reach since {_said(reach.lost)}" if begun else f"out of reach: full on {_said(reach.done)}"
    days = working_days(found.day + timedelta(days=1), reach.begin)
    return f"in reach if calls begin by {_said(reach.begin)}, in {days} working day{'' if days == 1 else 's'}"


def _said(day: date) -> str:
    return f"{day:%-d %B}"


def _likely(low: int, high: int) -> str:
    return str(low) if low == high else f"{low} to {high}"


def _chance(probability: float) -> str:
    """A chance in words, no finer than a forecast from few calls can be."""
    if probability < 0.05:
        return "less than 1 in 20"
    if probability > 0.95:
        return "more than 19 in 20"
    return f"about {min(max(round(10 * probability), 1), 9)} in 10"


def _distance(found: Field, day: date) -> str:
    """How far a milestone is, in working days."""
    if day == found.day:
        return "today"
    first, last = sorted((found.day, day))
    days = working_days(first + timedelta(days=1), last)
    words = f"{days} working day{'' if days == 1 else 's'}"
    return f"in {words}" if day > found.day else f"{words} ago"


def _warnings(found: Field) -> list[str]:
    """What must be acted upon, in sentences; none when all is well."""
    row, plan, sentences = found.whole.standing, found.plan, []
    if row.late:
        calls = f"{row.late} booked call{'' if row.late == 1 else 's'}"
        sentences.append(
            f"{calls} come{'s' if row.late == 1 else ''} after {_said(plan.call)}, the last day for calls: too late to be "
            "cleared before the freeze. Move them, or move the delivery date."
        )
    gone = [line.standing.title for line in found.lines if line.best.gone(found.day)]
    if gone:
        sentences.append(
            f"Out of reach even if all {found.capacity} calls a day were theirs: {', '.join(gone)}. Agree on a smaller quota "
            "or a later delivery."
        )
    if row.to_recruit and not gone:
        sentences.append(
            f"{row.to_recruit} more people must be found and screened: {row.to_book} calls are still to be booked, and "
            f"{row.free} people may speak and have no call."
        )
    return sentences


# Files --------------------------------------------------------------------------------------------------------------


def _funnel_rows(found: Field) -> Rows:
    return [
        {"segment": line.standing.title, **{code: line.funnel[code] for code, _ in STAGES}}
        for line in [*found.lines, found.whole]
    ]


def _quota_rows(found: Field) -> Rows:
    return [quota_row(line) for line in [*found.lines, found.whole]]


def _burn_up_rows(found: Field) -> Rows:
    return [asdict(day) for day in found.burn_up]


SHEETS: dict[str, Callable[[Field], Rows]] = {
    "funnel": _funnel_rows,
    "quotas": _quota_rows,
    "burn-up": _burn_up_rows,
}


class FieldSheet(ScopedView):
    """One of the page's tables as CSV: funnel, quotas or burn-up."""

    permission = Permission.SEE_PROGRAMMES

    def get(self, request: HttpRequest, slug: str, sheet: str) -> HttpResponse:
        programme = self.see(Programme, slug=slug)
        if sheet not in SHEETS:
            raise Http404
        rows = SHEETS[sheet](field_queries.standing(programme))
        disposition = {"Content-Disposition": f'attachment; filename="{slug}-{sheet}.csv"'}
        return HttpResponse(
            csv_bytes(rows[0] if rows else (), rows), content_type="text/csv; charset=utf-8", headers=disposition
        )


class FieldPicture(Picture):
    """The burn-up as a picture, drawn in the background; the page has its table."""

    name = "field_picture"

    def chart(self, programme: Programme) -> Chart:
        return charts.field_chart(field_queries.standing(programme))
