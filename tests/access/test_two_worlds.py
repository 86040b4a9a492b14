"""Worlds that differ only in what a fund must not know look the same to that fund, in every byte that reaches it."""

import pytest

from research.models import Fund, Seat
from synthesis import portal
from tests.access.twins import Twins

pytestmark = pytest.mark.django_db
PAIRS = 30
LOOKING = ("rita", "carl")


@pytest.fixture(scope="module")
def found():
    return {}


@pytest.fixture
def twins(matrix, found) -> Twins:
    """The first world as Heron sees it, looked at once for all tests."""
    if "twins" not in found:
        found["twins"] = Twins(matrix, LOOKING)
    return found["twins"]


def test_two_looks_at_one_world_show_the_same(twins):
    assert twins.unsteady == []


@pytest.mark.parametrize("seed", range(PAIRS))
def test_what_a_fund_must_not_know_changes_nothing_that_reaches_it(twins, seed):
    # One of its people looks at a third of each second world, and all of them get the letters; the command looks at all.
    changes, unlike = twins.pair(seed, (LOOKING[seed % len(LOOKING)], "news"), share=3)
    assert unlike == [], changes


def test_a_count_of_all_seats_in_one_page_is_found(twins, monkeypatch):
    told = portal._programme

    def leaking(row, version):
        taken = Seat.objects.exclude(state="free").count()
        return told(type(row)(pk=row.pk, title=f"{row.title} ({taken})", delivery_on=row.delivery_on), version)

    monkeypatch.setattr(portal, "_programme", leaking)
    leaking_twins = Twins(twins.matrix, ("rita",))
    assert any(leaking_twins.pair(seed, ("rita",))[1] for seed in range(6))


def test_the_name_of_the_newest_fund_in_a_letter_is_found(twins, monkeypatch):
    from accounts import outbox

    post = outbox.post

    def leaking(**given):
        newest = Fund.objects.order_by("-created_at").first()
        return post(**given | {"name": f"{given.get('name', '')} and {newest.name}"})

    monkeypatch.setattr(outbox, "post", leaking)
    leaking_twins = Twins(twins.matrix, ())
    assert any(leaking_twins.pair(seed, ("news",))[1] for seed in range(6))
