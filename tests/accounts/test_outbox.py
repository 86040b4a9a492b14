"""The outbox: what becomes of a message while the mail server takes it, refuses it, or is away."""

import os
import socket
import subprocess
import sys
from datetime import timedelta
from email.header import decode_header, make_header
from email.utils import format_datetime
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts import jobs, outbox
from accounts.models import Job, JobState, Message
from accounts.moves import IllegalMove, Invalid, now
from accounts.permissions import Refused
from config import settings as site
from tests.smtp import MailServer

SECRET = "https://research.example.com/invitation/secret/"  # noqa: S105  what must not stay


@pytest.fixture(autouse=True)
def _quiet(monkeypatch):
    monkeypatch.setattr(jobs, "ring", lambda pk: None)


@pytest.fixture
def post(cast):
    """Write a message in a transaction of its own."""

    def write(**more):
        given = {"to": "rita@example.com", "template": "seat_held", "key": "k", "link": SECRET, "name": "Rita"}
        context = {"programme": cast.programme, "until": now()}
        with transaction.atomic():
            return outbox.post(**{**given, **context, **more})

    return write


@pytest.fixture
def smtp(settings):
    """Send by real SMTP to this port."""

    def use(port: int) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 5

    return use


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def after_a_run(message: Message) -> tuple[Message, Job]:
    jobs.drain()
    message.refresh_from_db()
    return message, Job.objects.get(kind="mail", subject=message.pk)


# What is written ------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_post_outside_a_transaction_is_refused():
    with pytest.raises(RuntimeError, match="in the transaction of what it tells of"):
        outbox.post(to="rita@example.com", template="committed", key="k")


def test_post_twice_with_one_key_is_one_message(post):
    assert post().pk == post(to="other@example.com").pk
    assert Job.objects.filter(kind="mail").count() == 1


@pytest.mark.parametrize("to", ["rita", "rita@example.com\nBcc: all@example.com", "a@b.example, c@d.example", ""])
def test_post_to_what_is_no_address_is_refused(post, to):
    with pytest.raises(Invalid, match="This is not an e-mail address"):
        post(to=to)


def test_subject_stays_one_line_whatever_the_names_hold(cast, post, smtp):
    cast.programme.title = "Kestrel\r\nBcc: everybody@example.com\r\n\r\nAnother body\u2028x"
    with MailServer() as server:
        smtp(server.port)
        message, _ = after_a_run(post(name="Rita\r\nBcc: all@example.com"))
    assert "\n" not in message.subject and "\r" not in message.subject
    (letter,) = server.taken
    # Long headers are folded, which is no new line to who reads them.
    subject = str(make_header(decode_header(letter["Subject"]))).replace("\r\n ", " ")
    assert subject == "Kestrel Bcc: everybody@example.com Another body x: a seat is held for your fund"
    assert (letter["Bcc"], server.recipients) == (None, ["rita@example.com"])


def test_words_are_plain_text_and_not_escaped_as_a_page_is(cast, post):
    cast.programme.title = "R&D <now> 'here'"
    message = post()
    assert message.subject.startswith("R&D <now> 'here'")
    assert "“R&D <now> 'here'”" in message.body


def test_braces_that_somebody_typed_do_not_become_the_link(post, smtp):
    with MailServer() as server:
        smtp(server.port)
        after_a_run(post(name="{link}"))
    words = server.taken[0].get_payload(decode=True).decode()
    assert words.startswith("{link},") and words.count(SECRET) == 1


MAILS = sorted(path.stem for path in (site.BASE_DIR / "templates/mail").glob("*.txt"))


@pytest.mark.parametrize("template", MAILS)
def test_template_has_its_subject_in_the_first_line_and_its_link_on_a_line_of_its_own(template):
    subject, body = outbox._write(template, {})
    assert subject and "{link}" not in subject
    source = (site.BASE_DIR / f"templates/mail/{template}.txt").read_text()
    assert source.count("{link}") == len(outbox.LINK.findall(source))
    assert body.strip()


# What the server says -------------------------------------------------------------------------------------------------


def test_taken_message_is_marked_and_forgets_its_link(post, smtp):
    with MailServer() as server:
        smtp(server.port)
        message, job = after_a_run(post())
    (letter,) = server.taken
    assert SECRET in letter.get_payload(decode=True).decode()
    assert (letter["Message-ID"], letter["Auto-Submitted"]) == (message.message_id, "auto-generated")
    assert (message.link, message.trouble, job.state) == ("", "", JobState.DONE)
    assert message.sent_at is not None
    row = " ".join(str(value) for value in Message.objects.filter(pk=message.pk).values().get().values())
    assert "secret" not in row


def test_database_refuses_a_sent_message_that_keeps_its_link(post):
    message = post()
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.filter(pk=message.pk).update(sent_at=now())


