"""The whole way of an expert, on a telephone without scripts: invitation, time, move, statement, consents, cancellation."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache
from playwright.sync_api import Page, expect

from accounts import jobs
from accounts.models import Message
from accounts.moves import now
from interviews.models import Interview, ScreeningQuestion
from interviews.services import candidates, consent, links
from tests.browser.conftest import accessibility_faults, overflow
from tests.conftest import Cast, make_cast
from tests.factories import grant_papers, make_candidate, make_expert, make_identity, make_interview

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def cast(transactional_db, monkeypatch) -> Cast:
    monkeypatch.setattr(jobs, "ring", lambda pk: None)
    cast = make_cast()
    cast.programme.codename = "Larkspur"
    cast.programme.save()
    return cast


@pytest.fixture
def candidate(cast):
    expert = make_expert()
    make_identity(expert)
    return make_candidate(cast.programme, expert)


def newest() -> str:
    """The path of the link in the newest letter."""
    return urlsplit(Message.objects.exclude(link="").order_by("created_at").last().link).path


def press(page: Page, name: str) -> None:
    cache.clear()
    assert overflow_by_box(page) == 0
    page.get_by_role("button", name=name, exact=True).click()


def overflow_by_box(page: Page) -> float:
    """How much wider than the window the page is, asked of the browser and not of a script of the page."""
    return max(0, page.locator("main").bounding_box()["width"] - page.viewport_size["width"])


def follow(page: Page, name: str) -> None:
    """Go where a link of the page leads: the site's own address in a letter is not that of the test's server."""
    page.goto(urlsplit(page.get_by_role("link", name=name).get_attribute("href")).path)


def test_expert_goes_the_whole_way_on_a_telephone_without_scripts(cast, candidate, page_as):
    ScreeningQuestion.objects.create(
        programme=cast.programme,
        kind="knock_out",
        text="Are you a public official?",
        options=["Yes", "No"],
        wrong=["Yes"],
    )
    page = page_as(width=360, scripts=False)
    candidates.invite(candidate=candidate, by=cast.ana)
    page.goto(newest())
    expect(page.get_by_role("heading", name="Would you speak with us?")).to_be_visible()
    page.get_by_label("No", exact=True).check()
    press(page, "I am interested")
    expect(page.get_by_text("A person looks at your answer")).to_be_visible()
    type(candidate).objects.filter(pk=candidate.pk).update(state="eligible")
    grant_papers(candidate.expert, on=now().date(), until=now().date() + timedelta(days=365))

    call = make_interview(cast.programme, cast.ana, state="open", expert=candidate.expert, starts_at=None)
    links.send_choose(call, cast.ana)
    page.goto(newest())
    page.get_by_label("Times are shown for").select_option("America/New_York")
    press(page, "Show times for this zone")
    page.locator("details", has=page.locator("input[name=at]")).last.locator("summary").click()
    page.locator("input[name=at]:visible").last.check()
    press(page, "Book this time")
    expect(page.get_by_role("heading", name="Your call is booked.")).to_be_visible()
    expect(page.get_by_text(re.compile(r"America/New_York, UTC"))).to_be_visible()
    call.refresh_from_db()
    assert (call.state, call.zone) == ("booked", "America/New_York")

    follow(page, "Move or cancel the call")
    before = call.starts_at
    page.locator("input[name=at]:visible").first.check()
    press(page, "Move to this time")
    expect(page.get_by_role("heading", name="Your call is moved.")).to_be_visible()
    call.refresh_from_db()
    assert call.starts_at != before

    manage = urlsplit(page.get_by_role("link", name="Move or cancel the call").get_attribute("href")).path
    Interview.objects.filter(pk=call.pk).update(starts_at=now() + timedelta(hours=3))
    call.refresh_from_db()
    links.send_attest(call)
    page.goto(newest())
    page.get_by_label("I have read this, and each line is true.").check()
    press(page, "Confirm")
    assert consent.attested(call).method == "page"
    follow(page, "Answer the three questions")
    for purpose in ("Recording the call", "Writing down what you say", "Quoting what you say"):
        page.get_by_role("radiogroup", name=purpose).get_by_label("I agree").check()
    press(page, "Save my answers")
    follow(page, "Change my answers")
    page.get_by_role("radiogroup", name="Quoting what you say").get_by_label("I withdraw").check()
    press(page, "Save my answers")
    assert consent.standing(call) == {"record", "transcribe"}

    page.goto(manage)
    page.get_by_text("Cancel the call").first.click()
    press(page, "Cancel the call")
    expect(page.get_by_role("heading", name="Your call is cancelled.")).to_be_visible()
    page.goto(manage)
    expect(page.get_by_role("heading", name="This link is no longer open.")).to_be_visible()
    assert page.context.cookies() == []


@pytest.mark.parametrize(("width", "dark"), [(360, False), (1440, True)])
def test_pages_of_an_expert_have_no_fault_that_axe_or_the_window_finds(cast, candidate, page_as, width, dark):
    page = page_as(width=width, dark=dark)
    candidates.invite(candidate=candidate, by=cast.ana)
    paths = [newest(), "/e/closed/"]
    call = make_interview(cast.programme, cast.ana, state="open", expert=candidate.expert, starts_at=None)
    links.send_choose(call, cast.ana)
    paths.append(newest())
    booked = make_interview(
        cast.programme, cast.ana, state="booked", expert=candidate.expert, starts_at=now() + timedelta(hours=3)
    )
    for send in (links.send_manage, links.send_attest, links.send_consent):
        send(booked, cast.ana)
        paths.append(newest())
    for path in paths:
        cache.clear()
        page.goto(path)
        shut = page.locator("details:not([open]) > summary")
        while shut.count():
            shut.first.click()
        assert accessibility_faults(page) == [], path
        assert overflow(page) == 0, path
    # The closed page answers 410, which the browser's console notes.
    assert [text for text in page.complaints if "410" not in text] == []
