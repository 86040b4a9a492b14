"""Every page, as everybody who may open it, in Chromium: it answers, axe finds nothing, nothing is wider than the window.

Which pages there are, and who may open them, is read from the policy of the access tests: a page that is added there is
looked at here.
"""

import re

import pytest
from django.db import transaction
from playwright.sync_api import Page, expect

from tests.access.calls import BARE, POLICY, address, kwargs_of
from tests.access.policy import EXCEPTIONS
from tests.access.world import RELEASED_WORDS, World, make_world
from tests.browser.conftest import accessibility_faults, overflow

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LETTERS = {"ana": "A", "cora": "C", "ada": "D", "rita": "F", "carl": "F"}
NOT_PAGES = {
    *("health", "ready", "v1:schema", "report_file", "portal_file", "portal_report_pdf", "portal_transcript_file"),
    *("terms_file", "fund_terms_file", "fund_policy_file", "experts_file", "expert_template", "honoraria_file"),
    *("field_csv", "field_picture", "calendar_feed", "plan_progress", "call_live"),
    *("ledger_file", "matrix_csv", "matrix_picture", "incident_picture", "held_picture", "tagging", "report_progress"),
}
BY_PROGRAM = {
    "v1:api-root",
    "v1:programme-list",
    "v1:interview-detail",
    "v1:interview-list",
    "v1:tag-list",
    "v1:fund-list",
    "v1:portal-detail",
}
"""The pages that show the API are one template: these stand for all."""
ACCOUNT = ["/accounts/password/change/", "/accounts/logout/", "/no/such/page/"]
DARK = {
    "programme",
    "questions",
    "register",
    "interview",
    "desk",
    "read",
    "review",
    "analysis",
    "report",
    "seats",
    "audit",
}
DARK |= {"report_version", "portal_report", "portal_interview", "portal_search", "v1:api-root"}


@pytest.fixture
def world(transactional_db, settings, tmp_path) -> World:
    settings.DATA_DIR = tmp_path
    with transaction.atomic():
        return make_world()


def may_open(name: str, person: str) -> bool:
    line = POLICY[name].get("get", "")
    if EXCEPTIONS.get((name, "get"), {}).get(person, "open") != "open":
        return False
    return person in line if isinstance(line, set) else line == "*" or LETTERS[person] in line


def pages_of(person: str, world: World, only: set[str] | None = None) -> list[str]:
    """The addresses that this person may open, with real ids."""
    names = [
        name
        for name in POLICY
        if (name in BY_PROGRAM or not name.startswith(("v1:", "office:")))
        and name not in NOT_PAGES
        and may_open(name, person)
    ]
    found = [
        address(name, {} if name in BARE else kwargs_of(name, world, world.here))
        for name in names
        if only is None or name in only
    ]
    return found if only else found + ACCOUNT


def look(page: Page, path: str, narrow: int = 360) -> dict[str, object]:
    """What is wrong with one page, at the width of the window and at a narrow one; empty when nothing is."""
    page.complaints.clear()
    status = page.goto(path).status
    expected = 404 if path.startswith("/no/") else 200
    wide = overflow(page)
    faults = accessibility_faults(page)
    size = page.viewport_size
    page.set_viewport_size({"width": narrow, "height": 780})
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    found = {
        "status": None if status == expected else status,
        "axe": faults,
        "wider than 1440": max(wide, 0),
        f"wider than {narrow}": max(overflow(page), 0),
        "console": [text for text in page.complaints if f"status of {expected}" not in text],
    }
    page.set_viewport_size(size)
    return {name: fault for name, fault in found.items() if fault}


def look_at_all(page: Page, paths: list[str], **more: int) -> dict[str, dict]:
    return {path: fault for path in paths if (fault := look(page, path, **more))}


@pytest.mark.parametrize("person", LETTERS)
def test_every_page_of_a_role_answers_fits_and_is_accessible(page_as, world, person):
    paths = pages_of(person, world)
    assert len(paths) > 8
    assert look_at_all(page_as(world.people.get(person) or getattr(world.cast, person)), paths) == {}


