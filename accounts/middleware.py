"""What holds for every request: an id, refusals as sentences, and trouble with storage as 503 or 507 instead of 500."""

import errno
import logging
import uuid
from collections.abc import Callable
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import DataError, InterfaceError, InternalError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers

from accounts.factors import NEEDED, must_set_up
from accounts.models import User
from accounts.moves import IllegalMove, Invalid
from accounts.permissions import Refused

log = logging.getLogger(__name__)
Handler = Callable[[HttpRequest], HttpResponse]
UNREADABLE = "Some of what was sent can't be read. Check it for unusual characters or too much text, and send it again."


class RequestIdMiddleware:
    """Give each answer an id that can be told to support and found in the log."""

    def __init__(self, get_response: Handler):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.request_id = uuid.uuid4().hex  # type: ignore[attr-defined]
        response = self.get_response(request)
        response["X-Request-ID"] = request.request_id  # type: ignore[attr-defined]
        if request.path.startswith(("/static/",)):
            return response
        response.setdefault("Cache-Control", "no-store")
        return response


def storage_trouble(error: BaseException) -> tuple[int, str] | None:
    """The status and sentence for trouble with the database or the disk, or None when it is something else."""
    text = str(error).lower()
    if (isinstance(error, OSError) and error.errno == errno.ENOSPC) or ("disk" in text and "full" in text):
        return 507, "The disk is full, so nothing could be saved. Nothing was half done; free some space and try again."
    # A read-only PostgreSQL arrives as InternalError.
    if isinstance(error, (OperationalError, InternalError, InterfaceError)):
        return 503, "The database is busy or out of reach. Nothing was half done; please try again in a moment."
    return None


def unreadable(error: BaseException) -> bool:
    """True when what was sent can't be stored: too much of it, half characters, or a NUL, which PostgreSQL refuses."""
    if isinstance(error, (DataError, UnicodeEncodeError, RequestDataTooBig)):
        return True
    return isinstance(error, ValueError) and "NUL (0x00)" in str(error)


class StorageTroubleMiddleware:
    """Turn trouble with the database or the disk into a plain sentence and Retry-After."""

    def __init__(self, get_response: Handler):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if unreadable(exception):
            return sentence_page(request, 400, UNREADABLE)
        trouble = storage_trouble(exception)
        if trouble is None:
            return None
        # The name of the route and not the path: the path of an invitation is a secret.
        route = request.resolver_match.view_name if request.resolver_match else "no route"
        log.error("%s %s: %s", request.method, route, exception)
        response = sentence_page(request, *trouble)
        response["Retry-After"] = "5"
        return response


class SecondFactorMiddleware:
    """Who has an account whose role needs a second factor, and none yet, reaches only the pages that set one up."""

    SET_UP = frozenset(
        {
            "security",
            "mfa_activate_totp",
            "mfa_add_webauthn",
            "mfa_view_recovery_codes",
            "account_reauthenticate",
            "account_logout",
        }
    )

    def __init__(self, get_response: Handler):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        user, match, api = request.user, request.resolver_match, request.path.startswith("/api/")
        # The API's views ask for the person themselves, so they look like open ones.
        opened = match is None or match.view_name in self.SET_UP or not (api or getattr(view, "login_required", True))
        if opened or not isinstance(user, User) or not must_set_up(user):
            return None
        if api:
            if user.of_firm:
                return JsonResponse({"detail": NEEDED}, status=403)
            from accounts.views import not_found

            return not_found(request)
        return redirect("security")


class RefusalMiddleware:
    """Refused is 403, a move that is not lawful 409, unusable input 400; a fund's people get the same 404 as for what does not exist."""

    def __init__(self, get_response: Handler):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != 404:
            return response
        # One answer for whatever is not there, headers too: those of a real address name its methods and what it varies by.
        from accounts.views import not_found

        nothing = not_found(request)
        patch_vary_headers(nothing, ["Cookie"])
        return nothing

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Refused):
            if not getattr(request.user, "of_firm", False):
                from accounts.views import not_found

                return not_found(request)
            return sentence_page(request, 403, str(exception))
        if isinstance(exception, IllegalMove):
            return sentence_page(request, 409, str(exception))
        if isinstance(exception, Invalid):
            return sentence_page(request, 400, str(exception))
        return None


def sentence_page(request: HttpRequest, status: int, sentence: str) -> HttpResponse:
    """One sentence as a page, or as plain text when a script asked."""
    if getattr(request, "htmx", False) or request.headers.get("Accept", "").startswith("application/json"):
        return HttpResponse(sentence, status=status, content_type="text/plain; charset=utf-8")
    return render(request, "error.html", {"status": status, "sentence": sentence}, status=status)
