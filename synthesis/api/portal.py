"""What a fund reads by program: the same values as its pages, and each reading on its record."""

from typing import Any, cast
from uuid import UUID

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from accounts.roles import Permission as P
from accounts.scoping import ScopedViewSet
from research.models import Programme
from synthesis import portal, search
from synthesis.models import Edition
from synthesis.services.access import record_reading


class PortalProgrammeSerializer(serializers.Serializer):
    public_id = serializers.UUIDField()
    title = serializers.CharField()
    delivery_on = serializers.DateField()
    synthetic = serializers.BooleanField()
    released_at = serializers.DateTimeField(allow_null=True)
    recomputing = serializers.BooleanField(help_text="Your fund's policy changed; its edition is being made.")


class SentenceSerializer(serializers.Serializer):
    text = serializers.CharField()
    turn = serializers.IntegerField()
    time = serializers.CharField()


class PortalInterviewSerializer(serializers.Serializer):
    transcript_id = serializers.UUIDField()
    code = serializers.CharField()
    descriptor = serializers.CharField()
    segment = serializers.CharField()
    held_on = serializers.DateField()
    minutes = serializers.IntegerField()
    words = serializers.IntegerField()
    summary = SentenceSerializer(many=True)


class TurnSerializer(serializers.Serializer):
    index = serializers.IntegerField()
    label: Any = serializers.CharField()
    role = serializers.CharField()
    time = serializers.CharField()
    text = serializers.CharField()


class TranscriptSerializer(serializers.Serializer):
    interview = PortalInterviewSerializer()
    turns = TurnSerializer(many=True)


class PassageSerializer(serializers.Serializer):
    text = serializers.SerializerMethodField()
    place = serializers.CharField(source="hit.place")
    label: Any = serializers.CharField(source="hit.label")
    time = serializers.CharField(source="hit.time")
    anchor = serializers.CharField(source="hit.anchor")
    transcript_id = serializers.UUIDField(source="hit.transcript_id", allow_null=True)

    def get_text(self, passage: search.Passage) -> str:
        return "".join(words for words, _ in passage.parts)


class FoundSerializer(serializers.Serializer):
    query = serializers.CharField()
    total = serializers.IntegerField()
    interviews = serializers.IntegerField()
    passages = PassageSerializer(many=True)


class ReportSerializer(serializers.Serializer):
    version = serializers.IntegerField()
    sha256 = serializers.CharField()
    released_at = serializers.DateTimeField()
    withheld = serializers.IntegerField(help_text="Interviews that your fund's own policy left out.")
    facts = serializers.DictField()


class PortalViewSet(ScopedViewSet):
    """The programmes in which your fund has a seat, and what is released in them."""

    model = Programme
    lookup_field = "public_id"
    lookup_value_regex = "[0-9a-f-]{36}"
    serializer_class = PortalProgrammeSerializer
    pagination_class = None
    filter_backends = []
    permissions = dict.fromkeys(
        ("list", "retrieve", "report", "interviews", "transcript", "search", "metadata"), P.READ_RELEASED
    )

    @extend_schema(responses=PortalProgrammeSerializer(many=True))
    def list(self, request: Request) -> Response:
        return Response(PortalProgrammeSerializer(portal.programmes(request.user), many=True).data)

    @extend_schema(responses=PortalProgrammeSerializer)
    def retrieve(self, request: Request, public_id: str) -> Response:
        return Response(PortalProgrammeSerializer(portal.programme(request.user, _uuid(public_id))).data)

    @extend_schema(responses=ReportSerializer)
    @action(detail=True)
    def report(self, request: Request, public_id: str) -> Response:
        """The frozen facts of the released version; their SHA-256 is that of their canonical form."""
        row = self._read(public_id, "report by program")
        shown = {"version": row.version, "sha256": row.sha256, "facts": row.snapshot}
        shown |= {"released_at": row.deliverable.released_at, "withheld": row.snapshot.get("withheld", 0)}
        return Response(ReportSerializer(shown).data)

    @extend_schema(responses=PortalInterviewSerializer(many=True))
    @action(detail=True)
    def interviews(self, request: Request, public_id: str) -> Response:
        """The released interviews with their summaries."""
        row = self._read(public_id, "interviews by program")
        listed = portal.interviews(row.snapshot, portal.transcript_ids(row))
        return Response(PortalInterviewSerializer(listed, many=True).data)

    @extend_schema(
        responses=TranscriptSerializer, parameters=[OpenApiParameter("transcript_id", OpenApiTypes.UUID, "path")]
    )
    @action(detail=True, url_path="interviews/(?P<transcript_id>[0-9a-f-]{36})")
    def transcript(self, request: Request, public_id: str, transcript_id: str) -> Response:
        """The cleared words of one released interview."""
        row = portal.released(request.user, _uuid(public_id))
        found = portal.transcript(row, _uuid(transcript_id))
        self._record(row, f"transcript {found.interview.code} by program")
        return Response(TranscriptSerializer(found).data)

    @extend_schema(responses=FoundSerializer, parameters=[OpenApiParameter("q", str, description="Words to find")])
    @action(detail=True)
    def search(self, request: Request, public_id: str) -> Response:
        """Passages of the report and the transcripts that have every word."""
        row = portal.released(request.user, _uuid(public_id))
        found = search.search(row, request.query_params.get("q", ""))
        self._record(row, "search by program")
        return Response(FoundSerializer(found).data)

    def _read(self, public_id: str, item: str) -> Edition:
        return self._record(portal.released(self.request.user, _uuid(public_id)), item)

    def _record(self, row: Edition, item: str) -> Edition:
        record_reading(deliverable=row.deliverable, item=item, by=cast(User, self.request.user))
        return row


def _uuid(text: Any) -> UUID:
    """An id of an address, or Http404: an odd one leads nowhere, like one that was never given out."""
    try:
        return UUID(str(text))
    except ValueError as odd:
        raise Http404 from odd
