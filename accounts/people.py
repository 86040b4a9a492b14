"""Services about people's accounts: the one door for changes of role, standing, passwords and API tokens.

The caller has asked whether `by` may do this; what must hold whoever asks is kept here: nobody changes their own role or closes
themselves, and the firm never loses its last admin.
"""

import uuid

from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from rest_framework.authtoken.models import Token

from accounts import audit, outbox
from accounts.factors import NEEDED, LostBy, factors_of, must_set_up
from accounts.links import PasswordLinks
from accounts.models import User
from accounts.moves import IllegalMove, Invalid, now
from accounts.permissions import Refused, require_other
from accounts.roles import FIRM, GUARDED, Role

LAST_ADMIN = "The firm needs at least one admin. Make somebody else an admin first."
OWN_ROLE = "Nobody changes their own role. Ask another person to do it."
OWN_FACTOR = "Nobody resets their own second factor. Remove it under Security, or ask another admin."
LAST_FACTOR = "Your role needs a second factor, and this is the only one. Add another one first, then remove this."
OWN_ACCOUNT = "Nobody closes their own account. Ask another person to do it."


@transaction.atomic
def change_role(*, user: User, role: str, by: User) -> User:
    """Give a person another role of the same house; their sessions, password links and API token end.

    Raises Refused for one's own role, Invalid for an unknown role or one of the other house, IllegalMove for the last admin.
    """
    admins = _locked_admins()
    row = _locked(user)
    require_other(by, row, sentence=OWN_ROLE)
    if role not in Role.values:
        raise Invalid(f"There is no such role. The roles are {', '.join(label.lower() for label in Role.labels)}.")
    if (role in FIRM) != row.of_firm:
        raise Invalid("A person of the firm can't become a fund's, nor the other way about. Make them a new account.")
    if role == row.role:
        raise Invalid(f"{row.name} has this role already.")
    if admins == {row.pk}:
        raise IllegalMove(LAST_ADMIN)
    before, row.role = row.role, Role(role)
    row.save(update_fields=["role"])
    _end_sessions(row)
    audit.record(audit.HOUSE, "role-changed", row, by=by, before=before, role=role)
    return row


@transaction.atomic
def close_account(*, user: User, by: User) -> User:
    """Shut a person out at once; what they did stays on record. Quiet when the account is closed already.

    Raises Refused for one's own account, IllegalMove for the last admin.
    """
    admins = _locked_admins()
    row = _locked(user)
    require_other(by, row, sentence=OWN_ACCOUNT)
    if not row.is_active:
        return row
    if admins == {row.pk}:
        raise IllegalMove(LAST_ADMIN)
    row.is_active = False
    row.save(update_fields=["is_active"])
    _end_sessions(row)
    audit.record(audit.HOUSE, "account-closed", row, by=by)
    return row


@transaction.atomic
def reopen_account(*, user: User, by: User) -> User:
    """Let a person in again, with the role and the password they had. Quiet when the account is open."""
    row = _locked(user)
    if row.is_active:
        return row
    row.is_active = True
    row.save(update_fields=["is_active"])
    audit.record(audit.HOUSE, "account-reopened", row, by=by)
    return row


@transaction.atomic
def send_password_link(*, user: User, by: User) -> None:
    """Mail a person a link with which they choose a password. It works once, for PASSWORD_RESET_TIMEOUT, and only while
    password, role and standing are those it was made for. Raises IllegalMove for a closed account."""
    row = _locked(user)
    if not row.is_active:
        raise IllegalMove(f"The account of {row.name} is closed. Reopen it first.")
    outbox.post(
        to=row.email,
        template="password_link",
        key=f"password-link:{uuid.uuid4()}",
        link=password_link(row),
        name=row.name,
        new=not row.has_usable_password(),
    )
    audit.record(audit.HOUSE, "password-link-sent", row, by=by)


@transaction.atomic
def sign_out_everywhere(*, user: User, by: User) -> User:
    """End every session, password link and API token of a person."""
    row = _locked(user)
    _end_sessions(row)
    audit.record(audit.HOUSE, "sessions-ended", row, by=by)
    return row


@transaction.atomic
def remove_factor(*, factor: Authenticator, by: User) -> None:
    """Take away one's own authenticator app or passkey, and the recovery codes with the last one.

    Raises Refused for another's factor, and for the last one of a person whose role needs it.
    """
    _locked(by)
    own = factors_of(by)
    if not own.filter(pk=factor.pk).exists():
        raise Refused("This is not your second factor.")
    if settings.MFA_REQUIRED and by.role in GUARDED and own.count() == 1:
        raise Refused(LAST_FACTOR)
    own.filter(pk=factor.pk).delete()
    if not own.exists():
        Authenticator.objects.filter(user=by).delete()
    notify(by, "second-factor-removed")
    audit.record(audit.HOUSE, "second-factor-removed", by, by=by, kind=factor.type)


@transaction.atomic
def reset_factors(*, user: User, reason: str, by: User) -> None:
    """Take away all second factors of a person who lost them, and end their sessions. The caller has asked whether `by` may.

    Raises Refused for one's own, Invalid for an unknown reason or when there is nothing to take away.
    """
    row = _locked(user)
    require_other(by, row, sentence=OWN_FACTOR)
    if reason not in LostBy.values:
        raise Invalid("Say why the second factor is taken away: lost, changed, or in somebody else's hands.")
    if not Authenticator.objects.filter(user=row).delete()[0]:
        raise Invalid(f"{row.name} has no second factor.")
    sign_out_everywhere(user=row, by=by)
    notify(row, "second-factor-reset")
    audit.record(audit.HOUSE, "second-factor-reset", row, by=by, reason=reason)


@transaction.atomic
def make_token(*, by: User) -> str:
    """Make a person's own API token, ending the one before; the key is returned this once.

    Raises Refused for a person whose role needs a second factor and who has none.
    """
    if must_set_up(_locked(by)):
        raise Refused(NEEDED)
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


@transaction.atomic
def note_failed_sign_in(*, user: User | None, kind: str) -> None:
    """Put a sign-in that failed on record, with the person if there is one and never with the address that was tried."""
    audit.record(audit.HOUSE, "sign-in-failed", user or "user:unknown", by=None, kind=kind)


def notify(user: User, notice: str) -> None:
    """Tell a person of a change to how they sign in, so that one they did not make does not go unseen."""
    key = f"notice:{notice}:{uuid.uuid4()}"
    outbox.post(to=user.email, template="security_notice", key=key, name=user.name, notice=notice, at=now())


def password_link(user: User) -> str:
    """The whole address at which this person, and who has it, may choose a password: for an e-mail only."""
    key = PasswordLinks().make_token(user)
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(user), "key": key})
    return settings.SITE_URL + path


def _locked(user: User) -> User:
    return get_user_model().objects.select_for_update().get(pk=user.pk)


def _locked_admins() -> set[uuid.UUID]:
    """The admins with an open account. Locked, and before anybody else is, so that two can't remove each other at once."""
    admins = get_user_model().objects.select_for_update().filter(role=Role.ADMIN, is_active=True).order_by("pk")
    return {admin.pk for admin in admins}


def _end_sessions(row: User) -> None:
    """Every session and link is bound to the epoch; the token is a row."""
    get_user_model().objects.filter(pk=row.pk).update(sessions_epoch=F("sessions_epoch") + 1)
    row.refresh_from_db(fields=["sessions_epoch"])
    Token.objects.filter(user=row).delete()
