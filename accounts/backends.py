"""How a request is known to be a person's: by a session, or by a token for programs."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth import get_user_model
from rest_framework.authentication import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed

from accounts.factors import NEEDED, must_set_up, with_factor
from accounts.models import User


class SignIn(AuthenticationBackend):
    """The person of a session comes with the answer to "have they a second factor?", in one query and never stale."""

    def get_user(self, user_id: Any) -> User | None:
        user = with_factor(get_user_model().objects.filter(pk=user_id)).first()
        return user if user is not None and self.user_can_authenticate(user) else None


class ApiToken(TokenAuthentication):
    """A person's token, which holds only while they have the second factor that their role needs."""

    def authenticate_credentials(self, key: str) -> tuple[Any, Any]:
        user, token = super().authenticate_credentials(key)
        if must_set_up(user):
            raise AuthenticationFailed(NEEDED)
        return user, token
