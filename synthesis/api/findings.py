"""Findings: written, cited and signed through the same services as on the pages."""

from typing import Any

from django.db import models
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Permission as P
from accounts.scoping import get_visible, visible
from research.models import Claim, Incident, Programme
from synthesis.api.base import READ, Endpoint, programme_named, question_named
from synthesis.models import Finding, Tag
from synthesis.services import findings
from synthesis.states import DraftState, Side


class CitationSerializer(serializers.Serializer):
    tag = serializers.UUIDField(source="tag_id")
    side = serializers.CharField()


class FindingSerializer(serializers.ModelSerializer):
    programme: Any = serializers.SlugRelatedField("slug", read_only=True)
    question: Any = serializers.SlugRelatedField("code", read_only=True)
    author = serializers.CharField(source="author.name")
    approved_by = serializers.CharField(source="approved_by.name", default=None)
    citations = CitationSerializer(many=True)

    class Meta:
        model = Finding
        fields = [
            "id",
            "programme",
            "question",
            "sentence",
            "order",
            "state",
            "author",
            "written_at",
            "approved_by",
            "approved_at",
            "citations",
            "claims",
            "incidents",
        ]


class FindingEditSerializer(serializers.Serializer):
    sentence = serializers.CharField(max_length=findings.LONGEST, required=False)
    claims = serializers.ListField(child=serializers.UUIDField(), required=False)
    incidents = serializers.ListField(child=serializers.UUIDField(), required=False)


class FindingNewSerializer(FindingEditSerializer):
    programme = serializers.SlugField()
    question = serializers.CharField(max_length=8)
    sentence = serializers.CharField(max_length=findings.LONGEST)


class CiteSerializer(serializers.Serializer):
    tag = serializers.UUIDField()
    side = serializers.ChoiceField(choices=Side.choices)


class UnciteSerializer(serializers.Serializer):
    tag = serializers.UUIDField()


class FindingFilter(filters.FilterSet):
    """By programme, question and state."""

    programme = filters.CharFilter(field_name="programme__slug")
    question = filters.CharFilter(field_name="question__code")
    state = filters.ChoiceFilter(choices=DraftState.choices)


class FindingViewSet(Endpoint):
    """Findings of the programmes that you work on, drafts included. Figures in sentences are placeholders."""

    model = Finding
    serializer_class = FindingSerializer
    filterset_class = FindingFilter
    takes = {
        "create": FindingNewSerializer,
        "partial_update": FindingEditSerializer,
        "cite": CiteSerializer,
        "uncite": UnciteSerializer,
    }
    permissions = READ | {
        "create": P.WRITE_FINDINGS,
        "partial_update": P.WRITE_FINDINGS,
        "destroy": P.WRITE_FINDINGS,
        "cite": P.WRITE_FINDINGS,
        "uncite": P.WRITE_FINDINGS,
        "approve": P.APPROVE_FINDINGS,
    }

    def get_queryset(self) -> models.QuerySet:
        rows = super().get_queryset().select_related("programme", "question", "author", "approved_by")
        return rows.prefetch_related("citations", "claims", "incidents")

    @extend_schema(responses={201: FindingSerializer})
    def create(self, request: Request) -> Response:
        given = self.body()
        programme = programme_named(self.actor, given["programme"])
        question = question_named(programme, given["question"])
        items = self._items(programme, given)
        finding = findings.write_finding(
            programme=programme, question=question, sentence=given["sentence"], by=self.actor, **items
        )
        return self.shown(finding, created=True)

    @extend_schema(responses=FindingSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        finding, given = self.get_object(), self.body()
        items = self._items(finding.programme, given)
        findings.edit_finding(finding=finding, sentence=given.get("sentence"), by=self.actor, **items)
        return self.shown(finding)

    def destroy(self, request: Request, pk: str) -> Response:
        """Discard a draft."""
        findings.discard_finding(finding=self.get_object(), by=self.actor)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(responses=FindingSerializer)
    @action(detail=True, methods=["post"])
    def cite(self, request: Request, pk: str) -> Response:
        """Put an accepted passage on the side that supports or the side that contradicts."""
        finding, given = self.get_object(), self.body()
        findings.cite(finding=finding, tag=self._tag(given), side=given["side"], by=self.actor)
        return self.shown(finding)

    @extend_schema(responses=FindingSerializer)
    @action(detail=True, methods=["post"])
    def uncite(self, request: Request, pk: str) -> Response:
        """Take a passage away."""
        finding = self.get_object()
        findings.uncite(finding=finding, tag=self._tag(self.body()), by=self.actor)
        return self.shown(finding)

    @extend_schema(request=None, responses=FindingSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """Sign as the second person."""
        return self.shown(findings.approve_finding(finding=self.get_object(), by=self.actor))

    def _tag(self, given: dict[str, Any]) -> Tag:
        return get_visible(Tag, self.actor, pk=given["tag"])

    def _items(self, programme: Programme, given: dict[str, Any]) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = {}
        for field, model in (("claims", Claim), ("incidents", Incident)):
            if field not in given:
                continue
            found[field] = list(visible(model, self.actor).filter(programme=programme, pk__in=given[field]))
            if len(found[field]) != len(set(given[field])):
                raise ValidationError({field: ["There is no such item in this programme's register."]})
        return found
