"""The calendar: a programme's week and day, one's own calls, and moving a call by mouse or keyboard."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.models import User
from accounts.moves import IllegalMove, Invalid, now
from accounts.permissions import allowed
from accounts.roles import Permission as P
from accounts.scoping import ScopedView
from interviews import availability, grid, queries
from interviews.calendar_forms import CalendarFilter, MoveForm, sentence_of
from interviews.forms import BookForm
from interviews.grid import Column
from interviews.models import Interview
from interviews.services import hours, scheduling
from interviews.services.availability import calendars
from interviews.states import InterviewState as S
from interviews.views.calls import Book
from interviews.views.pages import OnInterview, ProgrammePage
from interviews.walltime import to_utc, zone_of

MOVABLE = (S.TENTATIVE, S.BOOKED)
# Calls that have, or had, a time; what was cancelled has given it back.
SHOWN = (*MOVABLE, S.STARTED, S.HELD, S.ENDED_EARLY, S.NO_SHOW, S.STOPPED)


class Week:
    """What the pages share: the days they show on the viewer's own clock, and the calls in them. Mixed into a view."""

    request: HttpRequest
    actor: User

    def read_form(self, default: date, people: list[User]) -> None:
        """Take the day, the view, the zone and the person from the address; what can't be read is left at its default."""
        zones = hours.settings_of(self.actor).zone
        self.form = CalendarFilter(self.request.GET or None, people=people, own_zone=zones)
        given = self.form.cleaned_data if self.form.is_bound and self.form.is_valid() else {}
        self.day: date = given.get("day") or default
        self.by_day = given.get("view") == "day"
        self.zone = ZoneInfo(given.get("zone") or zones)
        self.days = [self.day] if self.by_day else grid.week_of(self.day)
        first = availability.whole_day(self.zone.key, self.days[0])[0][0]
        last = availability.whole_day(self.zone.key, self.days[-1])[-1][1]
        self.start, self.end = first, last

    def within(self, rows: Any) -> list[Interview]:
        """Those of some calls that are shown, with their people, in the order of their times."""
        near = rows.filter(state__in=SHOWN, starts_at__gte=self.start, starts_at__lt=self.end)
        around = ("programme", "segment", "interviewer", "chaperone")
        return list(near.select_related(*around).defer("notes").order_by("starts_at", "number"))

    def block(self, call: Interview) -> grid.Block:
        return grid.block(call, self.zone, self.may_move and call.state in MOVABLE)

    @property
    def may_move(self) -> bool:
        return allowed(self.actor, P.LOG_INTERVIEWS)

    def context(self, calls: list[Interview], columns: list[Column]) -> dict[str, Any]:
        step = timedelta(days=1 if self.by_day else 7)
        return {
            "form": self.form,
            "grid": grid.lay_out(columns),
            "rows": [self.block(call) for call in calls],
            "by_day": self.by_day,
            "by_week": not self.by_day,
            "zone": self.zone.key,
            "may_move": self.may_move,
            "before": self.link(day=self.day - step),
            "after": self.link(day=self.day + step),
            "week_url": self.link(view="week"),
            "day_url": self.link(view="day"),
            "span": span_in_words(self.days),
        }

    def link(self, **changed: Any) -> str:
        """This page with some of its address changed."""
        query = self.request.GET.copy()
        query["day"] = self.day.isoformat()
        for name, value in changed.items():
            query[name] = value.isoformat() if isinstance(value, date) else value
        return f"{self.request.path}?{query.urlencode()}"


class CalendarPage(Week, ProgrammePage):
    """All calls of a programme: a week by days, or a day by people."""

    template = "interviews/calendar.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        team = list(self.programme.team.filter(is_active=True).order_by("name"))
        self.read_form(queries.reference_day(self.programme), team)
        who = self.form.chosen
        rows = Interview.objects.visible_to(self.user).filter(programme=self.programme)
        calls = [call for call in self.within(rows) if who is None or who.pk in people_of(call)]
        people = [who] if who else [user for user in team if allowed(user, P.LOG_INTERVIEWS)]
        if self.by_day and who is None:
            seen = {pk for call in calls for pk in people_of(call)}
            people = [user for user in team if user in people or user.pk in seen]
        self.known = calendars(people, [], self.start, self.end)
        columns = self.people(people, calls) if self.by_day else self.week(people, calls)
        return self.draw(section="calendar", who=who, **self.context(calls, columns))

    def week(self, people: list[User], calls: list[Interview]) -> list[Column]:
        """The days of a week. Shaded is what lies outside everybody's hours, and of one person also what takes their time."""
        columns = []
        open_at = availability.merge(
            stretch for user in people for stretch in availability.hours_of(self.known[user.pk], self.start, self.end)
        )
        for day in self.days:
            column = Column(
                day.isoformat(), f"{day:%a %-d %b}", day, today=day == timezone.localdate(timezone=self.zone)
            )
            column.blocks = [self.block(call) for call in calls if self.day_of(call) == day]
            if people:
                column.shades = grid.off_hours(open_at, day, self.zone)
            if len(people) == 1:
                column.shades += self.busy(people[0], calls, day)
                column.note = "Holiday" if day in self.known[people[0].pk].holidays else ""
            columns.append(column)
        return columns

    def people(self, people: list[User], calls: list[Interview]) -> list[Column]:
        """One day, a column a person; a call stands in the column of each of its people."""
        columns = []
        for user in people:
            known = self.known[user.pk]
            column = Column(str(user.pk), user.name, self.day)
            column.note = "Holiday" if self.day in known.holidays else ""
            column.blocks = [self.block(call) for call in calls if user.pk in people_of(call)]
            column.shades = grid.off_hours(availability.hours_of(known, self.start, self.end), self.day, self.zone)
            column.shades += self.busy(user, calls, self.day)
            columns.append(column)
        return columns

    def busy(self, user: User, calls: list[Interview], day: date) -> list[grid.Shade]:
        """What takes a person's time besides the calls that are shown: other calendars, and calls of other programmes."""
        known, shown = self.known[user.pk], {call.starts_at for call in calls if user.pk in people_of(call)}
        elsewhere = [stretch for stretch in known.taken if stretch[0] not in shown]
        return grid.shades("busy", availability.merge([*known.busy, *elsewhere]), day, self.zone)

    def day_of(self, call: Interview) -> date:
        assert call.starts_at is not None
        return call.starts_at.astimezone(self.zone).date()


