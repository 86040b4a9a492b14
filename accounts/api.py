"""What every endpoint of the API shares: paging by cursor, and errors as sentences."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import DataError
from django.http import Http404
from rest_framework import status
from rest_framework.exceptions import NotFound
from rest_framework.exceptions import ValidationError as BadRequest
from rest_framework.pagination import CursorPagination
from rest_framework.response import Response
from rest_framework.views import exception_handler

from accounts.middleware import UNREADABLE, storage_trouble, unreadable
from accounts.moves import IllegalMove, Invalid
from accounts.permissions import Refused


class Pages(CursorPagination):
    """Pages by cursor: stable while rows are added, and silent about how many rows there are."""

    ordering = "pk"
    page_size_query_param = "page_size"
    max_page_size = 200

    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> Any:
        try:
            return super().paginate_queryset(queryset, request, view)
        except (NotFound, ValueError, OverflowError, ValidationError, DataError) as odd:
            # A cursor that was not given out may hold anything.
            raise BadRequest({"cursor": ["There is no such page. Start again from the first one."]}) from odd


def explain(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer the product's own refusals with the status and the sentence that the pages use."""
    if isinstance(error, Refused):
        user = context["request"].user
        if getattr(user, "is_authenticated", False) and not user.of_firm:
            return exception_handler(NotFound(), context)
        return Response({"detail": str(error)}, status=status.HTTP_403_FORBIDDEN)
    if isinstance(error, Http404):
        return exception_handler(NotFound(), context)
    if isinstance(error, IllegalMove):
        return Response({"detail": str(error)}, status=status.HTTP_409_CONFLICT)
    if isinstance(error, Invalid):
        return Response({"detail": str(error)}, status=status.HTTP_400_BAD_REQUEST)
    if unreadable(error):
        return Response({"detail": UNREADABLE}, status=status.HTTP_400_BAD_REQUEST)
    if trouble := storage_trouble(error):
        return Response({"detail": trouble[1]}, status=trouble[0], headers={"Retry-After": "5"})
    return exception_handler(error, context)
