import uuid

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import User
from interviews.models.candidates import Candidate
from interviews.models.experts import Expert
from interviews.models.interviews import Interview
from research.models import Programme, Segment


class QuestionKind(models.TextChoices):
    KNOCK_OUT = "knock_out", "Knock-out"
    KNOWLEDGE = "knowledge", "Check of knowledge"
    PLAIN = "plain", "For the record"


class ScreeningQuestion(models.Model):
    """One question asked before a person is heard; of every segment, or of one. `options` in their order; `wrong` are those
    that knock out, or that a person who knows the matter would not give."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="screening_questions")
    segment = models.ForeignKey(
        Segment, on_delete=models.CASCADE, null=True, blank=True, related_name="screening_questions"
    )
    kind = models.CharField(max_length=10, choices=QuestionKind.choices)
    text = models.CharField(max_length=400)
    options = models.JSONField(default=list, help_text="Empty for an answer in words.")
    wrong = models.JSONField(default=list)
    order = models.PositiveSmallIntegerField(default=0)
    retired_at = models.DateTimeField(null=True, blank=True, help_text="Asked no more; what was answered stays.")

    class Meta:
        ordering = ["programme", "order"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=QuestionKind.values), name="screening_question_kind_known")
        ]


class Answer(models.Model):
    """What a candidate answered to one question. A later answer is a new row; the newest counts."""

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="answers")
    question = models.ForeignKey(ScreeningQuestion, on_delete=models.PROTECT, related_name="answers")
    text = models.TextField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", help_text="Empty: the expert.")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["candidate", "question", "-at"]


class Review(models.Model):
    """A reviewer's word on a candidate's screening, with the reason. Each is kept; the newest counts."""

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="reviews")
    passed = models.BooleanField()
    reason = models.CharField(max_length=500)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["candidate", "-at"]
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="screening_review_has_reason")]


class TopicCard(models.Model):
    """What a candidate may and may not speak about; the newest version is the one in force."""

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="topic_cards")
    version = models.PositiveSmallIntegerField()
    may = models.TextField()
    may_not = models.TextField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["candidate", "-version"]
        constraints = [models.UniqueConstraint(fields=["candidate", "version"], name="topic_card_version_once")]


class CredentialKind(models.TextChoices):
    TRAINING = "training", "Compliance training"
    TERMS = "terms", "Terms of taking part"


class Credential(models.Model):
    """Training done or terms accepted by an expert, until a day. Expired ones stand in the way of a call."""

    expert = models.ForeignKey(Expert, on_delete=models.CASCADE, related_name="credentials")
    kind = models.CharField(max_length=8, choices=CredentialKind.choices)
    on = models.DateField()
    expires_on = models.DateField()
    method = models.CharField(max_length=40)
    sha256 = models.CharField(max_length=64, blank=True, help_text="Of the text that was accepted.")
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", help_text="Empty: the expert.")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["expert", "kind", "-on"]
        constraints = [models.CheckConstraint(condition=Q(expires_on__gt=F("on")), name="credential_expires_later")]


class SubjectException(models.Model):
    """Compliance lets a current employee of the subject company be heard, by name and with a reason, until a day."""

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="exceptions")
    reason = models.CharField(max_length=500)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    until = models.DateField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-at"]
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="exception_has_reason")]


class CheckMoment(models.TextChoices):
    BOOKING = "booking", "At booking"
    DAY_BEFORE = "day_before", "A day before"
    START = "start", "At the start"
    RELEASE = "release", "At a release"


class EligibilityCheck(models.Model):
    """What was found when it was asked whether a person may be heard in a call, under the lists and rules of that moment.

    `codes` name the firm's reasons; of a fund's policy only that one bars. `lists` hold a digest of the policies that were asked.
    """

    interview = models.ForeignKey(Interview, on_delete=models.CASCADE, related_name="checks")
    moment = models.CharField(max_length=10, choices=CheckMoment.choices)
    day = models.DateField(help_text="The day of the call as the expert's calendar has it.")
    eligible = models.BooleanField()
    codes = models.JSONField(default=list)
    sentences = models.JSONField(default=list)
    lists = models.CharField(max_length=64)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["interview", "-at"]
