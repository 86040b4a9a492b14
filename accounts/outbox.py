"""E-mail: a row in the transaction of what it tells of, and a job that sends it. Nothing is sent from a request.

A message goes out at least once: a worker that dies between handing it over and noting so hands it over again, with the
same Message-ID and Date, so that who receives it sees one message.
"""

import re
import uuid
from collections.abc import Callable
from datetime import datetime
from email.utils import format_datetime, parseaddr
from smtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused, SMTPResponseException, SMTPSenderRefused
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email
from django.db import connection, transaction
from django.template import Context, loader

from accounts import audit, jobs
from accounts.models import Job, JobState, Message, User
from accounts.moves import IllegalMove, Invalid, now
from accounts.permissions import require
from accounts.roles import Permission

KIND = "mail"
# The pauses while a mail server is away, in seconds: about a day together, then a person is asked.
PAUSES = (30, 120, 600, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600)
GONE = "This message has been sent, and its link was not kept. Start again from where it came from."
# A line of its own, so that words that somebody typed are never taken for it.
LINK = re.compile(r"^\{link\}$", re.MULTILINE)
NO_ADDRESS = "No e-mail address is on file for this person. Add one, then send the message again."
# Hosts under which people stand here whose addresses are kept sealed elsewhere, and what opens one of them at the sending.
_sealed: dict[str, Callable[[str], str]] = {}


def seal(host: str, opener: Callable[[str], str]) -> None:
    """Messages to `<name>@host` go to what `opener(name)` answers, "" when there is none; it is never written down here."""
    _sealed[host] = opener


def _address(to: str) -> str:
    """Where a message really goes. Unfit when the sealed address is missing."""
    name, _, host = to.rpartition("@")
    address = _sealed[host](name) if host in _sealed else to
    if not address:
        raise jobs.Unfit(NO_ADDRESS)
    return address


def post(
    *, to: str, template: str, key: str, link: str = "", calendar: tuple[str, bytes] | None = None, **context: Any
) -> Message:
    """Put one message into the outbox; the same `key` again is the same message.

    `template` names a file of templates/mail/ whose first line is the subject; a line `{link}` in it becomes `link` when the
    message is sent, and no copy of the link is kept after that. `calendar` is a method and an object for one attendee whose
    address stands in it as `{to}` until the message is sent. Invalid for what is no e-mail address, RuntimeError outside
    a transaction.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("A message is written in the transaction of what it tells of.")
    try:
        validate_email(to)
    except ValidationError:
        raise Invalid("This is not an e-mail address. Write one such as name@example.com.") from None
    subject, body = _write(template, context)
    number = uuid.uuid4()
    host = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    message, created = Message.objects.get_or_create(
        key=key,
        defaults={
            "id": number,
            "message_id": f"<{number}@{host}>",
            "to": to,
            "subject": subject,
            "body": body,
            "link": link,
            "method": calendar[0] if calendar else "",
            "calendar": calendar[1].decode() if calendar else "",
        },
    )
    if created:
        jobs.request(KIND, message.pk, message.message_id)
    return message


def _write(template: str, context: dict[str, Any]) -> tuple[str, str]:
    """Subject and body as plain text. The subject is one line whatever is in the names that it mentions."""
    found: Any = loader.get_template(f"mail/{template}.txt")
    first, _, rest = found.template.source.partition("\n")
    subject, body = (
        found.template.engine.from_string(part).render(Context(context, autoescape=False)) for part in (first, rest)
    )
    return " ".join(subject.split())[:200], body.strip() + "\n"


def drop(key: str) -> None:
    """Take back a message that has not gone out yet; quiet when it has, or never was. The caller holds the transaction."""
    Message.objects.filter(key=key, sent_at__isnull=True).delete()


@transaction.atomic
def send_again(*, message: Message, by: User) -> Message:
    """Try a message at once that could not be delivered, or that waits for its next try. IllegalMove for one that was sent."""
    require(by, Permission.MANAGE_STAFF)
    row = Message.objects.select_for_update().get(pk=message.pk)
    if row.sent_at is not None:
        raise IllegalMove(GONE)
    Message.objects.filter(pk=row.pk).update(trouble="")
    jobs.request(KIND, row.pk, row.message_id)
    audit.record(audit.HOUSE, "message-sent-again", row, by=by)
    return row


# What the ledger does -------------------------------------------------------------------------------------------------


def send(job: Job, progress: Any) -> str:
    """Hand one message to the mail server; Later while the server is away, Unfit when it will not have the message."""
    message = Message.objects.filter(pk=job.subject, sent_at__isnull=True).first()
    if message is None:
        return job.subject
    address = _address(message.to)
    try:
        _letter(message, address).send()
    except (SMTPException, OSError) as trouble:
        # A server may repeat the address that it was given.
        said = re.sub(re.escape(address), lambda _: message.to, _said(trouble), flags=re.IGNORECASE)
        if _final(trouble):
            raise jobs.Unfit(f"The mail server refused this message: {said}") from trouble
        if job.delays >= len(PAUSES):
            raise jobs.Unfit(f"The mail server could not take this message for a day: {said}") from trouble
        raise jobs.Later(PAUSES[job.delays], f"The mail server did not take this message: {said}") from trouble
    return job.subject


class Letter(EmailMultiAlternatives):
    """A message whose parts are kept apart by the same words each time, so that two copies of it do not differ."""

    def message(self, **given: Any) -> Any:
        whole = super().message(**given)
        for number, part in enumerate(part for part in whole.walk() if part.is_multipart()):
            part.set_boundary(f"=_{number}_{self.extra_headers['Message-ID'].strip('<>').partition('@')[0]}")
        return whole


def _letter(message: Message, address: str) -> Letter:
    letter = Letter(
        subject=message.subject,
        body=LINK.sub(lambda _: message.link, message.body),
        to=[address],
        headers={
            "Message-ID": message.message_id,
            "Date": format_datetime(message.created_at),
            "Auto-Submitted": "auto-generated",
        },
    )
    if message.calendar:
        # Once as another form of the words, which calendars act upon, and once as a file, for programs that show files only.
        calendar = addressed(message.calendar, address)
        letter.attach_alternative(calendar, f"text/calendar; method={message.method}")
        letter.attach("invite.ics", calendar.encode(), "application/ics")
    return letter


def addressed(calendar: str, address: str) -> str:
    """The calendar object with the address of its attendee, the line folded at 75 octets (RFC 5545, 3.1)."""
    uri = quote(address, safe="@+!$&'*=~")
    folded = "\r\n ".join(uri[at : at + 60] for at in range(0, len(uri), 60))
    return re.sub(
        r"^(ATTENDEE\b.*:mailto:)\{to\}", lambda line: f"{line[1]}\r\n {folded}", calendar, flags=re.MULTILINE
    )


def _final(trouble: Exception) -> bool:
    """True when the server has decided about this message; what it says at the door (busy, wrong password) passes."""
    if isinstance(trouble, SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in trouble.recipients.values())
    return isinstance(trouble, (SMTPSenderRefused, SMTPDataError)) and trouble.smtp_code >= 500


def _said(trouble: Exception) -> str:
    """The server's own words, or what kept us from it, as the end of a sentence."""
    answers: list[tuple[int, bytes | str]] = []
    if isinstance(trouble, SMTPRecipientsRefused):
        answers = list(trouble.recipients.values())
    elif isinstance(trouble, SMTPResponseException):
        answers = [(trouble.smtp_code, trouble.smtp_error)]
    told = [f"{code} {text.decode(errors='replace') if isinstance(text, bytes) else text}" for code, text in answers]
    text = " ".join("; ".join(told or [str(trouble) or type(trouble).__name__]).split())
    return text[:200].rstrip(".") + "."


