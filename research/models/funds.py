import uuid
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.models import User
from accounts.permissions import allowed
from accounts.roles import Permission


class FundQuerySet(models.QuerySet["Fund"]):
    def visible_to(self, user: Any) -> "FundQuerySet":
        """The firm's people who manage funds see all; a fund's people see their own; nobody else sees any."""
        if not getattr(user, "is_active", False):
            return self.none()
        if allowed(user, Permission.SEE_FUNDS):
            return self
        return self.filter(members__user=user, members__left_at__isnull=True)


class Fund(models.Model):
    """A management company that may hold a seat."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120, unique=True)
    domain = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = FundQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["domain"], condition=~Q(domain=""), name="fund_domain_once"),
            models.CheckConstraint(condition=Q(domain=Lower("domain")), name="fund_domain_in_lower_case"),
        ]

    def __str__(self) -> str:
        return self.name


class OfFundQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> "OfFundQuerySet":
        """Those of the funds that this person sees."""
        return self.filter(fund__in=Fund.objects.visible_to(user))


class Vehicle(models.Model):
    """A fund, mandate or other vehicle that a management company invests through. It has no seat of its own."""

    fund = models.ForeignKey(Fund, on_delete=models.CASCADE, related_name="vehicles")
    name = models.CharField(max_length=120, unique=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = OfFundQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class FundMember(models.Model):
    """A person of a fund: a reader, its lead or its compliance, by the account's role."""

    fund = models.ForeignKey(Fund, on_delete=models.CASCADE, related_name="members")
    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="membership")
    joined_at = models.DateTimeField(default=timezone.now)
    left_at = models.DateTimeField(null=True, blank=True)

    objects = OfFundQuerySet.as_manager()


class FundPolicyQuerySet(models.QuerySet["FundPolicy"]):
    def visible_to(self, user: Any) -> "FundPolicyQuerySet":
        """What a fund's policy says is its own: its own compliance sees it, nobody of the firm does."""
        if not allowed(user, Permission.SET_FUND_POLICY):
            return self.none()
        return self.filter(fund__members__user=user, fund__members__left_at__isnull=True)

    def in_force(self) -> "FundPolicyQuerySet":
        """The newest version of each fund."""
        later = FundPolicy.objects.filter(fund=OuterRef("fund"), version__gt=OuterRef("version"))
        return self.filter(~Exists(later))


class FundPolicy(models.Model):
    """One version of a fund's own rules: cooling-off months by company type, and its restricted companies."""

    fund = models.ForeignKey(Fund, on_delete=models.CASCADE, related_name="policies")
    version = models.PositiveIntegerField()
    cooling_off = models.JSONField(default=dict, help_text='Months by company type, e.g. {"listed": 6, "private": 3}.')
    restricted = models.JSONField(
        default=list, help_text='Dated entries: [{"company": …, "from": ISO date or null, "to": ISO date or null}].'
    )
    thresholds = models.JSONField(default=dict, help_text="Limits by name; see research/policy.py.")
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    objects = FundPolicyQuerySet.as_manager()

    class Meta:
        ordering = ["fund", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["fund", "version"], name="policy_version_once"),
            models.CheckConstraint(condition=Q(version__gt=0), name="policy_version_positive"),
        ]
