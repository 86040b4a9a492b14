"""From where a request came."""

from ipaddress import ip_address
from typing import Any

from django.conf import settings


def client_address(request: Any) -> str | None:
    """The address of who asks. What the caller says of itself counts only behind our own proxy, which adds the last word."""
    given = request.META.get("REMOTE_ADDR", "")
    if settings.BEHIND_PROXY:
        given = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2] or given
    try:
        return str(ip_address(given.strip()))
    except ValueError:
        return None
