"""Who is asked to sign which terms, and who has signed: what pages and endpoints read."""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.factors import with_factor
from accounts.models import User
from accounts.permissions import allowed
from accounts.roles import Permission
from research.models import Fund, FundMember, Participation, Programme, Seat, Signature, Terms
from research.models.seats import may_name_funds
from research.states import ParticipationState, SeatState

STANDARD = Path(__file__).with_name("standard_terms.txt")


@dataclass(frozen=True)
class Asked:
    """Terms as one person of a fund meets them: their own signature, and whether one of theirs is wanted now."""

    terms: Terms
    signature: Signature | None
    bound: Signature | None
    binding: bool

    @property
    def waits(self) -> bool:
        """They have not signed; or they may bind their fund, and nobody has."""
        return self.terms.in_force and (self.signature is None or (self.binding and self.bound is None))


@dataclass(frozen=True)
class Version:
    """One version of a programme's terms, with its signatures for who may name funds and none for others."""

    terms: Terms
    signatures: tuple[Signature, ...]


def listed(user: Any) -> QuerySet[Terms]:
    """The terms that a person is shown in a list: to a fund's person those in force and those that they signed."""
    rows = Terms.objects.visible_to(user)
    if getattr(user, "of_fund", False):
        rows = rows.filter(Q(in_force=True) | Q(pk__in=Signature.objects.filter(user=user).values("terms")))
    return rows.select_related("programme")


def asked(user: Any) -> list[Asked]:
    """What a fund's person is or was asked to sign, the newest first."""
    return _met(user, list(listed(user).order_by("-published_at", "pk")))


def waiting(user: Any) -> list[Asked]:
    """What waits for this person's signature in programmes where their fund has a seat, or one is held for it."""
    seated = Participation.objects.visible_to(user).filter(state=ParticipationState.SEATED).values("programme")
    rows = Terms.objects.filter(in_force=True, programme__in=seated).select_related("programme")
    return [one for one in _met(user, list(rows.order_by("programme__title"))) if one.waits]


def met(user: Any, terms: Terms) -> Asked:
    """Terms as this person of a fund meets them."""
    return _met(user, [terms])[0]


def _met(user: Any, rows: list[Terms]) -> list[Asked]:
    here = FundMember.objects.filter(user=user, left_at__isnull=True).values("fund")
    signed: dict[UUID, list[Signature]] = defaultdict(list)
    for row in Signature.objects.filter(fund__in=here, terms__in=rows).order_by("at"):
        signed[row.terms_id].append(row)
    binding = allowed(user, Permission.SIGN_TERMS)
    return [
        Asked(
            terms,
            signature=next((row for row in reversed(signed[terms.pk]) if row.user_id == user.pk), None),
            bound=next((row for row in signed[terms.pk] if row.binding), None),
            binding=binding,
        )
        for terms in rows
    ]


def wanted(user: Any, programme_id: Any) -> Terms | None:
    """The terms for lack of which alone a programme is closed to this person: their fund's seat in it is active."""
    if not getattr(user, "of_fund", False):
        return None
    seat = Seat.objects.visible_to(user).filter(programme=programme_id, state=SeatState.ACTIVE)
    terms = Terms.objects.filter(programme__in=seat.values("programme"), in_force=True)
    return terms.exclude(signatures__user=user).first()


def history(programme: Programme, user: Any) -> list[Version]:
    """The versions of a programme's terms, the newest first."""
    rows = list(Terms.objects.visible_to(user).filter(programme=programme).select_related("by").order_by("-version"))
    signed: dict[UUID, list[Signature]] = defaultdict(list)
    if may_name_funds(user):
        for row in Signature.objects.filter(terms__in=rows).select_related("fund").order_by("fund__name", "at"):
            signed[row.terms_id].append(row)
    return [Version(terms, tuple(signed[terms.pk])) for terms in rows]


def standard_text(programme: Programme) -> str:
    """The text to start from when a programme has no terms yet."""
    return STANDARD.read_text(encoding="utf-8").replace("{programme}", programme.title).strip()


@dataclass(frozen=True)
class Person:
    """A person of a fund with what its compliance watches: their second factor, and how many terms they have not signed."""

    member: FundMember
    user: User
    second_factor: bool
    unsigned: int


def people_of(fund: Fund) -> list[Person]:
    """A fund's people, those who are here first, in four queries whatever their number."""
    members = list(fund.members.order_by("left_at", "joined_at"))
    users = {user.pk: user for user in with_factor(User.objects.filter(pk__in=[row.user_id for row in members]))}
    seated = fund.participations.filter(state=ParticipationState.SEATED).values("programme")
    asked_for = set(Terms.objects.filter(programme__in=seated, in_force=True).values_list("pk", flat=True))
    signed: dict[UUID, set[UUID]] = defaultdict(set)
    for user, terms in Signature.objects.filter(terms__in=asked_for, user__in=users).values_list("user", "terms"):
        signed[user].add(terms)
    rows = [
        Person(row, users[row.user_id], users[row.user_id].second_factor, len(asked_for - signed[row.user_id]))
        for row in members
    ]
    return sorted(rows, key=lambda one: (one.member.left_at is not None, one.user.name.casefold()))
