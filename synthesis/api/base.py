"""What the endpoints of this app share."""

from typing import Any, cast

from django.db.models import F
from django.db.models.functions import Substr
from django_filters import rest_framework as filters
from rest_framework import mixins, serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from accounts.models import User
from accounts.roles import Permission as P
from accounts.scoping import ScopedViewSet, get_visible
from research.models import KeyQuestion, Programme
from synthesis.states import Basis, Stance

READ = {"list": P.READ_CLEARED, "retrieve": P.READ_CLEARED, "metadata": P.READ_CLEARED}
PASSAGE = ("passage__cleared__interview", "question__programme")
WORDS = Substr("passage__cleared__text", F("passage__start") + 1, F("passage__end") - F("passage__start"))


class PlacedFilter(filters.FilterSet):
    """By programme, cleared text, question, stance and basis."""

    programme = filters.CharFilter(field_name="question__programme__slug")
    cleared = filters.UUIDFilter(field_name="passage__cleared")
    question = filters.CharFilter(field_name="question__code")
    stance = filters.ChoiceFilter(choices=Stance.choices)
    basis = filters.ChoiceFilter(choices=Basis.choices)


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

    def body(self) -> dict[str, Any]:
        """The checked body of this request."""
        given = self.get_serializer(data=self.request.data)
        given.is_valid(raise_exception=True)
        return given.validated_data

    def shown(self, row: Any, *, created: bool = False) -> Response:
        """A row as this endpoint shows it, read again within sight."""
        data = self.serializer_class(self.get_queryset().get(pk=row.pk)).data  # type: ignore[misc]
        return Response(data, status=status.HTTP_201_CREATED if created else status.HTTP_200_OK)


def programme_named(user: User, slug: str | None) -> Programme:
    """The programme that a request names, within sight."""
    if not slug:
        raise ValidationError({"programme": ["Name the programme by its short name."]})
    return get_visible(Programme, user, slug=slug)


def question_named(programme: Programme, code: str) -> KeyQuestion:
    """A key question of the programme by its code; another name is a fault of that field."""
    try:
        return programme.questions.get(code=code)
    except KeyQuestion.DoesNotExist:
        raise ValidationError({"question": [f"This programme has no question {code}."]}) from None
