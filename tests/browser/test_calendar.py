"""The calendar in Chromium: looked at in both widths and themes, and a call moved by mouse and from the keyboard."""

import os
import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from interviews.models import Interview
from interviews.services import hours, scheduling
from tests.browser.conftest import accessibility_faults, overflow
from tests.conftest import make_cast
from tests.factories import make_interview

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PICTURES = os.environ.get("PICTURES")
WEEK = "/programmes/kestrel/calendar/?day=2027-03-24"
FILES = Path(__file__).resolve().parents[1] / "data" / "ics"


@pytest.fixture
def cast():
    cast = make_cast()
    people = [(cast.ana, cast.cora), (cast.ben, None), (cast.ana, None), (cast.ben, cast.cyrus)]
    for n, (leader, chair) in enumerate([*people, *people]):
        call = make_interview(cast.programme, leader, chaperone=chair, state="open", starts_at=None)
        wall = datetime(2027, 3, 22 + n // 2, 6 + 3 * (n % 3), 15 * (n % 4))
        take = scheduling.hold_time if n == 3 else scheduling.book
        take(interview=call, wall=wall, zone="America/New_York", by=cast.ana, minutes=60 if n % 3 else 45)
    make_interview(cast.programme, cast.ben, starts_at=datetime.fromisoformat("2027-03-23T10:00:00+00:00"))
    hours.set_calendar(zone="Europe/London", holidays="GB-ENG", most_a_day=5, pause=15, by=cast.ana)
    hours.set_day(of=cast.ana, day=datetime(2027, 3, 25).date(), zone="Europe/London", note="Leave", by=cast.ana)
    return cast


def look(page: Page, path: str, name: str) -> list[str]:
    """What is wrong with a page: axe, width, the console."""
    answer = page.goto(path)
    assert answer is not None and answer.status == 200
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)
    wide = overflow(page)
    return [*accessibility_faults(page), *page.complaints, *([f"{wide} pixels too wide"] if wide > 0 else [])]


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (1440, True), (360, False), (360, True)])
def test_calendar_and_hours_fit_their_window_and_are_accessible(page_as, cast, width, dark):
    page = page_as(cast.ana, width=width, dark=dark)
    paths = {
        "week": WEEK,
        "week-of-one": f"{WEEK}&who={cast.ana.pk}",
        "day": f"{WEEK}&view=day",
        "mine": "/account/calendar/?day=2027-03-24",
        "hours": "/account/calendar/hours/",
        "call": "/programmes/kestrel/interviews/4/",
    }
    faults = {name: look(page, path, f"{name}-{width}{'-dark' if dark else ''}") for name, path in paths.items()}
    assert {name: found for name, found in faults.items() if found} == {}


def when(number: int) -> datetime:
    call = Interview.objects.get(number=number)
    assert call.starts_at is not None
    return call.starts_at


def test_call_is_moved_from_the_keyboard_and_keeps_the_focus(page_as, cast):
    page, before = page_as(cast.ana), when(1)
    page.goto(WEEK)
    call = page.locator("[data-label='INT-001']").first
    call.focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "ArrowUp", "ArrowRight"):
        page.keyboard.press(key)
    expect(page.locator("#calendar-said")).to_contain_text("INT-001 to Tuesday 23 March, 10:30. Enter moves it there")
    page.keyboard.press("Enter")
    expect(page.get_by_text("INT-001 is moved: Tuesday 23 March, 10:30 GMT")).to_be_visible()
    expect(page.locator("[data-label='INT-001']").first).to_be_focused()
    assert when(1) - before == timedelta(days=1, minutes=30)
    assert page.complaints == []


def test_move_is_given_up_with_escape_and_a_refusal_puts_the_call_back(page_as, cast):
    page, before = page_as(cast.ana), when(1)
    page.goto(WEEK)
    call, said = page.locator("[data-label='INT-001']").first, page.locator("#calendar-said")
    names = call.get_attribute("class")
    call.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    expect(said).to_have_text("Nothing was moved.")
    assert call.get_attribute("class") == names
    other = Interview.objects.get(number=3)
    scheduling.book(interview=other, wall=datetime(2027, 3, 22, 11), zone="Europe/London", by=cast.ana)
    for _ in range(4):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(said).to_have_text("Ana has another call at that time: choose another time.")
    assert (call.get_attribute("class"), when(1)) == (names, before)
    expect(call).to_be_focused()


def test_call_is_dragged_to_another_day_and_time_with_the_mouse(page_as, cast):
    page, before = page_as(cast.ana), when(1)
    page.goto(WEEK)
    box = page.locator("[data-label='INT-001']").first.bounding_box()
    column = page.locator("[data-day='2027-03-26']").bounding_box()
    assert box and column
    page.mouse.move(box["x"] + 20, box["y"] + 8)
    page.mouse.down()
    page.mouse.move(column["x"] + 30, box["y"] + 20, steps=5)
    page.mouse.move(column["x"] + 40, box["y"] + 8 + 56, steps=5)
    page.mouse.up()
    expect(page.get_by_text("INT-001 is moved: Friday 26 March, 11:00 GMT")).to_be_visible()
    assert when(1) - before == timedelta(days=4, hours=1)


def test_click_without_a_drag_leads_to_the_call_and_compliance_can_drag_nothing(page_as, cast):
    page = page_as(cast.ana)
    page.goto(WEEK)
    page.locator("[data-label='INT-001']").first.click()
    expect(page).to_have_url(re.compile(r"/interviews/1/$"))
    other = page_as(cast.cora)
    other.goto(WEEK)
    assert other.locator("[data-move]").count() == 0


def test_calendar_is_read_without_scripts(page_as, cast):
    page = page_as(cast.ana, scripts=False)
    page.goto(WEEK)
    page.locator("[data-label='INT-001']").first.click()
    expect(page.get_by_role("button", name="Move it")).to_be_visible()