def test_message_handed_over_twice_is_the_same_bytes_with_the_date_it_was_written(post, smtp):
    """A worker that dies between hand-over and commit leaves the job to the next one."""
    with MailServer() as server:
        smtp(server.port)
        message = post()
        written = now() - timedelta(days=1)
        Message.objects.filter(pk=message.pk).update(created_at=written)
        job = Job.objects.get(kind="mail", subject=message.pk)
        outbox.send(job, None)
        outbox.send(job, None)
    one, two = server.taken
    assert one.as_bytes() == two.as_bytes()
    assert one["Date"] == format_datetime(written)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ({"RCPT": "550 5.1.1 No such user."}, "The mail server refused this message: 550 5.1.1 No such user."),
        ({"DATA.": "554 5.7.1 Spam"}, "The mail server refused this message: 554 5.7.1 Spam."),
        ({"MAIL": "553 Not from you"}, "The mail server refused this message: 553 Not from you."),
    ],
)
def test_refused_message_is_final_with_the_servers_words(post, smtp, answer, sentence):
    with MailServer(**answer) as server:
        smtp(server.port)
        message, job = after_a_run(post())
    assert (job.state, job.delays, message.trouble, message.sent_at) == (JobState.FAILED, 0, sentence, None)
    assert jobs.due() == []


@pytest.mark.parametrize(
    "answer",
    [
        {"RCPT": "450 4.2.1 Try later"},
        {"DATA.": "451 Busy"},
        {"MAIL": "421 Closing"},
        {"HELLO": "554 Not now"},
        {"HELO": "500 What"},
    ],
    ids=str,
)
def test_server_that_is_busy_is_tried_again_later(post, smtp, answer):
    with MailServer(**answer) as server:
        smtp(server.port)
        message, job = after_a_run(post())
    assert (job.state, job.delays, message.sent_at) == (JobState.PENDING, 1, None)
    assert job.message.startswith("The mail server did not take this message: ")
    assert jobs.due() == []


def test_server_that_is_away_is_tried_again_with_growing_pauses_and_then_a_person_is_asked(post, smtp):
    smtp(free_port())
    message = post()
    pauses = []
    for _ in outbox.PAUSES:
        before = now()
        _, job = after_a_run(message)
        pauses.append(round((job.not_before - before).total_seconds()))
        assert (job.state, outbox.posted([message])[0].state) == (JobState.PENDING, ("Trying again", "warn"))
        Job.objects.update(not_before=now())
    assert pauses == list(outbox.PAUSES) == sorted(pauses)
    message, job = after_a_run(message)
    assert job.state == JobState.FAILED
    assert message.trouble.startswith("The mail server could not take this message for a day: ")
    assert message.link == SECRET, "it can still be sent again"


def test_message_that_waited_goes_out_when_the_server_is_back(post, smtp):
    port = free_port()
    smtp(port)
    message, _ = after_a_run(post())
    Job.objects.update(not_before=now())
    with MailServer(port) as server:
        message, job = after_a_run(message)
    assert len(server.taken) == 1
    assert (job.state, message.sent_at is not None) == (JobState.DONE, True)


def test_dropped_message_does_not_go_out(post, smtp):
    post()
    with MailServer() as server, transaction.atomic():
        smtp(server.port)
        outbox.drop("k")
        jobs.drain()
    assert (server.taken, Message.objects.count(), Job.objects.get(kind="mail").state) == ([], 0, JobState.DONE)


