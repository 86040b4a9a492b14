import json
from types import SimpleNamespace

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client
from django.urls import reverse
from rest_framework.authtoken.models import Token

from accounts import people
from accounts.models import AuditEvent, Message
from accounts.moves import Invalid
from accounts.permissions import Refused
from tests.factories import TOTP_SECRET, make_app

PASSWORD = "correct horse battery"
GUARDED = ["cora", "ada", "carl"]
OTHERS = ["ana", "rita"]
NOW = 1_770_000_000


def code(secret: str = TOTP_SECRET, *, steps: int = 0, at: float = NOW) -> str:
    """What the app shows at a moment, or so many half minutes later."""
    return format_hotp_value(hotp_value(secret, int(at) // 30 + steps))


def without_factor(user):
    Authenticator.objects.filter(user=user).delete()
    return user


def verbs() -> list[str]:
    return list(AuditEvent.objects.filter(chain="house").order_by("seq").values_list("verb", flat=True))


def sign_in(client, user, password: str = PASSWORD):
    return client.post(reverse("account_login"), {"login": user.email, "password": password})


def show_it_is_me(client):
    """The password once more, as the pages that change how one signs in ask."""
    assert client.post(reverse("account_reauthenticate"), {"password": PASSWORD}).status_code == 302


def set_up_app(client) -> str:
    """Set up an authenticator app by its page; the key that it was given."""
    show_it_is_me(client)
    secret = client.get(reverse("mfa_activate_totp")).context["form"].secret
    assert client.post(reverse("mfa_activate_totp"), {"code": code(secret)}).url == reverse("mfa_view_recovery_codes")
    return secret


def recovery_codes(client) -> list[str]:
    return client.get(reverse("mfa_view_recovery_codes")).context["unused_codes"]


def later(user) -> Client:
    """The same person in a session that has shown nothing again."""
    client = Client()
    user.refresh_from_db()
    client.force_login(user)
    return client


@pytest.fixture
def moment(monkeypatch):
    """The app's clock stands, so that no code runs out between making and giving it."""
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.time", SimpleNamespace(time=lambda: NOW))


pytestmark = pytest.mark.usefixtures("moment")


# The gate --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", GUARDED)
def test_page_of_a_guarded_role_without_factor_leads_to_set_up(cast, client, name):
    client.force_login(without_factor(getattr(cast, name)))
    for path in (
        "/",
        reverse("programmes"),
        reverse("portal"),
        reverse("api_token"),
        reverse("account_change_password"),
    ):
        assert client.get(path).url == reverse("security"), path
    assert client.post(reverse("api_token"), {"act": "make"}).url == reverse("security")
    assert not Token.objects.exists()
    page = client.get(reverse("security"))
    assert (page.status_code, b"Set up a second factor to go on" in page.content) == (200, True)
    assert client.get(reverse("mfa_activate_totp")).url.startswith(reverse("account_reauthenticate"))
    assert client.post(reverse("account_logout")).url == reverse("account_login")


@pytest.mark.parametrize("name", ["cora", "ada"])
def test_session_of_the_firm_without_factor_gets_a_sentence_from_the_api(cast, client, name):
    client.force_login(without_factor(getattr(cast, name)))
    answer = client.get("/api/v1/programmes/")
    assert (answer.status_code, "second factor" in answer.json()["detail"]) == (403, True)


def test_session_of_fund_compliance_without_factor_finds_no_api(cast, client):
    client.force_login(without_factor(cast.carl))
    answer, nothing = client.get("/api/v1/portal/"), client.get("/api/v1/nothing/")
    assert (answer.status_code, answer.content) == (nothing.status_code, nothing.content) == (404, nothing.content)


@pytest.mark.parametrize("name", GUARDED)
def test_token_of_a_guarded_role_without_factor_is_refused(cast, client, name):
    user = getattr(cast, name)
    headers = {"Authorization": f"Token {people.make_token(by=user)}"}
    assert client.get("/api/v1/", headers=headers).status_code == 200
    without_factor(user)
    assert client.get("/api/v1/", headers=headers).status_code == 401
    with pytest.raises(Refused, match="second factor"):
        people.make_token(by=user)


@pytest.mark.parametrize("name", OTHERS)
def test_factor_is_offered_to_others_and_not_asked_for(cast, client, name):
    client.force_login(getattr(cast, name))
    page = client.get(reverse("security"))
    assert (page.status_code, b"to go on" in page.content) == (200, False)
    assert client.get("/", follow=True).status_code == 200


@pytest.mark.parametrize("name", GUARDED)
def test_gate_is_open_where_it_is_not_required(cast, client, settings, name):
    settings.MFA_REQUIRED = False
    client.force_login(without_factor(getattr(cast, name)))
    assert client.get("/").url in (reverse("programmes"), reverse("portal"))


def test_recovery_codes_alone_are_no_factor(cast, client):
    without_factor(cast.cora)
    Authenticator.objects.create(user=cast.cora, type="recovery_codes", data={"seed": "", "used_mask": 0})
    client.force_login(cast.cora)
    assert client.get("/").url == reverse("security")


def test_gate_costs_no_query_of_its_own(cast, client, django_assert_num_queries):
    for user in (cast.ana, cast.cora):
        client.force_login(user)
        with django_assert_num_queries(2):  # the session, and the person with the answer
            client.get("/")


# The authenticator app and the codes -----------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_app_round_trip_from_set_up_to_the_next_sign_in(cast, client):
    without_factor(cast.cora)
    sign_in(client, cast.cora)
    secret = set_up_app(client)
    assert client.get("/").url == reverse("programmes")
    client.post(reverse("account_logout"))
    assert sign_in(client, cast.cora).url == reverse("mfa_authenticate")
    assert client.get("/").url.startswith(reverse("account_login"))
    sign_in(client, cast.cora)
    assert b"That is not right" in client.post(reverse("mfa_authenticate"), {"code": "000000"}).content
    assert client.post(reverse("mfa_authenticate"), {"code": code(secret)}).url == "/"
    assert client.get("/").url == reverse("programmes")
    assert verbs() == [
        "signed-in",
        "second-factor-added",
        "recovery-codes-made",
        "signed-out",
        "sign-in-failed",
        "signed-in",
    ]
    assert AuditEvent.objects.filter(verb="signed-in").last().body == {"methods": ["password", "mfa"]}
    assert Message.objects.get().subject == "A second factor was added"


def test_code_of_the_app_works_once(cast, client):
    answers = []
    for _ in range(2):
        sign_in(client, cast.cora)
        answers.append(client.post(reverse("mfa_authenticate"), {"code": code()}).status_code)
        client.post(reverse("account_logout"))
    assert answers == [302, 200]


def test_codes_of_the_app_before_and_after_now_are_refused(cast, client):
    sign_in(client, cast.cora)
    for steps in (-1, 1):
        assert client.post(reverse("mfa_authenticate"), {"code": code(steps=steps)}).status_code == 200


def test_sixth_wrong_code_is_throttled_and_the_right_one_then_too(cast, client):
    sign_in(client, cast.cora)
    for _ in range(5):
        assert b"That is not right" in client.post(reverse("mfa_authenticate"), {"code": "000000"}).content
    late = client.post(reverse("mfa_authenticate"), {"code": code()})
    assert late.status_code == 429 or b"Too many failed login attempts" in late.content
    assert "_auth_user_id" not in client.session


def test_recovery_code_lets_in_once_and_is_on_record(cast, client):
    sign_in(client, cast.ana)
    set_up_app(client)
    first, second, *_ = recovery_codes(client)
    client.post(reverse("account_logout"))
    answers = []
    for given in (first, first, second):
        sign_in(client, cast.ana)
        answers.append(client.post(reverse("mfa_authenticate"), {"code": given}).status_code)
        client.post(reverse("account_logout"))
    assert answers == [302, 200, 302]
    assert verbs().count("recovery-code-used") == 2


def test_recovery_codes_are_shown_once_and_new_ones_end_the_old(cast, client):
    sign_in(client, cast.ana)
    set_up_app(client)
    page = client.get(reverse("mfa_view_recovery_codes"))
    old = page.context["unused_codes"]
    assert len(old) == 10 and all(each.encode() in page.content for each in old)
    assert not any(each.encode() in client.get(reverse("mfa_view_recovery_codes")).content for each in old)
    client.post(reverse("mfa_generate_recovery_codes"))
    new = recovery_codes(client)
    assert not set(old) & set(new)
    client.post(reverse("account_logout"))
    sign_in(client, cast.ana)
    assert client.post(reverse("mfa_authenticate"), {"code": old[0]}).status_code == 200
    assert client.post(reverse("mfa_authenticate"), {"code": new[0]}).status_code == 302


@pytest.mark.parametrize("page", ["mfa_view_recovery_codes", "mfa_generate_recovery_codes", "mfa_add_webauthn"])
def test_page_that_changes_how_one_signs_in_asks_again_who_it_is(cast, client, page):
    sign_in(client, cast.ana)
    set_up_app(client)
    client = later(cast.ana)
    assert client.get(reverse(page)).url.startswith(reverse("account_reauthenticate"))
    if page != "mfa_view_recovery_codes":
        assert client.post(reverse(page)).url.startswith(reverse("account_reauthenticate"))


def test_secrets_lie_sealed_in_the_database(cast, client):
    sign_in(client, cast.ana)
    secret = set_up_app(client)
    stored = json.dumps(list(Authenticator.objects.filter(user=cast.ana).values_list("data", flat=True)))
    assert secret not in stored
    assert not any(each in stored for each in recovery_codes(client))


# Taking one away -------------------------------------------------------------------------------------------------------


def test_last_factor_of_a_guarded_person_stays_with_a_sentence(cast, client):
    sign_in(client, cast.cora)
    client.post(reverse("mfa_authenticate"), {"code": code()})
    show_it_is_me(client)
    path = reverse("factor_remove", args=[Authenticator.objects.get(user=cast.cora).pk])
    assert client.get(path).status_code == 200
    answer = client.post(path)
    assert (answer.status_code, b"this is the only one" in answer.content) == (409, True)
    assert Authenticator.objects.filter(user=cast.cora).count() == 1


def test_factor_of_another_person_is_not_there(cast, client):
    sign_in(client, cast.ana)
    show_it_is_me(client)
    theirs = Authenticator.objects.get(user=cast.cora)
    assert client.post(reverse("factor_remove", args=[theirs.pk])).status_code == 404
    with pytest.raises(Refused, match="not your second factor"):
        people.remove_factor(factor=theirs, by=cast.ana)


def test_removal_asks_again_who_it_is_and_takes_the_recovery_codes_along(cast, client):
    sign_in(client, cast.ana)
    set_up_app(client)
    factor = Authenticator.objects.get(user=cast.ana, type="totp")
    path = reverse("factor_remove", args=[factor.pk])
    client = later(cast.ana)
    assert client.post(path).url.startswith(reverse("account_reauthenticate"))
    show_it_is_me(client)
    assert client.post(path).url == reverse("security")
    assert not Authenticator.objects.filter(user=cast.ana).exists()
    assert verbs()[-1] == "second-factor-removed"
    assert Message.objects.order_by("-created_at").first().subject == "A second factor was removed"


def test_one_of_two_factors_of_a_guarded_person_may_go(cast):
    other = Authenticator.objects.create(user=cast.cora, type="webauthn", data={"name": "Ring"})
    people.remove_factor(factor=other, by=cast.cora)
    with pytest.raises(Refused, match="only one"):
        people.remove_factor(factor=Authenticator.objects.get(user=cast.cora), by=cast.cora)


def test_reset_takes_all_away_ends_sessions_and_is_on_record_with_its_reason(cast, client):
    client.force_login(cast.cora)
    people.reset_factors(user=cast.cora, reason="device-lost", by=cast.ada)
    assert client.get("/").url.startswith(reverse("account_login"))
    assert not Authenticator.objects.filter(user=cast.cora).exists()
    event = AuditEvent.objects.get(verb="second-factor-reset")
    assert (event.actor, event.body) == (cast.ada.pk, {"reason": "device-lost"})
    assert Message.objects.get().to == cast.cora.email


def test_reset_of_ones_own_without_reason_or_of_nothing_is_refused(cast):
    with pytest.raises(Refused, match="their own second factor"):
        people.reset_factors(user=cast.ada, reason="device-lost", by=cast.ada)
    with pytest.raises(Invalid, match="Say why"):
        people.reset_factors(user=cast.cora, reason="", by=cast.ada)
    with pytest.raises(Invalid, match="has no second factor"):
        people.reset_factors(user=cast.ana, reason="device-lost", by=cast.ada)


# Sessions and the record -----------------------------------------------------------------------------------------------


def test_sign_out_everywhere_else_keeps_this_session_and_ends_the_others(cast, client):
    other = Client()
    for each in (client, other):
        sign_in(each, cast.ana)
    people.make_token(by=cast.ana)
    assert len(client.get(reverse("security")).context["sessions"]) == 2
    assert client.post(reverse("sessions_end")).url == reverse("security")
    assert other.get("/").url.startswith(reverse("account_login"))
    assert len(client.get(reverse("security")).context["sessions"]) == 1
    assert not Token.objects.exists()


@pytest.mark.parametrize(("address", "known"), [("ana@example.com", True), ("nobody@example.com", False)])
def test_failed_sign_in_is_on_record_without_the_address(cast, client, address, known):
    client.post(reverse("account_login"), {"login": address, "password": "wrong wrong wrong"})
    event = AuditEvent.objects.get()
    assert (event.verb, event.actor, event.body) == ("sign-in-failed", None, {"kind": "password"})
    assert event.subject == (f"user:{cast.ana.pk}" if known else "user:unknown")


def test_right_password_of_a_person_with_a_factor_is_no_sign_in_yet(cast, client):
    make_app(cast.ana)
    sign_in(client, cast.ana)
    assert "_auth_user_id" not in client.session
    assert verbs() == []


@pytest.mark.parametrize(
    ("address", "subject"), [("ana@example.com", "Choose a new password"), ("nobody@example.com", "No account here")]
)
def test_reset_form_writes_to_any_address_and_answers_the_same(cast, client, address, subject):
    answer = client.post(reverse("account_reset_password"), {"email": address})
    assert answer.url == reverse("account_reset_password_done")
    message = Message.objects.get()
    assert (message.to, message.subject) == (address, subject)
    assert bool(message.link) is (address == "ana@example.com")


def test_sixth_reset_for_one_address_is_throttled(cast, client):
    answers = [client.post(reverse("account_reset_password"), {"email": "ana@example.com"}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [302] * 5 + [429]
    assert Message.objects.count() == 5
