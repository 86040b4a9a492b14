"""Invoices to read: all to who keeps the fees, their own to a fund's lead and compliance."""

from typing import Any

from django.db import models
from rest_framework import serializers

from accounts.roles import Permission as P
from research.api.base import Endpoint
from research.models import CreditNote, Invoice
from research.services.fees import today


class CreditNoteSerializer(serializers.ModelSerializer):
    class Meta:
        model = CreditNote
        fields = ["number", "issued_on", "left_on", "amount", "computed", "reckoning", "reason"]


class InvoiceSerializer(serializers.ModelSerializer):
    """`status` is the state, or "overdue"; `number` is empty while the invoice is in draft."""

    programme: Any = serializers.CharField(source="participation.programme.title")
    fund: Any = serializers.CharField(source="participation.fund.name")
    status = serializers.SerializerMethodField()
    credit = CreditNoteSerializer(read_only=True, allow_null=True)

    class Meta:
        model = Invoice
        fields = [
            "id",
            "number",
            "programme",
            "fund",
            "status",
            "currency",
            "amount",
            "issued_on",
            "due_on",
            "paid_on",
            "reference",
            "refund_terms",
            "credit",
        ]

    def get_status(self, row: Invoice) -> str:
        return row.status(today())


class InvoiceViewSet(Endpoint):
    """Invoices with their credit notes. They are written on the pages alone."""

    model = Invoice
    serializer_class = InvoiceSerializer
    filterset_fields = {"state": ["exact"], "issued_on": ["gte", "lte"]}

    @property
    def permissions(self) -> dict[str, P]:  # type: ignore[override]
        reading = P.MANAGE_FEES if self.actor.of_firm else P.SEE_FEES
        return {"list": reading, "retrieve": reading, "metadata": reading}

    def get_queryset(self) -> models.QuerySet:
        rows = super().get_queryset()
        return rows.select_related("participation__fund", "participation__programme", "plan", "credit")
