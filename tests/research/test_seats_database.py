"""What the database itself refuses about seats and participations, asked in plain SQL past every service."""

import uuid

import pytest
from django.db import IntegrityError, connection, transaction

from research.models import Participation, Seat

FAR = "2030-01-01 00:00:00+00:00"


def key(pk: uuid.UUID) -> str:
    """An id as the database keeps it."""
    return pk.hex if connection.vendor == "sqlite" else str(pk)


def run(sql: str, **values: object) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)


def refused(name: str, sql: str, **values: object) -> None:
    """The statement fails, and for this reason."""
    with pytest.raises(IntegrityError) as refusal:
        run(sql, **values)
    told = str(refusal.value)
    if connection.vendor == "sqlite" and name in ONCE:
        assert all(f".{column}" in told for column in ONCE[name]), told
    else:
        assert name in told, told


# SQLite names the columns of a unique constraint, not the constraint.
ONCE = {
    "seat_number_once": ["programme_id", "number"],
    "seat_fund_once": ["programme_id", "fund_id"],
    "participation_once": ["programme_id", "fund_id"],
}
INSERT = (
    "INSERT INTO research_seat (id, programme_id, number, state) VALUES (%(id)s, %(programme)s, %(number)s, 'free')"
)
SEAT = "UPDATE research_seat SET {} WHERE programme_id = %(programme)s AND number = %(number)s"
PART = "UPDATE research_participation SET {} WHERE programme_id = %(programme)s AND fund_id = %(fund)s"


@pytest.mark.parametrize("number", [0, 6, 7])
def test_seat_outside_one_to_five_is_refused(cast, number):
    refused(
        "seat_number_1_to_5",
        INSERT,
        id=key(uuid.uuid4()),
        programme=key(cast.programme.pk),
        number=number,
    )
    assert cast.programme.seats.count() == 5


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
def test_seat_number_is_there_once(cast, number):
    refused("seat_number_once", INSERT, id=key(uuid.uuid4()), programme=key(cast.programme.pk), number=number)


@pytest.mark.parametrize(
    ("name", "change", "number"),
    [
        pytest.param("seat_number_1_to_5", "number = 6", 3, id="moved past the ceiling"),
        pytest.param("seat_number_once", "number = 1", 3, id="moved onto another"),
        pytest.param("seat_fund_once", "fund_id = %(heron)s, state = 'active'", 3, id="second seat of a fund"),
        pytest.param(
            "seat_fund_once", "fund_id = %(heron)s, state = 'held', held_until = %(far)s", 3, id="second by a hold"
        ),
        pytest.param("seat_hold_ends", "fund_id = %(fund)s, state = 'held'", 3, id="hold without an end"),
        pytest.param("seat_free_without_fund", "fund_id = %(fund)s", 3, id="free with a fund"),
        pytest.param("seat_free_without_fund", "state = 'active'", 3, id="active without a fund"),
        pytest.param("seat_free_without_fund", "state = 'signed'", 3, id="signed without a fund"),
        pytest.param("seat_free_without_fund", "state = 'free'", 1, id="freed with its fund left on it"),
        pytest.param("seat_state_known", "state = 'lost'", 1, id="unknown state"),
    ],
)
def test_seat_that_must_never_be_is_refused(cast, name, change, number):
    before = list(cast.programme.seats.order_by("number").values())
    refused(
        name,
        SEAT.format(change),
        programme=key(cast.programme.pk),
        number=number,
        heron=key(cast.heron.pk),
        fund=key(cast.outsider.pk),
        far=FAR,
    )
    assert list(cast.programme.seats.order_by("number").values()) == before


def test_statement_that_is_lawful_passes_so_that_the_refusals_above_mean_something(cast):
    change = "fund_id = %(fund)s, state = 'held', held_until = %(far)s"
    run(
        SEAT.format(change),
        programme=key(cast.programme.pk),
        number=3,
        fund=key(cast.outsider.pk),
        far=FAR,
    )
    assert Seat.objects.get(programme=cast.programme, number=3).fund == cast.outsider


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("participation_state_known", "state = 'lost'"),
        ("participation_waits_since", "state = 'waiting'"),
        ("participation_waits_since", "waiting_since = %(far)s"),
    ],
)
def test_participation_that_must_never_be_is_refused(cast, name, change):
    refused(name, PART.format(change), programme=key(cast.programme.pk), fund=key(cast.heron.pk), far=FAR)


def test_fund_has_one_participation(cast):
    refused(
        "participation_once",
        "INSERT INTO research_participation (id, programme_id, fund_id, state, since)"
        " VALUES (%(id)s, %(programme)s, %(fund)s, 'invited', %(far)s)",
        id=key(uuid.uuid4()),
        programme=key(cast.programme.pk),
        fund=key(cast.heron.pk),
        far=FAR,
    )
    assert Participation.objects.filter(fund=cast.heron).count() == 1
