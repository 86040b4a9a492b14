"""A call in Chromium from the attestation to its end: notes by keyboard, two windows, a lost connection, the stop."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from interviews.models import Interview, Note, TopicCard
from interviews.services import notebook
from tests.browser.conftest import accessibility_faults, overflow
from tests.conftest import make_cast
from tests.factories import make_honorarium, make_interview, make_rule

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def cast():
    return make_cast()


def call_of(cast, **fields) -> Interview:
    begins = timezone.now() + timedelta(minutes=5)
    fields = {"state": "booked", "starts_at": begins, "zone": "UTC", "chaperone": cast.cora} | fields
    call = make_interview(cast.programme, cast.ana, **fields)
    candidate = cast.programme.candidates.get(expert=call.expert)
    if not candidate.topic_cards.exists():
        TopicCard.objects.create(
            candidate=candidate,
            version=1,
            may="Their own choice of provider.",
            may_not="Their employer's spend.",
            by=cast.cora,
        )
    return call


def running(cast, minutes=12) -> Interview:
    return call_of(cast, state="started", started_at=timezone.now() - timedelta(minutes=minutes))


def path(call: Interview) -> str:
    return f"/programmes/kestrel/interviews/{call.number}/call/"


def type_note(page: Page, words: str) -> None:
    page.locator("#note-text").press_sequentially(words)
    page.keyboard.press("Enter")


def test_whole_call_from_attestation_to_end_with_notes_by_keyboard(page_as, cast):
    make_rule(cast.programme, cast.cora)
    call = call_of(cast)
    make_honorarium(call, cast.cora)
    page = page_as(cast.ana)
    page.goto(path(call))
    expect(page.get_by_role("button", name="Start the call")).to_have_attribute("aria-disabled", "true")
    page.get_by_role("button", name="They said so").click()
    page.get_by_role("button", name="Start the call").click()
    expect(page.locator("#note-text")).to_be_focused()
    card = page.get_by_role("region", name="Topic card")
    expect(card).to_contain_text("Their employer's spend.")
    Interview.objects.update(started_at=timezone.now() - timedelta(minutes=10))
    page.reload()
    expect(page.get_by_role("timer")).to_contain_text("10:0")
    type_note(page, "They moved two workloads.")
    expect(page.locator(".notes li")).to_have_count(1)
    expect(page.locator("#note-text")).to_have_value("")
    page.locator("#note-text").press_sequentially("line one")
    page.keyboard.press("Shift+Enter")
    type_note(page, "line two")
    expect(page.locator(".notes li")).to_have_count(2)
    page.get_by_role("button", name="Covered? Q1").click()
    expect(page.get_by_text("1 of 2 covered")).to_be_visible()
    page.mouse.wheel(0, 4000)
    expect(card).to_be_in_viewport()
    page.get_by_role("button", name="End the call").click()
    page.get_by_role("button", name="It was held").click()
    expect(page.get_by_text("It is logged as held.")).to_be_visible()
    call.refresh_from_db()
    assert (call.state, call.minutes, call.honorarium.amount) == ("held", 10, 10_000)
    first, second = Note.objects.order_by("at")
    assert (first.text, second.text) == ("They moved two workloads.", "line one\nline two")
    assert 600_000 <= first.at_ms < second.at_ms < 640_000
    assert page.complaints == []


def test_time_of_a_note_is_that_of_its_first_key(page_as, cast):
    page = page_as(cast.ana)
    page.goto(path(running(cast)))
    page.locator("#note-text").press_sequentially("W")
    begun = int(page.locator("[name=at_ms]").input_value())
    page.wait_for_timeout(1500)
    type_note(page, "ell")
    expect(page.locator(".notes li")).to_have_count(1)
    assert Note.objects.get().at_ms == begun


def test_note_typed_offline_stays_in_the_field_and_is_saved_once_later(page_as, cast):
    page = page_as(cast.ana)
    page.goto(path(running(cast)))
    page.context.set_offline(True)
    type_note(page, "Said while offline")
    expect(page.locator("#note-status")).to_contain_text("Not saved; your words are still here.")
    expect(page.locator("#note-text")).to_have_value("Said while offline")
    page.context.set_offline(False)
    page.reload()
    expect(page.locator("#note-text")).to_have_value("Said while offline")
    page.locator("#note-text").press("Enter")
    expect(page.locator(".notes li")).to_have_count(1)
    expect(page.locator("#note-text")).to_have_value("")
    assert Note.objects.count() == 1


def test_two_people_write_at_once_and_see_each_other_without_losing_what_they_type(page_as, cast):
    call = running(cast)
    ana, cora = page_as(cast.ana), page_as(cast.cora)
    for page in (ana, cora):
        page.goto(path(call))
    ana.locator("#note-text").press_sequentially("half a sen")
    type_note(cora, "The chaperone's note")
    expect(ana.locator(".notes li")).to_have_count(1, timeout=10_000)
    expect(ana.locator("#note-text")).to_have_value("half a sen")
    expect(ana.locator("#note-text")).to_be_focused()
    type_note(ana, "tence")
    expect(cora.locator(".notes li")).to_have_count(2, timeout=10_000)
    cora.get_by_role("button", name="Stop for compliance").click()
    cora.get_by_role("button", name="Stop the call").click()
    expect(ana.get_by_text("This call is no longer running: stopped for compliance.")).to_be_visible(timeout=10_000)
    assert Interview.objects.get().state == "stopped"


def test_stop_asks_first_and_can_be_left(page_as, cast):
    page = page_as(cast.ana)
    page.goto(path(running(cast)))
    page.get_by_role("button", name="Stop for compliance").press("Enter")
    expect(page.locator("#stop-dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#stop-dialog")).not_to_be_visible()
    assert Interview.objects.get().state == "started"


def test_call_is_held_without_scripts(page_as, cast):
    page = page_as(cast.ana, scripts=False)
    call = call_of(cast)
    page.goto(path(call))
    page.get_by_role("button", name="They said so").click()
    page.get_by_role("button", name="Start the call").click()
    page.locator("#note-text").fill("Without a script")
    page.get_by_role("button", name="Save the note").click()
    expect(page.locator(".notes li")).to_have_count(1)
    page.get_by_role("button", name="End the call").click()
    page.get_by_role("button", name="It was held").click()
    expect(page.get_by_text("It is logged as held.")).to_be_visible()


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (360, True)])
def test_pages_of_call_and_honoraria_fit_their_window_and_are_accessible(page_as, cast, width, dark):
    calls = [call_of(cast), running(cast)]
    notebook.note(interview=calls[1], text="A note " * 40, by=cast.ana)
    for state in ("held", "stopped"):
        row = make_honorarium(call_of(cast, state=state), cast.cora, state="computed", amount=40_000, minutes=61)
        calls.append(row.interview)
    for user in (cast.ana, cast.cora):
        page = page_as(user, width=width, dark=dark)
        one = "/programmes/kestrel/"
        wanted = [path(call) for call in calls] + [f"{one}interviews/{calls[2].number}/honorarium/", f"{one}honoraria/"]
        for address in wanted:
            page.goto(address)
            assert overflow(page) == 0, address
            assert accessibility_faults(page) == [], address
        assert page.complaints == []
