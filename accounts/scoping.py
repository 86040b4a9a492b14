"""Where every page and endpoint starts: who asks, what they may see, and nothing else.

A thing outside a person's sight does not exist for them: the answer is the same 404 as for an id that was never given out.
"""

from typing import Any, TypeVar, cast

from django.core.exceptions import ValidationError
from django.db import models
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views import View
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.viewsets import GenericViewSet

from accounts.models import User
from accounts.permissions import refusal, require
from accounts.roles import Permission

M = TypeVar("M", bound=models.Model)


def visible(model: type[M], user: Any) -> models.QuerySet[M]:
    """All rows of a model that this person may see; the model's manager holds the rule."""
    return model._default_manager.visible_to(user)  # type: ignore[attr-defined]


def get_visible(model: type[M], user: Any, **lookup: Any) -> M:
    """One row that this person may see, or Http404."""
    try:
        return get_object_or_404(visible(model, user), **lookup)
    except (ValueError, TypeError, ValidationError) as odd:
        raise Http404 from odd


class ScopedView(View):
    """A page. `permission` says what its reader must hold; Refused is answered by the middleware."""

    permission: Permission

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        require(cast(User, request.user), self.permission)
        return super().dispatch(request, *args, **kwargs)

    @property
    def actor(self) -> User:
        """Who is acting; always a signed-in person here."""
        return cast(User, self.request.user)

    def see(self, model: type[M], **lookup: Any) -> M:
        """One row of the model that this reader may see, or 404."""
        return get_visible(model, self.request.user, **lookup)


class ScopedViewSet(GenericViewSet):
    """An API endpoint. `model` is read through visible_to; `permissions` names what each action needs."""

    model: type[models.Model]
    permissions: dict[str, Permission] = {}

    def check_permissions(self, request: Any) -> None:
        """Asked before each action, and by the schema about each endpoint. A fund's people find no staff endpoint at all."""
        super().check_permissions(request)
        # An unknown method is told of to whoever may use any of the endpoint.
        needed = self.permissions.get(self.action or "") or next(iter(self.permissions.values()))
        if sentence := refusal(request.user, needed):
            raise PermissionDenied(sentence) if request.user.of_firm else NotFound()

    def get_queryset(self) -> models.QuerySet:
        if getattr(self, "swagger_fake_view", False):
            return self.model._default_manager.none()
        return visible(self.model, self.request.user)
