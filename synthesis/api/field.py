"""How the field of a programme stands: the numbers of the field page, for the firm."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Permission as P
from accounts.scoping import ScopedViewSet
from interviews.models import Interview
from synthesis import field_queries
from synthesis.api.analysis import PROGRAMME
from synthesis.api.base import programme_named
from synthesis.field_queries import Field, Line, quota_row


class FieldLineSerializer(serializers.Serializer):
    """One segment, or all of them (segment ""): people, reach, show rate and forecast. Dates are working days."""

    segment = serializers.CharField()
    title = serializers.CharField()
    quota = serializers.IntegerField()
    cleared = serializers.IntegerField()
    held = serializers.IntegerField()
    booked_in_time = serializers.IntegerField()
    booked_too_late = serializers.IntegerField()
    missing = serializers.IntegerField()
    needed_a_day = serializers.FloatField(allow_null=True, help_text="Empty when no day is left for calls.")
    pace_a_day = serializers.FloatField()
    to_book = serializers.IntegerField()
    to_recruit = serializers.IntegerField()
    lost_at_best_pace = serializers.DateField(allow_null=True)
    lost_at_present_pace = serializers.DateField(allow_null=True)
    shown = serializers.IntegerField()
    due = serializers.IntegerField()
    show_low = serializers.FloatField(help_text="Wilson's 95 % interval of shown of due.")
    show_high = serializers.FloatField()
    forecast_low = serializers.IntegerField(help_text="People cleared in time, 90 % interval.")
    forecast_middle = serializers.IntegerField()
    forecast_high = serializers.IntegerField()
    chance_of_quota = serializers.FloatField()
    funnel = serializers.DictField(child=serializers.IntegerField())


class FieldDaySerializer(serializers.Serializer):
    """One day of the burn-up: people by the end of it; empty what is still to come."""

    day = serializers.DateField()
    planned = serializers.FloatField()
    booked = serializers.IntegerField()
    held = serializers.IntegerField(allow_null=True)
    cleared = serializers.IntegerField(allow_null=True)


class FieldSerializer(serializers.Serializer):
    day = serializers.DateField()
    last_booking = serializers.DateField()
    last_call = serializers.DateField()
    last_clearance = serializers.DateField()
    freeze = serializers.DateField()
    release = serializers.DateField()
    capacity_a_day = serializers.IntegerField()
    days_for_calls = serializers.IntegerField()
    lines = FieldLineSerializer(many=True)
    burn_up = FieldDaySerializer(many=True)


def told(found: Field) -> dict[str, Any]:
    """The field as the endpoint gives it."""
    plan = found.plan
    return {
        "day": found.day,
        "last_booking": plan.booking,
        "last_call": plan.call,
        "last_clearance": plan.clearance,
        "freeze": plan.freeze,
        "release": plan.release,
        "capacity_a_day": found.capacity,
        "days_for_calls": found.days,
        "lines": [_line(line) for line in [*found.lines, found.whole]],
        "burn_up": found.burn_up,
    }


def _line(line: Line) -> dict[str, Any]:
    return quota_row(line) | {"funnel": line.funnel}


class FieldViewSet(ScopedViewSet):
    """Counts of people, milestones, reach and forecast; only people with a cleared transcript fill a quota."""

    model = Interview
    serializer_class = FieldSerializer
    pagination_class = None
    filter_backends: list = []
    permissions = {"list": P.SEE_PROGRAMMES, "metadata": P.SEE_PROGRAMMES}

    @extend_schema(parameters=[PROGRAMME], responses=FieldSerializer)
    def list(self, request: Request) -> Response:
        """The field of a programme as it stands; the same figures as on the page."""
        programme = programme_named(request.user, request.query_params.get("programme"))  # type: ignore[arg-type]
        return Response(FieldSerializer(told(field_queries.standing(programme))).data)
