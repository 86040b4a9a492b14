from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedDoors(DefaultAccountAdapter):
    """Nobody signs up by themselves: an admin, or a fund's own compliance, adds people."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Failed sign-ins count by address alone. The library adds the Host header, whose port a caller chooses freely."""
        return str(credentials.get("email", "")).strip().lower()
