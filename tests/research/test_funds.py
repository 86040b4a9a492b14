"""Funds, their vehicles and their own rules: a management company counts once."""

import pytest

from accounts.moves import Invalid
from accounts.permissions import Refused
from research.models import Fund, Seat, Vehicle
from research.services import funds, seats
from research.services.funds import LikelyDuplicate
from tests.research.conftest import events


def barred(company: str) -> dict:
    return {"company": company, "from": None, "to": None}


def test_add_fund_is_for_admins_and_its_name_is_its_own(cast):
    fund = funds.add_fund(name=" Kite ", domain="@Kite.example", by=cast.ada)
    assert (fund.name, fund.domain) == ("Kite", "kite.example")
    assert events("house") == [("fund-added", {})]
    with pytest.raises(Invalid, match="There is a fund called Kite already."):
        funds.add_fund(name="Kite", by=cast.ada)
    for user in cast.everyone():
        if user != cast.ada:
            for act in (
                lambda user=user: funds.add_fund(name="Lark", by=user),
                lambda user=user: funds.rename_fund(fund=cast.heron, name="Lark", by=user),
                lambda user=user: funds.add_vehicle(fund=cast.heron, name="Lark", by=user),
            ):
                with pytest.raises(Refused):
                    act()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": ""}, "The name has no words. Write it and save again."),
        ({"name": "HERON"}, "There is a fund called Heron already."),
        ({"name": "Héron."}, "There is a fund called Heron already."),
        ({"name": "Heron Feeder I"}, "Heron Feeder I is a vehicle of Heron and has no seat of its own."),
        ({"name": "heron feeder, I"}, "Heron Feeder I is a vehicle of Heron and has no seat of its own."),
        (
            {"name": "Kite", "domain": "heron.example"},
            "heron.example is the domain of Heron, and a company counts once. Add Kite as a vehicle of it.",
        ),
        (
            {"name": "Kite", "domain": "uk.HERON.example"},
            "heron.example is the domain of Heron, and a company counts once. Add Kite as a vehicle of it.",
        ),
        (
            {"name": "Kite", "domain": "kite"},
            "The domain must be what stands after the @ in the fund's addresses, such as fund.example.",
        ),
    ],
)
@pytest.mark.parametrize("sure", [False, True])
def test_company_that_is_here_already_is_refused_however_sure_one_is(cast, fields, sentence, sure):
    Vehicle.objects.create(fund=cast.heron, name="Heron Feeder I")
    for act in (
        lambda: funds.add_fund(by=cast.ada, sure=sure, **fields),
        lambda: funds.rename_fund(fund=cast.ibis, by=cast.ada, sure=sure, **fields),
    ):
        with pytest.raises(Invalid) as wrong:
            act()
        assert str(wrong.value) == sentence
    assert (Fund.objects.count(), Fund.objects.get(pk=cast.ibis.pk).name) == (3, "Ibis")
    assert events("house") == []


def test_near_name_is_warned_of_and_added_when_one_is_sure(cast):
    with pytest.raises(LikelyDuplicate) as warned:
        funds.add_fund(name="Heron Capital LLP", domain="heroncap.example", by=cast.ada)
    assert warned.value.funds == [cast.heron]
    assert str(warned.value) == (
        "Heron Capital LLP may be the same company as Heron, and a company counts once. Add it as a vehicle of that fund, "
        "or confirm that it is another company."
    )
    assert funds.add_fund(name="Heron Capital LLP", domain="heroncap.example", by=cast.ada, sure=True).pk
    with pytest.raises(LikelyDuplicate) as warned:
        funds.rename_fund(fund=cast.ibis, name="Herons", by=cast.ada)
    assert [fund.name for fund in warned.value.funds] == ["Heron", "Heron Capital LLP"]


def test_name_near_a_vehicle_is_warned_of(cast):
    funds.add_vehicle(fund=cast.heron, name="Bittern Growth Mandate", by=cast.ada)
    with pytest.raises(LikelyDuplicate, match="Bittern Growth may be the same company as Heron"):
        funds.add_fund(name="Bittern Growth", by=cast.ada)


def test_vehicle_is_no_fund_and_belongs_to_one_company(cast):
    vehicle = funds.add_vehicle(fund=cast.heron, name="Heron Feeder I", by=cast.ada)
    assert events("house") == [("vehicle-added", {"fund": str(cast.heron.pk)})]
    for fund, name, sentence in (
        (cast.ibis, "Heron Feeder I", "There is a vehicle called Heron Feeder I already."),
        (cast.ibis, "heron feeder-I", "Heron Feeder I is a vehicle of Heron already."),
        (cast.heron, "IBIS", "Ibis is a fund with an entry of its own. A vehicle needs another name."),
    ):
        with pytest.raises(Invalid) as wrong:
            funds.add_vehicle(fund=fund, name=name, by=cast.ada)
        assert str(wrong.value) == sentence
    funds.remove_vehicle(vehicle=vehicle, by=cast.ada)
    with pytest.raises(Invalid, match="This vehicle was removed already."):
        funds.remove_vehicle(vehicle=vehicle, by=cast.ada)
    funds.add_vehicle(fund=cast.ibis, name="Heron Feeder I", by=cast.ada)


def test_vehicles_take_no_seat_beside_their_company_s(cast):
    before = Seat.objects.live().count()
    for number in range(3):
        funds.add_vehicle(fund=cast.heron, name=f"Heron Feeder {number}", by=cast.ada)
    assert Seat.objects.live().count() == before
    with pytest.raises(seats.AlreadySeated):
        seats.take_seat(programme=cast.programme, fund=cast.heron, by=cast.ada)


def test_renamed_fund_keeps_its_seat_and_its_chain_and_tells_the_old_name(cast):
    seat = cast.programme.seats.get(fund=cast.heron)
    live = Seat.objects.live().count()
    renamed = funds.rename_fund(fund=cast.heron, name="Grey Heron", domain="greyheron.example", by=cast.ada)
    assert (renamed.pk, renamed.name, renamed.domain) == (cast.heron.pk, "Grey Heron", "greyheron.example")
    assert Seat.objects.get(fund=cast.heron) == seat
    assert Seat.objects.live().count() == live
    old = {"before": "Heron", "domain_before": "heron.example"}
    assert events(seat.chain_of(cast.heron.pk)) == [("fund-renamed", old)]
    assert events("house") == [("fund-renamed", {"fields": ["name", "domain"]})]
    funds.rename_fund(fund=cast.heron, name="Grey Heron", by=cast.ada)
    assert len(events("house")) == 1
    with pytest.raises(seats.AlreadySeated):
        seats.take_seat(programme=cast.programme, fund=renamed, by=cast.ada)
