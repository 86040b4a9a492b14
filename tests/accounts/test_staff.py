from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.urls import reverse

from accounts import staff
from accounts.models import AuditEvent, Message, User
from accounts.moves import Invalid
from accounts.permissions import Refused
from accounts.roles import Role
from tests.factories import make_user


def act(client, user, name: str, **fields):
    return client.post(reverse("person", args=[user.pk]), {"act": name} | fields, follow=True)


@pytest.fixture
def ada(cast, client):
    client.force_login(cast.ada)
    return client


def test_invitation_makes_an_account_without_password_and_mails_a_link(cast, ada):
    answer = ada.post(
        reverse("people"), {"name": "Nia New", "email": "Nia@Example.com", "role": "analyst"}, follow=True
    )
    nia = User.objects.get(email="nia@example.com")
    assert (nia.role, nia.has_usable_password(), nia.is_active) == ("analyst", False, True)
    message = Message.objects.get()
    assert (message.to, message.subject) == ("nia@example.com", "Your account for primary research")
    assert b"Nia New" in answer.content
    event = AuditEvent.objects.get(verb="person-added")
    assert (event.actor, event.body) == (cast.ada.pk, {"role": "analyst"})


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"name": " "}, "Give the person's name"),
        ({"name": "a" * 121}, "Give the person's name"),
        ({"name": "Nia\x00New"}, "Give the person's name"),
        ({"email": "nia"}, "not an e-mail address"),
        ({"email": "ben@example.com"}, "exists already"),
        ({"role": "fund_reader"}, "one of the firm's roles"),
        ({"role": "owner"}, "one of the firm's roles"),
    ],
)
def test_invitation_that_cannot_be_used_is_a_sentence(cast, given, sentence):
    before = User.objects.count()
    with pytest.raises(Invalid, match=sentence):
        staff.invite(**{"name": "Nia", "email": "nia@example.com", "role": "analyst"} | given, by=cast.ada)
    assert (User.objects.count(), Message.objects.count()) == (before, 0)


def test_first_admin_gets_a_link_from_the_command_line(db, client, capsys):
    call_command("add_admin", "ida@example.com", "Ida First")
    link = capsys.readouterr().out.split()[-1]
    assert b"Choose a new password" in client.get(urlsplit(link).path, follow=True).content
    with pytest.raises(CommandError, match="exists already"):
        call_command("add_admin", "ida@example.com", "Ida First")
    assert [event.actor for event in AuditEvent.objects.all()] == [None]


@pytest.mark.parametrize("name", ["ana", "cora", "rita", "carl"])
def test_who_does_not_manage_staff_is_refused_by_every_service(cast, name):
    by = getattr(cast, name)
    services = [
        lambda: staff.invite(name="Nia", email="nia@example.com", role="analyst", by=by),
        lambda: staff.change_role(user=cast.ben, role="compliance", by=by),
        lambda: staff.close_account(user=cast.ben, by=by),
        lambda: staff.reopen_account(user=cast.ben, by=by),
        lambda: staff.end_sessions(user=cast.ben, by=by),
        lambda: staff.send_password_link(user=cast.ben, by=by),
        lambda: staff.reset_factors(user=cast.cora, reason="device-lost", by=by),
    ]
    for service in services:
        with pytest.raises(Refused):
            service()
    assert not AuditEvent.objects.exists()


def test_role_and_account_of_a_funds_person_are_not_the_staff_pages_to_change(cast):
    for service in (
        lambda: staff.change_role(user=cast.rita, role="analyst", by=cast.ada),
        lambda: staff.close_account(user=cast.rita, by=cast.ada),
        lambda: staff.reopen_account(user=cast.rita, by=cast.ada),
    ):
        with pytest.raises(Refused, match="page of the fund"):
            service()
    with pytest.raises(Invalid, match="one of the firm's roles"):
        staff.change_role(user=cast.ben, role="fund_reader", by=cast.ada)


def test_lost_factor_of_a_funds_compliance_is_reset_by_an_admin(cast, ada):
    act(ada, cast.carl, "factor", reason="device-lost")
    assert not Authenticator.objects.filter(user=cast.carl).exists()


def test_page_shows_each_person_of_the_firm_once_with_role_factor_and_programmes(cast, ada, django_assert_num_queries):
    page = ada.get(reverse("people")).content.decode()
    for name in ("Ana", "Ben", "Cora", "Cyrus", "Ada", "Stranger"):
        assert page.count(f">{name}</a>") == 1
    assert "Rita" not in page and "Programme kestrel" in page
    for name in ("Next", "Third"):
        with django_assert_num_queries(4):  # session, reader, people, programmes
            ada.get(reverse("people"))
        make_user(name, Role.ANALYST, programme=cast.programme)


def test_buttons_do_what_they_say_and_say_it(cast, ada):
    assert b"is compliance reviewer now" in act(ada, cast.ben, "role", role="compliance").content
    assert b"is closed" in act(ada, cast.ben, "close").content
    assert b"is open again" in act(ada, cast.ben, "reopen").content
    assert b"signed out everywhere" in act(ada, cast.ben, "sessions").content
    assert b"is on its way to ben@example.com" in act(ada, cast.ben, "link").content
    assert b"has no second factor now" in act(ada, cast.cora, "factor", reason="misuse").content
    verbs = AuditEvent.objects.order_by("seq").values_list("verb", flat=True)
    assert list(verbs) == [
        "role-changed",
        "account-closed",
        "account-reopened",
        "sessions-ended",
        "password-link-sent",
        "sessions-ended",
        "second-factor-reset",
    ]


def test_buttons_for_oneself_and_unknown_ones_answer_with_a_sentence(cast, ada):
    assert b"Nobody changes their own role" in act(ada, cast.ada, "role", role="analyst").content
    assert b"Nobody closes their own account" in act(ada, cast.ada, "close").content
    assert b"Nobody resets their own second factor" in act(ada, cast.ada, "factor", reason="misuse").content
    assert b"There is no such button" in act(ada, cast.ben, "promote").content
