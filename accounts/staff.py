"""The firm's own people, as its admins manage them: who has an account, in which role, and the way back in when it is lost."""

from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from accounts import audit, people
from accounts.factors import with_factor
from accounts.models import User
from accounts.moves import Invalid
from accounts.permissions import Refused, require
from accounts.roles import FIRM, Permission, Role

KNOWN = "An account with this address exists already. Each person has one; look for it among the people."
NOT_STAFF = "This is a person of a fund. Their role and account are changed on the page of the fund."
LONGEST_NAME = 120


def everybody() -> Any:
    """All people with an account, each with `second_factor`; the firm's own are those with a role in FIRM."""
    return with_factor(get_user_model().objects.all())


@transaction.atomic
def invite(*, name: str, email: str, role: str, by: User) -> User:
    """An account for a person of the firm, and a link with which they choose their password.

    Raises Refused for who may not, Invalid for a name, address or role that can't be used.
    """
    require(by, Permission.MANAGE_STAFF)
    user = enrol(name=name, email=email, role=role, by=by)
    people.send_password_link(user=user, by=by)
    return user


@transaction.atomic
def enrol(*, name: str, email: str, role: str, by: User | None) -> User:
    """An account of the firm without a password. The caller has asked whether `by` may; None is the command line."""
    name, email = name.strip(), email.strip().lower()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise Invalid(f"Give the person's name, in at most {LONGEST_NAME} letters on one line.")
    try:
        validate_email(email)
    except ValidationError:
        raise Invalid("This is not an e-mail address. Write one such as name@example.com.") from None
    _require_role(role)
    try:
        with transaction.atomic():
            user = get_user_model().objects.create_user(email, None, name=name, role=Role(role))
    except IntegrityError:
        raise Invalid(KNOWN) from None
    audit.record(audit.HOUSE, "person-added", user, by=by, role=role)
    return user


def change_role(*, user: User, role: str, by: User) -> User:
    """Another role within the firm; see people.change_role."""
    _require_staff(user, by)
    _require_role(role)
    return people.change_role(user=user, role=role, by=by)


def close_account(*, user: User, by: User) -> User:
    """Shut a person of the firm out; see people.close_account."""
    _require_staff(user, by)
    return people.close_account(user=user, by=by)


def reopen_account(*, user: User, by: User) -> User:
    """Let a person of the firm in again; see people.reopen_account."""
    _require_staff(user, by)
    return people.reopen_account(user=user, by=by)


def end_sessions(*, user: User, by: User) -> User:
    """Sign anybody out everywhere, people of funds included."""
    require(by, Permission.MANAGE_STAFF)
    return people.sign_out_everywhere(user=user, by=by)


def send_password_link(*, user: User, by: User) -> None:
    """Send anybody a new link, people of funds included."""
    require(by, Permission.MANAGE_STAFF)
    people.send_password_link(user=user, by=by)


def reset_factors(*, user: User, reason: str, by: User) -> None:
    """Take anybody's lost second factor away, people of funds included; see people.reset_factors."""
    require(by, Permission.MANAGE_STAFF)
    people.reset_factors(user=user, reason=reason, by=by)


def _require_staff(user: User, by: User) -> None:
    require(by, Permission.MANAGE_STAFF)
    if not user.of_firm:
        raise Refused(NOT_STAFF)


def _require_role(role: str) -> None:
    if role not in FIRM:
        raise Invalid("Choose one of the firm's roles: analyst, compliance reviewer or admin.")
