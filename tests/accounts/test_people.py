import threading
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.urls import reverse
from rest_framework.authtoken.models import Token

from accounts import people
from accounts.models import AuditEvent, Message, User
from accounts.moves import IllegalMove, Invalid
from accounts.permissions import Refused
from accounts.roles import Role
from tests.factories import make_user

NEW = "a much longer new one"


def signed_out(client) -> bool:
    """True when the programmes lead to the door: not to the set-up of a second factor, nor to another room."""
    answer = client.get(reverse("programmes"))
    return answer.status_code == 302 and answer.url.startswith(reverse("account_login"))


def house() -> list[str]:
    """The verbs of the house's chain, oldest first."""
    return list(AuditEvent.objects.filter(chain="house").order_by("seq").values_list("verb", flat=True))


def choose(client, link: str, password: str = NEW):
    """Follow a link of a mail and give a new password; the last answer."""
    form = client.get(urlsplit(link).path, follow=True)
    return client.post(form.request["PATH_INFO"], {"password1": password, "password2": password}, follow=True)


@pytest.fixture
def link(cast):
    people.send_password_link(user=cast.ben, by=cast.ada)
    return Message.objects.get().link


def test_role_change_ends_sessions_token_and_links(cast, client, link):
    client.force_login(cast.ben)
    key = people.make_token(by=cast.ben)
    assert client.get(reverse("programmes")).status_code == 200
    people.change_role(user=cast.ben, role="compliance", by=cast.ada)
    assert signed_out(client)
    assert client.get("/api/v1/", headers={"Authorization": f"Token {key}"}).status_code == 401
    assert b"This link no longer works" in choose(client, link).content
    event = AuditEvent.objects.get(verb="role-changed")
    assert (event.actor, event.body) == (cast.ada.pk, {"before": "analyst", "role": "compliance"})


def test_role_change_and_back_does_not_revive_a_session(cast, client):
    client.force_login(cast.ben)
    people.change_role(user=cast.ben, role="compliance", by=cast.ada)
    people.change_role(user=cast.ben, role="analyst", by=cast.ada)
    assert signed_out(client)


def test_role_written_past_the_service_ends_the_session_too(cast, client):
    client.force_login(cast.ben)
    User.objects.filter(pk=cast.ben.pk).update(role=Role.COMPLIANCE)
    assert signed_out(client)


@pytest.mark.parametrize("role", ["fund_reader", "fund_lead", "fund_compliance", "owner", ""])
def test_role_of_the_other_house_or_of_none_is_invalid(cast, role):
    with pytest.raises(Invalid):
        people.change_role(user=cast.ben, role=role, by=cast.ada)


def test_same_role_again_is_invalid(cast):
    with pytest.raises(Invalid, match="has this role already"):
        people.change_role(user=cast.ben, role="analyst", by=cast.ada)


def test_own_role_and_own_account_are_refused(cast):
    make_user("Second", Role.ADMIN)
    with pytest.raises(Refused, match="own role"):
        people.change_role(user=cast.ada, role="analyst", by=cast.ada)
    with pytest.raises(Refused, match="own account"):
        people.close_account(user=cast.ada, by=cast.ada)


def test_last_admin_is_kept_and_a_closed_one_does_not_count(cast):
    second = make_user("Second", Role.ADMIN)
    people.close_account(user=second, by=cast.ada)
    for act in (
        lambda: people.change_role(user=cast.ada, role="analyst", by=second),
        lambda: people.close_account(user=cast.ada, by=second),
    ):
        with pytest.raises(IllegalMove, match="at least one admin"):
            act()


def test_closing_shuts_out_at_once_and_reopening_revives_nothing(cast, client):
    client.force_login(cast.ben)
    people.make_token(by=cast.ben)
    people.close_account(user=cast.ben, by=cast.ada)
    people.close_account(user=cast.ben, by=cast.ada)
    assert signed_out(client)
    people.reopen_account(user=cast.ben, by=cast.ada)
    people.reopen_account(user=cast.ben, by=cast.ada)
    assert signed_out(client)
    assert not Token.objects.exists()
    assert house() == ["api-token-made", "account-closed", "account-reopened"]


def test_sign_out_everywhere_ends_every_session_and_the_token(cast, client):
    client.force_login(cast.ben)
    people.make_token(by=cast.ben)
    people.sign_out_everywhere(user=cast.ben, by=cast.ben)
    assert signed_out(client)
    assert not Token.objects.exists()


def test_password_link_lets_a_person_without_password_in_once(cast, client, link):
    assert b"Your password is changed" in choose(client, link).content
    assert b"This link no longer works" in choose(client, link, "another quite long one").content
    cast.ben.refresh_from_db()
    assert cast.ben.check_password(NEW)
    assert house() == ["password-link-sent", "password-set"]


def test_password_link_runs_out(cast, client, link, settings, monkeypatch):
    from accounts.links import PasswordLinks

    soon = PasswordLinks()._now() + timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
    monkeypatch.setattr(PasswordLinks, "_now", lambda self: soon + timedelta(seconds=5))
    assert b"This link no longer works" in choose(client, link).content
    monkeypatch.setattr(PasswordLinks, "_now", lambda self: soon - timedelta(seconds=5))
    assert b"Your password is changed" in choose(client, link).content


def test_password_link_ends_when_the_account_is_closed(cast, client, link):
    people.close_account(user=cast.ben, by=cast.ada)
    people.reopen_account(user=cast.ben, by=cast.ada)
    assert b"This link no longer works" in choose(client, link).content


def test_password_link_of_a_closed_account_is_not_sent(cast):
    people.close_account(user=cast.ben, by=cast.ada)
    with pytest.raises(IllegalMove, match="Reopen it first"):
        people.send_password_link(user=cast.ben, by=cast.ada)


def test_password_link_is_not_in_the_body_of_the_mail(cast, link):
    message = Message.objects.get()
    assert (message.to, "{link}" in message.body) == (cast.ben.email, True)
    assert link not in message.body


@pytest.mark.django_db(transaction=True)
def test_two_admins_who_close_each_other_leave_one():
    first, second = make_user("First", Role.ADMIN), make_user("Second", Role.ADMIN)
    gate = threading.Barrier(2)
    outcomes = []

    def close(user, by):
        gate.wait()
        try:
            people.close_account(user=user, by=by)
            outcomes.append("closed")
        except IllegalMove:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=close, args=pair) for pair in ((first, second), (second, first))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["closed", "refused"]
    assert User.objects.filter(is_active=True).count() == 1
