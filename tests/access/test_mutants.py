"""The matrix notices a missing scope filter: some mutants each day, all of them by `python -m tests.access.mutants`."""

import os
import random
from datetime import UTC, datetime

import pytest

from tests.access.equivalent import EQUIVALENT, UNTRIED
from tests.access.mutation import Hunt, caught_by, everything, mutants
from tests.access.personas import PERSONAS

pytestmark = pytest.mark.django_db
SOME = 30
# Between them they stand outside of nearly everything; the others try what these let through.
PEOPLE = ("stranger", "cora", "ada", "rita", "nils", "zoe", "hugo")
OTHERS = tuple(person for person in PERSONAS if person not in PEOPLE)


def test_what_is_said_to_change_nothing_is_still_a_mutant():
    assert set(EQUIVALENT) - {mutant.name for mutant in mutants()} == set()


def test_what_is_left_out_of_the_sample_is_still_there():
    assert UNTRIED - {mutant.name.split(":")[0] for mutant in mutants()} == set()


def test_a_scope_filter_that_is_taken_away_is_missed(matrix):
    seed = int(os.environ.get("ACCESS_SEED", datetime.now(UTC).toordinal()))
    known = [one for one in mutants() if one.name not in EQUIVALENT and one.name.split(":")[0] not in UNTRIED]
    some = random.Random(seed).sample(known, SOME)
    hunt = Hunt(everything(matrix, PEOPLE))
    assert hunt.wrong == []
    left = [one for one in some if not hunt.catch(one)]
    assert [one.name for one in left if not caught_by(one, everything(matrix, OTHERS))] == [], f"ACCESS_SEED={seed}"
