"""What the endpoints of this app share: they take a body, find what it names within sight, call a service and answer."""

from typing import Any, TypeVar, cast

from django.db import models
from django.http import Http404
from rest_framework import mixins, serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from accounts.models import User
from accounts.scoping import ScopedViewSet, get_visible

M = TypeVar("M", bound=models.Model)


class Endpoint(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """Lists by `serializer_class`, shows one row by `detail_class`; `takes` names the body of each action that writes."""

    detail_class: type[serializers.BaseSerializer] | None = None
    takes: dict[str, type[serializers.BaseSerializer]] = {}

    @property
    def actor(self) -> User:
        """Who is acting; always a signed-in person here."""
        return cast(User, self.request.user)

    def get_serializer_class(self) -> Any:
        if self.action == "retrieve" and self.detail_class:
            return self.detail_class
        return self.takes.get(self.action or "", self.serializer_class)

    def body(self) -> dict[str, Any]:
        """The checked body of this request."""
        given = self.get_serializer(data=self.request.data)
        given.is_valid(raise_exception=True)
        return given.validated_data

    def shown(self, row: models.Model, *, new: bool = False) -> Response:
        """A row as this endpoint shows it, read again within sight."""
        fresh = self.get_queryset().get(pk=row.pk)
        kind = self.detail_class or self.serializer_class
        data = kind(fresh, context=self.get_serializer_context()).data  # type: ignore[misc]
        return Response(data, status=status.HTTP_201_CREATED if new else status.HTTP_200_OK)

    def find(self, model: type[M], field: str, **lookup: Any) -> M:
        """A row that the body names, within sight; a name that leads nowhere is a fault of that field."""
        try:
            return get_visible(model, self.request.user, **lookup)
        except Http404:
            raise ValidationError({field: ["There is no such thing, or it is not open to you."]}) from None
