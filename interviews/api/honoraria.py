"""What calls pay: read by who approves, and of their own calls by who leads them; approved, and never by itself."""

from typing import Any

from django.db import models
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Permission as P
from interviews.api.base import Endpoint
from interviews.models import Honorarium
from interviews.services import honoraria


class HonorariumSerializer(serializers.ModelSerializer):
    """One call's pay, in the smallest unit of its currency. Nothing of what was said, nor of who the expert is."""

    programme: Any = serializers.CharField(source="interview.programme.slug", read_only=True)
    call = serializers.CharField(source="interview.label", read_only=True)
    outcome = serializers.CharField(source="interview.state", read_only=True)
    currency = serializers.CharField(source="rule.currency", read_only=True)
    interviewer: Any = serializers.SlugRelatedField("name", read_only=True)
    approved_by: Any = serializers.SlugRelatedField("name", read_only=True)

    class Meta:
        model = Honorarium
        fields = [
            "id",
            "programme",
            "call",
            "outcome",
            "interviewer",
            "agreed_minutes",
            "minutes",
            "currency",
            "amount",
            "reckoning",
            "state",
            "approved_by",
            "approved_at",
            "paid_on",
            "reference",
        ]
        read_only_fields = fields


class ApproveSerializer(serializers.Serializer):
    """The amount that the approver saw: an approval of another one is refused."""

    amount = serializers.IntegerField(min_value=0)


class HonorariumViewSet(Endpoint):
    """Honoraria of your programmes, or of the calls that you lead."""

    model = Honorarium
    serializer_class = HonorariumSerializer
    filterset_fields = {"interview__programme__slug": ["exact"], "state": ["exact"], "rule__currency": ["exact"]}
    takes = {"approve": ApproveSerializer}
    permissions = {
        "list": P.SEE_PROGRAMMES,
        "retrieve": P.SEE_PROGRAMMES,
        "metadata": P.SEE_PROGRAMMES,
        "approve": P.APPROVE_HONORARIA,
    }

    def get_queryset(self) -> models.QuerySet:
        around = ["interview__programme", "interviewer", "approved_by", "rule"]
        return super().get_queryset().select_related(*around).defer("interview__notes").order_by("interview__number")

    @extend_schema(request=ApproveSerializer, responses=HonorariumSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """Approve the amount. The interviewer of the call can't."""
        return self.shown(honoraria.approve(honorarium=self.get_object(), by=self.actor, amount=self.body()["amount"]))
