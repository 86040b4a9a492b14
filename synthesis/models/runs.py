import uuid
from typing import Any

from django.db import models
from django.db.models import Exists, ExpressionWrapper, F, OuterRef, Q
from django.db.models.functions import Greatest, Least
from django.utils import timezone

from interviews.models import ClearedTranscript
from research.models import KeyQuestion, Programme
from synthesis.states import Basis, Stance


class Codebook(models.Model):
    """The key questions of a programme as they stood, word for word, when a run used them."""

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="codebooks")
    version = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    questions = models.JSONField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["programme", "version"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "version"], name="codebook_version_once"),
            models.UniqueConstraint(fields=["programme", "sha256"], name="codebook_words_once"),
        ]


class RunQuerySet(models.QuerySet["Run"]):
    def visible_to(self, user: Any) -> "RunQuerySet":
        return self.filter(cleared__in=ClearedTranscript.objects.visible_to(user))


class Run(models.Model):
    """A finished tagging of one cleared text against one codebook by one model. Waiting and failed runs are jobs in the ledger."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    cleared = models.ForeignKey(ClearedTranscript, on_delete=models.CASCADE, related_name="runs")
    codebook = models.ForeignKey(Codebook, on_delete=models.PROTECT, related_name="runs")
    model = models.CharField(max_length=60)
    encoder = models.CharField(max_length=60)
    current = models.BooleanField(default=True, help_text="The run whose suggestions are shown.")
    passages = models.PositiveIntegerField(default=0)
    words = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(default=timezone.now)

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ["finished_at"]
        constraints = [
            models.UniqueConstraint(fields=["cleared", "codebook", "model"], name="run_once"),
            models.UniqueConstraint(fields=["cleared"], condition=Q(current=True), name="run_one_current"),
        ]


class Passage(models.Model):
    """Consecutive words of one expert turn of a cleared transcript: text[start:end], in code points."""

    cleared = models.ForeignKey(ClearedTranscript, on_delete=models.CASCADE, related_name="passages")
    turn_index = models.PositiveIntegerField()
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()

    class Meta:
        ordering = ["cleared", "start", "end"]
        constraints = [
            models.UniqueConstraint(fields=["cleared", "start", "end"], name="passage_once"),
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="passage_has_words"),
        ]
        indexes = [models.Index(fields=["cleared", "turn_index"], name="passage_in_turn")]


class SuggestionQuerySet(models.QuerySet["Suggestion"]):
    def visible_to(self, user: Any) -> "SuggestionQuerySet":
        return self.filter(run__cleared__in=ClearedTranscript.objects.visible_to(user))

    def current(self) -> "SuggestionQuerySet":
        """Those of the runs that are shown."""
        return self.filter(run__current=True, run__cleared__recalled_at__isnull=True)

    def open(self) -> "SuggestionQuerySet":
        """Those that wait for a person: shown, and without a decision on the same question about much the same words.

        "Much the same" is half of the shorter of the two passages or more, so that a hand-drawn passage, or one whose
        borders another model drew a little differently, settles the suggestion too.
        """
        from synthesis.models.tags import Tag

        whole = models.IntegerField()
        here, there = F("passage__end") - F("passage__start"), OuterRef("passage__end") - OuterRef("passage__start")
        first = Greatest(F("passage__start"), OuterRef("passage__start"), output_field=whole)
        last = Least(F("passage__end"), OuterRef("passage__end"), output_field=whole)
        decided = Tag.objects.filter(
            question=OuterRef("question"),
            passage__cleared=OuterRef("passage__cleared"),
            passage__turn_index=OuterRef("passage__turn_index"),
        ).annotate(
            shared=ExpressionWrapper(last - first, output_field=whole),
            shorter=Least(here, ExpressionWrapper(there, output_field=whole), output_field=whole),
        )
        return self.current().filter(~Exists(decided.filter(shared__gt=0, shorter__lte=F("shared") * 2)))


class Suggestion(models.Model):
    """What the machine proposes: a passage set against a key question, and why. Written once; decisions are separate rows."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="suggestions")
    passage = models.ForeignKey(Passage, on_delete=models.CASCADE, related_name="suggestions")
    question = models.ForeignKey(KeyQuestion, on_delete=models.CASCADE, related_name="suggestions")
    score = models.FloatField()
    stance = models.CharField(max_length=8, choices=Stance.choices)
    basis = models.CharField(max_length=12, choices=Basis.choices)
    reason = models.JSONField(default=dict)

    objects = SuggestionQuerySet.as_manager()

    class Meta:
        ordering = ["-score"]
        constraints = [
            models.UniqueConstraint(fields=["run", "passage", "question"], name="suggestion_once"),
            models.CheckConstraint(condition=Q(score__gte=0, score__lte=1), name="suggestion_score_is_probability"),
        ]
