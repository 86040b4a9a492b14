"""Seats and funds. Only admins write, a fund's people see their own alone."""

from django.db import models
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Permission as P
from research.api import serializers as s
from research.api.base import Endpoint
from research.models import Fund, Seat
from research.services import funds, seats


class SeatViewSet(Endpoint):
    """Seats: the firm's people see those of their programmes, a fund's people their own."""

    model = Seat
    serializer_class = s.SeatSerializer
    filterset_fields = {"programme__slug": ["exact"], "state": ["exact"]}
    takes = {"hold": s.SeatHoldSerializer, "take": s.SeatGiveSerializer}

    @property
    def permissions(self) -> dict[str, P]:  # type: ignore[override]
        reading = P.SEE_PROGRAMMES if self.actor.of_firm else P.READ_RELEASED
        writing = dict.fromkeys(["hold", "take", "activate", "free"], P.MANAGE_SEATS)
        return {"list": reading, "retrieve": reading, "metadata": reading, **writing}

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().select_related("programme")

    def handle_exception(self, exc: Exception) -> Response:
        """A claim that found no seat also says so in a word that a program can read."""
        response = super().handle_exception(exc)
        if code := getattr(exc, "code", None) if isinstance(exc, seats.ClaimRefused) else None:
            response.data["code"] = code
        return response

    @extend_schema(request=s.SeatHoldSerializer, responses={201: s.SeatSerializer})
    @action(detail=False, methods=["post"])
    def hold(self, request: Request) -> Response:
        """Keep a free seat for a fund until a moment, three days from now when none is given."""
        given = self.body()
        programme = self.programme_of(given)
        fund = self.find(Fund, "fund", pk=given["fund"])
        until = given.get("until")
        return self.shown(seats.hold_seat(programme=programme, fund=fund, by=self.actor, until=until), created=True)

    @extend_schema(request=s.SeatGiveSerializer, responses={201: s.SeatSerializer})
    @action(detail=False, methods=["post"])
    def take(self, request: Request) -> Response:
        """Give a fund a seat at once. When none is free the answer is 409 with the code `programme_full`."""
        given = self.body()
        programme = self.programme_of(given)
        fund = self.find(Fund, "fund", pk=given["fund"])
        return self.shown(seats.take_seat(programme=programme, fund=fund, by=self.actor), created=True)

    @extend_schema(request=None, responses=s.SeatSerializer)
    @action(detail=True, methods=["post"])
    def activate(self, request: Request, pk: str) -> Response:
        """Turn a hold into an active seat."""
        return self.shown(seats.activate_seat(seat=self.get_object(), by=self.actor))

    @extend_schema(request=None, responses=s.SeatSerializer)
    @action(detail=True, methods=["post"])
    def free(self, request: Request, pk: str) -> Response:
        """Free a held or active seat."""
        return self.shown(seats.free_seat(seat=self.get_object(), by=self.actor))


class FundViewSet(Endpoint):
    """Funds: all to an admin, their own to a fund's people, none to anybody else."""

    model = Fund
    serializer_class = s.FundSerializer
    filterset_fields: list[str] = []
    takes = {"members": s.MemberSerializer, "policy": s.PolicySerializer}

    @property
    def permissions(self) -> dict[str, P]:  # type: ignore[override]
        reading = P.SEE_FUNDS if self.actor.of_firm else P.READ_RELEASED
        people = P.MANAGE_SEATS if self.actor.of_firm else P.SET_FUND_POLICY
        rest = {"create": P.MANAGE_SEATS, "members": people, "policy": P.SET_FUND_POLICY}
        return {"list": reading, "retrieve": reading, "metadata": reading, **rest}

    def create(self, request: Request) -> Response:
        return self.shown(funds.add_fund(by=self.actor, **self.body()), created=True)

    @extend_schema(request=s.MemberSerializer, responses={200: s.MemberSerializer(many=True), 201: s.MemberSerializer})
    @action(detail=True, methods=["get", "post"], pagination_class=None)
    def members(self, request: Request, pk: str) -> Response:
        """The fund's people; POST adds one, who can sign in once a password is set."""
        fund = self.get_object()
        if request.method == "GET":
            people = fund.members.select_related("user").order_by("pk")
            return Response(s.MemberSerializer(people, many=True).data)
        member = funds.add_member(fund=fund, by=self.actor, **self.body()["user"])
        return Response(s.MemberSerializer(member).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=s.PolicySerializer, responses={200: s.PolicySerializer, 201: s.PolicySerializer})
    @action(detail=True, methods=["get", "post"])
    def policy(self, request: Request, pk: str) -> Response:
        """The fund's own rules, for its own compliance alone; POST sets a new version."""
        fund = self.get_object()
        if request.method == "POST":
            row = funds.set_policy(fund=fund, by=self.actor, **self.body())
            return Response(s.PolicySerializer(row).data, status=status.HTTP_201_CREATED)
        newest = fund.policies.first()
        if newest is None:
            return Response({"version": 0, "cooling_off": {}, "restricted": [], "at": None})
        return Response(s.PolicySerializer(newest).data)
