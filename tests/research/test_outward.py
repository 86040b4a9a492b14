"""What may leave the firm: the linter's own judgement, and a programme's code name."""

import doctest

import pytest

from accounts.moves import Invalid
from research import outward
from research.models import Programme, Vehicle
from research.outward import leaks, names_of
from research.services.outward import TELLING, public_name
from research.services.programmes import CODENAMES, create_programme, edit_programme


def test_examples_of_the_module_hold():
    assert doctest.testmod(outward).attempted == 2 and not doctest.testmod(outward).failed


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("A call about Harrow Mutual", "Harrow Mutual"),
        ("HARROW  MUTUAL's cloud", "Harrow Mutual"),
        ("see harrowmutual.example", "Harrow Mutual"),
        ("call_harrow-mutual_3.ics", "Harrow Mutual plc"),
        ("Hárrow, Mutuál", "Harrow Mutual"),
        ("with Heron.", "Heron Capital Partners LLP"),
        ("AWS again", "Amazon.com (AMZN), segment AWS"),
        ("amzn", "Amazon.com (AMZN), segment AWS"),
        ("Marks and Spencer", "Marks & Spencer Group plc"),
        ("Lowes", "Lowe's"),
        ("BP", "BP"),
    ],
)
def test_name_of_a_company_is_found_however_it_is_written(text, name):
    assert leaks(text, names_of(name))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Cedar, INT-014", "Amazon.com (AMZN), segment AWS"),
        ("a heroner", "Heron Capital Partners LLP"),
        ("A research call of the firm", "Research Capital Management"),
        ("The step plan of the bpm group", "BP Group plc"),
        ("laws and draws", "Amazon.com (AMZN), segment AWS"),
        ("", "Heron"),
    ],
)
def test_word_that_only_resembles_a_name_is_no_leak(text, name):
    assert leaks(text, names_of(name)) == []


def test_each_leak_is_told_once_and_empty_names_never(db):
    assert leaks("heron and heron", ["Heron", "", "heron", "Heron", " "]) == ["Heron", "heron"]


FIELDS = {"question": "Q?", "subject": "Harrow Mutual plc", "launch_on": "2026-03-17", "delivery_on": "2026-03-31"}


@pytest.mark.parametrize(
    "codename", ["Harrow", "harrow-mutual", "Claims at scale", "claims-at-scale", "Ibis", "Osprey II"]
)
def test_code_name_that_tells_something_is_refused_without_saying_what(cast, codename):
    Vehicle.objects.create(fund=cast.outsider, name="Osprey II Fund")
    with pytest.raises(Invalid) as refused:
        create_programme(by=cast.ana, title="Claims at scale", codename=codename, **FIELDS)
    assert str(refused.value) == TELLING and not Programme.objects.filter(title="Claims at scale").exists()


def test_programme_without_a_code_name_gets_one_that_tells_nothing(cast, monkeypatch):
    monkeypatch.setattr("research.services.programmes.CODENAMES", ("Harrow", "Ibis", "Claims", "Larch"))
    made = create_programme(by=cast.ana, title="Claims", **FIELDS)
    assert made.codename == "Larch" and "Larch" in CODENAMES


def test_change_that_makes_the_code_name_telling_is_refused(cast):
    made = create_programme(by=cast.ana, title="Claims", codename="Larch", **FIELDS)
    for change in ({"codename": "Heron"}, {"subject": "Larch Ltd"}, {"title": "Larch"}):
        with pytest.raises(Invalid, match="tells experts something"):
            edit_programme(programme=made, by=cast.ana, **change)
    assert edit_programme(programme=made, by=cast.ana, codename="Moss").codename == "Moss"


def test_code_name_that_a_later_fund_has_is_left_out(cast):
    made = create_programme(by=cast.ana, title="Claims", codename="Larch", **FIELDS)
    assert public_name(made) == "Larch"
    type(cast.heron).objects.filter(pk=cast.heron.pk).update(name="Larch Capital")
    assert public_name(made) == ""
