from django.db import models
from django.utils import timezone


class Chart(models.Model):
    """A picture drawn in the background and kept under the hash of its specification and data; not drawn yet without svg."""

    sha256 = models.CharField(primary_key=True, max_length=64)
    spec = models.JSONField(default=dict, help_text="What is to be drawn: specification with data, title, description.")
    svg = models.TextField(blank=True)
    drawn_at = models.DateTimeField(default=timezone.now)