class MyCalendar(Week, ScopedView):
    """One's own calls, over all programmes in one's sight."""

    permission = P.SEE_PROGRAMMES

    def get(self, request: HttpRequest) -> HttpResponse:
        self.read_form(timezone.localdate(), [])
        rows = Interview.objects.visible_to(self.actor)
        calls = self.within(rows.filter(interviewer=self.actor) | rows.filter(chaperone=self.actor))
        known = calendars([self.actor], [], self.start, self.end)[self.actor.pk]
        open_at = availability.hours_of(known, self.start, self.end)
        columns = []
        for day in self.days:
            column = Column(
                day.isoformat(), f"{day:%a %-d %b}", day, today=day == timezone.localdate(timezone=self.zone)
            )
            column.blocks = [
                self.block(c) for c in calls if c.starts_at and c.starts_at.astimezone(self.zone).date() == day
            ]
            column.shades = grid.off_hours(open_at, day, self.zone)
            column.shades += grid.shades("busy", availability.merge(known.busy), day, self.zone)
            column.note = "Holiday" if day in known.holidays else ""
            columns.append(column)
        return render(request, "interviews/my_calendar.html", self.context(calls, columns) | {"mine": True})


def people_of(call: Interview) -> set[Any]:
    """The people of the firm in a call."""
    return {call.interviewer_id, call.chaperone_id} - {None}


def span_in_words(days: list[date]) -> str:
    first, last = days[0], days[-1]
    if first == last:
        return f"{first:%A %-d %B %Y}"
    return f"{first:%-d %B} to {last:%-d %B %Y}"


class CallAct(OnInterview):
    """A change of a call's time or people: POST only. By script the answer is a sentence, else a page with that sentence."""

    permission = P.LOG_INTERVIEWS
    http_method_names = ["post"]

    def act(self) -> str:
        raise NotImplementedError

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        by_script = "text/plain" in request.headers.get("Accept", "")
        try:
            said = self.act()
        except (Invalid, IllegalMove) as wrong:
            if by_script:
                return HttpResponse(str(wrong), status=400 if isinstance(wrong, Invalid) else 409, content_type=PLAIN)
            messages.error(request, str(wrong))
        else:
            messages.success(request, said)
            if by_script:
                return HttpResponse(said, content_type=PLAIN)
        return redirect(self.back())

    def back(self) -> str:
        """The page that asked, when it is one of this site, else the call's."""
        wanted = self.request.POST.get("next", "")
        if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith("/"):
            return wanted
        return reverse("interview", args=[self.programme.slug, self.interview.number])


PLAIN = "text/plain; charset=utf-8"


class Move(CallAct):
    """A call set to another time on the viewer's own clock."""

    def act(self) -> str:
        form = MoveForm(self.request.POST)
        if not form.is_valid():
            raise Invalid(sentence_of(form))
        given, row = form.cleaned_data, self.interview
        at = to_utc(datetime.combine(given["day"], given["time"]), given["zone"], fold=given["fold"])
        theirs = at.astimezone(zone_of(row.zone))
        done = scheduling.move(
            interview=row, wall=theirs.replace(tzinfo=None, fold=0), zone=row.zone, fold=theirs.fold, by=self.actor
        )
        return f"{done.label} is moved: {in_both(at, zone_of(given['zone']), zone_of(row.zone))}."


class Hold(Book):
    """The time on the form of the call's page, held and not booked."""

    def take(self, form: BookForm, **given: Any) -> str:
        until = now() + timedelta(minutes=int(form.cleaned_data["keep"] or 30))
        scheduling.hold_time(until=until, **given)
        return "The time is held."


class Confirm(CallAct):
    def act(self) -> str:
        scheduling.confirm(interview=self.interview, by=self.actor)
        return "The call is booked."


class Release(CallAct):
    def act(self) -> str:
        scheduling.release(interview=self.interview, by=self.actor)
        return "The time is given back; the call is to be booked."


class Reassign(CallAct):
    """Another interviewer or chaperone, both named; an empty chaperone means none."""

    def act(self) -> str:
        team = {str(user.pk): user for user in self.programme.team.all()}
        leader = team.get(self.request.POST.get("interviewer", ""))
        if leader is None:
            raise Invalid("Choose who leads the call.")
        chosen = self.request.POST.get("chaperone", "")
        if chosen and chosen not in team:
            raise Invalid("Choose somebody of this programme's team as the chaperone, or nobody.")
        scheduling.reassign(interview=self.interview, interviewer=leader, chaperone=team.get(chosen), by=self.actor)
        return f"{leader.name} leads the call" + (f", {team[chosen].name} sits in." if chosen else ".")


def in_both(at: datetime, viewer: ZoneInfo, expert: ZoneInfo) -> str:
    """An instant on the viewer's clock, and on the expert's where that shows another time."""
    here, there = at.astimezone(viewer), at.astimezone(expert)
    said = f"{here:%A %-d %B, %H:%M} {here.tzname()}"
    if here.replace(tzinfo=None) == there.replace(tzinfo=None):
        return said
    return f"{said}, {there:%H:%M} {there.tzname()} for the expert"
