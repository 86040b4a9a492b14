import uuid
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import User
from accounts.permissions import allowed
from accounts.roles import Permission
from interviews.models import ClearedTranscript
from research.models import Claim, Incident, KeyQuestion, Programme
from synthesis.models.tags import Tag
from synthesis.states import DraftState, Side


def _signed() -> Q:
    """A draft has no signature, and what is approved has one with its date."""
    draft = Q(state=DraftState.DRAFT, approved_by__isnull=True)
    return draft | Q(state=DraftState.APPROVED, approved_by__isnull=False, approved_at__isnull=False)


class FindingQuerySet(models.QuerySet["Finding"]):
    def visible_to(self, user: Any) -> "FindingQuerySet":
        """Drafts are for the firm's readers only; funds read findings in a released report."""
        if not getattr(user, "is_active", False) or not allowed(user, Permission.READ_CLEARED):
            return self.none()
        return self.filter(programme__in=Programme.objects.visible_to(user))


class Finding(models.Model):
    """A sentence of the report. Numbers in it are placeholders that are computed; its evidence is cited on both sides."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="findings")
    question = models.ForeignKey(KeyQuestion, on_delete=models.PROTECT, related_name="findings")
    sentence = models.TextField()
    order = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=8, choices=DraftState.choices, default=DraftState.DRAFT)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    hands = models.JSONField(default=list, help_text="Ids of all whose work is in it; none of them may sign it.")
    written_at = models.DateTimeField(default=timezone.now)
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    claims = models.ManyToManyField(Claim, blank=True, related_name="findings")
    incidents = models.ManyToManyField(Incident, blank=True, related_name="findings")

    objects = FindingQuerySet.as_manager()

    class Meta:
        ordering = ["question__order", "order", "written_at"]
        constraints = [
            models.CheckConstraint(condition=~Q(sentence=""), name="finding_has_words"),
            models.CheckConstraint(condition=~Q(approved_by=F("author")), name="finding_approver_not_author"),
            models.CheckConstraint(condition=_signed(), name="finding_approved_is_signed"),
        ]


class Citation(models.Model):
    """An accepted tag that supports or contradicts a finding."""

    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="citations")
    tag = models.ForeignKey(Tag, on_delete=models.PROTECT, related_name="citations")
    side = models.CharField(max_length=12, choices=Side.choices)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["finding", "side", "order", "pk"]
        constraints = [models.UniqueConstraint(fields=["finding", "tag"], name="citation_once")]


class Summary(models.Model):
    """The summary of one interview: sentences of its own cleared text, each with its place. Approved by a second person."""

    cleared = models.OneToOneField(ClearedTranscript, on_delete=models.CASCADE, related_name="summary")
    points = models.JSONField(default=list, help_text="[{turn, start, end}], code points of the cleared text.")
    state = models.CharField(max_length=8, choices=DraftState.choices, default=DraftState.DRAFT)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    hands = models.JSONField(default=list, help_text="Ids of all whose work is in it; none of them may sign it.")
    written_at = models.DateTimeField(default=timezone.now)
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(approved_by=F("author")), name="summary_approver_not_author"),
            models.CheckConstraint(condition=_signed(), name="summary_approved_is_signed"),
        ]


class Answer(models.Model):
    """The report's opening: a few sentences that answer the programme's question. Its numbers are placeholders too."""

    programme = models.OneToOneField(Programme, on_delete=models.CASCADE, related_name="answer")
    text = models.TextField()
    state = models.CharField(max_length=8, choices=DraftState.choices, default=DraftState.DRAFT)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    hands = models.JSONField(default=list, help_text="Ids of all whose work is in it; none of them may sign it.")
    written_at = models.DateTimeField(default=timezone.now)
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="answer_has_words"),
            models.CheckConstraint(condition=~Q(approved_by=F("author")), name="answer_approver_not_author"),
            models.CheckConstraint(condition=_signed(), name="answer_approved_is_signed"),
        ]