def sent(job: Job, pk: str) -> None:
    """Note that a message went out, and forget its link."""
    Message.objects.filter(pk=pk, sent_at__isnull=True).update(sent_at=now(), link="", trouble="")


def failed(job: Job, sentence: str) -> None:
    """Keep why a message did not go out, for who looks at the outbox."""
    Message.objects.filter(pk=job.subject).update(trouble=sentence)


# What an admin sees ---------------------------------------------------------------------------------------------------


class Posted:
    """One message as the outbox shows it: never its link."""

    def __init__(self, message: Message, job: Job | None):
        self.message, self.job = message, job
        self.tries = job.tries if job else 0

    @property
    def state(self) -> tuple[str, str]:
        """The state in a word, and the tone of its pill."""
        if self.message.sent_at:
            return "Sent", "good"
        if self.job is None or self.job.state in (JobState.FAILED, JobState.QUARANTINED):
            return "Not delivered", "bad"
        return ("Trying again", "warn") if self.job.delays else ("Waiting", "active")

    @property
    def trouble(self) -> str:
        """Why it has not gone out, or nothing."""
        if self.message.sent_at:
            return ""
        return self.message.trouble or (self.job.message if self.job else "")

    @property
    def next_try(self) -> datetime | None:
        """When it is tried again by itself, while it waits for that."""
        waits = self.job is not None and self.job.state == JobState.PENDING and not self.message.sent_at
        return self.job.not_before if self.job and waits else None

    @property
    def may_go_again(self) -> bool:
        """True for a message that a person may try again at once."""
        return self.state[0] in ("Not delivered", "Trying again")

    @property
    def to(self) -> str:
        """Whom it goes to; of a person whose address is sealed no more than that."""
        sealed = self.message.to.rpartition("@")[2] in _sealed
        return "A person whose address is sealed" if sealed else self.message.to

    @property
    def body(self) -> str:
        """The words, with the link's place shown and the link not."""
        return LINK.sub("(a link that only the recipient gets)", self.message.body)


def posted(messages: list[Message]) -> list[Posted]:
    """Messages with the jobs that send them."""
    numbers = [str(message.pk) for message in messages]
    found = {job.subject: job for job in Job.objects.filter(kind=KIND, subject__in=numbers)}
    return [Posted(message, found.get(str(message.pk))) for message in messages]
