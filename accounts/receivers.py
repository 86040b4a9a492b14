"""What the sign-in library does, on the house's chain."""

from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.signals import user_logged_in
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authentication_failed, authenticator_added, authenticator_reset, authenticator_used
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest

from accounts import audit, people
from accounts.models import User

CODES = Authenticator.Type.RECOVERY_CODES


@receiver(user_logged_in)
@transaction.atomic
def note_sign_in(request: HttpRequest, user: User, **kwargs: Any) -> None:
    methods = [record["method"] for record in get_authentication_records(request, user)]
    audit.record(audit.HOUSE, "signed-in", user, by=user, methods=methods)


@receiver(authentication_failed)
def note_wrong_code(user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    people.note_failed_sign_in(user=user, kind=authenticator.type)


@receiver(authenticator_added)
@transaction.atomic
def note_factor(user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    verb = "recovery-codes-made" if authenticator.type == CODES else "second-factor-added"
    audit.record(audit.HOUSE, verb, user, by=user, kind=authenticator.type)


@receiver(authenticator_reset)
@transaction.atomic
def note_new_codes(user: User, **kwargs: Any) -> None:
    audit.record(audit.HOUSE, "recovery-codes-made", user, by=user, kind=CODES)


@receiver(authenticator_used)
@transaction.atomic
def note_recovery_code(user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    if authenticator.type == CODES:
        audit.record(audit.HOUSE, "recovery-code-used", user, by=user)
