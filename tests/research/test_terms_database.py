"""What the database itself says about terms and signatures when the services are gone round."""

import importlib

import pytest
from django.db import IntegrityError, connection, transaction

from research.models import Fund, Signature, Terms
from tests.factories import sign_on_paper

append_only = importlib.import_module("research.migrations.0006_signatures_append_only")


class Editor:
    """What the migration needs of a schema editor; SQLite's own can't be opened inside a test's transaction."""

    connection = connection

    def execute(self, statement: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.fixture
def guarded(cast):
    """The triggers as the migration made them: the run of tests has dropped those that would stop it from tidying up."""
    for name, table, *_ in append_only.TRIGGERS:
        if connection.vendor == "sqlite":
            Editor().execute(f"DROP TRIGGER IF EXISTS {name}")
        else:
            Editor().execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")
            Editor().execute(f"DROP FUNCTION IF EXISTS {name}()")
    append_only.add(None, Editor())
    return cast


def refused(act) -> str:
    with pytest.raises(IntegrityError) as wrong, transaction.atomic():
        act()
    return str(wrong.value).splitlines()[0]


@pytest.mark.parametrize(
    "change",
    [{"name": "Somebody"}, {"sha256": "0" * 64}, {"at": "2020-01-01T00:00Z"}, {"address": "192.0.2.1"}, {"note": "x"}],
)
def test_signature_can_t_be_changed(guarded, change):
    signed = Signature.objects.filter(user=guarded.rita)
    assert refused(lambda: signed.update(**change)) == append_only.SIGNED


def test_signature_can_t_be_removed(guarded):
    assert refused(lambda: Signature.objects.filter(user=guarded.rita).delete()) == append_only.SIGNED


@pytest.mark.parametrize(
    "change", [{"text": "Other words."}, {"sha256": "0" * 64}, {"version": 9}, {"language": "de-DE"}, {"by": None}]
)
def test_words_of_terms_can_t_be_changed(guarded, change):
    Terms.objects.update(in_force=False)  # what publishing does
    rows = Terms.objects.filter(programme=guarded.programme)
    if change == {"by": None}:
        rows.create(programme=guarded.programme, version=2, text="x", sha256="1" * 64, by=guarded.ada)
        rows = rows.filter(version=2)
    assert refused(lambda: rows.update(**change)) == append_only.WORDED


def test_terms_can_t_be_removed(guarded):
    Terms.objects.filter(programme=guarded.programme).update(in_force=False)
    terms = Terms.objects.create(programme=guarded.programme, version=2, text="x", sha256="1" * 64)
    assert refused(terms.delete) == append_only.WORDED


def test_two_versions_are_never_in_force_at_once(cast):
    with pytest.raises(IntegrityError), transaction.atomic():
        Terms.objects.create(programme=cast.programme, version=2, text="x", sha256="1" * 64)


def test_two_funds_never_have_one_domain(cast):
    with pytest.raises(IntegrityError), transaction.atomic():
        Fund.objects.create(name="Second", domain=cast.heron.domain)
    Fund.objects.create(name="Third")
    Fund.objects.create(name="Fourth")


def test_triggers_go_back_and_forth(guarded):
    append_only.remove(None, Editor())
    sign_on_paper(guarded.programme, guarded.heron)
    Signature.objects.update(note="x")
    append_only.add(None, Editor())
    assert refused(lambda: Signature.objects.update(note="y")) == append_only.SIGNED


def test_triggers_outlive_the_later_migrations(cast):
    # SQLite makes a table anew when it is altered, and its triggers are lost with the old one.
    Terms.objects.update(in_force=False)
    assert refused(lambda: Signature.objects.update(note="x")) == append_only.SIGNED
    assert refused(lambda: Terms.objects.update(text="x")) == append_only.WORDED
