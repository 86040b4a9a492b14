import uuid

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import User
from interviews.models.candidates import Candidate
from interviews.models.interviews import Interview


class LinkPurpose(models.TextChoices):
    INVITE = "invite", "Answer an invitation"
    CHOOSE = "choose", "Choose a time"
    MANAGE = "manage", "Move or cancel a call"
    ATTEST = "attest", "Attest before a call"
    CONSENT = "consent", "Give or withdraw consent"


class ExpertLink(models.Model):
    """A link by which an expert, who has no account, does one thing once. Only a digest of its secret is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="links")
    interview = models.ForeignKey(Interview, on_delete=models.CASCADE, null=True, blank=True, related_name="links")
    purpose = models.CharField(max_length=8, choices=LinkPurpose.choices)
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-at"]


class Attestation(models.Model):
    """The expert's word, for one call, that they may speak: which text, when, and how it was given."""

    interview = models.ForeignKey(Interview, on_delete=models.CASCADE, related_name="attestations")
    sha256 = models.CharField(max_length=64)
    text = models.TextField()
    method = models.CharField(
        max_length=6, choices=[("page", "On the page"), ("spoken", "Spoken to the interviewer"), ("paper", "On paper")]
    )
    address = models.GenericIPAddressField(null=True, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", help_text="Empty: the expert.")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["interview", "-at"]


class ConsentPurpose(models.TextChoices):
    RECORD = "record", "Record the call"
    TRANSCRIBE = "transcribe", "Write it down"
    QUOTE = "quote", "Quote from it"


class Consent(models.Model):
    """One consent of an expert for one purpose of one call. Withdrawn ones stay on record with their day."""

    interview = models.ForeignKey(Interview, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=10, choices=ConsentPurpose.choices)
    sha256 = models.CharField(max_length=64)
    text = models.TextField()
    method = models.CharField(
        max_length=6, choices=[("page", "On the page"), ("spoken", "Spoken"), ("paper", "On paper")]
    )
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", help_text="Empty: the expert.")
    given_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["interview", "purpose", "-given_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["interview", "purpose"], condition=Q(withdrawn_at__isnull=True), name="consent_standing_once"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gte=F("given_at")),
                name="consent_withdrawn_after_given",
            ),
        ]
