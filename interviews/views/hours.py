"""One's own hours: the week, days that are otherwise, how one schedules, and calendars from elsewhere."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.moves import IllegalMove, Invalid
from accounts.roles import Permission as P
from accounts.scoping import ScopedView
from interviews.busy import MOST_BYTES
from interviews.calendar_forms import DayForm, FeedFileForm, FeedUrlForm, HoursForm, SettingsForm
from interviews.models import BusyFeed, Hours, HoursException
from interviews.services import hours


class MyHours(ScopedView):
    """One page with a form for each thing; `act` says which was sent."""

    permission = P.SEE_PROGRAMMES

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show()

    def post(self, request: HttpRequest) -> HttpResponse:
        act = self.acts().get(request.POST.get("act", ""))
        if act is None:
            return self.show(status=400)
        name, form, work = act
        if form is not None and not form.is_valid():
            return self.show(status=400, **{name: form})
        try:
            messages.success(request, work(form))
        except (Invalid, IllegalMove) as wrong:
            if form is None:
                messages.error(request, str(wrong))
                return redirect("my_hours")
            form.add_error(None, str(wrong))
            return self.show(status=400 if isinstance(wrong, Invalid) else 409, **{name: form})
        return redirect("my_hours")

    def acts(self) -> dict[str, tuple[str, Any, Callable[[Any], str]]]:
        """What can be sent: the name of its form on the page, the form, and what is done with it."""
        sent, files = self.request.POST, self.request.FILES
        return {
            "week": ("week_form", HoursForm(sent), self.set_week),
            "settings": ("settings_form", SettingsForm(sent), self.set_settings),
            "day": ("day_form", DayForm(sent), self.set_day),
            "unset-day": ("", None, self.unset_day),
            "follow": ("url_form", FeedUrlForm(sent), self.follow),
            "file": ("file_form", FeedFileForm(sent, files), self.upload),
            "refresh": ("", None, self.refresh),
            "forget": ("", None, self.forget),
        }

    def set_week(self, form: HoursForm) -> str:
        rows = form.stretches()
        hours.set_hours(of=self.actor, rows=rows, zone=form.cleaned_data["zone"], by=self.actor)
        return "Your hours are saved." if rows else "You have the usual hours again."

    def set_settings(self, form: SettingsForm) -> str:
        hours.set_calendar(**form.cleaned_data, by=self.actor)
        return "Saved."

    def set_day(self, form: DayForm) -> str:
        zone = hours.settings_of(self.actor).zone
        row = hours.set_day(of=self.actor, zone=zone, by=self.actor, **form.cleaned_data)
        return f"{row.day:%-d %B %Y} is {'a day off' if row.start is None else 'set'}."

    def unset_day(self, _: Any) -> str:
        hours.unset_day(of=self.actor, day_id=self.number("day"), by=self.actor)
        return "That day has its usual hours."

    def follow(self, form: FeedUrlForm) -> str:
        hours.subscribe(**form.cleaned_data, by=self.actor)
        return "The calendar is being read. It is read again every hour."

    def upload(self, form: FeedFileForm) -> str:
        # One byte more than may be, so that a larger file is told as such and never held whole.
        data = form.cleaned_data["file"].read(MOST_BYTES + 1)
        feed = hours.upload_feed(name=form.cleaned_data["name"], data=data, by=self.actor)
        return f"{feed.times.count()} stretches were read; nothing else of the file is kept."

    def refresh(self, _: Any) -> str:
        hours.refresh(feed=self.feed(), by=self.actor)
        return "The calendar is being read."

    def forget(self, _: Any) -> str:
        hours.remove_feed(feed=self.feed(), by=self.actor)
        return "The calendar and its times are forgotten."

    def number(self, name: str) -> int:
        value = self.request.POST.get(name, "")
        return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else 0

    def feed(self) -> BusyFeed:
        chosen = self.request.POST.get("feed", "")
        found = next((row for row in BusyFeed.objects.filter(user=self.actor) if str(row.pk) == chosen), None)
        if found is None:
            raise Invalid("This calendar is no longer followed.")
        return found

    def show(self, *, status: int = 200, **forms: Any) -> HttpResponse:
        user, kept = self.actor, hours.settings_of(self.actor)
        names = ("zone", "holidays", "most_a_day", "pause")
        context: dict[str, Any] = {
            "week_form": self.week_form(kept.zone),
            "settings_form": SettingsForm(initial={name: getattr(kept, name) for name in names}),
            "day_form": DayForm(),
            "url_form": FeedUrlForm(prefix=None),
            "file_form": FeedFileForm(),
            "usual": not Hours.objects.filter(user=user).exists(),
            "days": HoursException.objects.filter(user=user, day__gte=timezone.localdate()),
            "feeds": BusyFeed.objects.filter(user=user),
        }
        return render(self.request, "interviews/my_hours.html", context | forms, status=status)

    def week_form(self, zone: str) -> HoursForm:
        rows = list(Hours.objects.filter(user=self.actor))
        initial: dict[str, Any] = {"zone": rows[0].zone if rows else zone}
        seen: dict[int, int] = {}
        for row in rows:
            seen[row.weekday] = stretch = seen.get(row.weekday, 0) + 1
            initial |= {f"{row.weekday}-{stretch}-from": row.start, f"{row.weekday}-{stretch}-until": row.end}
        return HoursForm(initial=initial)
