"""Funds, their people, and the rules that a fund sets for itself."""

from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import User
from accounts.moves import Invalid, now
from accounts.permissions import Refused, allowed, require
from accounts.roles import FUND, Permission, Role
from research.models import Fund, FundMember, FundPolicy
from research.services.checks import one_of, whole, word_list, words

LONGEST_COOLING_OFF = 60
KNOWN = "An account with this address exists already. Each person has one account and belongs to one fund."


@transaction.atomic
def add_fund(*, name: str, by: User, domain: str = "") -> Fund:
    """A fund that may take seats. `domain` is that of its people's e-mail addresses."""
    require(by, Permission.MANAGE_SEATS)
    name = words(name, "The fund's name", longest=120, required=True)
    domain = words(domain, "The domain", longest=120).lower().removeprefix("@")
    try:
        with transaction.atomic():
            fund = Fund.objects.create(name=name, domain=domain)
    except IntegrityError:
        raise Invalid(f"There is a fund called {name} already.") from None
    audit.record(audit.HOUSE, "fund-added", fund, by=by)
    return fund


@transaction.atomic
def add_member(*, fund: Fund, email: str, name: str, role: str, by: User, password: str | None = None) -> FundMember:
    """A person of a fund, as its reader or its compliance. Without a password they can't sign in until one is set.

    An admin adds people to any fund, a fund's compliance to its own.
    """
    row = _own(fund, by)
    name = words(name, "The person's name", longest=120, required=True)
    email = words(email, "The e-mail address", longest=254, required=True).lower()
    role = one_of(role, sorted(FUND), "The role")
    try:
        validate_email(email)
        if password is not None:
            validate_password(password)
    except ValidationError as wrong:
        raise Invalid(" ".join(wrong.messages)) from None
    if not row.domain and not allowed(by, Permission.MANAGE_SEATS):
        # Else the answer would tell whether anybody, of a co-sponsor too, has an account here.
        raise Invalid("The firm has not set the e-mail domain of your fund yet. Ask it to, then add your people.")
    if row.domain and not email.endswith(f"@{row.domain}"):
        raise Invalid(f"People of this fund have addresses that end in @{row.domain}.")
    try:
        with transaction.atomic():
            user = User.objects.create_user(email, password, name=name, role=Role(role))
    except IntegrityError:
        raise Invalid(KNOWN) from None
    member = FundMember.objects.create(fund=row, user=user)
    _record(row, "member-added", user, by, role=role)
    return member


@transaction.atomic
def remove_member(*, member: FundMember, by: User) -> FundMember:
    """End a person's membership and close their account; what they read stays on record."""
    fund = _own(member.fund, by)
    row = FundMember.objects.select_for_update().select_related("user").get(pk=member.pk, fund=fund)
    if row.left_at is not None:
        raise Invalid(f"{row.user.name} has left already.")
    row.left_at = now()
    row.save(update_fields=["left_at"])
    User.objects.filter(pk=row.user_id).update(is_active=False)
    _record(fund, "member-removed", row.user, by)
    return row


@transaction.atomic
def set_policy(
    *, fund: Fund, by: User, cooling_off: dict[str, Any] | None = None, restricted: list[str] | str = ""
) -> FundPolicy:
    """A new version of a fund's own rules: months of cooling-off by type of company, and companies barred to it.

    Only the fund's own compliance sets them. Versions are kept; the newest holds.
    """
    require(by, Permission.SET_FUND_POLICY)
    row = _own(fund, by)
    months = _months(cooling_off or {})
    names = word_list(restricted, "The restricted list")
    newest = row.policies.order_by("-version").first()
    policy = FundPolicy.objects.create(
        fund=row, version=newest.version + 1 if newest else 1, cooling_off=months, restricted=names, at=now(), by=by
    )
    _record(row, "policy-set", f"fundpolicy:{policy.pk}", by, version=policy.version)
    return policy


def _months(cooling_off: dict[str, Any]) -> dict[str, int]:
    if not isinstance(cooling_off, dict) or len(cooling_off) > 50:
        raise Invalid("The cooling-off names a number of months for each type of company.")
    months = {}
    for kind, value in cooling_off.items():
        kind = words(kind, "The type of company", longest=60, required=True)
        months[kind] = whole(value, f"The cooling-off for {kind} companies, in months,", 0, LONGEST_COOLING_OFF)
    return months


def _own(fund: Fund, by: User) -> Fund:
    """The fund, locked, when this person manages all funds or is the compliance of this one."""
    if not allowed(by, Permission.MANAGE_SEATS):
        require(by, Permission.SET_FUND_POLICY)
    row = Fund.objects.visible_to(by).select_for_update(of=("self",)).filter(pk=fund.pk).first()
    if row is None:
        raise Refused("This is not your fund.")
    return row


def _record(fund: Fund, verb: str, subject: User | str, by: User, **body: Any) -> None:
    """To the house's chain, and to the fund's own chain of every programme in which it has a seat."""
    audit.record(audit.HOUSE, verb, subject, by=by, fund=fund.pk, **body)
    for seat in fund.seats.order_by("pk"):
        audit.record(seat.chain_of(fund.pk), verb, subject, by=by, **body)
