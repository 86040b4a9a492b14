import uuid
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import User
from accounts.permissions import allowed
from accounts.roles import Permission
from interviews.models.interviews import Interview
from interviews.states import SpeakerRole, TranscriptState
from research.models import Programme


class TranscriptQuerySet(models.QuerySet["Transcript"]):
    def visible_to(self, user: Any) -> "TranscriptQuerySet":
        """Those who upload or clear see that a transcript is there; `source_open_to` says whose words they may read."""
        if not getattr(user, "is_active", False) or not (
            allowed(user, Permission.UPLOAD_TRANSCRIPTS) or allowed(user, Permission.CLEAR_TRANSCRIPTS)
        ):
            return self.none()
        return self.filter(programme__in=Programme.objects.visible_to(user))

    def source_open_to(self, user: Any) -> "TranscriptQuerySet":
        """Uncleared words: compliance, the interviewer of the call, and who uploaded the file to map its speakers."""
        rows = self.visible_to(user)
        if allowed(user, Permission.READ_SOURCE):
            return rows
        return rows.filter(Q(interview__interviewer=user) | Q(uploaded_by=user))


class Transcript(models.Model):
    """The words of one interview as uploaded: sealed bytes, and the turns read from them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="transcripts")
    interview = models.ForeignKey(Interview, on_delete=models.PROTECT, related_name="transcripts")
    state = models.CharField(max_length=10, choices=TranscriptState.choices, default=TranscriptState.RECEIVED)
    filename = models.CharField(max_length=200)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(default=timezone.now)
    format = models.CharField(max_length=40, blank=True)
    importer = models.CharField(max_length=20, blank=True)
    loss = models.JSONField(default=dict)
    message = models.TextField(blank=True)
    text = models.TextField(blank=True, help_text="The turns joined by line feeds; all offsets count its code points.")

    objects = TranscriptQuerySet.as_manager()

    class Meta:
        ordering = ["-uploaded_at"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "sha256"], name="transcript_bytes_once"),
            models.CheckConstraint(condition=Q(state__in=TranscriptState.values), name="transcript_state_known"),
        ]
        indexes = [models.Index(fields=["programme", "state"])]

    def __str__(self) -> str:
        return self.filename

    @property
    def storage_name(self) -> str:
        """Where the sealed bytes lie in the file store: by their hash, never by the name they came with."""
        return f"sources/{self.sha256[:2]}/{self.sha256}"


class Speaker(models.Model):
    """A speaker label of a transcript, with the role that a person gave it and the guess that was offered."""

    transcript = models.ForeignKey(Transcript, on_delete=models.CASCADE, related_name="speakers")
    label = models.CharField(max_length=200, blank=True)
    role = models.CharField(max_length=12, choices=SpeakerRole.choices, default=SpeakerRole.UNKNOWN)
    guess = models.CharField(max_length=12, choices=SpeakerRole.choices, default=SpeakerRole.UNKNOWN)
    guess_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["transcript", "label"], name="speaker_label_once")]


class Turn(models.Model):
    """One numbered speaker turn; its words are text[start:end] of the transcript."""

    transcript = models.ForeignKey(Transcript, on_delete=models.CASCADE, related_name="turns")
    index = models.PositiveIntegerField()
    speaker = models.ForeignKey(Speaker, on_delete=models.CASCADE, related_name="turns")
    start_ms = models.PositiveIntegerField(null=True)
    end_ms = models.PositiveIntegerField(null=True)
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()

    class Meta:
        ordering = ["transcript", "index"]
        constraints = [
            models.UniqueConstraint(fields=["transcript", "index"], name="turn_index_once"),
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="turn_has_words"),
        ]


class RedactionReason(models.TextChoices):
    IDENTITY = "identity", "Expert's identity"
    THIRD_PARTY = "third_party", "Third party"
    EMPLOYER = "employer", "Employer"
    RESTRICTED = "restricted", "Restricted topic"
    CONFIDENTIAL = "confidential", "Confidential information"
    MNPI = "mnpi", "Possible inside information"


class Redaction(models.Model):
    """A span of source text that is replaced in the cleared text, with the reason."""

    transcript = models.ForeignKey(Transcript, on_delete=models.CASCADE, related_name="redactions")
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    reason = models.CharField(max_length=12, choices=RedactionReason.choices)
    replacement = models.CharField(max_length=60, default="[redacted]")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["transcript", "start"]
        constraints = [
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="redaction_ends_after_start"),
            models.UniqueConstraint(fields=["transcript", "start", "end"], name="redaction_once"),
        ]


class Clearance(models.Model):
    """Who cleared a transcript: two people, neither of them the interviewer. The database refuses anything else."""

    transcript = models.OneToOneField(Transcript, on_delete=models.CASCADE, related_name="clearance")
    interviewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    first_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    first_at = models.DateTimeField()
    second_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    second_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(first_by=F("interviewer")), name="first_reviewer_not_interviewer"),
            models.CheckConstraint(condition=~Q(second_by=F("interviewer")), name="second_reviewer_not_interviewer"),
            models.CheckConstraint(condition=~Q(second_by=F("first_by")), name="reviewers_differ"),
            models.CheckConstraint(
                condition=Q(second_by__isnull=True, second_at__isnull=True)
                | Q(second_by__isnull=False, second_at__isnull=False),
                name="second_review_signed_and_dated",
            ),
        ]


class ClearedTranscriptQuerySet(models.QuerySet["ClearedTranscript"]):
    def visible_to(self, user: Any) -> "ClearedTranscriptQuerySet":
        """Analysts and compliance of the programme, while the clearance stands. Funds read releases in the portal."""
        if not getattr(user, "is_active", False) or not allowed(user, Permission.READ_CLEARED):
            return self.none()
        return self.live().filter(programme__in=Programme.objects.visible_to(user))

    def live(self) -> "ClearedTranscriptQuerySet":
        """Those whose clearance stands."""
        return self.filter(recalled_at__isnull=True)


class ClearedTranscript(models.Model):
    """The text that two people cleared, generated from the source and the redactions; it never changes."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="cleared_transcripts")
    interview = models.ForeignKey(Interview, on_delete=models.PROTECT, related_name="cleared_transcripts")
    transcript = models.ForeignKey(Transcript, on_delete=models.PROTECT, related_name="cleared_versions")
    version = models.PositiveSmallIntegerField(default=1)
    text = models.TextField()
    sha256 = models.CharField(max_length=64)
    words = models.PositiveIntegerField()
    cleared_at = models.DateTimeField()
    recalled_at = models.DateTimeField(null=True, blank=True)

    objects = ClearedTranscriptQuerySet.as_manager()

    class Meta:
        ordering = ["cleared_at"]
        constraints = [models.UniqueConstraint(fields=["transcript", "version"], name="cleared_version_once")]


class ClearedTurn(models.Model):
    """One turn of cleared text; only an expert's turns are evidence. Labels name roles, never people."""

    cleared = models.ForeignKey(ClearedTranscript, on_delete=models.CASCADE, related_name="turns")
    index = models.PositiveIntegerField()
    label = models.CharField(max_length=40)
    role = models.CharField(max_length=12, choices=SpeakerRole.choices)
    start_ms = models.PositiveIntegerField(null=True)
    end_ms = models.PositiveIntegerField(null=True)
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()

    class Meta:
        ordering = ["cleared", "index"]
        constraints = [
            models.UniqueConstraint(fields=["cleared", "index"], name="cleared_turn_index_once"),
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="cleared_turn_has_words"),
        ]
