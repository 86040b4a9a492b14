import uuid
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from accounts.permissions import allowed
from accounts.roles import Permission
from research.models.funds import Fund
from research.models.programmes import Programme
from research.states import InvitationState, ParticipationState


class ParticipationQuerySet(models.QuerySet["Participation"]):
    def visible_to(self, user: Any) -> "ParticipationQuerySet":
        """Who may name funds sees all; a fund's people see those of their own fund; nobody else sees any."""
        if not getattr(user, "is_active", False):
            return self.none()
        if user.of_firm:
            return self if allowed(user, Permission.SEE_FUNDS) else self.none()
        return self.filter(fund__members__user=user, fund__members__left_at__isnull=True)


class Participation(models.Model):
    """One fund's part in one programme, from the invitation on. There is one row for ever, so nothing takes a second seat.

    The numbered seat, while the fund has one, is a row of Seat; `state` is then "seated" and the seat's state says the rest.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="participations")
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="participations")
    state = models.CharField(max_length=10, choices=ParticipationState.choices, default=ParticipationState.INVITED)
    waiting_since = models.DateTimeField(null=True, blank=True)
    since = models.DateTimeField(default=timezone.now)

    objects = ParticipationQuerySet.as_manager()

    class Meta:
        ordering = ["programme", "since"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "fund"], name="participation_once"),
            models.CheckConstraint(condition=Q(state__in=ParticipationState.values), name="participation_state_known"),
            models.CheckConstraint(
                condition=Q(state="waiting", waiting_since__isnull=False)
                | (~Q(state="waiting") & Q(waiting_since__isnull=True)),
                name="participation_waits_since",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fund} in {self.programme}"

    @property
    def chain(self) -> str:
        """The audit chain of this fund's place in this programme; it never mentions another fund."""
        return f"seat:{self.programme_id}:{self.fund_id}"


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def visible_to(self, user: Any) -> "InvitationQuerySet":
        """Who may name funds sees all; nobody else sees any."""
        return self if allowed(user, Permission.SEE_FUNDS) else self.none()


class Invitation(models.Model):
    """One e-mail that asks a person of a fund whether the fund takes part. Its link opens the programme's public page."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    participation = models.ForeignKey(Participation, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField()
    name = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=InvitationState.choices, default=InvitationState.SENT)
    sent_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    answer = models.JSONField(default=dict, help_text="What was typed with the interest: name, address, note.")

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-sent_at"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=InvitationState.values), name="invitation_state_known"),
            models.CheckConstraint(
                condition=Q(state__in=["sent", "revoked"]) | Q(answered_at__isnull=False),
                name="invitation_answer_dated",
            ),
        ]
