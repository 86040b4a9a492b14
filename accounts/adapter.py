from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from accounts import people
from accounts.models import User


class ClosedDoors(DefaultAccountAdapter):
    """Nobody signs up by themselves: an admin, or a fund's own compliance, adds people."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def set_password(self, user: User, password: str) -> None:
        """A new password, by the form or after a reset: on record, and the end of the token that the old one could make."""
        people.set_password(user=user, password=password)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Failed sign-ins count by address alone. The library adds the Host header, whose port a caller chooses freely."""
        return str(credentials.get("email", "")).strip().lower()
