"""Several requests at once for one person's time, over HTTP against real processes; beside it the same with the guards off."""

import pytest

from tests.concurrency.rivals import Rivals

pytestmark = pytest.mark.crash
NAIVE = "tests.concurrency.doublebook:application"


@pytest.fixture
def rivals(workplace):
    return Rivals(workplace)


def test_every_race_for_a_person_s_time_leaves_one_booking_and_no_fault(rivals):
    """Each of three people by each of five ways, once."""
    with rivals.web() as web:
        races = rivals.races(range(15), web)
    assert [race for race in races if not race.clean] == []


def test_database_alone_keeps_people_apart_and_without_its_guard_they_are_booked_twice(rivals):
    with rivals.web(NAIVE) as web:
        guarded = rivals.races(range(6), web)
    rivals.place.python("from tests.concurrency import doublebook\ndoublebook.unguard()")
    with rivals.web(NAIVE) as web:
        loose = rivals.races(range(6, 12), web)
    assert [race for race in guarded if not race.clean] == []
    assert any(race.timed > 1 and race.overlaps for race in loose)
