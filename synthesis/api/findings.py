"""Findings: written, cited and signed through the same services as on the pages."""

from typing import Any

from django.db import models
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Permission as P
from accounts.scoping import ScopedViewSet, get_visible, visible
from research.models import Claim, Incident, KeyQuestion, Programme
from synthesis.models import Finding, Tag
from synthesis.services import findings
from synthesis.states import Side


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


class FindingViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """Findings of the programmes that you work on, drafts included. Figures in sentences are placeholders."""

    model = Finding
    serializer_class = FindingSerializer
    filterset_fields = {"programme__slug": ["exact"], "question__code": ["exact"], "state": ["exact"]}
    permissions = {
        "list": P.READ_CLEARED,
        "retrieve": P.READ_CLEARED,
        "metadata": P.READ_CLEARED,
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

    @extend_schema(request=FindingNewSerializer, responses={201: FindingSerializer})
    def create(self, request: Request) -> Response:
        given = self._body(FindingNewSerializer)
        programme = self._find(Programme, "programme", slug=given["programme"])
        question = self._find(KeyQuestion, "question", programme=programme, code=given["question"])
        finding = findings.write_finding(
            programme=programme,
            question=question,
            sentence=given["sentence"],
            by=request.user,
            **self._items(programme, given),
        )
        return self._shown(finding, status.HTTP_201_CREATED)

    @extend_schema(request=FindingEditSerializer, responses=FindingSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        finding, given = self.get_object(), self._body(FindingEditSerializer)
        items = self._items(finding.programme, given)
        findings.edit_finding(finding=finding, sentence=given.get("sentence"), by=request.user, **items)
        return self._shown(finding)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Discard a draft."""
        findings.discard_finding(finding=self.get_object(), by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=CiteSerializer, responses=FindingSerializer)
    @action(detail=True, methods=["post"])
    def cite(self, request: Request, pk: str) -> Response:
        """Put an accepted passage on the side that supports or the side that contradicts."""
        finding, given = self.get_object(), self._body(CiteSerializer)
        findings.cite(finding=finding, tag=self._find(Tag, "tag", pk=given["tag"]), side=given["side"], by=request.user)
        return self._shown(finding)

    @extend_schema(request=UnciteSerializer, responses=FindingSerializer)
    @action(detail=True, methods=["post"])
    def uncite(self, request: Request, pk: str) -> Response:
        """Take a passage away."""
        finding, given = self.get_object(), self._body(UnciteSerializer)
        findings.uncite(finding=finding, tag=self._find(Tag, "tag", pk=given["tag"]), by=request.user)
        return self._shown(finding)

    @extend_schema(request=None, responses=FindingSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """Sign as the second person."""
        return self._shown(findings.approve_finding(finding=self.get_object(), by=request.user))

    def _body(self, kind: type[serializers.Serializer]) -> dict[str, Any]:
        given = kind(data=self.request.data)
        given.is_valid(raise_exception=True)
        return given.validated_data

    def _find(self, model: type[models.Model], field: str, **lookup: Any) -> Any:
        try:
            return get_visible(model, self.request.user, **lookup)
        except Http404:
            raise ValidationError({field: ["There is no such thing, or it is not open to you."]}) from None

    def _items(self, programme: Programme, given: dict[str, Any]) -> dict[str, list[models.Model]]:
        found: dict[str, list[models.Model]] = {}
        for field, model in (("claims", Claim), ("incidents", Incident)):
            if field not in given:
                continue
            found[field] = list(visible(model, self.request.user).filter(programme=programme, pk__in=given[field]))
            if len(found[field]) != len(set(given[field])):
                raise ValidationError({field: ["There is no such item in this programme's register."]})
        return found

    def _shown(self, finding: Finding, code: int = status.HTTP_200_OK) -> Response:
        return Response(FindingSerializer(self.get_queryset().get(pk=finding.pk)).data, status=code)
