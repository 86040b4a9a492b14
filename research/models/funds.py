import uuid
from typing import Any

from django.db import models
from django.db.models import Q
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

    def __str__(self) -> str:
        return self.name


class FundMember(models.Model):
    """A person of a fund: a reader or its compliance, by the account's role."""

    fund = models.ForeignKey(Fund, on_delete=models.CASCADE, related_name="members")
    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="membership")
    joined_at = models.DateTimeField(default=timezone.now)
    left_at = models.DateTimeField(null=True, blank=True)


class FundPolicy(models.Model):
    """One version of a fund's own rules: cooling-off months by company type, and its restricted companies."""

    fund = models.ForeignKey(Fund, on_delete=models.CASCADE, related_name="policies")
    version = models.PositiveIntegerField()
    cooling_off = models.JSONField(default=dict, help_text='Months by company type, e.g. {"listed": 6, "private": 3}.')
    restricted = models.JSONField(default=list, help_text="Names of companies of which nothing may be read.")
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["fund", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["fund", "version"], name="policy_version_once"),
            models.CheckConstraint(condition=Q(version__gt=0), name="policy_version_positive"),
        ]
