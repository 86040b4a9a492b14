import uuid
from typing import Any

from django.db import models
from django.db.models import F, Q

from research.models.programmes import Programme


class InProgrammeQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> "InProgrammeQuerySet":
        return self.filter(programme__in=Programme.objects.visible_to(user))


class Standing(models.TextChoices):
    """How sure a statement is."""

    REPORTED = "reported", "Reported"
    DISPUTED = "disputed", "Disputed"
    UNVERIFIED = "unverified", "Unverified"
    COMPANY = "company", "Company claim, untested"
    FORECAST = "forecast", "Forecast"


class Aspect(models.TextChoices):
    """What a statement is about."""

    LASTED = "lasted", "Lasted"
    EFFECT = "effect", "Effect"
    ATTRIBUTION = "attribution", "Attribution"
    FIGURE = "figure", "Figure"
    POSITION = "position", "Position"


# What can be said about each kind of thing in the register; the first is meant when nothing is named.
ASPECTS = {
    "incident": [Aspect.LASTED, Aspect.EFFECT, Aspect.ATTRIBUTION],
    "claim": [Aspect.FIGURE],
    "disagreement": [Aspect.POSITION],
}


class Source(models.Model):
    """A public document: who says what."""

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="sources")
    code = models.CharField(max_length=8)
    title = models.CharField(max_length=200)
    publisher = models.CharField(max_length=120, blank=True)
    published = models.CharField(max_length=40, blank=True)
    note = models.TextField(blank=True)

    objects = InProgrammeQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["programme", "code"], name="source_code_once")]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"


class Incident(models.Model):
    """Something that publicly happened, with each source's account of it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="incidents")
    title = models.TextField()
    when = models.CharField(max_length=40, help_text="As precisely as the sources say, e.g. late 2025.")
    date_from = models.DateField()
    date_to = models.DateField()
    hours = models.DecimalField(max_digits=6, decimal_places=1, null=True, blank=True)
    order = models.PositiveSmallIntegerField(default=0)

    objects = InProgrammeQuerySet.as_manager()

    class Meta:
        ordering = ["date_from", "order"]
        constraints = [
            models.CheckConstraint(condition=Q(date_to__gte=F("date_from")), name="incident_ends_after_start")
        ]

    def __str__(self) -> str:
        return f"{self.when}: {self.title}"


class Claim(models.Model):
    """Something that is publicly said, with each source's figure and standing."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="claims")
    title = models.TextField()
    order = models.PositiveSmallIntegerField(default=0)

    objects = InProgrammeQuerySet.as_manager()

    class Meta:
        ordering = ["order"]

    def __str__(self) -> str:
        return self.title


class Disagreement(models.Model):
    """A point on which the sources differ; the register picks none. It may mark one cell of an incident or claim."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="disagreements")
    title = models.TextField()
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, null=True, blank=True, related_name="disputes")
    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, null=True, blank=True, related_name="disputes")
    aspect = models.CharField(max_length=12, choices=Aspect.choices, blank=True)
    order = models.PositiveSmallIntegerField(default=0)

    objects = InProgrammeQuerySet.as_manager()

    class Meta:
        ordering = ["order"]
        constraints = [
            models.CheckConstraint(
                condition=Q(incident__isnull=True) | Q(claim__isnull=True), name="disagreement_marks_one_thing"
            )
        ]

    def __str__(self) -> str:
        return self.title


class StatementQuerySet(models.QuerySet["Statement"]):
    def visible_to(self, user: Any) -> "StatementQuerySet":
        return self.filter(source__programme__in=Programme.objects.visible_to(user))


class Statement(models.Model):
    """What one source says about one aspect of an incident, a claim or a disagreement."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="statements")
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, null=True, blank=True, related_name="statements")
    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, null=True, blank=True, related_name="statements")
    disagreement = models.ForeignKey(
        Disagreement, on_delete=models.CASCADE, null=True, blank=True, related_name="statements"
    )
    aspect = models.CharField(max_length=12, choices=Aspect.choices)
    text = models.TextField()
    standing = models.CharField(max_length=12, choices=Standing.choices, default=Standing.REPORTED)

    objects = StatementQuerySet.as_manager()

    class Meta:
        ordering = ["source__code", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(incident__isnull=False, claim__isnull=True, disagreement__isnull=True)
                | Q(incident__isnull=True, claim__isnull=False, disagreement__isnull=True)
                | Q(incident__isnull=True, claim__isnull=True, disagreement__isnull=False),
                name="statement_about_one_thing",
            ),
            models.UniqueConstraint(fields=["source", "incident", "aspect"], name="statement_once_on_incident"),
            models.UniqueConstraint(fields=["source", "claim", "aspect"], name="statement_once_on_claim"),
            models.UniqueConstraint(fields=["source", "disagreement", "aspect"], name="statement_once_on_disagreement"),
        ]
