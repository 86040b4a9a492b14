import uuid
from typing import Any

from django.db import models
from django.db.models import Q

from research.models.programmes import Programme


class SegmentQuerySet(models.QuerySet["Segment"]):
    def visible_to(self, user: Any) -> "SegmentQuerySet":
        return self.filter(programme__in=Programme.objects.visible_to(user))


class Segment(models.Model):
    """A class of respondents with a quota of interviews."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="segments")
    code = models.SlugField(max_length=30)
    title = models.CharField(max_length=80)
    description = models.TextField(blank=True)
    quota = models.PositiveSmallIntegerField()
    order = models.PositiveSmallIntegerField(default=0)

    objects = SegmentQuerySet.as_manager()

    class Meta:
        ordering = ["order", "code"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "code"], name="segment_code_once"),
            models.CheckConstraint(condition=Q(quota__gt=0), name="segment_quota_positive"),
        ]

    def __str__(self) -> str:
        return self.title