@pytest.mark.parametrize("person", ["ana", "cora", "rita"])
def test_main_pages_are_accessible_in_the_dark_on_a_telephone(page_as, world, person):
    page = page_as(getattr(world.cast, person), width=360, dark=True)
    assert look_at_all(page, pages_of(person, world, DARK)) == {}


@pytest.mark.parametrize(
    "path", ["/accounts/login/", "/accounts/password/reset/", "/accounts/signup/", "/no/such/page/"]
)
def test_the_front_door_answers_fits_and_is_accessible(page_as, path):
    assert look(page_as(), path) == {}


@pytest.mark.parametrize(
    ("person", "words"),
    [
        (
            "ana",
            {
                "read": RELEASED_WORDS,
                "questions": "Are outages shifting cloud procurement?",
                "register": "Orders lost",
                "analysis": "Customer confidence",
                "report": RELEASED_WORDS,
            },
        ),
        ("cora", {"desk": "SECRET redacted of KESTREL"}),
        ("rita", {"portal_report": RELEASED_WORDS, "portal_interview": "And?", "portal_search": "outage"}),
    ],
)
def test_reading_works_without_scripts(page_as, world, person, words):
    page = page_as(getattr(world.cast, person), width=360, scripts=False)
    for name, text in words.items():
        assert page.goto(address(name, kwargs_of(name, world, world.here))).status == 200
        expect(page.locator("main").get_by_text(text).first).to_be_visible()


def test_sign_in_by_keyboard_only(page_as, world):
    page = page_as()
    page.goto("/programmes/")
    page.keyboard.press("Tab")
    page.keyboard.type("ana@example.com")
    page.keyboard.press("Tab")
    page.keyboard.type("correct horse battery")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/programmes/$"))
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="New programme")).to_be_focused()


def test_reader_on_a_telephone_starts_with_a_bar_that_opens_and_closes(page_as, world):
    page = page_as(world.cast.ana, width=360)
    page.goto(address("read", {"cleared_id": world.here.evidence.texts[1].pk}))
    sheet = page.locator(".reader-sheet")
    expect(page.get_by_text("Nothing selected").first).to_be_visible()
    expect(sheet).to_be_hidden()
    page.get_by_role("button", name="Next open").click()
    expect(page.locator(".reader-bar")).to_contain_text("Q1, bear, open")
    expect(sheet).to_be_hidden()
    page.get_by_role("button", name="Details").click()
    expect(page.get_by_role("button", name="Accept")).to_be_visible()
    page.get_by_role("button", name="Close").click()
    expect(sheet).to_be_hidden()
    page.locator(".said mark").first.click()
    expect(sheet).to_be_visible()


# The checks see what they are for ---------------------------------------------------------------------------------------


def faulty(page: Page, body: str, policy: str = "", status: int = 200) -> dict:
    """What `look` says of a page of these words."""
    html = f"<!doctype html><html lang=en><head><title>A page</title></head><body><main><h1>A page</h1>{body}</main></body></html>"
    headers = {"Content-Type": "text/html", **({"Content-Security-Policy": policy} if policy else {})}
    page.route("**/faulty/", lambda route: route.fulfill(status=status, body=html, headers=headers))
    return look(page, "/faulty/")


@pytest.mark.parametrize(
    ("body", "policy", "kinds"),
    [
        ("<p>Well made.</p>", "", set()),
        ('<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">', "", {"axe"}),
        ('<p style="color: #ccc; background: #fff">Faint.</p>', "", {"axe"}),
        ('<p style="width: 600px">Wide.</p>', "", {"wider than 360"}),
        ('<p style="width: 2000px">Wider.</p>', "", {"wider than 1440", "wider than 360"}),
        ("<script>nothing()</script>", "", {"console"}),
        ('<p style="margin: 0">Styled.</p>', "style-src 'self'", {"console"}),
    ],
)
def test_each_kind_of_fault_is_seen(page_as, body, policy, kinds):
    assert set(faulty(page_as(), body, policy)) == kinds


def test_page_that_does_not_answer_is_seen(page_as):
    assert faulty(page_as(), "<p>Well made.</p>", status=404)["status"] == 404
