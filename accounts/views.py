"""The front door, the health checks, and the pages for what went wrong."""

from typing import Any, cast

from allauth.account.decorators import reauthentication_required
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.http import require_safe
from rest_framework.authtoken.models import Token

from accounts import jobs, people
from accounts.factors import factors_of, must_set_up
from accounts.models import User
from accounts.permissions import Refused
from accounts.roles import GUARDED


def actor(request: HttpRequest) -> User:
    """The signed-in person; the middleware lets nobody else through."""
    return cast(User, request.user)


def browser_of(user_agent: str) -> str:
    """The browser and system that a user agent names, roughly: enough for its owner to know it again."""
    browsers = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "Chrome": "Chrome", "Safari": "Safari"}
    systems = {
        "iPhone": "iPhone",
        "iPad": "iPad",
        "Android": "Android",
        "Windows": "Windows",
        "Mac OS": "Mac",
        "Linux": "Linux",
    }
    browser = next((name for mark, name in browsers.items() if mark in user_agent), "A program")
    system = next((name for mark, name in systems.items() if mark in user_agent), "")
    return f"{browser} on {system}" if system else browser


class Home(View):
    """Send each person to where their work begins."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return redirect("portal" if actor(request).of_fund else "programmes")


class Security(View):
    """How a person signs in: password, second factors, recovery codes, sessions, token."""

    def get(self, request: HttpRequest) -> HttpResponse:
        user = actor(request)
        held = Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).first()
        context = {
            "factors": factors_of(user),
            "has_app": factors_of(user).filter(type=Authenticator.Type.TOTP).exists(),
            "must_set_up": must_set_up(user),
            "guarded": settings.MFA_REQUIRED and user.role in GUARDED,
            "codes_left": len(held.wrap().get_unused_codes()) if held else None,
            "sessions": [(row, browser_of(row.user_agent)) for row in UserSession.objects.purge_and_list(user)],
            "token": Token.objects.filter(user=user).first(),
        }
        return render(request, "accounts/security.html", context)


@method_decorator(reauthentication_required(app="allauth.mfa"), name="dispatch")
class FactorRemove(View):
    """Take away one of one's own second factors, after a look at what that means."""

    def get(self, request: HttpRequest, pk: int, refusal: str = "") -> HttpResponse:
        factor = get_object_or_404(factors_of(actor(request)), pk=pk)
        status = 409 if refusal else 200
        return render(request, "accounts/factor_remove.html", {"factor": factor, "refusal": refusal}, status=status)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        factor = get_object_or_404(factors_of(actor(request)), pk=pk)
        try:
            people.remove_factor(factor=factor, by=actor(request))
        except Refused as why:
            return self.get(request, pk, refusal=str(why))
        messages.success(request, "Removed.")
        return redirect("security")


class SessionsEnd(View):
    """End all of a person's sessions but this one, and their API token."""

    def post(self, request: HttpRequest) -> HttpResponse:
        user = people.sign_out_everywhere(user=actor(request), by=actor(request))
        update_session_auth_hash(request, user)
        UserSession.objects.create_from_request(request)
        messages.success(request, "You are signed out everywhere else.")
        return redirect("security")


class ApiToken(View):
    """A person's own token for programs; its words are shown once, when it is made."""

    def get(self, request: HttpRequest, key: str = "") -> HttpResponse:
        token = Token.objects.filter(user=actor(request)).first()
        return render(request, "accounts/token.html", {"made_at": token.created if token else None, "key": key})

    def post(self, request: HttpRequest) -> HttpResponse:
        if request.POST.get("act") == "end":
            people.end_token(by=actor(request))
            return redirect("api_token")
        return self.get(request, key=people.make_token(by=actor(request)))


@login_not_required
@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@login_not_required
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """The database answers and the ledger can be read."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok", "waiting": len(jobs.due())})


# Forbidden and nonexistent must be equal byte by byte, so these pages hold nothing of the request or its reader.
def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    if request.path.startswith("/api/"):
        # The very bytes of the API's own answer.
        return JsonResponse({"detail": "Not found."}, status=404, json_dumps_params={"separators": (",", ":")})
    return render(request, "404.html", status=404)


def forbidden(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return render(request, "error.html", {"status": 403, "sentence": "This page is not open to you."}, status=403)


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return render(request, "error.html", {"status": 400, "sentence": "The request could not be read."}, status=400)


def server_error(request: HttpRequest) -> HttpResponse:
    sentence = "Something went wrong on our side, and it has been logged. Nothing was half done."
    return render(request, "500.html", {"status": 500, "sentence": sentence}, status=500)
