import uuid
from typing import Any

from django.db import models
from django.utils import timezone

from accounts.models import User
from accounts.permissions import allowed
from accounts.roles import Permission
from interviews.models.candidates import Candidate
from interviews.models.interviews import Interview
from interviews.states import ProposalState
from research.models import Programme


class PlanQuerySet(models.QuerySet["PlanRun"]):
    def visible_to(self, user: Any) -> "PlanQuerySet":
        """Those who book calls see the plans of their programmes."""
        if not getattr(user, "is_active", False) or not allowed(user, Permission.LOG_INTERVIEWS):
            return self.none()
        return self.filter(programme__in=Programme.objects.visible_to(user))


class PlanRun(models.Model):
    """One proposal of a fortnight: what was asked, what came out, how near to the best it is known to be."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="plan_runs")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    wishes = models.JSONField(
        default=dict, help_text="First and last day, lengths, pauses, most a day, what stays put."
    )
    done_at = models.DateTimeField(null=True, blank=True)
    outcome = models.JSONField(
        default=dict, help_text="Placed, bound, gap, seconds, moved, and why others have no place."
    )
    message = models.TextField(blank=True)

    objects = PlanQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at"]


class Proposal(models.Model):
    """One call that a run proposes: a candidate, or an interview that is there already, with people and a time."""

    run = models.ForeignKey(PlanRun, on_delete=models.CASCADE, related_name="proposals")
    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="proposals")
    interview = models.ForeignKey(Interview, on_delete=models.SET_NULL, null=True, blank=True, related_name="proposals")
    interviewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    chaperone = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    starts_at = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=8, choices=ProposalState.choices, default=ProposalState.OPEN)
    message = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["run", "starts_at"]
        constraints = [models.UniqueConstraint(fields=["run", "candidate"], name="proposal_once_a_candidate")]
