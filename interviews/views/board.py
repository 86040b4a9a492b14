"""The programme's board: what is asked, how far the field is, what comes next and who has to act."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.roles import Permission
from accounts.templatetags import ui
from interviews import queries
from interviews.views.pages import ProgrammePage
from interviews.workdays import working_days

STATE_TONES = {"draft": "idle", "open": "active", "fielding": "active", "synthesis": "active", "delivered": "good"}


class Board(ProgrammePage):
    template = "interviews/board.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        programme = self.programme
        day = queries.reference_day(programme)
        calls = queries.calls(programme, self.user, day)
        quotas = queries.quotas(programme, day)
        sums = totals(quotas)
        left = (programme.delivery_on - day).days
        return self.draw(
            tone=STATE_TONES.get(programme.state, "plain"),
            edit_refusal=self.why_not(Permission.EDIT_PROGRAMME),
            quotas=[(row, queries.link(programme, "interviews", f"segment={row.segment.code}")) for row in quotas],
            totals=sums,
            held_note=f"of {sums['quota']} people; an even pace has {sums['due']} by now",
            working_days=working_days(day + timedelta(days=1), programme.delivery_on),
            date_note=days_left(left),
            days_left=days_left(left),
            calls=calls,
            day_heading="Today" if day == timezone.localdate() else f"Calls on {day:%-d %B %Y}",
            as_of=ui.when(day) if programme.synthetic else None,
            launch=ui.when(programme.launch_on),
            delivery=ui.when(programme.delivery_on),
            waiting=queries.waiting(programme, self.user, calls.unlogged),
            section="programme",
        )


def days_left(days: int) -> str:
    """How far the delivery is, in words."""
    if days == 0:
        return "delivery is due"
    one = "day" if abs(days) == 1 else "days"
    return f"{days} {one} to delivery" if days > 0 else f"{-days} {one} past the delivery date"


def totals(quotas: list[queries.Quota]) -> dict[str, int]:
    """The sums over all segments."""
    return {
        "quota": sum(row.segment.quota for row in quotas),
        "held": sum(row.held for row in quotas),
        "booked": sum(row.booked for row in quotas),
        "cleared": sum(row.cleared for row in quotas),
        "due": sum(row.due for row in quotas),
    }
