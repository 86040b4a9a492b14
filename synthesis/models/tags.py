import uuid
from typing import Any

from django.db import models
from django.db.models import Q

from accounts.models import User
from interviews.models import ClearedTranscript
from research.models import KeyQuestion
from synthesis.models.runs import Passage, Suggestion
from synthesis.states import Basis, Origin, Stance, Verdict


class TagQuerySet(models.QuerySet["Tag"]):
    def visible_to(self, user: Any) -> "TagQuerySet":
        return self.filter(passage__cleared__in=ClearedTranscript.objects.visible_to(user))

    def accepted(self) -> "TagQuerySet":
        """Those that count as evidence."""
        return self.filter(verdict=Verdict.ACCEPTED, passage__cleared__recalled_at__isnull=True)


class Tag(models.Model):
    """A person's decision about a passage and a key question. No run ever touches it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    passage = models.ForeignKey(Passage, on_delete=models.PROTECT, related_name="tags")
    question = models.ForeignKey(KeyQuestion, on_delete=models.PROTECT, related_name="tags")
    verdict = models.CharField(max_length=8, choices=Verdict.choices)
    stance = models.CharField(max_length=8, choices=Stance.choices)
    basis = models.CharField(max_length=12, choices=Basis.choices)
    origin = models.CharField(max_length=8, choices=Origin.choices)
    suggestion = models.ForeignKey(Suggestion, on_delete=models.SET_NULL, null=True, related_name="decisions")
    model = models.CharField(
        max_length=60, blank=True, help_text="The model version that suggested it, if a machine did."
    )
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()

    objects = TagQuerySet.as_manager()

    class Meta:
        ordering = ["passage__cleared", "passage__start"]
        constraints = [
            models.UniqueConstraint(fields=["passage", "question"], name="tag_once"),
            models.CheckConstraint(condition=Q(verdict__in=Verdict.values), name="tag_verdict_known"),
            models.CheckConstraint(condition=Q(stance__in=Stance.values), name="tag_stance_known"),
            models.CheckConstraint(condition=Q(basis__in=Basis.values), name="tag_basis_known"),
        ]
        indexes = [models.Index(fields=["question", "verdict"])]
