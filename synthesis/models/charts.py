from django.db import models
from django.utils import timezone


class Chart(models.Model):
    """A picture drawn in the background and kept under the hash of its specification and data."""

    sha256 = models.CharField(primary_key=True, max_length=64)
    svg = models.TextField()
    drawn_at = models.DateTimeField(default=timezone.now)
