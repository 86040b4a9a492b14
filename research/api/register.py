"""The register: sources, incidents, claims, disagreements, and what each source says of them."""

from typing import Any

from django.db import models
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Permission as P
from research.api import serializers as s
from research.api.base import READ, Endpoint
from research.models import Claim, Disagreement, Incident, Source
from research.services import register

WRITE = READ | {"create": P.EDIT_PROGRAMME, "statements": P.EDIT_PROGRAMME}


class InRegister(Endpoint):
    """A part of the register: read, and add to. Nothing is removed; a statement is corrected under audit on its page."""

    permissions = WRITE
    filterset_fields: Any = {"programme__slug": ["exact"]}

    def get_queryset(self) -> models.QuerySet:
        rows = super().get_queryset().select_related("programme")
        return rows if self.model is Source else rows.prefetch_related("statements__source")


class WithStatements(InRegister):
    """A thing of which sources say something."""

    @action(detail=True, methods=["post"])
    def statements(self, request: Request, pk: str) -> Response:
        """Add what one source says of it."""
        about, given = self.get_object(), self.body()
        source = self.find(Source, "source", programme=about.programme, code=given.pop("source"))
        register.add_statement(about=about, source=source, by=self.actor, **given)
        return self.shown(about, created=True)


class SourceViewSet(InRegister):
    """Public documents: who says what."""

    model = Source
    serializer_class = s.SourceSerializer
    takes = {"create": s.SourceNewSerializer}

    @extend_schema(responses={201: s.SourceSerializer})
    def create(self, request: Request) -> Response:
        given = self.body()
        programme = self.programme_of(given)
        return self.shown(register.add_source(programme=programme, by=self.actor, **given), created=True)


@extend_schema(responses={201: s.IncidentSerializer}, methods=["POST"])
class IncidentViewSet(WithStatements):
    """What publicly happened, with each source's account."""

    model = Incident
    serializer_class = s.IncidentSerializer
    takes = {"create": s.IncidentNewSerializer, "statements": s.StatementNewSerializer}

    def create(self, request: Request) -> Response:
        given = self.body()
        programme = self.programme_of(given)
        return self.shown(register.add_incident(programme=programme, by=self.actor, **given), created=True)


@extend_schema(responses={201: s.ClaimSerializer}, methods=["POST"])
class ClaimViewSet(WithStatements):
    """What is publicly said, with each source's figure and standing."""

    model = Claim
    serializer_class = s.ClaimSerializer
    takes = {"create": s.ClaimNewSerializer, "statements": s.StatementNewSerializer}

    def create(self, request: Request) -> Response:
        given = self.body()
        programme = self.programme_of(given)
        return self.shown(register.add_claim(programme=programme, by=self.actor, **given), created=True)


@extend_schema(responses={201: s.DisagreementSerializer}, methods=["POST"])
class DisagreementViewSet(WithStatements):
    """Points on which the sources differ; none is preferred."""

    model = Disagreement
    serializer_class = s.DisagreementSerializer
    takes = {"create": s.DisagreementNewSerializer, "statements": s.StatementNewSerializer}

    def create(self, request: Request) -> Response:
        given = self.body()
        programme = self.programme_of(given)
        about: Incident | Claim | None = None
        if pk := given.pop("incident", None):
            about = self.find(Incident, "incident", programme=programme, pk=pk)
        if pk := given.pop("claim", None):
            about = self.find(Claim, "claim", programme=programme, pk=pk)
        row = register.add_disagreement(programme=programme, by=self.actor, about=about, **given)
        return self.shown(row, created=True)
