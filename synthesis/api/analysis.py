"""The matrix: question by segment by stance, in people, and the words behind each figure."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Permission as P
from accounts.scoping import ScopedViewSet
from synthesis.api import serializers as s
from synthesis.api.base import programme_named, question_named
from synthesis.models import Tag
from synthesis.queries import cells, people_on

PROGRAMME = OpenApiParameter("programme", str, required=True, description="The short name of the programme.")


class MatrixViewSet(ScopedViewSet):
    """Counts of people and never of passages; the same figures as on the page and in the report."""

    model = Tag
    serializer_class = s.CellSerializer
    pagination_class = None
    filter_backends: list = []
    permissions = {"list": P.READ_CLEARED, "passages": P.READ_CLEARED, "metadata": P.READ_CLEARED}

    @extend_schema(parameters=[PROGRAMME], responses=s.CellSerializer(many=True))
    def list(self, request: Request) -> Response:
        """One cell for a question and segment, and one for everybody (segment "")."""
        programme = programme_named(request.user, request.query_params.get("programme"))  # type: ignore[arg-type]
        return Response(s.CellSerializer(cells(programme), many=True).data)

    @extend_schema(
        parameters=[
            PROGRAMME,
            OpenApiParameter("question", str, required=True),
            OpenApiParameter("segment", str),
            OpenApiParameter("stance", str),
        ],
        responses=s.PersonSerializer(many=True),
    )
    @action(detail=False)
    def passages(self, request: Request) -> Response:
        """The people behind a figure, each with their accepted passages on the question."""
        given = request.query_params
        programme = programme_named(request.user, given.get("programme"))  # type: ignore[arg-type]
        question = question_named(programme, given.get("question", ""))
        people = people_on(programme, question.code, given.get("segment", ""))
        wanted = given.get("stance", "")
        return Response(
            s.PersonSerializer([person for person in people if not wanted or person.stance == wanted], many=True).data
        )
