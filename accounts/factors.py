"""Second factors: who has one, and who must."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef

from accounts.models import User
from accounts.roles import GUARDED

KINDS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
NEEDED = "Your role needs a second factor. Sign in to the site and set one up under Security."


class LostBy(models.TextChoices):
    """Why a person's second factor is taken away by somebody else: a word for the audit, which keeps no sentences."""

    DEVICE_LOST = "device-lost", "The telephone or key is lost or broken"
    DEVICE_CHANGED = "device-changed", "The telephone or key was changed"
    MISUSE = "misuse", "Somebody else may have it"


def factors_of(user: User) -> models.QuerySet[Authenticator]:
    """A person's authenticator app and passkeys; recovery codes alone are no factor."""
    return Authenticator.objects.filter(user_id=user.pk, type__in=KINDS).order_by("created_at")


def with_factor(users: Any) -> Any:
    """The same users, each with `second_factor`: whether they have one."""
    theirs = Authenticator.objects.filter(user=OuterRef("pk"), type__in=KINDS)
    return users.annotate(second_factor=Exists(theirs))


def has_factor(user: User) -> bool:
    """True when the person has an authenticator app or a passkey."""
    known = getattr(user, "second_factor", None)
    return factors_of(user).exists() if known is None else known


def must_set_up(user: User) -> bool:
    """True when the person's role needs a second factor and they have none."""
    return settings.MFA_REQUIRED and user.role in GUARDED and not has_factor(user)
