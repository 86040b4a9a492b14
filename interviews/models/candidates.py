import uuid
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from accounts.permissions import allowed
from accounts.roles import Permission
from interviews.models.experts import Expert, Spell
from interviews.states import CandidateState
from research.models import Programme, Segment


class CandidateQuerySet(models.QuerySet["Candidate"]):
    def visible_to(self, user: Any) -> "CandidateQuerySet":
        """Those who recruit or screen see the candidates of their programmes."""
        if not getattr(user, "is_active", False) or not (
            allowed(user, Permission.LOG_INTERVIEWS) or allowed(user, Permission.SCREEN_EXPERTS)
        ):
            return self.none()
        return self.filter(programme__in=Programme.objects.visible_to(user))


class Candidate(models.Model):
    """An expert in one programme: the segment they stand for, how far recruiting is, and how they are named there."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="candidates")
    expert = models.ForeignKey(Expert, on_delete=models.CASCADE, related_name="candidacies")
    segment = models.ForeignKey(Segment, on_delete=models.PROTECT, related_name="candidates")
    about = models.ForeignKey(
        Spell,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="The post that calls are about.",
    )
    state = models.CharField(max_length=10, choices=CandidateState.choices, default=CandidateState.LISTED)
    descriptor = models.CharField(max_length=160, blank=True, help_text="Generated, as coarse as this programme needs.")
    priority = models.PositiveSmallIntegerField(default=2, help_text="1 is heard first, 3 last.")
    source = models.CharField(max_length=80, blank=True, help_text="Where the contact came from.")
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)
    invited_at = models.DateTimeField(null=True, blank=True)
    screened_at = models.DateTimeField(null=True, blank=True)

    objects = CandidateQuerySet.as_manager()

    class Meta:
        ordering = ["programme", "priority", "added_at"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "expert"], name="candidate_once"),
            models.CheckConstraint(condition=Q(state__in=CandidateState.values), name="candidate_state_known"),
            models.CheckConstraint(condition=Q(priority__range=(1, 3)), name="candidate_priority_known"),
        ]
        indexes = [models.Index(fields=["programme", "state"])]

    def __str__(self) -> str:
        return self.descriptor


class Contact(models.Model):
    """One approach to an expert by anybody of the firm: what limits on tiring people are counted from."""

    expert = models.ForeignKey(Expert, on_delete=models.CASCADE, related_name="contacts")
    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="+")
    channel = models.CharField(max_length=12, choices=[("mail", "E-mail"), ("call", "Call"), ("other", "Another way")])
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-at"]


class ExpertImportQuerySet(models.QuerySet["ExpertImport"]):
    def visible_to(self, user: Any) -> "ExpertImportQuerySet":
        """Those who recruit see which files were read in their programmes; the rows are for who uploaded them."""
        if not getattr(user, "is_active", False) or not allowed(user, Permission.LOG_INTERVIEWS):
            return self.none()
        return self.filter(programme__in=Programme.objects.visible_to(user))


class ExpertImport(models.Model):
    """A file of experts that was read and waits to be taken over whole, or thrown away. Its rows are sealed: they name people."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="expert_imports")
    filename = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    state = models.CharField(
        max_length=8, choices=[("read", "Read"), ("taken", "Taken over"), ("dropped", "Thrown away")], default="read"
    )
    rows = models.PositiveIntegerField(default=0)
    faults = models.JSONField(default=list, help_text="Sentences about rows, without what the rows say of people.")
    ciphertext = models.BinaryField(null=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    objects = ExpertImportQuerySet.as_manager()

    class Meta:
        ordering = ["-at"]
