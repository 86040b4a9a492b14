import uuid

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import User
from interviews.models.experts import Expert
from research.models import Programme


class RevealPurpose(models.TextChoices):
    CONFLICT = "conflict", "Check of conflicts or restricted lists"
    COUNSEL = "counsel", "Request of counsel or a regulator"
    INCIDENT = "incident", "Possible inside or confidential information"
    PAYMENT = "payment", "Question about a payment"


class IdentityRequest(models.Model):
    """A wish to know who an expert is: one person asks and says why, another agrees; the database refuses one alone."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    expert = models.ForeignKey(Expert, on_delete=models.CASCADE, related_name="identity_requests")
    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="identity_requests")
    purpose = models.CharField(max_length=12, choices=RevealPurpose.choices)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    agreed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    agreed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-asked_at"]
        constraints = [
            models.CheckConstraint(condition=~Q(agreed_by=F("asked_by")), name="identity_needs_two_people"),
            models.CheckConstraint(
                condition=Q(agreed_by__isnull=True, agreed_at__isnull=True)
                | Q(agreed_by__isnull=False, agreed_at__isnull=False),
                name="identity_agreement_dated",
            ),
        ]
