from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import User
from accounts.permissions import allowed
from accounts.roles import Permission
from interviews.models.interviews import Interview
from interviews.states import HonorariumState
from research.models import KeyQuestion, Programme


class Note(models.Model):
    """One note of a call with its time; uncleared words. `at_ms` counts from the start of the call."""

    interview = models.ForeignKey(Interview, on_delete=models.CASCADE, related_name="timed_notes")
    text = models.TextField()
    at_ms = models.PositiveIntegerField(null=True, blank=True)
    question = models.ForeignKey(KeyQuestion, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["interview", "at"]


class Coverage(models.Model):
    """That a key question was gone through in a call."""

    interview = models.ForeignKey(Interview, on_delete=models.CASCADE, related_name="coverage")
    question = models.ForeignKey(KeyQuestion, on_delete=models.CASCADE, related_name="+")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["interview", "question"], name="coverage_once")]


class HonorariumRule(models.Model):
    """What a programme pays an expert for time: a rate an hour, a first part, steps after it. The newest is in force for
    calls booked from then on; a booked call keeps the rule that it was booked under. Money in the smallest unit."""

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="honorarium_rules")
    hourly = models.PositiveIntegerField()
    currency = models.CharField(max_length=3, default="GBP")
    first_minutes = models.PositiveSmallIntegerField(default=15)
    first_percent = models.PositiveSmallIntegerField(default=25)
    step = models.PositiveSmallIntegerField(default=5)
    ceiling = models.PositiveIntegerField(help_text="More than this is never computed for one call.")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["programme", "-at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(step__gt=0) & Q(first_percent__lte=100) & Q(ceiling__gt=0), name="honorarium_rule_sound"
            )
        ]


class HonorariumQuerySet(models.QuerySet["Honorarium"]):
    def visible_to(self, user: Any) -> "HonorariumQuerySet":
        """Who approves sees what every call of their programmes pays; who leads calls sees it of their own."""
        if not getattr(user, "is_active", False):
            return self.none()
        rows = self.filter(interview__programme__in=Programme.objects.visible_to(user))
        if allowed(user, Permission.APPROVE_HONORARIA):
            return rows
        if allowed(user, Permission.LOG_INTERVIEWS):
            return rows.filter(interview__interviewer=user)
        return self.none()


class Honorarium(models.Model):
    """What one call pays: agreed when it was booked, computed from recorded minutes, approved by somebody else, then paid."""

    interview = models.OneToOneField(Interview, on_delete=models.CASCADE, related_name="honorarium")
    rule = models.ForeignKey(HonorariumRule, on_delete=models.PROTECT, related_name="honoraria")
    agreed_minutes = models.PositiveSmallIntegerField()
    agreed_at = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    amount = models.PositiveIntegerField(null=True, blank=True)
    reckoning = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=8, choices=HonorariumState.choices, default=HonorariumState.AGREED)
    interviewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    paid_on = models.DateField(null=True, blank=True)
    reference = models.CharField(max_length=80, blank=True)

    objects = HonorariumQuerySet.as_manager()

    class Meta:
        ordering = ["interview"]
        constraints = [
            models.CheckConstraint(condition=~Q(approved_by=F("interviewer")), name="honorarium_approver_apart"),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "paid"]) | Q(approved_by__isnull=False, amount__isnull=False),
                name="honorarium_approved_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state="paid") | Q(paid_on__isnull=False), name="honorarium_paid_on_a_day"
            ),
        ]
