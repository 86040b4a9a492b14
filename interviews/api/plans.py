"""Plans of calls: ask for one, read what it proposes and why others have no place, and book what is accepted."""

from typing import Any

from django.db import models
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from accounts.roles import Permission as P
from interviews.api.base import Endpoint
from interviews.models import PlanRun, Proposal
from interviews.planner import MOST_MOVED, STEPS
from interviews.services import planning
from interviews.services.planning import Wishes
from research.models import Programme


class WishesSerializer(serializers.Serializer):
    """What a plan is asked for; `interviewers` by e-mail address, none for everybody of the team."""

    programme = serializers.SlugField()
    first = serializers.DateField()
    last = serializers.DateField()
    minutes = serializers.IntegerField(required=False, default=60)
    step = serializers.ChoiceField(choices=STEPS, required=False, default=STEPS[0])
    most_a_day = serializers.IntegerField(required=False, allow_null=True, default=None)
    pause = serializers.IntegerField(required=False, allow_null=True, default=None)
    most_moved = serializers.IntegerField(
        required=False, default=0, help_text=f"Booked calls that may move, at most {MOST_MOVED}."
    )
    interviewers = serializers.ListField(child=serializers.EmailField(), required=False, default=list)


class AnswerSerializer(serializers.Serializer):
    """Which proposals; left out, all that are open."""

    proposals = serializers.ListField(child=serializers.IntegerField(), required=False, allow_null=True, default=None)


class ProposalSerializer(serializers.ModelSerializer):
    descriptor = serializers.CharField(source="candidate.descriptor", read_only=True)
    segment = serializers.CharField(source="candidate.segment.code", read_only=True)
    zone = serializers.CharField(source="candidate.expert.zone", read_only=True)
    interview: Any = serializers.SlugRelatedField("label", read_only=True)
    interviewer: Any = serializers.SlugRelatedField("name", read_only=True)
    chaperone: Any = serializers.SlugRelatedField("name", read_only=True)

    class Meta:
        model = Proposal
        fields = [
            "id",
            "candidate",
            "descriptor",
            "segment",
            "interview",
            "interviewer",
            "chaperone",
            "starts_at",
            "zone",
            "minutes",
            "state",
            "message",
        ]
        read_only_fields = fields


class PlanSerializer(serializers.ModelSerializer):
    """A plan; without `done_at` it is being made, or `message` says why it could not be."""

    programme: Any = serializers.SlugRelatedField("slug", read_only=True)
    by: Any = serializers.SlugRelatedField("name", read_only=True)
    progress = serializers.SerializerMethodField(help_text="Calls placed so far and candidates, while it is made.")

    class Meta:
        model = PlanRun
        fields = ["id", "programme", "by", "asked_at", "wishes", "done_at", "outcome", "message", "progress"]
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.IntegerField(), allow_null=True))
    def get_progress(self, row: PlanRun) -> list[int] | None:
        job = None if row.done_at else planning.job_of(row)
        return [job.done, job.total] if job else None


class PlanDetailSerializer(PlanSerializer):
    proposals = ProposalSerializer(many=True, read_only=True)

    class Meta(PlanSerializer.Meta):
        fields = [*PlanSerializer.Meta.fields, "proposals"]
        read_only_fields = fields


class PlanViewSet(Endpoint):
    """Plans of your programmes. A plan books nothing by itself; `accept` does, under the rules of that moment."""

    model = PlanRun
    serializer_class = PlanSerializer
    detail_class = PlanDetailSerializer
    filterset_fields = {"programme__slug": ["exact"]}
    takes = {"create": WishesSerializer, "accept": AnswerSerializer}
    permissions = dict.fromkeys(("list", "retrieve", "metadata", "create", "accept"), P.LOG_INTERVIEWS)

    def get_queryset(self) -> models.QuerySet:
        rows = super().get_queryset().select_related("programme", "by")
        around = ["candidate__expert", "candidate__segment", "interview", "interviewer", "chaperone"]
        proposals = models.Prefetch("proposals", Proposal.objects.select_related(*around))
        return rows.prefetch_related(proposals) if self.detail else rows

    @extend_schema(request=WishesSerializer, responses={201: PlanDetailSerializer})
    def create(self, request: Request) -> Response:
        """Ask for a plan. It is made in the background: read it again until `done_at` is set."""
        given = self.body()
        programme = self.find(Programme, "programme", slug=given.pop("programme"))
        people = tuple(str(self.person(programme, email).pk) for email in given.pop("interviewers"))
        run = planning.ask(programme=programme, wishes=Wishes(**given, interviewers=people), by=self.actor)
        return self.shown(run, new=True)

    def person(self, programme: Programme, email: str) -> User:
        person = programme.team.filter(email=email.lower()).first()
        if person is None:
            raise ValidationError({"interviewers": ["Nobody of this programme's team has this address."]})
        return person

    @extend_schema(request=AnswerSerializer, responses=PlanDetailSerializer)
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: str) -> Response:
        """Book the proposals named, each as if it were the only one, or all that are open.

        A single one that can't be booked is answered with 409 and its sentence; of several, `state` and `message` tell.
        """
        run = self.get_object()
        wanted = self.body()["proposals"]
        if wanted is None:
            planning.accept_all(run=run, by=self.actor)
            return self.shown(run)
        rows = list(run.proposals.filter(pk__in=wanted).select_related("run__programme"))
        if len(rows) != len(set(wanted)):
            raise ValidationError({"proposals": ["This plan has no such proposal."]})
        if len(rows) == 1:
            planning.accept(proposal=rows[0], by=self.actor)
        else:
            planning.accept_all(run=run, by=self.actor, only={row.pk for row in rows})
        return self.shown(run)
