"""Transcripts: upload, state and losses, speakers; and the text that was cleared."""

from typing import Any

from django.db import models
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Permission as P
from accounts.scoping import get_visible
from interviews import sources
from interviews.api import serializers as s
from interviews.api.base import Endpoint
from interviews.models import ClearedTranscript, Interview, Transcript
from interviews.permissions import source_refusal
from interviews.services import transcripts
from interviews.states import TranscriptState

READ = {"list": P.READ_CLEARED, "retrieve": P.READ_CLEARED, "metadata": P.READ_CLEARED}


class TranscriptFilter(filters.FilterSet):
    """By programme, call and state. An id is no choice among all calls: that would tell which exist elsewhere."""

    programme__slug = filters.CharFilter(field_name="programme__slug")
    interview = filters.UUIDFilter(field_name="interview")
    state = filters.ChoiceFilter(choices=TranscriptState.choices)


class TranscriptViewSet(Endpoint):
    """Uploaded transcripts without their words: what was received, how it was read, who speaks."""

    model = Transcript
    serializer_class = s.UploadedTranscriptSerializer
    detail_class = s.UploadedTranscriptDetailSerializer
    filterset_class = TranscriptFilter
    takes = {"create": s.UploadSerializer, "speakers": s.RolesSerializer}
    permissions = READ | {
        "create": P.UPLOAD_TRANSCRIPTS,
        # Compliance may correct the speakers of what it reviews; the service asks.
        "speakers": P.READ_CLEARED,
        "read_again": P.UPLOAD_TRANSCRIPTS,
    }

    def get_queryset(self) -> models.QuerySet:
        rows = super().get_queryset().select_related("programme", "interview").defer("text", "interview__notes")
        return rows.prefetch_related("speakers") if self.detail else rows.defer("loss")

    def get_serializer_context(self) -> dict[str, Any]:
        context = dict(super().get_serializer_context())
        if self.detail and "pk" in self.kwargs:
            row = get_visible(Transcript, self.actor, pk=self.kwargs["pk"])
            context["source_open"] = source_refusal(self.actor, row) is None
        return context

    @extend_schema(
        request={"multipart/form-data": s.UploadSerializer}, responses={201: s.UploadedTranscriptDetailSerializer}
    )
    def create(self, request: Request) -> Response:
        """Upload the transcript of a call that was held. Same bytes, same row: then the answer is 200 and not 201."""
        given = self.body()
        interview = self.find(Interview, "interview", pk=given["interview"])
        kept = sources.keep(given["file"].chunks())
        name = given["file"].name or ""
        received = transcripts.receive_upload(interview=interview, kept=kept, filename=name, by=self.actor)
        return self.shown(received.transcript, new=received.new)

    @extend_schema(request=s.RolesSerializer, responses=s.UploadedTranscriptDetailSerializer)
    @action(detail=True, methods=["post"])
    def speakers(self, request: Request, pk: str) -> Response:
        """Say who each speaker is."""
        try:
            roles = {int(speaker): role for speaker, role in self.body()["roles"].items()}
        except ValueError:
            raise ValidationError({"roles": ["Name each speaker by its id."]}) from None
        return self.shown(transcripts.map_speakers(transcript=self.get_object(), roles=roles, by=self.actor))

    @extend_schema(request=None, responses=s.UploadedTranscriptDetailSerializer)
    @action(detail=True, methods=["post"], url_path="read-again")
    def read_again(self, request: Request, pk: str) -> Response:
        """Read the kept file again: after a failure, or with a newer importer."""
        return self.shown(transcripts.reparse(transcript=self.get_object(), by=self.actor))


class ClearedTranscriptViewSet(Endpoint):
    """What two people cleared: a list without bodies, and one text with its turns."""

    model = ClearedTranscript
    serializer_class = s.ClearedSerializer
    detail_class = s.ClearedDetailSerializer
    filterset_fields = {"programme__slug": ["exact"], "interview__segment__code": ["exact"]}
    permissions = READ

    def get_queryset(self) -> models.QuerySet:
        rows = super().get_queryset().select_related("programme", "interview__segment", "interview__expert")
        rows = rows.defer("interview__notes")
        return rows.prefetch_related("turns") if self.detail else rows.defer("text")
