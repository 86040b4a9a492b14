"""Programmes, key questions and segments."""

from typing import Any

from django.db import models
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Permission as P
from research.api import serializers as s
from research.api.base import READ, Endpoint
from research.models import KeyQuestion, Programme, Segment
from research.services import programmes, questions, segments
from research.services.cap import set_cap


class ProgrammeViewSet(Endpoint):
    """Programmes that you are on the team of; an admin's are all."""

    model = Programme
    lookup_field = "slug"
    serializer_class = s.ProgrammeSerializer
    filterset_fields = ["state"]
    takes = {"move": s.MoveSerializer, "cap": s.CapSerializer}
    permissions = READ | {
        "create": P.EDIT_PROGRAMME,
        "partial_update": P.EDIT_PROGRAMME,
        "move": P.EDIT_PROGRAMME,
        "lock_questions": P.EDIT_PROGRAMME,
        "cap": P.MANAGE_SEATS,
    }

    def create(self, request: Request) -> Response:
        return self.shown(programmes.create_programme(by=self.actor, **self.body()), created=True)

    def partial_update(self, request: Request, slug: str) -> Response:
        changes = self.body(instance=self.get_object(), partial=True)
        if "slug" in changes:
            raise ValidationError({"slug": ["The short name of a programme can't be changed."]})
        return self.shown(programmes.edit_programme(programme=self.get_object(), by=self.actor, **changes))

    @extend_schema(request=s.MoveSerializer, responses=s.ProgrammeSerializer)
    @action(detail=True, methods=["post"])
    def move(self, request: Request, slug: str) -> Response:
        """Move the programme to another state; delivered it becomes by the release of its report alone."""
        to = self.body()["state"]
        return self.shown(programmes.advance(programme=self.get_object(), to=to, by=self.actor))

    @extend_schema(request=None, responses=s.ProgrammeSerializer)
    @action(detail=True, methods=["post"], url_path="lock-questions")
    def lock_questions(self, request: Request, slug: str) -> Response:
        """Lock the key questions; later changes are dated amendments."""
        return self.shown(questions.lock_questions(programme=self.get_object(), by=self.actor))

    @extend_schema(request=s.CapSerializer, responses=s.ProgrammeSerializer)
    @action(detail=True, methods=["post"])
    def cap(self, request: Request, slug: str) -> Response:
        """Set the number of seats, from 1 to 5."""
        cap = self.body()["cap"]
        return self.shown(set_cap(programme=self.get_object(), cap=cap, by=self.actor))


class QuestionViewSet(Endpoint):
    """Key questions. A change after the lock needs a `reason` and is kept as an amendment."""

    model = KeyQuestion
    serializer_class = s.QuestionSerializer
    filterset_fields = {"programme__slug": ["exact"]}
    takes = {"create": s.QuestionNewSerializer, "partial_update": s.QuestionWriteSerializer}
    permissions = READ | {"create": P.EDIT_PROGRAMME, "partial_update": P.EDIT_PROGRAMME, "destroy": P.EDIT_PROGRAMME}

    def get_queryset(self) -> models.QuerySet:
        rows = super().get_queryset()
        return rows.select_related("programme").prefetch_related("segments", "amendments__by")

    @extend_schema(responses={201: s.QuestionSerializer})
    def create(self, request: Request) -> Response:
        given = self.body()
        programme = self.programme_of(given)
        given = self._with_segments(programme, given)
        return self.shown(questions.add_question(programme=programme, by=self.actor, **given), created=True)

    @extend_schema(responses=s.QuestionSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        question = self.get_object()
        given = self._with_segments(question.programme, self.body())
        if question.programme.questions_locked_at:
            reason = given.pop("reason", "")
            questions.amend_question(question=question, by=self.actor, reason=reason, **given)
        else:
            given.pop("reason", None)
            questions.edit_question(question=question, by=self.actor, **given)
        return self.shown(question)

    def destroy(self, request: Request, pk: str) -> Response:
        questions.remove_question(question=self.get_object(), by=self.actor)
        return Response(status=204)

    def _with_segments(self, programme: Programme, given: dict[str, Any]) -> dict[str, Any]:
        if "segments" not in given:
            return given
        named = {segment.code: segment for segment in programme.segments.all()}
        if unknown := [code for code in given["segments"] if code not in named]:
            raise ValidationError({"segments": [f"This programme has no segment {', '.join(unknown)}."]})
        return {**given, "segments": [named[code] for code in given["segments"]]}


class SegmentViewSet(Endpoint):
    """Classes of respondents with their quotas."""

    model = Segment
    serializer_class = s.SegmentSerializer
    filterset_fields = {"programme__slug": ["exact"]}
    takes = {"partial_update": s.SegmentEditSerializer, "create": s.SegmentNewSerializer}
    permissions = READ | {"create": P.EDIT_PROGRAMME, "partial_update": P.EDIT_PROGRAMME, "destroy": P.EDIT_PROGRAMME}

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().select_related("programme")

    @extend_schema(responses={201: s.SegmentSerializer})
    def create(self, request: Request) -> Response:
        given = self.body()
        programme = self.programme_of(given)
        return self.shown(segments.add_segment(programme=programme, by=self.actor, **given), created=True)

    @extend_schema(responses=s.SegmentSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        changes = self.body(partial=True)
        return self.shown(segments.edit_segment(segment=self.get_object(), by=self.actor, **changes))

    def destroy(self, request: Request, pk: str) -> Response:
        segments.remove_segment(segment=self.get_object(), by=self.actor)
        return Response(status=204)
