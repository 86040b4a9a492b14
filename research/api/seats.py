"""Seats. Only admins write; a fund's people see their own alone."""

from django.db import models
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.idempotency import KEY, once
from accounts.roles import Permission as P
from research.api import serializers as s
from research.api.base import Endpoint
from research.models import Fund, Seat
from research.services import seats


class ClaimsSeats(Endpoint):
    """An endpoint that claims seats: a claim that found none also says so in a word that a program can read."""

    def handle_exception(self, exc: Exception) -> Response:
        response = super().handle_exception(exc)
        if code := getattr(exc, "code", None) if isinstance(exc, seats.ClaimRefused) else None:
            response.data["code"] = code
        return response


class SeatViewSet(ClaimsSeats):
    """Seats: the firm's people see those of their programmes, a fund's people their own."""

    model = Seat
    serializer_class = s.SeatSerializer
    filterset_fields = {"programme__slug": ["exact"], "state": ["exact"]}
    takes = {"hold": s.SeatHoldSerializer, "take": s.SeatGiveSerializer, "extend": s.SeatUntilSerializer}

    @property
    def permissions(self) -> dict[str, P]:  # type: ignore[override]
        reading = P.SEE_PROGRAMMES if self.actor.of_firm else P.READ_RELEASED
        writing = dict.fromkeys(["hold", "take", "activate", "extend", "free"], P.MANAGE_SEATS)
        return {"list": reading, "retrieve": reading, "metadata": reading, **writing}

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().select_related("programme")

    @extend_schema(request=s.SeatHoldSerializer, responses={201: s.SeatSerializer}, parameters=[KEY])
    @action(detail=False, methods=["post"])
    @once
    def hold(self, request: Request) -> Response:
        """Keep a free seat for a fund until a moment, three days from now when none is given."""
        given = self.body()
        programme = self.programme_of(given)
        fund = self.find(Fund, "fund", pk=given["fund"])
        until = given.get("until")
        return self.shown(seats.hold_seat(programme=programme, fund=fund, by=self.actor, until=until), created=True)

    @extend_schema(request=s.SeatGiveSerializer, responses={201: s.SeatSerializer}, parameters=[KEY])
    @action(detail=False, methods=["post"])
    @once
    def take(self, request: Request) -> Response:
        """Give a fund a seat at once. When none is free the answer is 409 with the code `programme_full`."""
        given = self.body()
        programme = self.programme_of(given)
        fund = self.find(Fund, "fund", pk=given["fund"])
        return self.shown(seats.take_seat(programme=programme, fund=fund, by=self.actor), created=True)

    @extend_schema(request=s.SeatUntilSerializer, responses=s.SeatSerializer)
    @action(detail=True, methods=["post"])
    def extend(self, request: Request, pk: str) -> Response:
        """Let a hold end at another moment, three days from now when none is given."""
        until = self.body().get("until")
        return self.shown(seats.extend_hold(seat=self.get_object(), by=self.actor, until=until))

    @extend_schema(request=None, responses=s.SeatSerializer)
    @action(detail=True, methods=["post"])
    def activate(self, request: Request, pk: str) -> Response:
        """Turn a hold into an active seat, once the fund has signed the terms."""
        return self.shown(seats.activate_seat(seat=self.get_object(), by=self.actor))

    @extend_schema(request=None, responses=s.SeatSerializer)
    @action(detail=True, methods=["post"])
    def free(self, request: Request, pk: str) -> Response:
        """Free a held or active seat. It is held at once for whoever has waited longest."""
        return self.shown(seats.free_seat(seat=self.get_object(), by=self.actor))
