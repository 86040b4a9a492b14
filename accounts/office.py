"""The office at /office/: Django's admin site for looking, with acts that call the services. Nothing is edited here.

Who is not an admin, or has no second factor where one is asked for, finds nothing at these addresses.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, cast

from django.contrib import messages
from django.contrib.admin import AdminSite, ModelAdmin
from django.db import models
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import URLPattern, URLResolver

from accounts.factors import must_set_up
from accounts.models import User
from accounts.moves import IllegalMove, Invalid
from accounts.permissions import Refused
from accounts.roles import Role

# The rest would edit, delete, or sign in past the site's own door.
PAGES = {"index", "app_list", "jsi18n"}
LOOKS = ("_changelist", "_change")


def actor(request: HttpRequest) -> User:
    """Who is acting; always a signed-in admin here."""
    return cast(User, request.user)


def by_our_door(url: URLPattern) -> URLPattern:
    """Who has not signed in is sent to the site's own sign-in, not to one of the admin site, which is not there."""
    url.callback.login_url = None  # type: ignore[attr-defined]
    return url


class Office(AdminSite):
    site_title = site_header = "Office"
    index_title = "What is on record"
    site_url = None
    final_catch_all_view = False

    def has_permission(self, request: HttpRequest) -> bool:
        user = actor(request)
        return user.is_active and user.role == Role.ADMIN and not must_set_up(user)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        guarded = super().admin_view(view, cacheable)

        @wraps(view)
        def found(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not self.has_permission(request):
                raise Http404
            return guarded(request, *args, **kwargs)

        return found

    def get_urls(self) -> list[URLPattern | URLResolver]:
        return [
            url if isinstance(url, URLResolver) else by_our_door(url)
            for url in super().get_urls()
            if isinstance(url, URLResolver) or url.name in PAGES
        ]


site = Office(name="office")
site.disable_action("delete_selected")


class Look(ModelAdmin):
    """A model that can be looked at and not changed; its actions call services."""

    list_per_page = 50
    show_full_result_count = False

    def get_urls(self) -> list[URLPattern]:
        return [by_our_door(url) for url in super().get_urls() if (url.name or "").endswith(LOOKS)]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.admin_site.has_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.admin_site.has_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def do(self, request: HttpRequest, rows: Iterable[models.Model], act: Callable[[Any], str]) -> None:
        """Do it to each row; a sentence for each, that of the refusal where it was refused."""
        for row in rows:
            try:
                self.message_user(request, act(row), messages.SUCCESS)
            except (Refused, IllegalMove, Invalid) as refused:
                self.message_user(request, f"{row}: {refused}", messages.ERROR)
