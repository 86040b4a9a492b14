"""Passkeys in Chromium with its virtual authenticator, and the pages about signing in as a person meets them."""

import re
import time

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import Page, expect

from accounts.models import AuditEvent
from tests.accounts.test_second_factor import PASSWORD, code, without_factor
from tests.browser.conftest import accessibility_faults, overflow
from tests.conftest import Cast, make_cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def cast(transactional_db) -> Cast:
    return make_cast()


def with_key(page: Page) -> Page:
    """The page with a key in its computer that agrees to everything."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    agrees = {"isUserVerified": True, "automaticPresenceSimulation": True}
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options | agrees})
    return page


def sign_in(page: Page, user) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("E-mail address").fill(user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def show_it_is_me(page: Page) -> None:
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()


def sign_out(page: Page) -> None:
    page.goto("/accounts/logout/")
    page.get_by_role("button", name="Sign out").click()


def looked_at(page: Page) -> None:
    """Nothing that axe, the console or a narrow window has to say against this page."""
    assert accessibility_faults(page) == []
    assert overflow(page) == 0
    assert page.complaints == []


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (360, True)])
def test_passkey_is_set_up_shows_codes_signs_in_alone_and_is_renamed(cast, page_as, width, dark):
    without_factor(cast.cora)
    page = with_key(page_as(width=width, dark=dark))
    sign_in(page, cast.cora)
    expect(page.get_by_text("Set up a second factor to go on")).to_be_visible()
    looked_at(page)
    page.get_by_role("link", name="Add a passkey").click()
    looked_at(page)
    show_it_is_me(page)
    page.get_by_label("Name, to tell it from others").fill("Ring")
    looked_at(page)
    page.get_by_role("button", name="Make the passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    expect(page.locator(".codes li")).to_have_count(10)
    looked_at(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download them as text").click()
    lines = download.value.path().read_text().split()
    assert lines[2:] == page.locator(".codes li").all_inner_texts()
    sign_out(page)
    looked_at(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page).to_have_url(re.compile("/programmes/$"))
    page.goto("/account/security/")
    expect(page.get_by_text("Signs in alone")).to_be_visible()
    looked_at(page)
    page.get_by_role("link", name="Rename").click()
    if page.get_by_role("heading", name="Is it you?").is_visible():
        looked_at(page)
        show_it_is_me(page)
    page.get_by_label("Name").fill("Ring of Cora")
    page.get_by_role("button", name="Save the name").click()
    expect(page.get_by_role("link", name="Rename Ring of Cora")).to_be_visible()
    assert AuditEvent.objects.filter(verb="signed-in").last().body == {"methods": ["mfa"]}


def test_passkey_is_the_second_step_after_the_password(cast, page_as):
    without_factor(cast.ana)
    page = with_key(page_as())
    sign_in(page, cast.ana)
    page.goto("/account/security/passkeys/")
    show_it_is_me(page)
    page.get_by_label("Sign in with this key alone").uncheck()
    page.get_by_role("button", name="Make the passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    sign_out(page)
    sign_in(page, cast.ana)
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    looked_at(page)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page).to_have_url(re.compile("/programmes/$"))
    assert AuditEvent.objects.filter(verb="signed-in").last().body == {"methods": ["password", "mfa"]}


def test_passkey_that_does_not_answer_is_told_in_words(cast, page_as):
    page = page_as()
    page.goto("/accounts/login/")
    page.evaluate(
        "() => { navigator.credentials.get = () => Promise.reject(new DOMException('no', 'NotAllowedError')); }"
    )
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_have_text(
        "Nothing came from the key: it was cancelled, or it took too long. Try again."
    )


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (360, True)])
def test_app_is_set_up_with_the_picture_or_the_key(cast, page_as, width, dark):
    without_factor(cast.ana)
    page = page_as(width=width, dark=dark)
    sign_in(page, cast.ana)
    page.goto("/account/security/app/")
    show_it_is_me(page)
    picture = page.get_by_role("img", name="QR code of the key below")
    assert picture.evaluate("image => image.complete && image.naturalWidth > 0")
    looked_at(page)
    page.get_by_label("Code from the app").fill(code(page.locator(".secret").inner_text(), at=time.time()))
    page.get_by_role("button", name="Turn it on").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    factor = Authenticator.objects.get(user=cast.ana, type="totp")
    page.goto(f"/account/security/factors/{factor.pk}/remove/")
    looked_at(page)
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("You have none. With one")).to_be_visible()
    looked_at(page)
