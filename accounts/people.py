"""Services about people's accounts: the one door for changes of role, standing and API tokens."""

from django.contrib.auth import get_user_model
from django.db import transaction
from rest_framework.authtoken.models import Token

from accounts import audit
from accounts.models import User


@transaction.atomic
def make_token(*, by: User) -> str:
    """Make a person's own API token, ending the one before; the key is returned this once."""
    get_user_model().objects.select_for_update().get(pk=by.pk)
    Token.objects.filter(user=by).delete()
    token = Token.objects.create(user=by)
    audit.record(audit.HOUSE, "api-token-made", by, by=by)
    return token.key


@transaction.atomic
def end_token(*, by: User) -> None:
    """End a person's API token; quiet when there is none."""
    if Token.objects.filter(user=by).delete()[0]:
        audit.record(audit.HOUSE, "api-token-ended", by, by=by)


@transaction.atomic
def set_password(*, user: User, password: str) -> None:
    """Set a person's own password, and end their API token: who has lost the one may have lost the other."""
    user.set_password(password)
    user.save(update_fields=["password"])
    end_token(by=user)
    audit.record(audit.HOUSE, "password-set", user, by=user)
