"""The pictures of the register and of the board: fragments that ask for themselves until they are drawn."""

from datetime import UTC, date, datetime

import pytest

from accounts import jobs
from research.models import Incident
from synthesis.services import charts
from tests.factories import make_expert, make_interview


@pytest.fixture
def told(cast):
    """One incident; one person heard twice and one heard once, over two days."""
    day = date(2026, 3, 5)
    Incident.objects.create(
        programme=cast.programme, title="Checkout down", when="5 March 2026", date_from=day, date_to=day
    )
    twice = make_expert()
    for expert, at in ((twice, 17), (twice, 18), (None, 18)):
        make_interview(cast.programme, cast.ana, expert=expert, starts_at=datetime(2026, 3, at, 14, tzinfo=UTC))


def get(client, user, address: str) -> str:
    client.force_login(user)
    return client.get(f"/programmes/kestrel/{address}").content.decode()


@pytest.mark.parametrize(
    ("page", "fragment", "title"),
    [
        ("register/", "register/picture/", "Public incidents"),
        ("", "held/picture/", "Interviews held against the plan"),
    ],
)
def test_picture_is_asked_for_by_its_page_drawn_once_and_shown(client, cast, told, page, fragment, title):
    assert f'hx-get="/programmes/kestrel/{fragment}?again"' in get(client, cast.ada, page)
    assert f'hx-get="/programmes/kestrel/{fragment}"' in get(client, cast.ada, f"{fragment}?again")
    assert jobs.drain() == 1
    shown = get(client, cast.ada, fragment)
    assert ("hx-get" in shown, shown.count("<svg"), f"<title>{title}</title>" in shown) == (False, 1, True)
    client.force_login(cast.ada)
    assert client.get(f"/programmes/kestrel/{fragment}?download").content.startswith(b"<svg")


def test_held_chart_counts_people_on_the_day_of_their_first_call(cast, told):
    rows = charts.held_chart(cast.programme).rows
    assert [(day, held) for day, _, held in rows[:2]] == [("2026-03-17", 1), ("2026-03-18", 2)]


def test_board_without_segments_asks_for_no_picture(client, cast):
    cast.programme.segments.all().delete()
    assert "held/picture/" not in get(client, cast.ana, "")
