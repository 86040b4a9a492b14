import pytest
from django.urls import reverse

PASSWORD = "correct horse battery"


@pytest.fixture
def sign_in(client):
    return lambda email, password=PASSWORD: client.post(
        reverse("account_login"), {"login": email, "password": password}
    )


def test_sign_in_leads_the_firm_to_programmes_and_a_fund_to_its_portal(cast, client, sign_in):
    assert sign_in("ana@example.com").url == "/"
    assert client.get("/").url == reverse("programmes")
    client.logout()
    sign_in("rita@example.com")
    assert client.get("/").url == reverse("portal")


def test_sign_in_accepts_capital_letters_in_the_address(cast, sign_in):
    assert sign_in("Ana@Example.com").status_code == 302


def test_wrong_password_and_unknown_address_get_the_same_words(cast, sign_in):
    known, unknown = sign_in("ana@example.com", "wrong wrong wrong"), sign_in("nobody@example.com", "wrong wrong wrong")
    assert [r.context["form"].non_field_errors() for r in (known, unknown)] == [
        ["The email address and/or password you specified are not correct."]
    ] * 2


def test_sixth_wrong_password_is_throttled_and_the_right_one_then_too(cast, sign_in):
    answers = [sign_in("ana@example.com", "wrong wrong wrong") for _ in range(5)]
    assert {r.status_code for r in answers} == {200}
    late = sign_in("ana@example.com")
    assert late.status_code == 429 or "Too many failed login attempts" in late.content.decode()
    assert "_auth_user_id" not in late.client.session


def test_inactive_person_does_not_get_in(cast, client, sign_in):
    cast.ana.is_active = False
    cast.ana.save()
    sign_in("ana@example.com")
    assert "_auth_user_id" not in client.session


def test_nobody_signs_up_by_themselves(client, db):
    answer = client.post(
        reverse("account_signup"),
        {"email": "new@example.com", "password1": "a long enough one", "password2": "a long enough one"},
    )
    from accounts.models import User

    assert not User.objects.exists()
    assert "administrator" in answer.content.decode()


@pytest.mark.parametrize("path", ["/", "/programmes/", "/portal/", "/api/v1/", "/api/v1/schema/"])
def test_anonymous_reader_gets_nothing(client, db, path):
    assert client.get(path).status_code in (302, 401, 403)


def test_strict_headers_are_on_every_answer(client, db):
    answer = client.get(reverse("account_login"))
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert len(answer["X-Request-ID"]) == 32
