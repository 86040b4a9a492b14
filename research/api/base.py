"""What the endpoints of this app share: they take a body, find what it names within sight, call a service and answer."""

from typing import Any, TypeVar, cast

from django.db import models
from django.http import Http404
from rest_framework import mixins, serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from accounts.models import User
from accounts.roles import Permission as P
from accounts.scoping import ScopedViewSet, get_visible
from research.models import Programme

M = TypeVar("M", bound=models.Model)
READ = {"list": P.SEE_PROGRAMMES, "retrieve": P.SEE_PROGRAMMES, "metadata": P.SEE_PROGRAMMES}


class Endpoint(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """Reads by `serializer_class`; `takes` names the serializer of the body of each action that writes."""

    permissions = READ
    takes: dict[str, type[serializers.BaseSerializer]] = {}

    @property
    def actor(self) -> User:
        """Who is acting; always a signed-in person here."""
        return cast(User, self.request.user)

    def get_serializer_class(self) -> Any:
        return self.takes.get(self.action or "", self.serializer_class)

    def body(self, **kwargs: Any) -> dict[str, Any]:
        """The checked body of this request."""
        given = self.get_serializer(data=self.request.data, **kwargs)
        given.is_valid(raise_exception=True)
        return given.validated_data

    def shown(self, row: models.Model, *, created: bool = False) -> Response:
        """A row as this endpoint shows it, read again within sight."""
        fresh = self.get_queryset().get(pk=row.pk)
        data = self.serializer_class(fresh, context=self.get_serializer_context()).data  # type: ignore[misc]
        return Response(data, status=status.HTTP_201_CREATED if created else status.HTTP_200_OK)

    def find(self, model: type[M], field: str, **lookup: Any) -> M:
        """A row that the body names, within sight; a name that leads nowhere is a fault of that field."""
        try:
            return get_visible(model, self.request.user, **lookup)
        except Http404:
            raise ValidationError({field: ["There is no such thing, or it is not open to you."]}) from None

    def programme_of(self, given: dict[str, Any]) -> Programme:
        """The programme that the body names by its short name."""
        return self.find(Programme, "programme", slug=given.pop("programme"))
