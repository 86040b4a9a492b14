"""The field page in Chromium: seen at both widths and in both themes, its picture drawn, and read without scripts."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from accounts import jobs
from tests.browser.conftest import accessibility_faults, overflow
from tests.conftest import make_cast
from tests.factories import make_cleared, make_interview, make_transcript

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FIELD = "/programmes/kestrel/field/"


@pytest.fixture
def cast():
    """A programme in mid-field, whose calendar stands on 24 March."""
    cast = make_cast()
    type(cast.programme).objects.update(synthetic=True)
    for day in (18, 19, 20):
        made = make_interview(cast.programme, cast.ana, starts_at=datetime(2026, 3, day, 14, tzinfo=UTC))
        make_cleared(made)
    held = make_interview(cast.programme, cast.ana, starts_at=datetime(2026, 3, 24, 14, tzinfo=UTC))
    make_transcript(held)
    for day in (26, 30):
        make_interview(
            cast.programme, cast.ana, state="booked", segment="managers", starts_at=datetime(2026, 3, day, tzinfo=UTC)
        )
    return cast


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (360, True)])
def test_field_fits_its_window_is_accessible_and_gets_its_picture(page_as, cast, width, dark):
    page = page_as(cast.ana, width=width, dark=dark)
    page.goto(FIELD)
    expect(page.get_by_text("The picture is being drawn")).to_be_visible()
    jobs.drain()
    expect(page.locator("figure.chart svg")).to_be_visible(timeout=15_000)
    page.get_by_text("Show as a table").click()
    assert (accessibility_faults(page), overflow(page), page.complaints) == ([], 0, [])


def test_field_is_read_without_scripts_and_leads_to_its_calls(page_as, cast):
    page = page_as(cast.ana, scripts=False)
    page.goto(FIELD)
    expect(page.get_by_role("table", name="People at each stage by segment")).to_be_visible()
    page.get_by_role("link", name="Customers").first.click()
    assert "segment=customers" in page.url
