"""Each model shows each person the rows that it should, and each service lets in whom it should, with no page before it."""

import pytest

from tests.access.sight import ROWS, probes, scoped_models

pytestmark = pytest.mark.django_db


def test_every_model_that_narrows_what_is_seen_has_its_line():
    assert {model.__name__ for model in scoped_models()} == set(ROWS)


def test_below_the_pages_everybody_gets_what_the_tables_say(matrix):
    assert {probe.name: wrong for probe in probes(matrix) if (wrong := probe.wrong())} == {}
