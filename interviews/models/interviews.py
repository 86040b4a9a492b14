import uuid
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from interviews.models.experts import Expert
from interviews.states import InterviewState
from research.models import Programme, Segment


class InterviewQuerySet(models.QuerySet["Interview"]):
    def visible_to(self, user: Any) -> "InterviewQuerySet":
        """The firm's people see the interviews of their programmes; a fund's people see none, only what is released."""
        if not getattr(user, "of_firm", False):
            return self.none()
        return self.filter(programme__in=Programme.objects.visible_to(user))


class Interview(models.Model):
    """One call, planned or held; the state, not a flag, says where it is."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="interviews")
    number = models.PositiveIntegerField(help_text="Counts within the programme; for the firm's own use.")
    segment = models.ForeignKey(Segment, on_delete=models.PROTECT, related_name="interviews")
    expert = models.ForeignKey(Expert, on_delete=models.PROTECT, related_name="interviews")
    interviewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="interviews")
    chaperone = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="chaperoned")
    descriptor = models.CharField(max_length=160, blank=True, help_text="How the expert is named in this programme.")
    state = models.CharField(max_length=12, choices=InterviewState.choices, default=InterviewState.OPEN)
    starts_at = models.DateTimeField(null=True, blank=True, help_text="In UTC.")
    zone = models.CharField(
        max_length=60, default="Europe/London", help_text="The expert's own zone, by its IANA name."
    )
    minutes = models.PositiveSmallIntegerField(default=60)
    held_until = models.DateTimeField(null=True, blank=True, help_text="When a held time is given back.")
    sequence = models.PositiveIntegerField(
        default=0, help_text="Counts the changes that calendars were told of (RFC 5545)."
    )
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    notes = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = InterviewQuerySet.as_manager()

    class Meta:
        ordering = ["programme", "number"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "number"], name="interview_number_once"),
            models.CheckConstraint(condition=Q(state__in=InterviewState.values), name="interview_state_known"),
            models.CheckConstraint(
                condition=~Q(state__in=["tentative", "booked", "started", "held"]) | Q(starts_at__isnull=False),
                name="interview_booked_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(state="tentative") | Q(held_until__isnull=False), name="interview_hold_expires"
            ),
            models.CheckConstraint(
                condition=~Q(state="started") | Q(started_at__isnull=False), name="interview_started_at_a_time"
            ),
            models.CheckConstraint(condition=Q(minutes__gt=0), name="interview_takes_time"),
        ]
        indexes = [models.Index(fields=["programme", "state"])]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The firm's own short name for the call, e.g. INT-014."""
        return f"INT-{self.number:03d}"


class InterviewChange(models.Model):
    """One change of a call's time, people or fate, in the order of its sequence: the call's own history."""

    interview = models.ForeignKey(Interview, on_delete=models.CASCADE, related_name="changes")
    sequence = models.PositiveIntegerField()
    what = models.CharField(max_length=12, help_text="held, booked, moved, reassigned, released, cancelled …")
    starts_at = models.DateTimeField(null=True, blank=True)
    zone = models.CharField(max_length=60, blank=True)
    note = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", help_text="Empty: the expert, or the clock."
    )
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["interview", "at", "pk"]
