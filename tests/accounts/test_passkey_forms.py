"""What a caller may send in place of a passkey's answer; the real answers are given in tests/browser/test_security.py."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent
from tests.accounts.test_second_factor import show_it_is_me, sign_in, without_factor

ODD = [
    *(
        "",
        "null",
        "1",
        "[]",
        "{}",
        '"x"',
        "{not json",
        '{"id": 1}',
        '{"id": "AA", "rawId": "AA", "type": "public-key"}',
    ),
    json.dumps({"id": "AA", "rawId": "AA", "type": "public-key", "response": {"userHandle": "AA"}}),
    json.dumps({"id": "AA", "rawId": "AA", "type": "public-key", "response": {"userHandle": None}}),
    json.dumps({"id": "AA", "rawId": "AA", "type": "public-key", "response": []}),
    json.dumps({"response": {"userHandle": "\x00"}}),
    json.dumps(
        {
            "id": "AA",
            "rawId": "AA",
            "type": "public-key",
            "response": {
                "clientDataJSON": "e30",
                "authenticatorData": "AA",
                "signature": "AA",
                "userHandle": "bm9ib2R5",
            },
        }
    ),
]


@pytest.mark.parametrize("credential", ODD)
def test_odd_answer_at_the_door_signs_nobody_in_and_breaks_nothing(db, client, credential):
    client.get(reverse("mfa_login_webauthn"), headers={"Accept": "application/json"})
    answer = client.post(reverse("mfa_login_webauthn"), {"credential": credential})
    assert answer.status_code in (302, 400)
    assert "_auth_user_id" not in client.session


def test_key_that_is_not_right_is_on_record(cast, client):
    sign_in(client, cast.cora)
    for page, one in (("mfa_authenticate", client), ("mfa_login_webauthn", Client())):
        one.get(reverse(page), headers={"Accept": "application/json"})
        one.post(reverse(page), {"credential": ODD[-1]})
    events = AuditEvent.objects.filter(verb="sign-in-failed").order_by("seq").values_list("subject", "body")
    assert list(events) == [
        (f"user:{cast.cora.pk}", {"kind": "webauthn"}),
        ("user:unknown", {"kind": "webauthn"}),
    ]


@pytest.mark.parametrize("credential", ODD)
def test_odd_answer_at_the_second_step_signs_nobody_in_and_breaks_nothing(cast, client, credential):
    sign_in(client, cast.cora)
    client.get(reverse("mfa_authenticate"))
    answer = client.post(reverse("mfa_authenticate"), {"credential": credential})
    assert answer.status_code in (200, 400)
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("credential", ODD)
def test_odd_answer_at_set_up_adds_no_passkey_and_breaks_nothing(cast, client, credential):
    sign_in(client, without_factor(cast.cora))
    show_it_is_me(client)
    client.get(reverse("mfa_add_webauthn"))
    answer = client.post(reverse("mfa_add_webauthn"), {"credential": credential, "name": "x"})
    assert answer.status_code in (200, 400)
    assert client.get("/").url == reverse("security")
