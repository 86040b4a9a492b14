"""Versions of the report: built, signed, released and recalled through the same services as on the pages."""

from typing import Any

from django.db import models
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Permission as P
from synthesis.api.base import Endpoint, programme_named
from synthesis.models import Deliverable, DeliverableFile, Edition
from synthesis.services import deliverables
from synthesis.states import DeliverableState


class FileSerializer(serializers.ModelSerializer):
    class Meta:
        model = DeliverableFile
        fields = ["name", "media_type", "size", "sha256"]


class EditionSerializer(serializers.ModelSerializer):
    """An edition by its letter: how many interviews it withholds, never whose policy asks for that."""

    withheld = serializers.SerializerMethodField()
    files = FileSerializer(many=True)

    class Meta:
        model = Edition
        fields = ["letter", "withheld", "sha256", "message", "files"]

    def get_withheld(self, edition: Edition) -> int:
        return len(edition.withheld)


class DeliverableSerializer(serializers.ModelSerializer):
    programme: Any = serializers.SlugRelatedField("slug", read_only=True)
    built_by = serializers.CharField(source="built_by.name")
    approved_by = serializers.CharField(source="approved_by.name", default=None)
    released_by = serializers.CharField(source="released_by.name", default=None)
    editions = EditionSerializer(many=True)

    class Meta:
        model = Deliverable
        fields = [
            "id",
            "programme",
            "version",
            "state",
            "sha256",
            "message",
            "built_by",
            "built_at",
            "approved_by",
            "approved_at",
            "released_by",
            "released_at",
            "editions",
        ]


class ProgrammeNameSerializer(serializers.Serializer):
    programme = serializers.SlugField()


class ReasonSerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=500)


class DeliverableFilter(filters.FilterSet):
    """By programme and state."""

    programme = filters.CharFilter(field_name="programme__slug")
    state = filters.ChoiceFilter(choices=DeliverableState.choices)


class DeliverableViewSet(Endpoint):
    """Versions of the report, for the firm's people; funds read what is released under `portal`."""

    model = Deliverable
    serializer_class = DeliverableSerializer
    filterset_class = DeliverableFilter
    takes = {"create": ProgrammeNameSerializer, "recall": ReasonSerializer}
    permissions = {
        "list": P.SEE_PROGRAMMES,
        "retrieve": P.SEE_PROGRAMMES,
        "metadata": P.SEE_PROGRAMMES,
        "facts": P.READ_CLEARED,
        "create": P.BUILD_REPORT,
        "retry": P.BUILD_REPORT,
        "approve": P.APPROVE_REPORT,
        "release": P.RELEASE,
        "recall": P.RELEASE,
    }

    def get_queryset(self) -> models.QuerySet:
        rows = super().get_queryset().select_related("programme", "built_by", "approved_by", "released_by")
        light = Edition.objects.defer("snapshot").prefetch_related("files")
        rows = rows.prefetch_related(models.Prefetch("editions", queryset=light)).defer("tally")
        return rows if self.action == "facts" else rows.defer("snapshot")

    @extend_schema(responses={201: DeliverableSerializer})
    def create(self, request: Request) -> Response:
        """Freeze the facts of a new version; its files are made in the background."""
        programme = programme_named(self.actor, self.body()["programme"])
        return self.shown(deliverables.request_report(programme=programme, by=self.actor), created=True)

    @extend_schema(responses=OpenApiTypes.OBJECT)
    @action(detail=True)
    def facts(self, request: Request, pk: str) -> Response:
        """The frozen facts of a version, as the funds will receive them."""
        return Response(self.get_object().snapshot)

    @extend_schema(request=None, responses=DeliverableSerializer)
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: str) -> Response:
        """Make the files of a version again whose building failed."""
        return self.shown(deliverables.retry_report(deliverable=self.get_object(), by=self.actor))

    @extend_schema(request=None, responses=DeliverableSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """Give the second signature."""
        return self.shown(deliverables.approve_report(deliverable=self.get_object(), by=self.actor))

    @extend_schema(request=None, responses=DeliverableSerializer)
    @action(detail=True, methods=["post"])
    def release(self, request: Request, pk: str) -> Response:
        """Open the version to every active seat at one instant."""
        return self.shown(deliverables.release(deliverable=self.get_object(), by=self.actor))

    @extend_schema(responses=DeliverableSerializer)
    @action(detail=True, methods=["post"])
    def recall(self, request: Request, pk: str) -> Response:
        """Take the version back from every seat."""
        row, reason = self.get_object(), self.body()["reason"]
        return self.shown(deliverables.recall(deliverable=row, reason=reason, by=self.actor))