def test_embedded_default_writes_each_message_to_a_file(post, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    message, _ = after_a_run(post())
    (file,) = Path(settings.EMAIL_FILE_PATH).iterdir()
    assert message.message_id in file.read_text() and SECRET in file.read_text()


# What an admin sees ---------------------------------------------------------------------------------------------------


def test_send_again_tries_at_once_what_failed_or_waits(cast, post, smtp):
    smtp(free_port())
    message, job = after_a_run(post())
    assert jobs.due() == []
    outbox.send_again(message=message, by=cast.ada)
    job.refresh_from_db()
    assert (jobs.due(), job.delays) == ([job.pk], 0)
    with MailServer(RCPT="550 No") as server:
        smtp(server.port)
        message, _ = after_a_run(message)
        assert message.trouble
    outbox.send_again(message=message, by=cast.ada)
    with MailServer() as server:
        smtp(server.port)
        message, _ = after_a_run(message)
    assert (len(server.taken), message.trouble) == (1, "")


def test_sent_message_is_not_sent_again_and_only_admins_may(cast, post, smtp):
    message = post()
    for person in (cast.ana, cast.cora, cast.rita):
        with pytest.raises(Refused):
            outbox.send_again(message=message, by=person)
    jobs.drain()
    with pytest.raises(IllegalMove, match="has been sent"):
        outbox.send_again(message=message, by=cast.ada)


def test_page_shows_state_trouble_and_words_but_no_link(cast, client, post, smtp):
    with MailServer(RCPT="550 No such user <here>") as server:
        smtp(server.port)
        message, _ = after_a_run(post(name="<b>Rita</b>"))
    post(key="waits", to="next@example.com")
    client.force_login(cast.ada)
    page = client.get(reverse("outbox")).content.decode()
    assert "Not delivered" in page and "550 No such user &lt;here&gt;." in page and "Waiting" in page
    assert "(a link that only the recipient gets)" in page and "&lt;b&gt;Rita" in page
    assert "secret" not in page and "<b>Rita" not in page
    client.post(reverse("outbox_again", args=[message.pk]))
    assert Job.objects.get(subject=message.pk).state == JobState.PENDING


@pytest.mark.parametrize("count", [1, 3])
def test_page_costs_the_same_for_any_number_of_messages(cast, client, post, django_assert_num_queries, count):
    for number in range(count):
        post(key=f"k{number}")
    client.force_login(cast.ada)
    client.get(reverse("outbox"))
    with django_assert_num_queries(5):
        assert client.get(reverse("outbox")).status_code == 200


# Settings -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "host", "port", "account", "private"),
    [
        ("smtp://mail.example.com", "mail.example.com", 25, ("", ""), set()),
        ("smtp://mail.example.com:2525", "mail.example.com", 2525, ("", ""), set()),
        ("smtp+tls://ada%40x.example:p%2Fw%3A%23@m.example", "m.example", 587, ("ada@x.example", "p/w:#"), {"TLS"}),
        ("smtps://ada:pw@m.example:4650", "m.example", 4650, ("ada", "pw"), {"SSL"}),
    ],
)
def test_mail_url_names_server_account_and_privacy(url, host, port, account, private):
    found = site.mail_server(url)
    assert (found["EMAIL_HOST"], found["EMAIL_PORT"]) == (host, port)
    assert (found["EMAIL_HOST_USER"], found["EMAIL_HOST_PASSWORD"]) == account
    assert {key[10:] for key, value in found.items() if key.startswith("EMAIL_USE_") and value} == private


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.com",
        "http://mail.example.com",
        "smtp://",
        "smtp://m:port",
        "smtp://a@m",
        "smtp://m/x",
        "smtp://m?x",
    ],
)
def test_mail_url_that_can_not_be_read_says_how_to_write_it(url):
    with pytest.raises(ImproperlyConfigured, match=r"MAIL_URL can't be read. Write smtp\+tls://user:password@host:587"):
        site.mail_server(url)


@pytest.mark.parametrize("value", ["Research", "research@", "A <a@b.example>\nBcc: c@d.example", ""])
def test_sender_that_is_no_address_is_refused(value):
    with pytest.raises(ImproperlyConfigured, match="MAIL_FROM is not an e-mail address"):
        site.mail_sender(value)


@pytest.mark.parametrize("value", ["research.example.com", "ftp://x.example", "https://", "https://x.example/?a=b"])
def test_site_url_that_is_no_address_is_refused(value):
    with pytest.raises(ImproperlyConfigured, match="SITE_URL is not an address"):
        site.site_address(value)


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"HTTPS": "on"}, "MAIL_URL is not set."),
        ({"HTTPS": "on", "MAIL_URL": "smtp://m.example"}, "SITE_URL is not set to an https address."),
        ({"MAIL_URL": "smtp://a:secret@"}, "MAIL_URL can't be read."),
    ],
)
def test_bad_configuration_stops_the_start_with_a_sentence_and_without_the_password(tmp_path, more, sentence):
    env = {key: value for key, value in os.environ.items() if not key.startswith(("MAIL_", "SITE_URL", "HTTPS"))}
    env |= {"DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "config.settings", **more}
    start = [sys.executable, "-c", "import config.settings"]
    done = subprocess.run(start, env=env, capture_output=True, text=True, cwd=site.BASE_DIR)
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert sentence in last and "secret" not in done.stderr


# Recipients whose address is sealed -----------------------------------------------------------------------------------


@pytest.fixture
def sealed(monkeypatch):
    """Say what the sealed address of everybody at sealed.invalid is."""
    return lambda address: monkeypatch.setitem(outbox._sealed, "sealed.invalid", lambda name: address)


def test_message_to_a_sealed_address_goes_there_and_the_outbox_never_holds_it(client, cast, post, smtp, sealed):
    sealed("jo@real.example")
    with MailServer() as server:
        smtp(server.port)
        message, _ = after_a_run(post(to="jo@sealed.invalid"))
    assert server.recipients == ["jo@real.example"]
    assert (message.to, bool(message.sent_at)) == ("jo@sealed.invalid", True)
    client.force_login(cast.ada)
    page = client.get(reverse("outbox")).content.decode()
    assert "A person whose address is sealed" in page and "real.example" not in page


def test_message_to_a_sealed_address_that_is_missing_stays_with_the_reason(post, sealed):
    sealed("")
    message, job = after_a_run(post(to="jo@sealed.invalid"))
    assert (message.sent_at, message.trouble, job.state) == (None, outbox.NO_ADDRESS, JobState.FAILED)


def test_server_that_repeats_a_sealed_address_does_not_tell_it(post, smtp, sealed):
    sealed("Refused@real.example")
    with MailServer(RCPT="550 <refused@real.example> is not known here") as server:
        smtp(server.port)
        message, _ = after_a_run(post(to="jo@sealed.invalid"))
    assert "550 <jo@sealed.invalid> is not known here" in message.trouble
    assert "real.example" not in message.trouble
