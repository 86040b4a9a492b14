"""Funds, their people and rules. Admins manage all, a fund's compliance its own."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Permission as P
from accounts.scoping import get_visible
from research.api import serializers as s
from research.api.base import Endpoint
from research.models import Fund, FundMember, Vehicle
from research.services import funds, policies
from research.services import people as fund_people

PERSON = "members/(?P<person>[0-9a-f-]{36})"
PERSON_ID = OpenApiParameter("person", OpenApiTypes.UUID, "path")
FIRM_WRITES = ("create", "partial_update", "vehicles", "remove_vehicle")
PEOPLE_WRITES = ("members", "change_role", "leave", "transfer", "send_link")


class FundViewSet(Endpoint):
    """Funds: all to an admin, their own to a fund's people, none to anybody else."""

    model = Fund
    serializer_class = s.FundSerializer
    filterset_fields: list[str] = []
    takes = {
        "create": s.FundNewSerializer,
        "partial_update": s.FundNewSerializer,
        "vehicles": s.VehicleSerializer,
        "members": s.MemberSerializer,
        "change_role": s.MemberRoleSerializer,
        "transfer": s.JoinerSerializer,
        "policy": s.PolicySerializer,
    }

    @property
    def permissions(self) -> dict[str, P]:  # type: ignore[override]
        reading = P.SEE_FUNDS if self.actor.of_firm else P.READ_RELEASED
        joining = P.MANAGE_SEATS if self.actor.of_firm else P.MANAGE_FUND_PEOPLE
        rest = dict.fromkeys(FIRM_WRITES, P.MANAGE_SEATS) | dict.fromkeys(PEOPLE_WRITES, joining)
        return {"list": reading, "retrieve": reading, "metadata": reading, **rest, "policy": P.SET_FUND_POLICY}

    def handle_exception(self, exc: Exception) -> Response:
        """A likely duplicate also says so in a word that a program can read."""
        response = super().handle_exception(exc)
        if isinstance(exc, funds.LikelyDuplicate):
            response.data["code"] = "likely_duplicate"
        return response

    @extend_schema(request=s.FundNewSerializer, responses={201: s.FundSerializer})
    def create(self, request: Request) -> Response:
        """Add a fund. A name that is near another fund's is refused until `sure` is given."""
        return self.shown(funds.add_fund(by=self.actor, **self.body()), created=True)

    @extend_schema(request=s.FundNewSerializer, responses=s.FundSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Rename a fund or give it another domain; it stays on its seats."""
        fund = self.get_object()
        return self.shown(funds.rename_fund(fund=fund, by=self.actor, **{"name": fund.name, **self.body(partial=True)}))

    @extend_schema(
        request=s.VehicleSerializer, responses={200: s.VehicleSerializer(many=True), 201: s.VehicleSerializer}
    )
    @action(detail=True, methods=["get", "post"], pagination_class=None)
    def vehicles(self, request: Request, pk: str) -> Response:
        """The vehicles that the company invests through; they have no seats of their own."""
        fund = self.get_object()
        if request.method == "GET":
            return Response(s.VehicleSerializer(fund.vehicles.all(), many=True).data)
        vehicle = funds.add_vehicle(fund=fund, by=self.actor, **self.body())
        return Response(s.VehicleSerializer(vehicle).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses={204: None}, parameters=[OpenApiParameter("vehicle", int, "path")])
    @action(detail=True, methods=["delete"], url_path=r"vehicles/(?P<vehicle>\d{1,9})")
    def remove_vehicle(self, request: Request, pk: str, vehicle: str) -> Response:
        """Take a vehicle off the company's list."""
        row = get_visible(Vehicle, self.actor, fund=self.get_object(), pk=vehicle)
        funds.remove_vehicle(vehicle=row, by=self.actor)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=s.MemberSerializer, responses={200: s.MemberSerializer(many=True), 201: s.MemberSerializer})
    @action(detail=True, methods=["get", "post"], pagination_class=None)
    def members(self, request: Request, pk: str) -> Response:
        """The fund's people; POST adds one, who is sent a link to choose a password with."""
        fund = self.get_object()
        if request.method == "GET":
            rows = fund.members.select_related("user").order_by("joined_at", "user__name")
            return Response(s.MemberSerializer(rows, many=True).data)
        member = fund_people.add_member(fund=fund, by=self.actor, **self.body()["user"])
        return Response(s.MemberSerializer(member).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=s.MemberRoleSerializer, responses=s.MemberSerializer, parameters=[PERSON_ID])
    @action(detail=True, methods=["post"], url_path=f"{PERSON}/role")
    def change_role(self, request: Request, pk: str, person: str) -> Response:
        """Make a person reader, lead or compliance; their sessions end."""
        return self._member(fund_people.change_role(member=self._find(person), by=self.actor, **self.body()))

    @extend_schema(request=None, responses=s.MemberSerializer, parameters=[PERSON_ID])
    @action(detail=True, methods=["post"], url_path=f"{PERSON}/leave")
    def leave(self, request: Request, pk: str, person: str) -> Response:
        """A person has left: account, sessions, links and token end."""
        return self._member(fund_people.remove_member(member=self._find(person), by=self.actor))

    @extend_schema(request=s.JoinerSerializer, responses={201: s.MemberSerializer}, parameters=[PERSON_ID])
    @action(detail=True, methods=["post"], url_path=f"{PERSON}/transfer")
    def transfer(self, request: Request, pk: str, person: str) -> Response:
        """A joiner takes this leaver's place, in one step."""
        joiner = fund_people.transfer_access(member=self._find(person), by=self.actor, **self.body())
        return self._member(joiner, status.HTTP_201_CREATED)

    @extend_schema(request=None, responses={204: None}, parameters=[PERSON_ID])
    @action(detail=True, methods=["post"], url_path=f"{PERSON}/link")
    def send_link(self, request: Request, pk: str, person: str) -> Response:
        """Mail a person again the link to choose a password with."""
        fund_people.send_link(member=self._find(person), by=self.actor)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _find(self, person: str) -> FundMember:
        return get_visible(FundMember, self.actor, fund=self.get_object(), user_id=person)

    def _member(self, row: FundMember, code: int = status.HTTP_200_OK) -> Response:
        data: dict[str, Any] = s.MemberSerializer(row).data
        return Response(data, status=code)

    @extend_schema(request=s.PolicySerializer, responses={200: s.PolicySerializer, 201: s.PolicySerializer})
    @action(detail=True, methods=["get", "post"])
    def policy(self, request: Request, pk: str) -> Response:
        """The fund's own rules, for its own compliance alone; POST sets a new version."""
        fund = self.get_object()
        if request.method == "POST":
            row = policies.set_policy(fund=fund, by=self.actor, **self.body())
            return Response(s.PolicySerializer(row).data, status=status.HTTP_201_CREATED)
        return Response(s.PolicySerializer(policies.in_force(fund)).data)
