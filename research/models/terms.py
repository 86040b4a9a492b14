import uuid
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from research.models.funds import Fund
from research.models.participations import Participation
from research.models.programmes import Programme
from research.states import ParticipationState

ASKED = (ParticipationState.INVITED, ParticipationState.WAITING, ParticipationState.SEATED, ParticipationState.LAPSED)


class TermsQuerySet(models.QuerySet["Terms"]):
    def visible_to(self, user: Any) -> "TermsQuerySet":
        """The firm's people see those of their programmes; a fund's people those that their fund is asked to sign."""
        if not getattr(user, "is_active", False):
            return self.none()
        if user.of_firm:
            return self.filter(programme__in=Programme.objects.visible_to(user))
        mine = Participation.objects.visible_to(user).filter(state__in=ASKED)
        return self.filter(programme__in=mine.values("programme"))

    def signed_by(self, user: Any) -> models.QuerySet:
        """The programmes whose terms in force this person has signed."""
        return self.filter(in_force=True, signatures__user=user).values("programme")


class Terms(models.Model):
    """One version of what a fund and each of its readers sign before they read. Versions are kept; one is in force."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="terms")
    version = models.PositiveIntegerField()
    language = models.CharField(max_length=12, default="en-GB")
    text = models.TextField()
    sha256 = models.CharField(max_length=64)
    in_force = models.BooleanField(default=True)
    published_at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    objects = TermsQuerySet.as_manager()

    class Meta:
        ordering = ["programme", "-version"]
        verbose_name_plural = "terms"
        constraints = [
            models.UniqueConstraint(fields=["programme", "version"], name="terms_version_once"),
            models.UniqueConstraint(fields=["programme"], condition=Q(in_force=True), name="terms_one_in_force"),
            models.CheckConstraint(condition=~Q(text=""), name="terms_have_words"),
        ]

    def __str__(self) -> str:
        return f"Terms, version {self.version}"


class Method(models.TextChoices):
    PAGE = "page", "On the page, signed in"
    API = "api", "By program, with a token"
    PAPER = "paper", "On paper, filed by an admin"


class Signature(models.Model):
    """That a person signed one exact text, for their fund (`binding`) or for themselves. Rows are only ever added."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    terms = models.ForeignKey(Terms, on_delete=models.PROTECT, related_name="signatures")
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="signatures")
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="signatures")
    name = models.CharField(max_length=120, help_text="As the person typed it, or as it stands on paper.")
    binding = models.BooleanField(default=False, help_text="Signed for the fund, not for the reader alone.")
    sha256 = models.CharField(max_length=64)
    language = models.CharField(max_length=12)
    at = models.DateTimeField()
    address = models.GenericIPAddressField(null=True, blank=True)
    method = models.CharField(max_length=8, choices=Method.choices)
    note = models.CharField(max_length=200, blank=True, help_text="Where the paper is kept.")

    class Meta:
        ordering = ["terms", "at"]
        constraints = [
            # A reader who becomes the lead signs again, now for the fund.
            models.UniqueConstraint(fields=["terms", "user", "binding"], name="signature_once_a_person"),
            models.CheckConstraint(condition=Q(method__in=Method.values), name="signature_method_known"),
            models.CheckConstraint(
                condition=Q(method="paper", user__isnull=True, binding=True)
                | (~Q(method="paper") & Q(user__isnull=False)),
                name="signature_has_a_hand",
            ),
        ]
