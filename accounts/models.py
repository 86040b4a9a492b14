"""The shared floor: who is acting, what was done, and what is still to do."""

import uuid

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.roles import FIRM, FUND, Role


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields) -> "User":
        """Create a person; the e-mail address is the sign-in name and is kept in lower case."""
        if not email:
            raise ValueError("A person needs an e-mail address.")
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser):
    """A person with an account. What they may do follows from the role alone (accounts/roles.py)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=20, choices=Role.choices)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(default=timezone.now)
    sessions_epoch = models.PositiveIntegerField(default=0, help_text="Counted up to end every session at once.")

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name", "role"]

    objects = UserManager()

    class Meta:
        ordering = ["name"]
        constraints = [models.CheckConstraint(condition=Q(role__in=Role.values), name="user_role_known")]

    def __str__(self) -> str:
        return self.name

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """A session holds while password, role and epoch are those it began with: a change of any of them ends it."""
        bound = f"{self.password}:{self.role}:{self.sessions_epoch}"
        return salted_hmac("accounts.User.session", bound, secret=secret, algorithm="sha256").hexdigest()

    @property
    def of_firm(self) -> bool:
        """True for the research firm's own people."""
        return self.role in FIRM

    @property
    def of_fund(self) -> bool:
        """True for a fund's people."""
        return self.role in FUND


class AuditChain(models.Model):
    """The head of one chain of events: `programme:<id>`, `seat:<programme>:<fund>` or `house`. Locked while an event is appended.

    The head only grows: triggers refuse all else. What the last check found stands beside it, for the pages.
    """

    name = models.CharField(primary_key=True, max_length=80)
    length = models.PositiveBigIntegerField(default=0)
    head = models.CharField(max_length=64)
    checked_at = models.DateTimeField(null=True)
    checked_events = models.PositiveBigIntegerField(default=0)
    broken_at = models.PositiveBigIntegerField(null=True, help_text="The first event that did not hold.")
    trouble = models.CharField(max_length=200, blank=True)


class AuditEvent(models.Model):
    """What was done, by whom, to what. Rows are only ever added, by accounts.audit.record; triggers refuse all else."""

    chain = models.CharField(max_length=80)
    seq = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    actor = models.UUIDField(null=True)
    verb = models.CharField(max_length=60)
    subject = models.CharField(max_length=120)
    body = models.JSONField(default=dict)
    prev_hash = models.CharField(max_length=64, unique=True)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["chain", "seq"]
        constraints = [models.UniqueConstraint(fields=["chain", "seq"], name="audit_seq_once")]


class JobState(models.TextChoices):
    PENDING = "pending", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    QUARANTINED = "quarantined", "Set aside"


class JobQuerySet(models.QuerySet["Job"]):
    def open(self) -> "JobQuerySet":
        """Jobs that still have work in them."""
        return self.filter(state__in=[JobState.PENDING, JobState.RUNNING])


class Job(models.Model):
    """One piece of background work. This row is the truth; the message that a broker carries is only a doorbell."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=120)
    input_hash = models.CharField(max_length=64)
    scope = models.CharField(max_length=80, blank=True, help_text="The programme whose work this is.")
    state = models.CharField(max_length=12, choices=JobState.choices, default=JobState.PENDING)
    asked_by = models.UUIDField(null=True)
    owner = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True)
    crashes = models.PositiveSmallIntegerField(default=0)
    expiries = models.PositiveSmallIntegerField(default=0)
    delays = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(null=True, help_text="Put off until then.")
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    message = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "subject", "input_hash"], name="job_once"),
            models.CheckConstraint(condition=Q(state__in=JobState.values), name="job_state_known"),
            models.CheckConstraint(
                condition=~Q(state=JobState.RUNNING) | (Q(lease_until__isnull=False) & ~Q(owner="")),
                name="job_running_has_owner",
            ),
            models.CheckConstraint(condition=Q(total=0) | Q(done__lte=F("total")), name="job_progress_within_total"),
        ]
        indexes = [models.Index(fields=["state", "lease_until"]), models.Index(fields=["scope", "kind", "state"])]

    def __str__(self) -> str:
        return f"{self.kind} of {self.subject}"

    @property
    def percent(self) -> int:
        """Progress from 0 to 100."""
        if self.state == JobState.DONE:
            return 100
        return int(100 * self.done / self.total) if self.total else 0

    @property
    def tries(self) -> int:
        """How often the work was begun since it was asked for."""
        begun = self.state in (JobState.RUNNING, JobState.DONE, JobState.FAILED)
        return self.delays + self.crashes + self.expiries + begun


class Message(models.Model):
    """One e-mail in the outbox, written in the transaction of what it tells of and sent after it by the ledger of jobs.

    The Message-ID is made with the row, so a message that is sent twice after a crash is one message to who receives it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.CharField(
        max_length=160, unique=True, help_text="What makes this message itself: asked for twice, it is one."
    )
    message_id = models.CharField(max_length=160, unique=True)
    to = models.EmailField()
    subject = models.CharField(max_length=200)
    body = models.TextField(help_text="{link} stands where the link goes.")
    link = models.TextField(blank=True, help_text="A secret: wiped once the message is sent.")
    calendar = models.TextField(blank=True, help_text="A calendar object (RFC 5545) that goes with it, for {to}.")
    method = models.CharField(max_length=8, blank=True, help_text="What the object asks for: REQUEST or CANCEL.")
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    trouble = models.TextField(blank=True)

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.CheckConstraint(condition=Q(sent_at__isnull=True) | Q(link=""), name="message_sent_keeps_no_link"),
            models.CheckConstraint(
                condition=Q(calendar="", method="") | Q(~Q(calendar=""), method__in=["REQUEST", "CANCEL"]),
                name="message_calendar_has_method",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} to {self.to}"


class Answered(models.Model):
    """An answer that was given to a request with an idempotency key, so that the same request again changes nothing."""

    actor = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    route = models.CharField(max_length=80)
    key = models.CharField(max_length=80)
    body_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    answer = models.JSONField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["actor", "route", "key"], name="answered_once")]
