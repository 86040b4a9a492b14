"""Suggestions and decisions: the same services as the reader and the queue."""

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.moves import Invalid
from accounts.roles import Permission as P
from accounts.scoping import get_visible
from interviews.models import ClearedTranscript
from synthesis.api import serializers as s
from synthesis.api.base import PASSAGE, READ, WORDS, Endpoint, PlacedFilter, question_named
from synthesis.models import Suggestion, Tag
from synthesis.services import review
from synthesis.states import Origin, Verdict


class SuggestionFilter(PlacedFilter):
    open = filters.BooleanFilter(method="only_open", label="Only those that wait for a decision.")
    min_score = filters.NumberFilter(field_name="score", lookup_expr="gte")

    def only_open(self, rows: QuerySet[Suggestion], name: str, value: bool) -> QuerySet[Suggestion]:
        waiting = Suggestion.objects.open()
        return rows.filter(pk__in=waiting) if value else rows.exclude(pk__in=waiting)


class SuggestionViewSet(Endpoint):
    """What the machine proposes in the runs that are shown, and why."""

    model = Suggestion
    serializer_class = s.SuggestionSerializer
    filterset_class = SuggestionFilter
    takes = {"accept": s.AcceptSerializer, "reject": s.NothingSerializer, "reassign": s.ReassignSerializer}
    permissions = READ | {"accept": P.REVIEW_TAGS, "reject": P.REVIEW_TAGS, "reassign": P.REVIEW_TAGS}

    def get_queryset(self) -> QuerySet[Any]:
        rows = super().get_queryset().current()  # type: ignore[attr-defined]
        return rows.select_related(*PASSAGE, "run__codebook").defer("passage__cleared__text").annotate(words=WORDS)

    def decided(self, tag: Tag) -> Response:
        tags = Tag.objects.select_related(*PASSAGE, "decided_by").annotate(words=WORDS)
        return Response(s.TagSerializer(tags.get(pk=tag.pk)).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=s.AcceptSerializer, responses={201: s.TagSerializer})
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: str) -> Response:
        """Take the passage as evidence, with the stance and basis given or else the suggested ones."""
        return self.decided(review.accept(suggestion=self.get_object(), by=self.actor, **self.body()))

    @extend_schema(request=None, responses={201: s.TagSerializer})
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, pk: str) -> Response:
        """Say that the passage is no evidence for this question."""
        return self.decided(review.reject(suggestion=self.get_object(), by=self.actor))

    @extend_schema(request=s.ReassignSerializer, responses={201: s.TagSerializer})
    @action(detail=True, methods=["post"])
    def reassign(self, request: Request, pk: str) -> Response:
        """Take the passage as evidence for another question."""
        suggestion, given = self.get_object(), self.body()
        question = question_named(suggestion.question.programme, given.pop("question"))
        return self.decided(review.reassign(suggestion=suggestion, question=question, by=self.actor, **given))


class TagFilter(PlacedFilter):
    verdict = filters.ChoiceFilter(choices=Verdict.choices)
    origin = filters.ChoiceFilter(choices=Origin.choices)
    segment = filters.CharFilter(field_name="passage__cleared__interview__segment__code")


class TagViewSet(Endpoint):
    """What people decided. One's own decisions can be changed (PATCH) and withdrawn (DELETE)."""

    model = Tag
    serializer_class = s.TagSerializer
    filterset_class = TagFilter
    takes = {"create": s.AddSerializer, "partial_update": s.ChangeSerializer}
    permissions = READ | {"create": P.REVIEW_TAGS, "partial_update": P.REVIEW_TAGS, "destroy": P.REVIEW_TAGS}

    def get_queryset(self) -> QuerySet[Any]:
        rows = super().get_queryset().select_related(*PASSAGE, "decided_by")
        return rows.defer("passage__cleared__text").annotate(words=WORDS)

    @extend_schema(responses={201: s.TagSerializer})
    def create(self, request: Request) -> Response:
        """Tag words of an expert, named by their place or by the words themselves."""
        given = self.body()
        cleared = get_visible(ClearedTranscript, self.actor, pk=given.pop("cleared"))
        given["question"] = question_named(cleared.programme, given["question"])
        words = given.pop("words", "")
        if "start" not in given or "end" not in given:
            if not words:
                raise Invalid("Say which words: their start and end, or the words themselves.")
            given["start"], given["end"] = review.locate(cleared, words)
        return self.shown(review.add(cleared=cleared, by=self.actor, **given), created=True)

    @extend_schema(responses=s.TagSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change your own decision; what is not given stays."""
        tag, given = self.get_object(), self.body()
        if code := given.pop("question", None):
            given["question"] = question_named(tag.question.programme, code)
        return self.shown(review.change(tag=tag, by=self.actor, **given))

    def destroy(self, request: Request, pk: str) -> Response:
        """Take back your own decision, as if it had not been made."""
        review.withdraw(tag=self.get_object(), by=self.actor)
        return Response(status=status.HTTP_204_NO_CONTENT)
