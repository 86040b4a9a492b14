"""Tagging runs: what was done, how far it has come, and asking for more."""

from typing import Any

from django.db.models import Count, QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Permission as P
from accounts.scoping import get_visible
from interviews.models import ClearedTranscript
from synthesis.api import serializers as s
from synthesis.api.base import READ, Endpoint, programme_named
from synthesis.models import Run
from synthesis.queries import tagging
from synthesis.services import codebook, runs


class RunFilter(filters.FilterSet):
    programme = filters.CharFilter(field_name="cleared__programme__slug")
    cleared = filters.UUIDFilter(field_name="cleared")
    current = filters.BooleanFilter()


class RunViewSet(Endpoint):
    """Finished runs. POST asks for the tagging of a text, or of all of a programme's; the same work is done once."""

    model = Run
    serializer_class = s.RunSerializer
    filterset_class = RunFilter
    takes = {"create": s.AskRunSerializer}
    permissions = READ | {"create": P.RUN_TAGGING, "progress": P.READ_CLEARED}

    def get_queryset(self) -> QuerySet[Any]:
        rows = super().get_queryset().select_related("codebook", "cleared__interview", "cleared__programme")
        return rows.defer("cleared__text", "codebook__questions").annotate(suggested=Count("suggestions"))

    @extend_schema(request=s.AskRunSerializer, responses={202: s.ProgressSerializer})
    def create(self, request: Request) -> Response:
        """Ask for tagging against the questions as they stand."""
        given = self.body()
        programme = programme_named(self.actor, given["programme"])
        if "cleared" in given:
            cleared = get_visible(ClearedTranscript, self.actor, pk=given["cleared"], programme=programme)
            runs.request_run(cleared, by=self.actor)
        else:
            runs.request_all(programme, by=self.actor)
        return Response(self.state_of(programme), status=status.HTTP_202_ACCEPTED)

    @extend_schema(parameters=[OpenApiParameter("programme", str, required=True)], responses=s.ProgressSerializer)
    @action(detail=False, pagination_class=None, filter_backends=[])
    def progress(self, request: Request) -> Response:
        """How far the tagging of a programme has come, and what stopped."""
        return Response(self.state_of(programme_named(self.actor, request.query_params.get("programme"))))

    def state_of(self, programme: Any) -> dict[str, Any]:
        state = tagging(programme, codebook.digest(codebook.wording(programme)), runs.model_version())
        failed = [{"cleared": job.subject, "state": job.state, "message": job.message} for job in state.failed]
        counts = {"done": state.done, "total": state.total, "waiting": state.waiting, "running": state.running}
        return s.ProgressSerializer({**counts, "failed": failed}).data
