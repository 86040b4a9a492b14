"""The ids that a fund's people meet: random, and none that counts, orders or tells how many there are."""

import json
import re
import uuid
from html import unescape
from typing import Any

import pytest
from django.urls import Resolver404, resolve

from tests.access.calls import POLICY, targets
from tests.access.matrix import meaning, undone
from tests.access.personas import PERSONAS

pytestmark = pytest.mark.django_db
READERS = ("rita", "lena", "carl", "hugo", "ivo")
# A number that may stand in an address or an answer, and what it counts: never anything of another fund.
NUMBERS = {
    "fund_policy_version": "the versions of the fund's own policy",
    "fund_policy_file": "the versions of the fund's own policy",
    # Each is of the person's own keys; the row's id is that of the sign-in library.
    "mfa_edit_webauthn": "the person's own passkeys",
    "factor_remove": "the person's own factors",
}
FIELDS = {"compared_with": "the version of the fund's own policy that a change was compared with"}
LINK = re.compile(r'(?:href|hx-get|hx-post|action|src)="([^"#]+)')


@pytest.fixture(scope="module")
def walked():
    return {}


@pytest.fixture
def answers(matrix, person, walked) -> dict[str, Any]:
    """Everything that a person may read, by its address, and what its links lead to; walked once for all tests."""
    if person not in walked:
        walked[person] = walk(matrix, person)
    return walked[person]


def walk(matrix, person: str) -> dict[str, Any]:
    """Everything that a person may read, by its address."""
    who, client, found = PERSONAS[person], matrix.clients[person], {}
    waiting = [
        target.path
        for name, line in POLICY.items()
        for target in targets(name, matrix.world)
        if "get" in line
        and not isinstance(line["get"], set)
        and (line["get"] == "*" or set(line["get"]) & set(who.letters))
    ]
    with undone():
        while waiting:
            path = waiting.pop()
            if path in found or not path.startswith("/") or path.startswith("/static/"):
                continue
            found[path] = answer = client.get(path)
            if meaning(answer) == "open" and answer.headers.get("Content-Type", "").startswith("text/html"):
                links = map(unescape, LINK.findall(answer.content.decode()))
                waiting += [path.split("?")[0] + link if link.startswith("?") else link for link in links]
    return {path: answer for path, answer in found.items() if meaning(answer) == "open"}


def bad_id(value: Any) -> bool:
    """True for a value that is no random id: a whole number, or a UUID made from something."""
    if isinstance(value, int) or str(value).isdigit():
        return True
    try:
        return uuid.UUID(str(value)).version not in (4, 7)
    except ValueError:
        return False


def ids_of(data: Any, key: str = "") -> list[tuple[str, Any]]:
    """Every id of a JSON answer, with its name."""
    if isinstance(data, dict):
        return [pair for name, value in data.items() for pair in ids_of(value, name)]
    if isinstance(data, list):
        return [pair for value in data for pair in ids_of(value, key)]
    named = key in ("id", "pk", "uuid") or key.endswith(("_id", "Id"))
    return [(key, data)] if named and data is not None else []


@pytest.mark.parametrize("person", READERS)
def test_ids_in_addresses_are_random(answers, person):
    bad = {}
    for path in answers:
        try:
            match = resolve(path.split("?")[0])
        except Resolver404:
            continue
        for key, value in match.kwargs.items():
            if bad_id(value) and match.view_name not in NUMBERS:
                bad[path] = key
    assert bad == {}


@pytest.mark.parametrize("person", READERS)
def test_ids_in_answers_by_program_are_random(answers, person):
    bad, seen = {}, 0
    for path, answer in answers.items():
        if answer.headers["Content-Type"] == "application/json" and not path.startswith("/api/v1/schema"):
            pairs = ids_of(json.loads(answer.getvalue()))
            seen += len(pairs)
            bad |= {f"{path} {key}": value for key, value in pairs if bad_id(value)}
    assert bad == {}
    assert seen


@pytest.mark.parametrize("person", READERS)
def test_forms_of_a_fund_hold_no_number_that_names_a_row(answers, person):
    bad = {}
    for path, answer in answers.items():
        if answer.headers["Content-Type"].startswith("text/html"):
            fields = re.findall(r"<(?:input|button)[^>]*>", answer.content.decode())
            hidden = [one for one in fields if 'type="hidden"' in one or one.startswith("<button")]
            named = [one for one in hidden if not any(f'name="{name}"' in one for name in FIELDS)]
            if numbers := [one for one in named if re.search(r'value="\d+"', one)]:
                bad[path] = numbers
    assert bad == {}
