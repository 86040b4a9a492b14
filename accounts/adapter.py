"""Where the sign-in library asks the house: who may sign up, how mail goes, what is on record, how secrets are sealed."""

import base64
import hashlib
import hmac
import uuid
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.http import HttpRequest

from accounts import audit, outbox, people
from accounts.models import User

RESET = "account/email/password_reset_key"
UNKNOWN = "account/email/unknown_account"
# What the library tells people of, and the name of our notice (templates/mail/security_notice.txt).
NOTICES = {
    "account/email/password_changed": "password-set",
    "account/email/password_reset": "password-set",
    "account/email/password_set": "password-set",
    "mfa/email/totp_activated": "second-factor-added",
    "mfa/email/webauthn_added": "second-factor-added",
    "mfa/email/recovery_codes_generated": "recovery-codes-made",
}


class ClosedDoors(DefaultAccountAdapter):
    """Nobody signs up by themselves: an admin, or a fund's own compliance, adds people."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def set_password(self, user: User, password: str) -> None:
        """A new password, by the form or after a reset: on record, and the end of the token that the old one could make."""
        people.set_password(user=user, password=password)

    @transaction.atomic
    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Every mail of the library goes through the outbox, so that an address with an account costs no more than one without."""
        if template_prefix in (RESET, UNKNOWN):
            user = context.get("user")
            link = people.password_link(user) if user else ""
            template = "password_link" if user else "unknown_account"
            name = user.name if user else ""
            outbox.post(to=email, template=template, key=f"reset:{uuid.uuid4()}", link=link, name=name)
            return
        people.notify(get_user_model().objects.get(email=email), NOTICES[template_prefix])

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        user = get_user_model().objects.filter(email=str(credentials.get("email", "")).lower()).first()
        people.note_failed_sign_in(user=user, kind="password")

    @transaction.atomic
    def logout(self, request: HttpRequest) -> None:
        user = request.user
        super().logout(request)
        if isinstance(user, User):
            audit.record(audit.HOUSE, "signed-out", user, by=user)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Failed sign-ins count by address alone. The library adds the Host header, whose port a caller chooses freely."""
        return str(credentials.get("email", "")).strip().lower()


class SecondFactors(DefaultMFAAdapter):
    """The secrets of authenticator apps and recovery codes lie in the database only sealed."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": "That is not right. Use the code that the app shows now, or try the key again.",
        "cannot_generate_recovery_codes": "Recovery codes come with a second factor. Set one up first.",
    }

    def encrypt(self, text: str) -> str:
        return _seal().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _seal().decrypt(encrypted_text.encode()).decode()

    def generate_authenticator_name(self, user: Any, type: Authenticator.Type) -> str:
        return f"Passkey {Authenticator.objects.filter(user=user, type=type).count() + 1}"


def _seal() -> Fernet:
    """A key of its own, made from the one that seals identities."""
    made = hmac.new(settings.IDENTITY_KEY.encode(), b"accounts.second-factors", hashlib.sha256).digest()
    return Fernet(base64.urlsafe_b64encode(made))
