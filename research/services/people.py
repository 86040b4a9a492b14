"""A fund's people: who joins, who leaves, in which role. The fund's own compliance decides, or the firm's admins.

A person has one account and belongs to one fund; who has left keeps a record and no way in, until they come back.
Nobody changes their own place, so a fund that has compliance never loses it by its own hand.
"""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from accounts import people
from accounts.models import User
from accounts.moves import IllegalMove, Invalid, now
from accounts.permissions import allowed
from accounts.roles import FUND, Permission, Role
from research.models import Fund, FundMember
from research.services.checks import one_of, words
from research.services.funds import own_fund, record

KNOWN = "An account with this address exists already. Each person has one account and belongs to one fund."
ROLES = sorted(FUND)
OWN = "Nobody changes their own place. Another person of your fund's compliance can do it."
ONLY = "You are the only one of your fund's compliance. Add another first, who can then do it, or ask the firm."


@transaction.atomic
def add_member(*, fund: Fund, email: str, name: str, role: str, by: User, link: bool = True) -> FundMember:
    """A person of a fund: a reader, its lead or its compliance. With `link` they are sent one to choose a password with."""
    row = own_fund(fund, by, Permission.MANAGE_FUND_PEOPLE)
    member = _join(row, email, name, role, by)
    if link:
        people.send_password_link(user=member.user, by=by)
    record(row, "member-added", member.user, by, role=member.user.role)
    return member


@transaction.atomic
def remove_member(*, member: FundMember, by: User) -> FundMember:
    """A person has left: their account, sessions, links and token end. What they read and signed stays on record."""
    fund, row = _present(member, by)
    _leave(row, by)
    record(fund, "member-removed", row.user, by)
    return row


@transaction.atomic
def change_role(*, member: FundMember, role: str, by: User) -> FundMember:
    """Make a person reader, lead or compliance of their fund; their sessions end, and they sign in again."""
    fund, row = _present(member, by)
    before = row.user.role
    row.user = people.change_role(user=row.user, role=one_of(role, ROLES, "The role"), by=by)
    record(fund, "member-role-changed", row.user, by, before=before, role=row.user.role)
    return row


@transaction.atomic
def transfer_access(*, member: FundMember, email: str, name: str, by: User) -> FundMember:
    """A joiner takes a leaver's place, in their role, in one step. The joiner signs the terms like everybody else."""
    fund, leaver = _present(member, by)
    joiner = _join(fund, email, name, leaver.user.role, by)
    _leave(leaver, by)
    people.send_password_link(user=joiner.user, by=by)
    given = {"leaver": leaver.user_id, "joiner": joiner.user_id, "role": joiner.user.role}
    record(fund, "access-transferred", joiner.user, by, **given)
    return joiner


@transaction.atomic
def send_link(*, member: FundMember, by: User) -> None:
    """Mail a person again the link with which they choose a password."""
    _, row = _present(member, by, own=True)
    people.send_password_link(user=row.user, by=by)


def _present(member: FundMember, by: User, *, own: bool = False) -> tuple[Fund, FundMember]:
    """The fund and its member, locked. IllegalMove for who has left, and for oneself unless `own`."""
    fund = own_fund(member.fund, by, Permission.MANAGE_FUND_PEOPLE)
    row = FundMember.objects.select_for_update(of=("self",)).select_related("user").get(pk=member.pk, fund=fund)
    if row.left_at is not None:
        raise IllegalMove(f"{row.user.name} has left already.")
    if not own and (sentence := own_place(row, by)):
        raise IllegalMove(sentence)
    return fund, row


def own_place(member: FundMember, by: User) -> str | None:
    """Why this person can't change that member's place, when it is their own; else None."""
    if member.user_id != by.pk:
        return None
    others = FundMember.objects.filter(fund=member.fund_id, left_at__isnull=True, user__role=Role.FUND_COMPLIANCE)
    return OWN if others.exclude(user=by).exists() else ONLY


def _join(fund: Fund, email: str, name: str, role: str, by: User) -> FundMember:
    name = words(name, "The person's name", longest=120, required=True)
    email = words(email, "The e-mail address", longest=254, required=True).lower()
    role = one_of(role, ROLES, "The role")
    try:
        validate_email(email)
    except ValidationError as wrong:
        raise Invalid(" ".join(wrong.messages)) from None
    if not fund.domain and not allowed(by, Permission.MANAGE_SEATS):
        # Else the answer would tell whether anybody, of a co-sponsor too, has an account here.
        raise Invalid("The firm has not set the e-mail domain of your fund yet. Ask it to, then add your people.")
    if fund.domain and not email.endswith(f"@{fund.domain}"):
        raise Invalid(f"People of this fund have addresses that end in @{fund.domain}.")
    if former := fund.members.filter(user__email=email, left_at__isnull=False).select_related("user").first():
        return _come_back(former, role, by)
    try:
        with transaction.atomic():
            user = User.objects.create_user(email, None, name=name, role=Role(role))
    except IntegrityError:
        raise Invalid(KNOWN) from None
    return FundMember.objects.create(fund=fund, user=user)


def _come_back(row: FundMember, role: str, by: User) -> FundMember:
    """Who returns has the account and the record that they had; only the role may be another."""
    row.left_at, row.joined_at = None, now()
    row.save(update_fields=["left_at", "joined_at"])
    row.user = people.reopen_account(user=row.user, by=by)
    if row.user.role != role:
        row.user = people.change_role(user=row.user, role=role, by=by)
    return row


def _leave(row: FundMember, by: User) -> None:
    row.left_at = now()
    row.save(update_fields=["left_at"])
    row.user = people.close_account(user=row.user, by=by)
