"""The secret in a link with which a person chooses a password."""

from typing import Any

from django.contrib.auth.tokens import PasswordResetTokenGenerator


class PasswordLinks(PasswordResetTokenGenerator):
    """A link ends with its use, with time, with the next sign-in, and with any change of role, standing or address."""

    key_salt = "accounts.links.PasswordLinks"

    def _make_hash_value(self, user: Any, timestamp: int) -> str:
        return f"{super()._make_hash_value(user, timestamp)}{user.role}{user.is_active}{user.sessions_epoch}"
