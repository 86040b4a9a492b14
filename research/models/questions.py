import uuid
from typing import Any

from django.db import models
from django.db.models import Q

from accounts.models import User
from research.models.programmes import Programme
from research.models.segments import Segment


class KeyQuestionQuerySet(models.QuerySet["KeyQuestion"]):
    def visible_to(self, user: Any) -> "KeyQuestionQuerySet":
        return self.filter(programme__in=Programme.objects.visible_to(user))


class KeyQuestion(models.Model):
    """A numbered Key Intelligence Question with a definition, a bear and a bull signpost, and who can answer it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="questions")
    code = models.CharField(max_length=8)
    title = models.CharField(max_length=120)
    text = models.TextField()
    definition = models.TextField(blank=True, help_text="What is to be established, and what counts.")
    bear_signpost = models.TextField(blank=True)
    bull_signpost = models.TextField(blank=True)
    terms = models.JSONField(default=list, blank=True)
    segments = models.ManyToManyField(Segment, related_name="questions", blank=True)
    respondents = models.TextField(blank=True, help_text="Who can answer it, in words.")
    order = models.PositiveSmallIntegerField(default=0)

    objects = KeyQuestionQuerySet.as_manager()

    class Meta:
        ordering = ["order", "code"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "code"], name="question_code_once"),
            models.CheckConstraint(condition=~Q(text=""), name="question_has_words"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"


class Amendment(models.Model):
    """A dated change of a key question after the questions were locked, with its reason."""

    question = models.ForeignKey(KeyQuestion, on_delete=models.CASCADE, related_name="amendments")
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    field = models.CharField(max_length=30)
    old = models.TextField(blank=True)
    new = models.TextField(blank=True)
    reason = models.TextField()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="amendment_has_reason")]
