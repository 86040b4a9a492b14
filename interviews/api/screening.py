"""Screening: how candidates stand, what they answered, and a reviewer's word."""

from typing import Any
from uuid import UUID

from django.db import models
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Permission as P
from interviews import screening_queries as reads
from interviews.api.base import Endpoint
from interviews.models import Candidate, EligibilityCheck, Interview
from interviews.services import questionnaires, topics
from interviews.services.questionnaires import Screening


class AskedSerializer(serializers.Serializer):
    """A question with the newest answer; `mark` is missing, flagged, knocked_out or empty."""

    question = serializers.UUIDField(source="question.pk")
    text = serializers.CharField(source="question.text")
    kind = serializers.CharField(source="question.kind")
    options = serializers.ListField(child=serializers.CharField(), source="question.options")
    answer = serializers.CharField(source="answer.text", default=None)
    answered_at = serializers.DateTimeField(source="answer.at", default=None)
    mark = serializers.CharField()


class ReviewShownSerializer(serializers.Serializer):
    passed = serializers.BooleanField()
    reason = serializers.CharField()
    by = serializers.CharField(source="by.name")
    at = serializers.DateTimeField()


class CandidateSerializer(serializers.ModelSerializer):
    """A candidate as others see one: by the descriptor, with how far the screening is."""

    programme: Any = serializers.SlugRelatedField("slug", read_only=True)
    segment: Any = serializers.SlugRelatedField("code", read_only=True)

    class Meta:
        model = Candidate
        fields = ["id", "programme", "segment", "descriptor", "state", "screened_at"]
        read_only_fields = fields


class CardSerializer(serializers.Serializer):
    version = serializers.IntegerField()
    may = serializers.CharField()
    may_not = serializers.CharField()


class ScreeningSerializer(CandidateSerializer):
    """With what was asked and answered, the reviews, the topic card, and why the candidate was screened out."""

    asked = serializers.SerializerMethodField()
    reviews = serializers.SerializerMethodField()
    refusal = serializers.SerializerMethodField()
    topic_card = serializers.SerializerMethodField()

    class Meta(CandidateSerializer.Meta):
        fields = [*CandidateSerializer.Meta.fields, "asked", "reviews", "refusal", "topic_card"]
        read_only_fields = fields

    def found(self, row: Candidate) -> Screening:
        """The screening, read once for all fields."""
        if getattr(self, "_read", None) is None or self._read.candidate.pk != row.pk:
            self._read: Screening = questionnaires.screening_of(row)
        return self._read

    @extend_schema(responses=AskedSerializer(many=True))
    def get_asked(self, row: Candidate) -> list[dict[str, Any]]:
        return list(AskedSerializer(self.found(row).rows, many=True).data)

    def get_reviews(self, row: Candidate) -> list[dict[str, Any]]:
        return list(ReviewShownSerializer(self.found(row).reviews, many=True).data)

    def get_refusal(self, row: Candidate) -> str | None:
        return self.found(row).refusal

    def get_topic_card(self, row: Candidate) -> dict[str, Any] | None:
        card = topics.card_of(row)
        return dict(CardSerializer(card).data) if card else None


class AnswersGivenSerializer(serializers.Serializer):
    """Answers by the question's id, as an analyst took them down."""

    answers = serializers.DictField(child=serializers.CharField(max_length=2_000))

    def validate_answers(self, given: dict[str, str]) -> dict[UUID, str]:
        try:
            return {UUID(pk): text for pk, text in given.items()}
        except ValueError:
            raise serializers.ValidationError("Name each question by its id.") from None


class ReviewGivenSerializer(serializers.Serializer):
    passed = serializers.BooleanField()
    reason = serializers.CharField(max_length=500)


class CheckSerializer(serializers.ModelSerializer):
    """One check of a call: the firm's own reasons; of a fund's policy only that one bars."""

    class Meta:
        model = EligibilityCheck
        fields = ["moment", "day", "eligible", "codes", "sentences", "at"]
        read_only_fields = fields


class CheckActions:
    """What of screening belongs to a call."""

    permissions = {"checks": P.KEEP_SCREENING}

    @extend_schema(responses=CheckSerializer(many=True))
    @action(detail=True, methods=["get"], filterset_fields=None, pagination_class=None)
    def checks(self, request: Request, pk: str) -> Response:
        """Every check of the call's eligibility, the newest first."""
        row: Interview = self.get_object()  # type: ignore[attr-defined]
        return Response(CheckSerializer(reads.checks_of(row), many=True).data)


class ScreeningViewSet(Endpoint):
    """The candidates of your programmes, and their screening."""

    model = Candidate
    serializer_class = CandidateSerializer
    detail_class = ScreeningSerializer
    filterset_fields = {"programme__slug": ["exact"], "segment__code": ["exact"], "state": ["exact"]}
    takes = {"answers": AnswersGivenSerializer, "review": ReviewGivenSerializer}
    permissions = {
        "list": P.KEEP_SCREENING,
        "retrieve": P.KEEP_SCREENING,
        "metadata": P.KEEP_SCREENING,
        "answers": P.KEEP_SCREENING,
        "review": P.SCREEN_EXPERTS,
    }

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().select_related("programme", "segment", "expert")

    @extend_schema(request=AnswersGivenSerializer, responses=ScreeningSerializer)
    @action(detail=True, methods=["post"])
    def answers(self, request: Request, pk: str) -> Response:
        """Keep what the candidate answered; answers to everything send them to the review."""
        row = self.get_object()
        given = self.body()
        questionnaires.answer(row, given["answers"], by=self.actor)
        return self.shown(row)

    @extend_schema(request=ReviewGivenSerializer, responses=ScreeningSerializer)
    @action(detail=True, methods=["post"])
    def review(self, request: Request, pk: str) -> Response:
        """A second person's word: may speak, or screened out."""
        row = self.get_object()
        given = self.body()
        questionnaires.review(candidate=row, by=self.actor, **given)
        return self.shown(row)
