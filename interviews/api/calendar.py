"""The calendar by program: hold, confirm, release and reassign a call, its open times, and when the firm's own people have time."""

from datetime import date, datetime, timedelta
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from accounts.roles import Permission as P
from accounts.scoping import get_visible
from interviews.api import serializers as s
from interviews.models import Interview
from interviews.services import availability, scheduling
from research.models import Programme

# How many days one question may be about.
MOST_DAYS = 31
DAYS = [
    OpenApiParameter("first", date, required=True, description="The first day."),
    OpenApiParameter("last", date, required=True, description=f"The last day, at most {MOST_DAYS} days on."),
]


class HoldSerializer(s.BookSerializer):
    until = serializers.DateTimeField(
        required=False, allow_null=True, default=None, help_text="30 minutes from now unless given; 48 hours at most."
    )


class CallPeopleSerializer(serializers.Serializer):
    """Who is to lead or to sit in, by e-mail address. What is left out stays; a chaperone of null goes."""

    interviewer = serializers.EmailField(required=False)
    chaperone = serializers.EmailField(required=False, allow_null=True)


class StretchSerializer(serializers.Serializer):
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()


class FreeSerializer(serializers.Serializer):
    """When one person has time. Why they have none at other times is not told."""

    person = serializers.CharField()
    free = StretchSerializer(many=True)


class OpenTimesSerializer(serializers.Serializer):
    times = serializers.ListField(child=serializers.DateTimeField())


def wall_of(text: str) -> datetime:
    """A time without an offset, from ISO 8601."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise ValidationError({"wall": ["Give the time like 2026-03-27T09:30."]}) from None


def days_of(request: Request) -> tuple[date, date]:
    """The days that a question is about."""
    found = []
    for name in ("first", "last"):
        try:
            found.append(date.fromisoformat(request.query_params.get(name, "")))
        except ValueError:
            raise ValidationError({name: ["Give a day like 2026-03-27."]}) from None
    first, last = found
    if not first <= last <= first + timedelta(days=MOST_DAYS) or not 2000 <= first.year <= 2100:
        raise ValidationError({"last": [f"Ask for one to {MOST_DAYS} days, the first before the last."]})
    return first, last


class CalendarActions:
    """What the endpoint of interviews can do with a call's time. Mixed into InterviewViewSet."""

    takes: dict[str, type[serializers.BaseSerializer]] = {
        "hold": HoldSerializer,
        "move": s.BookSerializer,
        "reassign": CallPeopleSerializer,
    }
    permissions = dict.fromkeys(("hold", "confirm", "release", "move", "reassign"), P.LOG_INTERVIEWS) | {
        "open_times": P.LOG_INTERVIEWS,
        "free": P.LOG_INTERVIEWS,
    }
    actor: User
    get_object: Any
    body: Any
    shown: Any
    person: Any

    @extend_schema(request=HoldSerializer, responses=s.InterviewSerializer)
    @action(detail=True, methods=["post"])
    def hold(self, request: Request, pk: str) -> Response:
        """Hold a time on the expert's own clock; it is taken of all of the call's people until the hold ends."""
        given = self.body()
        wall = wall_of(given.pop("wall"))
        return self.shown(scheduling.hold_time(interview=self.get_object(), wall=wall, by=self.actor, **given))

    @extend_schema(request=None, responses=s.InterviewSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str) -> Response:
        """Book the time that is held."""
        return self.shown(scheduling.confirm(interview=self.get_object(), by=self.actor))

    @extend_schema(request=None, responses=s.InterviewSerializer)
    @action(detail=True, methods=["post"])
    def release(self, request: Request, pk: str) -> Response:
        """Give the time that is held back."""
        return self.shown(scheduling.release(interview=self.get_object(), by=self.actor))

    @extend_schema(request=s.BookSerializer, responses=s.InterviewSerializer)
    @action(detail=True, methods=["post"])
    def move(self, request: Request, pk: str) -> Response:
        """Move a held or booked call to another time; a held one stays held. It keeps its number, history and place."""
        given = self.body()
        wall = wall_of(given.pop("wall"))
        return self.shown(scheduling.move(interview=self.get_object(), wall=wall, by=self.actor, **given))

    @extend_schema(request=CallPeopleSerializer, responses=s.InterviewSerializer)
    @action(detail=True, methods=["post"])
    def reassign(self, request: Request, pk: str) -> Response:
        """Give a call another interviewer or chaperone. It keeps its time, which they must have."""
        given, interview = self.body(), self.get_object()
        people = {name: self.person(interview.programme, name, email) for name, email in given.items()}
        return self.shown(scheduling.reassign(interview=interview, by=self.actor, **people))

    @extend_schema(parameters=DAYS, responses=OpenTimesSerializer)
    @action(detail=True, methods=["get"], url_path="open-times", pagination_class=None, filter_backends=[])
    def open_times(self, request: Request, pk: str) -> Response:
        """When all of a call's people have time for it, by quarters of an hour, in UTC; days as the call's zone has them."""
        interview: Interview = self.get_object()
        times = availability.open_times(interview, *days_of(request), interview.minutes)
        return Response(OpenTimesSerializer({"times": times}).data)

    @extend_schema(
        parameters=[OpenApiParameter("programme", str, required=True), *DAYS], responses=FreeSerializer(many=True)
    )
    @action(detail=False, methods=["get"], pagination_class=None, filter_backends=[])
    def free(self, request: Request) -> Response:
        """When the people of a programme's team have time, in UTC."""
        programme = get_visible(Programme, self.actor, slug=request.query_params.get("programme", ""))
        people = list(programme.team.filter(is_active=True).order_by("name"))
        found = availability.free_of(people, [], *days_of(request))
        rows = [
            {"person": who.name, "free": [{"starts_at": a, "ends_at": b} for a, b in found[who.pk]]} for who in people
        ]
        return Response(FreeSerializer(rows, many=True).data)
