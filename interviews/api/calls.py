"""Experts and interviews."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import models
from django.db.models import Prefetch
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from accounts.roles import Permission as P
from interviews.api import serializers as s
from interviews.api.base import Endpoint
from interviews.api.calendar import CalendarActions, wall_of
from interviews.api.screening import CheckActions
from interviews.models import Candidate, Expert, Interview
from interviews.services import candidates, conduct, scheduling
from interviews.services.experts import Employment, Identity
from research.models import Programme

READ = {"list": P.SEE_PROGRAMMES, "retrieve": P.SEE_PROGRAMMES, "metadata": P.SEE_PROGRAMMES}
ENDS: dict[str, Callable[..., Interview]] = {
    "held": conduct.hold,
    "missed": conduct.no_show,
    "cancelled": conduct.cancel,
    "late-expert": partial(conduct.late_cancel, side="expert"),
    "late-firm": partial(conduct.late_cancel, side="firm"),
    "stopped": conduct.stop_for_compliance,
    "open": conduct.reopen,
}


class ExpertViewSet(Endpoint):
    """Experts by their descriptors. Identities are sealed and not to be had here."""

    model = Expert
    serializer_class = s.ExpertSerializer
    takes = {"create": s.ExpertNewSerializer}
    permissions = READ | {"create": P.LOG_INTERVIEWS}

    def get_queryset(self) -> models.QuerySet:
        rows = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return rows
        # Of candidacies too only those in sight: a filter must not tell in which other programmes somebody is.
        seen = Candidate.objects.visible_to(self.request.user).select_related("programme", "segment")
        if self.action == "list" and (slug := self.request.query_params.get("programme")):
            rows = rows.filter(candidacies__in=seen.filter(programme__slug=slug))
        return rows.prefetch_related(Prefetch("candidacies", queryset=seen, to_attr="seen_candidacies"))

    @extend_schema(
        parameters=[OpenApiParameter("programme", str, description="Only the candidates of this programme.")]
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(request=s.ExpertNewSerializer, responses={201: s.ExpertSerializer})
    def create(self, request: Request) -> Response:
        """Recruit a person into a programme; 201 for a new record, 200 for a person who was on file."""
        given = self.body()
        programme = self.find(Programme, "programme", slug=given["programme"])
        segment = programme.segments.filter(code=given["segment"]).first()
        if segment is None:
            raise ValidationError({"segment": ["This programme has no such segment."]})
        done = candidates.recruit(
            programme=programme,
            segment=segment,
            by=self.actor,
            posts=[Employment(**post) for post in given["posts"]],
            identity=Identity(given["name"], given["email"], given["phone"], given["profile"]),
            **{name: given[name] for name in ("about", "source", "priority", "same_as", "sure")},
        )
        return self.shown(done.candidate.expert, new=not done.known)


class InterviewViewSet(CheckActions, CalendarActions, Endpoint):
    """Interviews of your programmes. Notes are uncleared words and stay on their pages."""

    model = Interview
    serializer_class = s.InterviewSerializer
    filterset_fields = {"programme__slug": ["exact"], "segment__code": ["exact"], "state": ["exact"]}
    takes = CalendarActions.takes | {
        "create": s.InterviewNewSerializer,
        "book": s.BookSerializer,
        "outcome": s.OutcomeSerializer,
    }
    # Compliance may stop a call, and nothing else; the service asks.
    permissions = (
        READ
        | CalendarActions.permissions
        | CheckActions.permissions
        | {"create": P.LOG_INTERVIEWS, "book": P.LOG_INTERVIEWS, "outcome": P.SEE_PROGRAMMES}
    )

    def get_queryset(self) -> models.QuerySet:
        rows = super().get_queryset().defer("notes")
        return rows.select_related("programme", "segment", "expert", "interviewer", "chaperone")

    @extend_schema(request=s.InterviewNewSerializer, responses={201: s.InterviewSerializer})
    def create(self, request: Request) -> Response:
        """Put a call on the list, still to be booked."""
        given = self.body()
        programme = self.find(Programme, "programme", slug=given.pop("programme"))
        segment = programme.segments.filter(code=given.pop("segment")).first()
        if segment is None:
            raise ValidationError({"segment": ["This programme has no such segment."]})
        people = {name: self.person(programme, name, given.pop(name)) for name in ("interviewer", "chaperone")}
        if people["interviewer"] is None:
            raise ValidationError({"interviewer": ["Say who leads the call."]})
        expert = self.find(Expert, "expert", pk=given.pop("expert"))
        plan: dict[str, Any] = people | given
        interview = scheduling.plan_interview(
            programme=programme, segment=segment, expert=expert, by=self.actor, **plan
        )
        return self.shown(interview, new=True)

    def person(self, programme: Programme, field: str, email: str | None) -> User | None:
        """Somebody of the programme's team, by e-mail address."""
        if not email:
            return None
        person = programme.team.filter(email=email.lower()).first()
        if person is None:
            raise ValidationError({field: ["Nobody of this programme's team has this address."]})
        return person

    @extend_schema(request=s.BookSerializer, responses=s.InterviewSerializer)
    @action(detail=True, methods=["post"])
    def book(self, request: Request, pk: str) -> Response:
        """Book the call, or move it, to a time on the expert's own clock."""
        given = self.body()
        wall = wall_of(given.pop("wall"))
        return self.shown(scheduling.book(interview=self.get_object(), wall=wall, by=self.actor, **given))

    @extend_schema(request=s.OutcomeSerializer, responses=s.InterviewSerializer)
    @action(detail=True, methods=["post"])
    def outcome(self, request: Request, pk: str) -> Response:
        """Say what became of the call: held, missed, cancelled, cancelled late, stopped for compliance, or open again."""
        given = self.body()
        more = {"attested": given["attested"]} if given["outcome"] == "held" else {}
        return self.shown(ENDS[given["outcome"]](interview=self.get_object(), by=self.actor, **more))
