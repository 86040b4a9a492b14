"""A calendar object that goes with a message: as calendars act upon it and as a file, with the address only on the wire."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts import jobs, outbox
from accounts.models import Message
from tests.smtp import MailServer

OBJECT = (
    b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nSUMMARY:For {to}\r\nATTENDEE;RSVP=FALSE:mailto:{to}\r\nEND:VCALENDAR\r\n"
)
LONG = "somebody.with.a.long.name+and-a-tag@" + "department." * 8 + "example.com"


@pytest.fixture
def server(settings, monkeypatch):
    monkeypatch.setattr(jobs, "ring", lambda pk: None)
    with MailServer() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", server.port, 5
        yield server


def write(cast, to: str = "rita@example.com", method: str = "REQUEST") -> Message:
    with transaction.atomic():
        given = {"name": "Rita", "programme": cast.programme}
        return outbox.post(to=to, template="committed", key=to, calendar=(method, OBJECT), **given)


def parts(letter) -> dict[str, str]:
    found = {}
    for part in letter.walk():
        if not part.is_multipart():
            found[part.get_content_type()] = part.get_payload(decode=True).decode().replace("\r\n", "\n")
    return found


@pytest.mark.parametrize("method", ["REQUEST", "CANCEL"])
def test_object_goes_as_alternative_with_its_method_and_as_a_file(cast, server, method):
    write(cast, method=method)
    jobs.drain()
    (letter,) = server.taken
    calendar = next(part for part in letter.walk() if part.get_content_type() == "text/calendar")
    file = next(part for part in letter.walk() if part.get_content_type() == "application/ics")
    assert calendar.get_param("method") == method and calendar.get_content_charset() == "utf-8"
    assert file.get_filename() == "invite.ics"
    found = parts(letter)
    assert found["text/calendar"] == found["application/ics"]
    assert "mailto:\n rita@example.com\n" in found["text/calendar"]
    assert "SUMMARY:For {to}\n" in found["text/calendar"], "only the attendee's line takes the address"
    assert "you signed the terms" in found["text/plain"]


def test_two_copies_of_one_message_are_equal_byte_by_byte(cast, server):
    message = write(cast)
    jobs.drain()
    Message.objects.filter(pk=message.pk).update(sent_at=None)
    job = jobs.request(outbox.KIND, message.pk, "again")
    jobs.run(job.pk)
    first, second = server.taken
    assert first.as_bytes() == second.as_bytes() and first["Message-ID"] == message.message_id


def test_long_address_is_folded_and_whole_again_when_unfolded():
    made = outbox.addressed(OBJECT.decode(), LONG)
    assert max(len(line.encode()) for line in made.split("\r\n")) <= 75
    assert f"ATTENDEE;RSVP=FALSE:mailto:{LONG}" in made.replace("\r\n ", "")


def test_sealed_address_is_in_the_mail_but_neither_in_the_outbox_nor_on_its_page(cast, client, server, monkeypatch):
    monkeypatch.setitem(outbox._sealed, "expert.invalid", lambda name: "real.person@example.com")
    message = write(cast, to="0b0b@expert.invalid")
    jobs.drain()
    message.refresh_from_db()
    assert "real.person" not in str(vars(message))
    assert "mailto:\n real.person@example.com\n" in parts(server.taken[0])["text/calendar"]
    client.force_login(cast.ada)
    page = client.get(reverse("outbox")).content.decode()
    assert "A person whose address is sealed" in page and "With a calendar entry" in page
    assert "real.person" not in page and "0b0b@" not in page


@pytest.mark.parametrize("wrong", [{"method": ""}, {"method": "PUBLISH"}, {"calendar": ""}])
def test_database_refuses_an_object_without_its_method(cast, server, wrong):
    message = write(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.filter(pk=message.pk).update(**wrong)
