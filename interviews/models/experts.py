import uuid
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import User
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
        mine = Q(candidacies__programme__in=Programme.objects.visible_to(user)) | Q(candidacies__isnull=True)
        return self.filter(mine).distinct()


class Expert(models.Model):
    """A person who may be interviewed, once, whatever programme or source they come from.

    The identity is sealed apart; others see the descriptor, which is generated.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    descriptor = models.CharField(max_length=160, help_text="Generated from the spells, never typed.")
    zone = models.CharField(max_length=60, default="Europe/London", help_text="Their own time zone, by its IANA name.")
    opted_out_at = models.DateTimeField(null=True, blank=True, help_text="Asked never to be contacted again.")
    created_at = models.DateTimeField(default=timezone.now)

    objects = ExpertQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]

    def __str__(self) -> str:
        return self.descriptor


class SealedIdentity(models.Model):
    """Who the expert is, encrypted with a key that the database does not hold. Opened only in services/identities.py."""

    expert = models.OneToOneField(Expert, on_delete=models.CASCADE, related_name="sealed")
    ciphertext = models.BinaryField()
    sealed_at = models.DateTimeField(default=timezone.now)


class KeyKind(models.TextChoices):
    EMAIL = "email", "E-mail address"
    PHONE = "phone", "Telephone number"
    PROFILE = "profile", "Profile link"


class IdentityKey(models.Model):
    """A keyed digest of one way to reach an expert: finds the same person again without opening an identity."""

    expert = models.ForeignKey(Expert, on_delete=models.CASCADE, related_name="keys")
    kind = models.CharField(max_length=8, choices=KeyKind.choices)
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "digest"], name="identity_key_once")]


class Block(models.Model):
    """A person whom nobody of the firm may contact or book. By keyed digest, so it also stops a record made anew.

    `digests` are those of the person's keys on that day; an expert on file is named too. Never lifted by a programme.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    expert = models.ForeignKey(Expert, on_delete=models.SET_NULL, null=True, blank=True, related_name="blocks")
    digests = models.JSONField(default=list)
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-at"]
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="block_has_reason")]


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
    evidence = models.CharField(
        max_length=300, blank=True, help_text="Where it is shown: a document, a page, a referee."
    )
    verified_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    verified_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["expert", "-start"]
        constraints = [
            models.CheckConstraint(
                condition=Q(end__isnull=True) | Q(end__gte=F("start")), name="spell_ends_after_start"
            ),
            models.CheckConstraint(condition=Q(current=False) | Q(end__isnull=True), name="spell_current_has_no_end"),
            models.CheckConstraint(
                condition=Q(verified_by__isnull=True, verified_at__isnull=True)
                | Q(verified_by__isnull=False, verified_at__isnull=False) & ~Q(evidence=""),
                name="spell_verified_by_evidence",
            ),
        ]
