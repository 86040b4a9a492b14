import uuid

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import User
from interviews.models.experts import Expert
from interviews.models.interviews import Interview

OWNED = Q(user__isnull=False, expert__isnull=True) | Q(user__isnull=True, expert__isnull=False)


class Slot(models.Model):
    """A stretch of time that one call takes of one person: its interviewer, its chaperone or its expert.

    `who` is the person's number. No two slots of one person overlap: an exclusion constraint on PostgreSQL and triggers on
    SQLite refuse it. A slot is there while the call's time is held, booked or running, and no longer.
    """

    interview = models.ForeignKey(Interview, on_delete=models.CASCADE, related_name="slots")
    part = models.CharField(
        max_length=11, choices=[("interviewer", "Interviewer"), ("chaperone", "Chaperone"), ("expert", "Expert")]
    )
    who = models.UUIDField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        ordering = ["starts_at"]
        constraints = [
            models.UniqueConstraint(fields=["interview", "part"], name="slot_once_a_part"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="slot_ends_after_start"),
        ]
        indexes = [models.Index(fields=["who", "starts_at"])]


class Hours(models.Model):
    """Hours of a week in which a person can take calls, on their own clock: Monday is 0. Of a user or of an expert."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, blank=True, related_name="hours")
    expert = models.ForeignKey(Expert, on_delete=models.CASCADE, null=True, blank=True, related_name="hours")
    weekday = models.PositiveSmallIntegerField()
    start = models.TimeField()
    end = models.TimeField()
    zone = models.CharField(max_length=60)

    class Meta:
        ordering = ["weekday", "start"]
        constraints = [
            models.CheckConstraint(condition=OWNED, name="hours_of_one_person"),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="hours_on_a_weekday"),
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="hours_end_after_start"),
        ]


class HoursException(models.Model):
    """A day on which a person's hours are others: none at all, or these."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, blank=True, related_name="hours_exceptions")
    expert = models.ForeignKey(Expert, on_delete=models.CASCADE, null=True, blank=True, related_name="hours_exceptions")
    day = models.DateField()
    start = models.TimeField(null=True, blank=True)
    end = models.TimeField(null=True, blank=True)
    zone = models.CharField(max_length=60)
    note = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["day", "start"]
        constraints = [
            models.CheckConstraint(condition=OWNED, name="exception_of_one_person"),
            models.CheckConstraint(
                condition=Q(start__isnull=True, end__isnull=True) | Q(end__gt=F("start")),
                name="exception_ends_after_start",
            ),
        ]


class CalendarSettings(models.Model):
    """How one person of the firm schedules: their zone, whose public holidays they keep, and most calls in a day."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="calendar")
    zone = models.CharField(max_length=60, default="Europe/London")
    holidays = models.CharField(max_length=12, blank=True, help_text="Country, or country and part: GB, GB-ENG, US-NY.")
    most_a_day = models.PositiveSmallIntegerField(default=5)
    pause = models.PositiveSmallIntegerField(default=15, help_text="Minutes kept free between two calls.")


class BusyFeed(models.Model):
    """A calendar of a person from elsewhere (RFC 5545); of its entries only the times are kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="busy_feeds")
    name = models.CharField(max_length=80)
    url = models.URLField(max_length=500, blank=True, help_text="Empty for a file that was uploaded.")
    read_at = models.DateTimeField(null=True, blank=True)
    trouble = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["name"]


class BusyTime(models.Model):
    """A stretch in which a person is taken by something that this product knows nothing else about."""

    feed = models.ForeignKey(BusyFeed, on_delete=models.CASCADE, related_name="times")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        ordering = ["starts_at"]
        constraints = [models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="busy_ends_after_start")]


class CalendarFeed(models.Model):
    """The address under which a person's own calendar program reads their calls; only a digest of its secret is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="calendar_feeds")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-at"]
