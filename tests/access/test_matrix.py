"""Every person of the cast tries every door, with the ids of real rows."""

import pytest

from tests.access.calls import BARE, POLICY, address, bodies, call, kwargs_of, meaning, routes
from tests.access.policy import EXCEPTIONS, PROGRAMME

pytestmark = pytest.mark.django_db
LETTERS = {"analyst": "A", "compliance": "C", "admin": "D", "fund_reader": "F", "fund_compliance": "F"}
READERS = {"rita", "carl", "bob"}


def expected(name: str, method: str, person: str, user, *, at_home: bool) -> set[str]:
    """The answers that the policy allows for this person; more than one only for who may neither do nor see it."""
    line, of_programme = POLICY[name][method], name in PROGRAMME
    if line == "public":
        return {"open"}
    if user is None:
        return {"door"}
    letter = LETTERS[user.role]
    if (at_home or letter == "D") and (exception := EXCEPTIONS.get((name, method), {}).get(person)):
        return {exception}
    named = person in line if isinstance(line, set) else line == "*" or letter in line
    if letter == "F":
        in_sight = at_home and person in READERS if of_programme else True
        return {"open"} if named and in_sight else {"404"}
    in_sight = not of_programme or letter == "D" or (at_home and person != "stranger")
    if named:
        return {"open"} if in_sight else {"404"}
    return {"403"} if in_sight else {"403", "404"}


def test_every_address_has_a_line_of_policy_and_every_line_an_address():
    assert routes() == {name: set(line) for name, line in POLICY.items()}


@pytest.mark.parametrize("name", sorted(POLICY))
def test_everybody_gets_what_the_policy_says(world, name):
    wrong = {}
    for place, at_home in ((world.here, True), (world.there, False)):
        ids = {} if name in BARE else kwargs_of(name, world, place)
        path = address(name, ids)
        for method in POLICY[name]:
            for person, client in world.clients.items():
                user = world.people.get(person)
                got = meaning(call(client, method, path, bodies(name, place)))
                if got not in (want := expected(name, method, person, user, at_home=at_home)):
                    wrong[f"{method} {path} {person}"] = f"{got}, not {want}"
        if name not in PROGRAMME:
            break
    assert wrong == {}
