"""A request that may be sent again: with an Idempotency-Key its effect happens once, and the same answer is given again.

The row that keeps the answer is written in the transaction of the effect, so neither can be without the other. A refusal has
no effect and is not kept: sent again, the request is tried again.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.db import IntegrityError, transaction
from drf_spectacular.utils import OpenApiParameter
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Answered
from accounts.moves import Invalid, now

HEADER = "Idempotency-Key"
LONGEST = 80
KEPT = timedelta(days=30)
KEY = OpenApiParameter(
    HEADER,
    str,
    OpenApiParameter.HEADER,
    description="A word of your own, at most 80 characters. Sent again with the same body within 30 days, the request changes nothing"
    " more and has the same answer; with another body it is refused with 422.",
)


class OtherBody(APIException):
    """The key was used for another request."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_detail = "This Idempotency-Key was used for another request. Send a new request with a new key."
    default_code = "idempotency_key_reused"


Action = Callable[..., Response]


def once(action: Action) -> Action:
    """Wrap an action of an endpoint, so that a request with a key has its effect once.

    >>> @action(detail=False, methods=["post"])
    ... @once
    ... def hold(self, request): ...
    """

    @wraps(action)
    def wrapped(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get(HEADER, "")
        if not key:
            return action(view, request, *args, **kwargs)
        if len(key) > LONGEST or not key.isascii() or not key.isprintable():
            raise Invalid(f"An {HEADER} has at most {LONGEST} plain characters. Choose another.")
        return _answer(request, key, lambda: action(view, request, *args, **kwargs))

    return wrapped


@transaction.atomic
def _answer(request: Request, key: str, act: Callable[[], Response]) -> Response:
    named: dict[str, Any] = {
        "actor": request.user,
        "route": hashlib.sha256(request.path.encode()).hexdigest(),
        "key": key,
    }
    body = hashlib.sha256(json.dumps(request.data, sort_keys=True, default=str).encode()).hexdigest()
    Answered.objects.filter(actor=named["actor"], at__lt=now() - KEPT).delete()
    try:
        with transaction.atomic():
            # The same request at the same time waits here until the first has ended, one way or the other.
            row = Answered.objects.create(**named, body_hash=body, status=0, answer="", at=now())
    except IntegrityError:
        return _again(Answered.objects.get(**named), body)
    response = act()
    # As text: a database that orders the names of JSON anew would give other bytes the second time.
    text = JSONRenderer().render(response.data).decode()
    Answered.objects.filter(pk=row.pk).update(status=response.status_code, answer=text)
    return response


def _again(row: Answered, body: str) -> Response:
    if row.body_hash != body:
        raise OtherBody
    return Response(json.loads(row.answer), status=row.status)
