"""The front door, the health checks, and the pages for what went wrong."""

from typing import Any, cast

from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views import View
from rest_framework.authtoken.models import Token

from accounts import jobs, people
from accounts.models import User


def actor(request: HttpRequest) -> User:
    """The signed-in person; the middleware lets nobody else through."""
    return cast(User, request.user)


class Home(View):
    """Send each person to where their work begins."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return redirect("portal" if actor(request).of_fund else "programmes")


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
def health(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@login_not_required
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
