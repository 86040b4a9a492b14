"""Participations: what a fund is asked, and its answer. Admins see those of all funds, a fund's people their own."""

from typing import Any

from django.db import models
from django.db.models import Prefetch
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.addresses import client_address
from accounts.idempotency import KEY, once
from accounts.roles import Permission as P
from research.api import serializers as s
from research.api.seats import ClaimsSeats
from research.models import Fund, Participation, Seat, Terms
from research.models.terms import ASKED, Method
from research.services import seats


class AskedTermsSerializer(serializers.ModelSerializer):
    class Meta:
        model = Terms
        fields = ["version", "language", "sha256", "text"]


class ParticipationSerializer(serializers.ModelSerializer):
    """One fund's part in one programme: its state, the seat it has, and the terms that it is asked to sign.

    A place on the wait-list has no number: it would tell of others.
    """

    programme = serializers.SerializerMethodField()
    title = serializers.CharField(source="programme.title")
    fund = serializers.UUIDField(source="fund_id")
    seat = serializers.SerializerMethodField()
    held_until = serializers.SerializerMethodField()
    terms = serializers.SerializerMethodField()

    class Meta:
        model = Participation
        fields = ["id", "programme", "title", "fund", "state", "since", "waiting_since", "seat", "held_until", "terms"]

    def get_programme(self, part: Participation) -> str | None:
        """The short name of the programme, once the reader may see it."""
        seat = self._seat(part)
        shown = self.context["request"].user.of_firm or (seat is not None and seat.state == "active")
        return part.programme.slug if shown else None

    def get_seat(self, part: Participation) -> str | None:
        """The state of the fund's seat: held, signed or active; null while it has none."""
        seat = self._seat(part)
        return seat.state if seat else None

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_held_until(self, part: Participation) -> Any:
        seat = self._seat(part)
        return serializers.DateTimeField().to_representation(seat.held_until) if seat and seat.held_until else None

    @extend_schema_field(AskedTermsSerializer(allow_null=True))
    def get_terms(self, part: Participation) -> Any:
        """The text that is to be signed, with the hash that names it in a commitment."""
        found = part.programme.in_force if part.state in ASKED else []  # type: ignore[attr-defined]
        return AskedTermsSerializer(found[0]).data if found else None

    def _seat(self, part: Participation) -> Seat | None:
        return next((seat for seat in part.programme.taken if seat.fund_id == part.fund_id), None)  # type: ignore[attr-defined]


class CommitSerializer(serializers.Serializer):
    """Who signs, as it stands on the account, and the hash of the text that was read."""

    name = serializers.CharField(max_length=120)
    sha256 = serializers.CharField(max_length=64)


class ParticipationViewSet(ClaimsSeats):
    """A fund's lead and compliance answer for it here; admins keep the wait-list."""

    model = Participation
    serializer_class = ParticipationSerializer
    filterset_fields = {"programme__slug": ["exact"], "state": ["exact"]}
    takes = {"commit": CommitSerializer, "queue": s.SeatGiveSerializer}

    @property
    def permissions(self) -> dict[str, P]:  # type: ignore[override]
        firm = self.actor.of_firm
        reading = P.SEE_FUNDS if firm else P.READ_RELEASED
        writing = dict.fromkeys(["commit", "wait", "decline"], P.SIGN_TERMS)
        return {"list": reading, "retrieve": reading, "metadata": reading, **writing} | dict.fromkeys(
            ["queue", "leave"], P.MANAGE_SEATS
        )

    def get_queryset(self) -> models.QuerySet:
        rows = super().get_queryset().select_related("programme")
        # The seats of others are fetched for nobody: only those of the funds in sight.
        taken = Seat.objects.filter(fund__in=Fund.objects.visible_to(self.request.user))
        in_force = Terms.objects.filter(in_force=True)
        return rows.prefetch_related(
            Prefetch("programme__seats", taken, to_attr="taken"), Prefetch("programme__terms", in_force, "in_force")
        )

    @extend_schema(request=CommitSerializer, responses={201: s.SeatSerializer}, parameters=[KEY])
    @action(detail=True, methods=["post"])
    @once
    def commit(self, request: Request, pk: str) -> Response:
        """Sign the terms in force for one's fund and take a seat; 409 with the code `programme_full` when none is free."""
        given = self.body()
        address = client_address(request)
        seat = seats.commit(participation=self.get_object(), by=self.actor, address=address, method=Method.API, **given)
        return Response(s.SeatSerializer(seat, context=self.get_serializer_context()).data, status=201)

    @extend_schema(request=None, responses=ParticipationSerializer)
    @action(detail=True, methods=["post"])
    def wait(self, request: Request, pk: str) -> Response:
        """Let one's fund wait for a seat."""
        return self.shown(seats.join_wait_list(participation=self.get_object(), by=self.actor))

    @extend_schema(request=None, responses=ParticipationSerializer)
    @action(detail=True, methods=["post"])
    def decline(self, request: Request, pk: str) -> Response:
        """Say no for one's fund, before its seat is active."""
        return self.shown(seats.decline(participation=self.get_object(), by=self.actor))

    @extend_schema(request=s.SeatGiveSerializer, responses={201: ParticipationSerializer})
    @action(detail=False, methods=["post"])
    def queue(self, request: Request) -> Response:
        """An admin lets a fund wait for a seat, behind those who wait already."""
        given = self.body()
        programme = self.programme_of(given)
        fund = self.find(Fund, "fund", pk=given["fund"])
        return self.shown(seats.put_on_wait_list(programme=programme, fund=fund, by=self.actor), created=True)

    @extend_schema(request=None, responses=ParticipationSerializer)
    @action(detail=True, methods=["post"])
    def leave(self, request: Request, pk: str) -> Response:
        """An admin takes a fund off the wait-list; it is invited again."""
        return self.shown(seats.take_off_wait_list(participation=self.get_object(), by=self.actor))
