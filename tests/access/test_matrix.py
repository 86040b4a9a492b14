"""Every person of the cast tries every door, with the ids of real rows, by every method."""

import itertools
import re

import pytest
from django.urls import Resolver404, resolve

from tests.access.calls import POLICY, routes
from tests.access.personas import PERSONAS

pytestmark = pytest.mark.django_db
SAMPLES = ("00000000-0000-4000-8000-000000000000", "1", "a-word")
# Shown to more people than one may do everything with it: compliance may stop a call and nothing else, and of experts an
# admin is shown an empty list.
SHOWN_TOO = {("v1:interview-outcome", "post"), ("v1:expert-detail", "get")}
EVERYBODYS = {"v1:schema", "v1:api-root"}


def test_every_address_has_a_line_of_policy_and_every_line_an_address():
    assert routes() == {name: set(line) for name, line in POLICY.items()}


@pytest.mark.parametrize("name", sorted(POLICY))
def test_everybody_gets_what_the_policy_says(matrix, name):
    assert [str(found) for found in matrix.run(name)] == []


@pytest.mark.parametrize("name", sorted(POLICY))
def test_a_method_without_a_line_is_refused_to_everybody_and_tells_of_no_row(matrix, name):
    assert [str(found) for found in matrix.run_other_methods(name)] == []


def route_of(path: str) -> str:
    """The name of the address that a path of the schema stands for."""
    holes = re.findall(r"\{\w+\}", path)
    for values in itertools.product(SAMPLES, repeat=len(holes)):
        parts = iter(values)
        try:
            return resolve(re.sub(r"\{\w+\}", lambda _: next(parts), path)).view_name  # noqa: B023
        except Resolver404:
            continue
    raise AssertionError(f"the schema names {path}, which leads nowhere")


@pytest.mark.parametrize("person", ["ana", "cora", "ada", "rita", "lena", "carl"])
def test_schema_shows_each_person_the_operations_that_the_policy_opens_for_them_and_no_other(matrix, person):
    schema = matrix.clients[person].get("/api/v1/schema/", headers={"Accept": "application/json"}).json()
    shown = {(route_of(path), verb) for path, verbs in schema["paths"].items() for verb in verbs}
    letters = set(PERSONAS[person].letters)
    named = {
        (name, verb)
        for name, line in POLICY.items()
        for verb, who in line.items()
        if name.startswith("v1:") and name not in EVERYBODYS and (who == "*" or letters & set(who))
    }
    more = SHOWN_TOO if PERSONAS[person].of_firm else set()
    assert (shown - named - more, named - shown) == (set(), set())
