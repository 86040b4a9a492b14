import uuid
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import User
from accounts.permissions import allowed
from accounts.roles import Permission
from interviews.models import ClearedTranscript
from research.models import Participation, Programme
from synthesis.states import DeliverableState


class DeliverableQuerySet(models.QuerySet["Deliverable"]):
    def visible_to(self, user: Any) -> "DeliverableQuerySet":
        """The firm's readers and releasers see every version; a fund's people only released ones, while their seat is active."""
        if not getattr(user, "is_active", False):
            return self.none()
        rows = self.filter(programme__in=Programme.objects.visible_to(user))
        if user.of_firm:
            may = allowed(user, Permission.READ_CLEARED) or allowed(user, Permission.RELEASE)
            return rows if may else self.none()
        return rows.filter(state=DeliverableState.RELEASED)


class Deliverable(models.Model):
    """One version of what every fund receives, frozen: the snapshot holds all numbers and quotes, the tally what each
    interview adds to them. What is read are its editions, made from these two alone."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="deliverables")
    version = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=DeliverableState.choices, default=DeliverableState.BUILDING)
    snapshot = models.JSONField(default=dict)
    tally = models.JSONField(default=dict, help_text="See synthesis/report/editions.py; it never leaves the house.")
    sha256 = models.CharField(max_length=64, blank=True)
    message = models.TextField(blank=True)
    built_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    built_at = models.DateTimeField(default=timezone.now)
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    released_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    released_at = models.DateTimeField(null=True, blank=True)

    objects = DeliverableQuerySet.as_manager()

    class Meta:
        ordering = ["programme", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "version"], name="deliverable_version_once"),
            models.CheckConstraint(condition=Q(state__in=DeliverableState.values), name="deliverable_state_known"),
            models.CheckConstraint(condition=~Q(approved_by=F("built_by")), name="deliverable_approver_not_builder"),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "released"])
                | Q(approved_by__isnull=False, approved_at__isnull=False),
                name="deliverable_approved_is_signed",
            ),
            models.CheckConstraint(
                condition=~Q(state="released") | Q(released_by__isnull=False, released_at__isnull=False),
                name="deliverable_released_is_signed",
            ),
        ]

    @property
    def whole(self) -> "Edition":
        """The edition that withholds nothing."""
        return self.editions.get(number=1)

    @property
    def files(self) -> models.QuerySet["DeliverableFile"]:
        """The files of the whole edition."""
        return DeliverableFile.objects.filter(edition__deliverable=self, edition__number=1)

    @property
    def interviews(self) -> models.QuerySet["ReleasedInterview"]:
        """The interviews of the whole edition: all that this version is built on."""
        return ReleasedInterview.objects.filter(edition__deliverable=self, edition__number=1)


class EditionQuerySet(models.QuerySet["Edition"]):
    def visible_to(self, user: Any) -> "EditionQuerySet":
        """The firm's people see those of the versions that they see; which one a fund reads is for the portal to say."""
        if not getattr(user, "of_firm", False):
            return self.none()
        return self.filter(deliverable__in=Deliverable.objects.visible_to(user))

    def frozen(self) -> "EditionQuerySet":
        """Those whose files are made."""
        return self.exclude(sha256="")


class Edition(models.Model):
    """A version as the funds read it whose policies withhold the same interviews. Number 1 withholds none.

    It is made from the version's frozen facts, so it is signed and released with them, whenever it is made.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    deliverable = models.ForeignKey(Deliverable, on_delete=models.CASCADE, related_name="editions")
    number = models.PositiveIntegerField()
    withheld = models.JSONField(default=list, help_text="The codes of the interviews that are left out, sorted.")
    key = models.CharField(max_length=64, help_text="Of the withheld codes: one edition for one set of them.")
    snapshot = models.JSONField(default=dict)
    sha256 = models.CharField(max_length=64, blank=True)
    message = models.TextField(blank=True)
    built_at = models.DateTimeField(default=timezone.now)

    objects = EditionQuerySet.as_manager()

    class Meta:
        ordering = ["deliverable", "number"]
        constraints = [
            models.UniqueConstraint(fields=["deliverable", "number"], name="edition_number_once"),
            models.UniqueConstraint(fields=["deliverable", "key"], name="edition_once"),
        ]

    @property
    def letter(self) -> str:
        """What the firm calls it: A is whole, then B, C … by the order in which they were made."""
        letters, number = "", self.number
        while number:
            number, place = divmod(number - 1, 26)
            letters = chr(65 + place) + letters
        return letters

    @property
    def version(self) -> int:
        """The number of the version."""
        return self.deliverable.version

    @property
    def programme_id(self) -> uuid.UUID:
        """The programme of the version."""
        return self.deliverable.programme_id


class DeliverableFile(models.Model):
    """A file of an edition, stored under its hash and listed in the manifest."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=80)
    media_type = models.CharField(max_length=80)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["edition", "name"], name="edition_file_once")]

    @property
    def storage_name(self) -> str:
        """Where the bytes lie in the file store."""
        return f"deliverables/{self.sha256[:2]}/{self.sha256}"


class ReleasedInterview(models.Model):
    """A cleared transcript as part of an edition, under an id that means nothing outside it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="interviews")
    cleared = models.ForeignKey(ClearedTranscript, on_delete=models.PROTECT, related_name="releases")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["edition", "cleared"], name="released_interview_once")]


class Reading(models.Model):
    """One reading by a fund's person, kept for that fund's own record and for a recall."""

    participation = models.ForeignKey(Participation, on_delete=models.PROTECT, related_name="readings")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="readings")
    deliverable = models.ForeignKey(Deliverable, on_delete=models.PROTECT, related_name="readings")
    item = models.CharField(max_length=80)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-at"]
