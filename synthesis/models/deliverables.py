import uuid
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import User
from accounts.permissions import allowed
from accounts.roles import Permission
from interviews.models import ClearedTranscript
from research.models import Programme, Seat
from synthesis.states import DeliverableState


class DeliverableQuerySet(models.QuerySet["Deliverable"]):
    def visible_to(self, user: Any) -> "DeliverableQuerySet":
        """The firm's readers and releasers see every version; a fund's people only released ones, while their seat is active."""
        if not getattr(user, "is_active", False):
            return self.none()
        rows = self.filter(programme__in=Programme.objects.visible_to(user))
        if user.of_firm:
            may = allowed(user, Permission.READ_CLEARED) or allowed(user, Permission.RELEASE)
            return rows if may else self.none()
        return rows.filter(state=DeliverableState.RELEASED)


class Deliverable(models.Model):
    """One version of what every fund receives, frozen: the snapshot holds all numbers and quotes, the files are made from it alone."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="deliverables")
    version = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=DeliverableState.choices, default=DeliverableState.BUILDING)
    snapshot = models.JSONField(default=dict)
    sha256 = models.CharField(max_length=64, blank=True)
    message = models.TextField(blank=True)
    built_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    built_at = models.DateTimeField(default=timezone.now)
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    released_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    released_at = models.DateTimeField(null=True, blank=True)

    objects = DeliverableQuerySet.as_manager()

    class Meta:
        ordering = ["programme", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "version"], name="deliverable_version_once"),
            models.CheckConstraint(condition=Q(state__in=DeliverableState.values), name="deliverable_state_known"),
            models.CheckConstraint(condition=~Q(approved_by=F("built_by")), name="deliverable_approver_not_builder"),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "released"])
                | Q(approved_by__isnull=False, approved_at__isnull=False),
                name="deliverable_approved_is_signed",
            ),
            models.CheckConstraint(
                condition=~Q(state="released") | Q(released_by__isnull=False, released_at__isnull=False),
                name="deliverable_released_is_signed",
            ),
        ]


class DeliverableFile(models.Model):
    """A file of a deliverable, stored under its hash and listed in the manifest."""

    deliverable = models.ForeignKey(Deliverable, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=80)
    media_type = models.CharField(max_length=80)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["deliverable", "name"], name="deliverable_file_once")]

    @property
    def storage_name(self) -> str:
        """Where the bytes lie in the file store."""
        return f"deliverables/{self.sha256[:2]}/{self.sha256}"


class ReleasedInterview(models.Model):
    """A cleared transcript as part of a deliverable, under an id that means nothing outside it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    deliverable = models.ForeignKey(Deliverable, on_delete=models.CASCADE, related_name="interviews")
    cleared = models.ForeignKey(ClearedTranscript, on_delete=models.PROTECT, related_name="releases")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["deliverable", "cleared"], name="released_interview_once")]


class Reading(models.Model):
    """One reading by a fund's person, kept for that fund's own record and for a recall."""

    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="readings")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="readings")
    deliverable = models.ForeignKey(Deliverable, on_delete=models.PROTECT, related_name="readings")
    item = models.CharField(max_length=80)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-at"]
