import uuid
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from research.states import ProgrammeState, SeatState


class ProgrammeQuerySet(models.QuerySet["Programme"]):
    def visible_to(self, user: Any) -> "ProgrammeQuerySet":
        """Admins see all, analysts and compliance their own; a fund's people those where their fund's seat is active
        and they themselves have signed the terms in force."""
        if not getattr(user, "is_active", False):
            return self.none()
        if user.role == Role.ADMIN:
            return self
        if user.of_firm:
            return self.filter(assignments__user=user)
        seated = Q(seats__state=SeatState.ACTIVE, seats__fund__members__user=user)
        here = Q(seats__fund__members__left_at__isnull=True)
        # A subquery: who signed for the fund and as a reader must not see the programme twice.
        terms: Any = self.model._meta.get_field("terms").related_model
        signed = Q(pk__in=terms.objects.signed_by(user))
        return self.filter(seated & here & signed)


class Programme(models.Model):
    """One investment question with its dates, segments, key questions and seats."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(unique=True)
    title = models.CharField(max_length=160)
    question = models.TextField()
    subject = models.CharField(max_length=120, help_text="The company that the question is about.")
    thesis = models.TextField(blank=True)
    bull_case = models.TextField(blank=True)
    bear_case = models.TextField(blank=True)
    launch_on = models.DateField()
    delivery_on = models.DateField()
    state = models.CharField(max_length=12, choices=ProgrammeState.choices, default=ProgrammeState.DRAFT)
    questions_locked_at = models.DateTimeField(null=True, blank=True)
    synthetic = models.BooleanField(
        default=False, help_text="Sample data: marked as such on every page and in the report."
    )
    withhold_instead = models.BooleanField(
        default=False,
        help_text="A person whom a fund's own policy bars may be booked; the interview is withheld from that fund alone.",
    )
    codename = models.CharField(
        max_length=40, blank=True, help_text="The only name of the programme that experts and their calendars ever see."
    )
    current_employees = models.BooleanField(
        default=False,
        help_text="Current employees of the subject company may be heard, each by a signed exception of compliance.",
    )
    descriptor_k = models.PositiveSmallIntegerField(
        default=3, help_text="A descriptor is made coarser until at least so many experts of the programme fit it."
    )
    created_at = models.DateTimeField(default=timezone.now)
    team = models.ManyToManyField(User, through="Assignment", related_name="programmes")

    objects = ProgrammeQuerySet.as_manager()

    class Meta:
        ordering = ["-launch_on", "title"]
        constraints = [
            models.CheckConstraint(condition=Q(delivery_on__gt=F("launch_on")), name="programme_delivery_after_launch"),
            models.CheckConstraint(condition=Q(state__in=ProgrammeState.values), name="programme_state_known"),
            models.CheckConstraint(condition=~Q(question=""), name="programme_has_question"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def chain(self) -> str:
        """The name of this programme's audit chain."""
        return f"programme:{self.pk}"


class Assignment(models.Model):
    """A person of the firm who works on a programme."""

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="assignments")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="assignments")
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["programme", "user"], name="assignment_once")]
