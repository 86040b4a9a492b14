"""Funds by the hundred commit over HTTP at one instant: so many win as there are seats, whatever happens to the server."""

import pytest

from tests.concurrency.burst import Hall

FUNDS = 200


@pytest.fixture
def hall(workplace):
    return Hall(workplace, FUNDS)


def test_two_hundred_commits_leave_one_winner_a_seat_and_no_fault(hall):
    with hall.web() as web:
        for cap in (5, 2):
            slug, requests = hall.announce(cap)
            burst = hall.burst(slug, requests, web=web)
            assert burst.counts == {"201": cap, "409 programme_full": FUNDS - cap}
            assert (burst.taken, burst.halves) == (cap, {})


def test_server_killed_in_the_burst_leaves_whole_claims_only_and_the_rest_can_be_asked_again(hall):
    for moment in (0.02, 0.15, 0.4):
        with hall.web() as web:
            slug, requests = hall.announce(5)
            cut = hall.burst(slug, requests, web=web, kill_after=moment)
        assert cut.counts["201"] <= cut.taken <= 5
        assert cut.halves == {}
        with hall.web() as web:
            again = hall.burst(slug, requests, web=web)
        assert (again.taken, again.halves) == (5, {})
        # Who sits already is told so by the same answer again; nobody new gets past the fifth.
        assert again.counts["201"] == 5


def test_control_without_its_guard_the_site_oversells(hall):
    hall.django("from tests.concurrency import oversell\noversell.unguard()")
    with hall.web("tests.concurrency.oversell:application") as web:
        slug, requests = hall.announce(5)
        assert hall.burst(slug, requests, web=web).counts["201"] > 5
