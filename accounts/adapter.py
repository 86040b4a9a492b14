from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedDoors(DefaultAccountAdapter):
    """Nobody signs up by themselves: an admin, or a fund's own compliance, adds people."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
