"""What a list shows is what opens, for everybody: no row is listed that is shut, and none opens that is not listed."""

import pytest

from research.models import Terms
from tests.access.lists import Rows, endpoints, ids_in, pages
from tests.access.matrix import meaning, undone
from tests.access.personas import PERSONAS

pytestmark = pytest.mark.django_db
# Terms that were in force once still open by their address, so that who had them before them is told that they are old; the
# list names only those in force and those that one signed.
OF_TERMS = ("v1:terms-list", "fund_terms")
PEOPLE = [person for person, who in PERSONAS.items() if who.door != "everywhere"]


def unequal(matrix, person: str, rows: Rows) -> dict[str, str]:
    """The ids that are listed and shut, or open and not listed."""
    client = matrix.clients[person]
    with undone():
        answer = client.get(rows.path)
        if meaning(answer) != "open":
            # That no row opens either is the matrix's to try.
            return {}
        answer = client.get(answer.headers["Location"]) if answer.status_code == 302 else answer
        listed = ids_in(answer, rows)
    wrong = {}
    for value, path in rows.details.items():
        with undone():
            opens = meaning(client.get(path)) == "open"
        if opens and rows.name in OF_TERMS and _is_old(value):
            continue
        if opens != (value in listed):
            wrong[path] = "opens and is not listed" if opens else "is listed and shut"
    return wrong


def _is_old(pk: str) -> bool:
    return not Terms.objects.filter(pk=pk, in_force=True).exists()


@pytest.mark.parametrize("person", PEOPLE)
def test_endpoints_list_what_opens_and_nothing_else(matrix, person):
    wrong = {rows.name: found for rows in endpoints() if (found := unequal(matrix, person, rows))}
    assert wrong == {}


@pytest.mark.parametrize("person", PEOPLE)
def test_pages_list_what_opens_and_nothing_else(matrix, person):
    if PERSONAS[person].door:
        pytest.skip("no pages with a token")
    wrong = {rows.path: found for rows in pages() if (found := unequal(matrix, person, rows))}
    assert wrong == {}


@pytest.mark.parametrize("person", ["rita", "carl", "bob", "zoe", "eve", "wes", "nils", "olga"])
def test_search_finds_only_transcripts_that_open(matrix, person):
    client, world = matrix.clients[person], matrix.world
    for place in world.places.values():
        path = f"/api/v1/portal/{place.programme.pk}/"
        with undone():
            found = client.get(f"{path}search/", {"q": "outage"})
            if found.status_code != 200:
                assert found.status_code == 404
                continue
            hits = {row["transcript_id"] for row in found.json()["passages"] if row["transcript_id"]}
            assert hits, "the words are in the transcripts"
            assert {client.get(f"{path}interviews/{one}/").status_code for one in hits} == {200}
