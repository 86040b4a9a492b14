from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from accounts.moves import Invalid
from accounts.permissions import Refused
from research.models import Statement
from research.queries import register as read
from research.services import register
from tests.research.conftest import events


@pytest.fixture
def sources(cast):
    return [
        register.add_source(programme=cast.programme, by=cast.ana, code=code, title=f"Paper {code}")
        for code in ("A", "B")
    ]


@pytest.fixture
def incident(cast):
    return register.add_incident(
        programme=cast.programme,
        by=cast.ana,
        title="Checkout down",
        when="5 March 2026",
        date_from="2026-03-05",
        date_to="2026-03-05",
        hours="6",
    )


def say(cast, source, about, text, **fields):
    return register.add_statement(source=source, about=about, text=text, by=cast.ana, **fields)


def marks(cast) -> dict[str, str]:
    return {line.aspect: line.mark for entry in read(cast.programme).incidents for line in entry.lines}


def test_incident_keeps_its_dates_and_hours_and_the_chain_keeps_no_words(cast, incident):
    assert (incident.hours, incident.when) == (Decimal("6.0"), "5 March 2026")
    assert events(cast.programme.chain) == [("incident-added", {})]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"title": ""}, "The incident's title has no words. Write it and save again."),
        ({"when": ""}, "When it was has no words. Write it and save again."),
        ({"date_to": "2026-03-04"}, "The last day of the incident must not be before its first day."),
        ({"date_from": "in spring"}, "The first day must be a date such as 2026-03-31."),
        ({"hours": "long"}, "The hours must be a number such as 6 or 1.5."),
        ({"hours": "NaN"}, "The hours must be more than 0 and at most 8,760."),
        ({"hours": 0}, "The hours must be more than 0 and at most 8,760."),
    ],
)
def test_incident_with_bad_input_says_what_to_do(cast, fields, sentence):
    given = {"title": "t", "when": "w", "date_from": "2026-03-05", "date_to": "2026-03-05"} | fields
    with pytest.raises(Invalid) as wrong:
        register.add_incident(programme=cast.programme, by=cast.ana, **given)
    assert str(wrong.value) == sentence


def test_source_code_is_used_once(cast, sources):
    with pytest.raises(Invalid, match="The register has a source A already. Choose another code."):
        register.add_source(programme=cast.programme, by=cast.ana, code="A", title="Other")


def test_one_source_has_one_statement_on_one_aspect(cast, sources, incident):
    say(cast, sources[0], incident, "6 hours", aspect="lasted")
    with pytest.raises(Invalid, match="Source A has a statement about this already. Correct that one instead."):
        say(cast, sources[0], incident, "7 hours", aspect="lasted")
    assert Statement.objects.get().text == "6 hours"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"text": ""}, "The statement has no words. Write it and save again."),
        ({"aspect": "figure"}, "The aspect must be one of lasted, effect, attribution."),
        ({"standing": "true"}, "The standing must be one of reported, disputed, unverified, company, forecast."),
    ],
)
def test_statement_with_bad_input_says_what_to_do(cast, sources, incident, fields, sentence):
    with pytest.raises(Invalid) as wrong:
        say(cast, sources[0], incident, fields.pop("text", "6 hours"), **fields)
    assert str(wrong.value) == sentence


def test_source_of_another_programme_says_nothing_here(cast, draft, incident):
    elsewhere = register.add_source(programme=draft, by=cast.ana, code="Z", title="Other")
    with pytest.raises(Invalid, match="The source belongs to another programme's register."):
        say(cast, elsewhere, incident, "6 hours")


def test_database_refuses_a_statement_about_two_things(cast, sources, incident):
    claim = register.add_claim(programme=cast.programme, by=cast.ana, title="c")
    with pytest.raises(IntegrityError), transaction.atomic():
        Statement.objects.create(source=sources[0], incident=incident, claim=claim, aspect="figure", text="x")


def test_correction_leaves_the_fingerprints_of_both_versions(cast, sources, incident):
    row = say(cast, sources[0], incident, "6 hours", aspect="lasted")
    register.correct_statement(statement=row, by=cast.ben, text="Nearly six hours", standing="disputed")
    verb, body = events(cast.programme.chain)[-1]
    assert verb == "statement-corrected"
    assert set(body) == {"old", "new"}
    assert len(body["old"]) == len(body["new"]) == 64
    assert body["old"] != body["new"]
    with pytest.raises(Invalid, match="Nothing was changed."):
        register.correct_statement(statement=row, by=cast.ben, text="Nearly six hours", standing="disputed")


def test_marks_tell_alike_single_silent_varying_and_differing_apart(cast, sources, incident):
    a, b = sources
    assert marks(cast) == {"lasted": "silent", "effect": "silent", "attribution": "silent"}
    say(cast, a, incident, "Nearly six hours", aspect="lasted")
    say(cast, a, incident, "No approval.", aspect="attribution")
    assert marks(cast) == {"lasted": "single", "effect": "silent", "attribution": "single"}
    say(cast, b, incident, "6 hours", aspect="lasted")
    say(cast, b, incident, "no approval", aspect="attribution")
    assert marks(cast) == {"lasted": "vary", "effect": "silent", "attribution": "alike"}
    register.add_disagreement(
        programme=cast.programme, by=cast.ana, title="How long it lasted", about=incident, aspect="lasted"
    )
    assert marks(cast) == {"lasted": "differ", "effect": "silent", "attribution": "alike"}


def test_disagreement_marks_a_thing_of_its_own_programme_by_a_lawful_aspect(cast, draft, incident):
    with pytest.raises(Invalid, match="What the sources differ about must be one of lasted, effect, attribution."):
        register.add_disagreement(programme=cast.programme, by=cast.ana, title="t", about=incident, aspect="figure")
    with pytest.raises(Invalid, match="A disagreement can be about an incident or claim of its own programme only."):
        register.add_disagreement(programme=draft, by=cast.ana, title="t", about=incident, aspect="lasted")


@pytest.mark.parametrize("rows", [1, 3])
def test_register_is_read_in_seven_queries_whatever_its_size(cast, sources, incident, django_assert_num_queries, rows):
    say(cast, sources[0], incident, "6 hours", aspect="lasted")
    for number in range(rows):
        claim = register.add_claim(programme=cast.programme, by=cast.ana, title=f"c{number}")
        say(cast, sources[0], claim, "70%")
        point = register.add_disagreement(programme=cast.programme, by=cast.ana, title=f"d{number}")
        say(cast, sources[1], point, "so")
    with django_assert_num_queries(7):
        entries = read(cast.programme)
        assert [len(entry.lines) for entry in [*entries.claims, *entries.disagreements]] == [1] * 2 * rows


def test_register_is_for_the_team_and_admins(cast, sources, incident):
    row = say(cast, sources[0], incident, "6 hours", aspect="lasted")
    may = set()
    for user in cast.everyone():
        try:
            register.add_claim(programme=cast.programme, by=user, title="c")
            may.add(user.name)
        except Refused:
            for act in (
                lambda by: register.add_source(programme=cast.programme, by=by, code="C", title="t"),
                lambda by: register.add_disagreement(programme=cast.programme, by=by, title="t"),
                lambda by: register.add_statement(source=sources[1], about=incident, text="t", by=by),
                lambda by: register.correct_statement(statement=row, by=by, text="t", standing="reported"),
            ):
                with pytest.raises(Refused):
                    act(user)
    assert may == {"Ana", "Ben", "Ada"}
