"""The calendar feeds of one's own account, and the address under which a calendar program reads one."""

from typing import Any

from allauth.core.internal.ratelimit import consume
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.views import View

from accounts.moves import IllegalMove, Invalid
from accounts.roles import Permission
from accounts.scoping import ScopedView
from interviews.feed_forms import FeedForm
from interviews.services import feeds

# Each reading counts, for the caller's address and for the link, whatever the link is worth.
RATES = {"feed": "60/m/ip,12/m/key"}


class CalendarFeeds(ScopedView):
    """One's own feeds: make one, whose address is shown once, or end one (`end` names it)."""

    permission = Permission.SEE_PROGRAMMES

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show(FeedForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        return self.end(request.POST["end"]) if "end" in request.POST else self.make(request)

    def make(self, request: HttpRequest) -> HttpResponse:
        form = FeedForm(request.POST)
        if not form.is_valid():
            return self.show(form, 400)
        try:
            _, address = feeds.create(name=form.cleaned_data["name"], by=self.actor)
        except (Invalid, IllegalMove) as wrong:
            form.add_error(None, str(wrong))
            return self.show(form, 409 if isinstance(wrong, IllegalMove) else 400)
        return self.show(FeedForm(), address=address)

    def end(self, number: str) -> HttpResponse:
        feed = next((row for row in feeds.live(self.actor) if str(row.pk) == number), None)
        if feed is None:
            raise Http404
        feeds.revoke(feed=feed, by=self.actor)
        messages.success(self.request, f"The feed “{feed.name}” has ended; its address answers no more.")
        return redirect("calendar_feeds")

    def show(self, form: FeedForm, status: int = 200, address: str = "") -> HttpResponse:
        context = {"form": form, "feeds": list(feeds.live(self.actor)), "address": address}
        answer = render(self.request, "interviews/calendar_feeds.html", context, status=status)
        answer["Cache-Control"] = "no-store"
        return answer


@method_decorator(login_not_required, name="dispatch")
class CalendarFeedFile(View):
    """What a calendar program reads. The address is the authority; one that is not open is an address that leads nowhere."""

    http_method_names = ["get", "head", "options"]

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        if not consume(request, app="interviews", action="feed", config=RATES, key=token, limit_get=True):
            return apart(HttpResponse("Too often. Try again in a minute.\n", status=429, content_type="text/plain"))
        feed = feeds.read(token)
        if feed is None:
            raise Http404
        tag = f'"{feed.tag}"'
        if request.headers.get("If-None-Match", "") == tag:
            answer = HttpResponse(status=304)
        else:
            answer = HttpResponse(feed.body, content_type="text/calendar; charset=utf-8")
            answer["Content-Disposition"] = 'inline; filename="calls.ics"'
        answer["ETag"] = tag
        return apart(answer)


def apart(answer: HttpResponse) -> Any:
    """Kept by nobody on the way, found by no search engine, and no address told on."""
    answer["Cache-Control"] = "no-store"
    answer["X-Robots-Tag"] = "noindex, nofollow"
    answer["Referrer-Policy"] = "no-referrer"
    return answer
