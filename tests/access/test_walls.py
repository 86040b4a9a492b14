"""What a fund's people get to read, byte by byte."""

import re

import pytest

from research.models import Fund, Programme
from research.services import seats
from synthesis.models import Deliverable, Reading
from synthesis.services import findings
from synthesis.services.access import record_reading
from tests.access.calls import BARE, POLICY, address, bodies, call, kwargs_of, made_up, meaning
from tests.access.policy import PROGRAMME, ROWS
from tests.access.world import FUND_PEOPLE, RELEASED_WORDS
from tests.factories import make_cleared, make_interview, seat_fund

pytestmark = pytest.mark.django_db
GETS = sorted(name for name, line in POLICY.items() if "get" in line)
# What no person of a fund may ever read: other funds, staff, uncleared words, drafts, the other programme.
HIDDEN = ["SECRET", "Ana", "Ben", "Cora", "Cyrus", "Ada", "Dana Whitlock", "Mara Ellison", "INT-00", "HARRIER", "Osprey"]
FUND_NAMES = {"rita": "Heron", "carl": "Heron", "eve": "Heron", "bob": "Ibis", "olga": "Outsider", "wes": "Crane"}


def paths(world, name):
    """An address in the programme of the cast and in the other one, as far as it is of a programme."""
    if name in BARE:
        return [address(name, {})]
    places = (world.here, world.there) if name in PROGRAMME else (world.here,)
    return [address(name, kwargs_of(name, world, place)) for place in places]


def outside(response):
    """An answer without what may differ from one request to the next."""
    headers = {key: value for key, value in response.items() if key != "X-Request-ID"}
    return response.status_code, headers, response.content


@pytest.mark.parametrize("name", sorted(PROGRAMME))
def test_what_a_fund_may_not_open_is_answered_like_what_was_never_there(world, name):
    for place in (world.here, world.there):
        ids = kwargs_of(name, world, place)
        real, never = address(name, ids), address(name, made_up(ids))
        for method in POLICY[name]:
            for person in FUND_PEOPLE:
                client, body = world.clients[person], bodies(name, place)
                got = call(client, method, real, body)
                if meaning(got) == "404":
                    assert outside(got) == outside(call(client, method, never, body)), (method, real, person)


@pytest.mark.parametrize("name", GETS)
def test_no_secret_reaches_a_fund(world, name):
    for path in paths(world, name):
        for person in FUND_PEOPLE:
            response = call(world.clients[person], "get", path, {})
            said = response.content.decode("utf-8", "replace") + str(dict(response.items()))
            own = FUND_NAMES[person]
            other = [word for word in set(FUND_NAMES.values()) - {own} if word in said]
            mine = world.people[person].name
            found = [word for word in HIDDEN if re.search(rf"\b{re.escape(word)}", said) and word != mine]
            if name == "v1:fund-policy" and person == "carl":
                found = [word for word in found if word != "SECRET"]
            assert (path, person, found + other) == (path, person, [])


def test_the_scan_for_secrets_finds_those_on_the_firms_own_pages(world):
    """The control: the same words do stand on pages that the firm may open, and released words on the fund's."""
    draft = call(world.clients["ana"], "get", address("report", kwargs_of("report", world, world.here)), {})
    assert world.here.secrets["draft"] in draft.content.decode()
    names = call(world.clients["ada"], "get", address("seats", kwargs_of("seats", world, world.here)), {})
    assert {"Heron", "Ibis"} <= set(re.findall(r"\w+", names.content.decode()))
    source = call(world.clients["cora"], "get", address("desk", kwargs_of("desk", world, world.here)), {})
    assert world.here.secrets["source"] in source.content.decode()
    released = call(
        world.clients["rita"], "get", address("portal_report", kwargs_of("portal_report", world, world.here)), {}
    )
    assert RELEASED_WORDS in released.content.decode()


@pytest.mark.parametrize("name", sorted(name for name in ROWS if "get" in ROWS[name] and "F" not in ROWS[name]["get"]))
def test_a_list_holds_exactly_what_its_reader_may_open(world, name):
    detail = name.replace("-list", "-detail")
    for person in ("ana", "cora", "ada", "stranger"):
        client = world.clients[person]
        listed = call(client, "get", address(name, {}) + "?page_size=200", {})
        if meaning(listed) != "open":
            continue
        rows = listed.json()["results"]
        keys = [row.get("slug") or row["id"] for row in rows]
        key = "slug" if name == "v1:programme-list" else "pk"
        opened = {meaning(call(client, "get", address(detail, {key: value}), {})) for value in keys}
        assert opened <= {"open"}, (name, person)
        for place in (world.here, world.there):
            ids = kwargs_of(detail, world, place)
            seen = meaning(call(client, "get", address(detail, ids), {})) == "open"
            assert (str(ids[key]) in {str(value) for value in keys}) == seen, (name, person)


def test_nothing_that_a_fund_must_not_know_changes_a_byte_of_what_it_reads(world):
    """Two worlds that differ only in what Heron must not know: its whole portal is the same in both."""
    client, programme, cast = world.clients["rita"], world.here.programme, world.cast
    portal = [name for name in GETS if "portal" in name]

    def pages():
        found = {}
        for name in portal:
            for path in paths(world, name)[:1]:
                response = call(client, "get", path + ("?q=outage" if "search" in name else ""), {})
                found[path] = (response.status_code, masked(response.content))
        return found

    before = pages()
    ibis = programme.seats.get(fund=cast.ibis)
    record_reading(deliverable=world.here.version, item="report", by=cast.bob)
    seats.free_seat(seat=ibis, by=cast.ada)
    seat_fund(programme, Fund.objects.create(name="Newcomer", domain="newcomer.example"))
    cast.heron.policies.all()
    findings.write_finding(programme=programme, question=world.here.evidence.q2, sentence="Another draft.", by=cast.ana)
    make_cleared(make_interview(programme, cast.ana, number=99), turns=[("expert", "An outage that is not released.")])
    Programme.objects.filter(pk=world.there.programme.pk).update(title="Renamed")
    Deliverable.objects.filter(programme=world.there.programme, state="released").update(state="recalled")
    assert Reading.objects.filter(user=cast.bob).count() == 1
    assert pages() == before


def masked(content):
    """A page without its one-time tokens."""
    return re.sub(rb'(csrfmiddlewaretoken" value|X-CSRFToken": |nonce)[=" &quot;]*[\w-]+', b"token", content)
