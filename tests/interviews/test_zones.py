"""A short walk of instants through the clocks of the world; tests/bench/zones.py takes the long one."""

import pytest

from tests.bench import zones

# The kinds of clock that there are: none, the usual, half an hour, the other half of the year, one month, below zero.
NAMES = [
    "America/New_York",
    "Africa/Casablanca",
    "America/Sao_Paulo",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Europe/Dublin",
    "Europe/London",
    "Pacific/Chatham",
    "UTC",
]


@pytest.fixture(scope="module")
def made() -> list[zones.Booking]:
    return zones.bookings(200, 7, NAMES, zones.jumps_of(NAMES))


def test_instant_survives_store_page_calendar_and_api(cast, made):
    tally = zones.run(made)
    assert tally.wrong == []
    assert min(tally.tried.values()) >= 5 and len(tally.tried) == 11, tally.tried


def test_control_with_fixed_offsets_fails(made):
    assert zones.control(made) > 50


def test_way_that_loses_an_hour_is_found(cast, made, monkeypatch):
    """Breaks the calendar's clock on purpose: the walk must see it."""
    from interviews import invites

    real = invites.changes
    monkeypatch.setattr(invites, "changes", lambda *given: real(*given)[:1])
    tally = zones.run(made)
    assert {line.partition(":")[0] for line in tally.wrong} >= {"calendar by vobject"}
