"""Who sees which rows: people down, kinds of rows across, all sets written out."""

import pytest

from accounts.moves import now
from research.models import (
    Claim,
    Disagreement,
    Fund,
    Incident,
    KeyQuestion,
    Programme,
    Seat,
    Segment,
    Source,
    Statement,
)
from research.services import register
from tests.factories import make_programme, make_user, seat_fund

TEAM = {"Ana", "Ben", "Cora", "Cyrus", "Ada"}
SEATED = {"Rita", "Carl", "Bob"}


@pytest.fixture
def told(cast):
    """The cast's programme with one row of everything in its register."""
    source = register.add_source(programme=cast.programme, by=cast.ana, code="A", title="Paper")
    claim = register.add_claim(programme=cast.programme, by=cast.ana, title="c")
    register.add_statement(source=source, about=claim, text="70%", by=cast.ana)
    register.add_disagreement(programme=cast.programme, by=cast.ana, title="d")
    register.add_incident(
        programme=cast.programme, by=cast.ana, title="i", when="w", date_from="2026-03-05", date_to="2026-03-05"
    )
    return cast


@pytest.mark.parametrize(
    "model",
    [Programme, KeyQuestion, Segment, Source, Incident, Claim, Disagreement, Statement],
    ids=lambda m: m.__name__,
)
def test_rows_of_a_programme_are_visible_to_its_team_admins_and_seated_funds(told, model):
    count = model.objects.count()
    assert count > 0
    seen = {user.name: model.objects.visible_to(user).count() for user in told.everyone()}
    assert seen == {user.name: count if user.name in TEAM | SEATED else 0 for user in told.everyone()}


def test_seats_firm_sees_all_of_its_programmes_and_a_fund_its_own_alone(cast):
    seen = {
        user.name: [(s.number, s.fund_id) for s in Seat.objects.visible_to(user).order_by("number")]
        for user in cast.everyone()
    }
    every = [(1, cast.heron.pk), (2, cast.ibis.pk), (3, None), (4, None), (5, None)]
    own = {"Rita": every[:1], "Carl": every[:1], "Bob": every[1:2]}
    assert seen == {user.name: every if user.name in TEAM else own.get(user.name, []) for user in cast.everyone()}


def test_funds_admins_see_all_and_a_fund_itself(cast):
    seen = {user.name: {f.name for f in Fund.objects.visible_to(user)} for user in cast.everyone()}
    nobody = dict.fromkeys((user.name for user in cast.everyone()), set())
    assert seen == nobody | {
        "Ada": {"Heron", "Ibis", "Outsider"},
        "Rita": {"Heron"},
        "Carl": {"Heron"},
        "Bob": {"Ibis"},
        "Olga": {"Outsider"},
    }


@pytest.mark.parametrize("state", ["free", "held", "signed", "active"])
def test_only_an_active_seat_opens_the_programme_to_a_fund(cast, state):
    cast.programme.seats.filter(fund=cast.heron).update(
        state=state, fund=None if state == "free" else cast.heron, held_until=now() if state == "held" else None
    )
    assert Programme.objects.visible_to(cast.rita).exists() is (state == "active")
    assert Seat.objects.visible_to(cast.rita).exists() is (state != "free")


def test_a_closed_account_and_a_visitor_see_nothing(told):
    from django.contrib.auth.models import AnonymousUser

    told.ana.is_active = told.rita.is_active = told.ada.is_active = False
    for user in (told.ana, told.rita, told.ada, AnonymousUser()):
        for model in (Programme, KeyQuestion, Seat, Fund, Statement):
            assert not model.objects.visible_to(user).exists()


def test_somebody_of_two_programmes_sees_each_row_once(cast):
    other = make_programme("osprey")
    seat_fund(other, cast.heron)
    make_user("Both", "analyst", programme=other)
    assert [p.slug for p in Programme.objects.visible_to(cast.rita).order_by("slug")] == ["kestrel", "osprey"]
    assert Seat.objects.visible_to(cast.rita).count() == 2
    assert Programme.objects.visible_to(cast.bob).count() == 1
