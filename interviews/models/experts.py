import uuid
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.permissions import allowed
from accounts.roles import Permission
from research.models import Programme


class ExpertQuerySet(models.QuerySet["Expert"]):
    def visible_to(self, user: Any) -> "ExpertQuerySet":
        """Analysts and compliance see the experts of their programmes and those not yet in any; nobody else does."""
        if not getattr(user, "is_active", False) or not (
            allowed(user, Permission.LOG_INTERVIEWS) or allowed(user, Permission.CLEAR_TRANSCRIPTS)
        ):
            return self.none()
        mine = Q(interviews__programme__in=Programme.objects.visible_to(user)) | Q(interviews__isnull=True)
        return self.filter(mine).distinct()


class Expert(models.Model):
    """A person who may be interviewed. The identity is sealed apart; others see the descriptor, which is generated."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    descriptor = models.CharField(max_length=160, help_text="Generated from the spells, never typed.")
    created_at = models.DateTimeField(default=timezone.now)

    objects = ExpertQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]

    def __str__(self) -> str:
        return self.descriptor


class SealedIdentity(models.Model):
    """Who the expert is, encrypted with a key that the database does not hold. Read only in services/experts.py."""

    expert = models.OneToOneField(Expert, on_delete=models.CASCADE, related_name="sealed")
    ciphertext = models.BinaryField()
    sealed_at = models.DateTimeField(default=timezone.now)


class Company(models.Model):
    """A company and the class by which it is named to others."""

    name = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=60, help_text="The class that a descriptor may name, e.g. hyperscaler.")
    listed = models.BooleanField(default=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Spell(models.Model):
    """One employment: company, role, start, end. An unknown end and a current post are different things."""

    expert = models.ForeignKey(Expert, on_delete=models.CASCADE, related_name="spells")
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="spells")
    level = models.CharField(max_length=60)
    function = models.CharField(max_length=80, blank=True)
    start = models.DateField()
    end = models.DateField(null=True, blank=True)
    current = models.BooleanField(default=False)

    class Meta:
        ordering = ["expert", "-start"]
        constraints = [
            models.CheckConstraint(
                condition=Q(end__isnull=True) | Q(end__gte=F("start")), name="spell_ends_after_start"
            ),
            models.CheckConstraint(condition=Q(current=False) | Q(end__isnull=True), name="spell_current_has_no_end"),
        ]
