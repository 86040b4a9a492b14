"""No shared and no anonymous link: without one's own session nothing of a fund opens, whatever address one holds."""

import re

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.authtoken.models import Token

from accounts.models import Message
from research.models import Terms
from research.services import people, terms
from tests.access.test_walls import addresses
from tests.synthesis.evidence import make_evidence, make_released

DOOR = "/accounts/login/?next="
HREF = re.compile(r'(?:href|action|src)="(/[^"]*)"')
# Every part of an address under /portal/ and /api/: the id of a thing, or a word that says which part of it.
IDS = {
    "public_id",
    "transcript_id",
    "terms",
    "person",
    "participation",
    "invoice",
    "version",
    "name",
    "pk",
    "slug",
    "vehicle",
    "cleared",
    "chain",
    "programme",
    "number",
    "kind",
}
# What opens without an account: the door itself, the invitation's public page, the pulse, and the site's clothes.
PUBLIC = ("/accounts/", "/invitation", "/healthz", "/readyz", "/static/", "/favicon.ico")


def walk(resolver: URLResolver, prefix: str = "") -> list[tuple[str, URLPattern]]:
    found = []
    for item in resolver.url_patterns:
        if isinstance(item, URLResolver):
            found += walk(item, prefix + str(item.pattern))
        else:
            found.append((prefix + str(item.pattern), item))
    return found


def of_funds() -> list[tuple[str, URLPattern]]:
    return [(path, item) for path, item in walk(get_resolver()) if path.startswith(("portal/", "api/v1/"))]


def holes(path: str) -> list[str]:
    return re.findall(r"<(?:\w+:)?(\w+)>", path)


@pytest.fixture
def version(cast):
    return make_released(make_evidence(cast))


def test_no_address_of_a_fund_has_room_for_a_secret():
    assert len(of_funds()) > 40
    assert {name for path, _ in of_funds() for name in holes(path)} <= IDS


def test_everything_that_a_reader_s_pages_link_to_is_a_door_without_a_session(client, cast, version):
    client.force_login(cast.carl)
    todo, seen = ["/portal/", "/portal/fund/terms/", "/portal/fund/people/", *addresses(version)], set()
    while todo:
        path = todo.pop().split("#")[0]
        if path in seen or not path.startswith("/") or path.startswith(PUBLIC):
            continue
        seen.add(path)
        answer = client.get(path)
        if answer.get("Content-Type", "").startswith("text/html") and not answer.streaming:
            todo += HREF.findall(answer.content.decode())
    assert len(seen) > 15
    client.logout()
    for path in seen:
        answer = client.get(path)
        shut = (
            answer.status_code == 401
            if path.startswith("/api/")
            else answer.headers.get("Location", "").startswith(DOOR)
        )
        assert shut, path


def test_token_or_session_in_an_address_opens_nothing(client, cast, version):
    key = Token.objects.create(user=cast.rita).key
    client.force_login(cast.rita)
    session = client.session.session_key
    client.logout()
    for path in addresses(version):
        for query in (f"token={key}", f"auth={key}", f"key={key}", f"sessionid={session}"):
            answer = client.get(f"{path}{'&' if '?' in path else '?'}{query}")
            assert answer.status_code in (302, 401), path
            assert answer.status_code == 401 or answer.headers["Location"].startswith(DOOR)


def test_mails_to_a_fund_link_to_a_door_or_to_one_s_own_password(client, cast):
    terms.publish_terms(programme=cast.programme, text="Other words.", by=cast.ada)
    people.add_member(fund=cast.heron, name="Jo", email="jo@heron.example", role="fund_reader", by=cast.carl)
    links = [message.link.split("localhost:8000", 1)[1] for message in Message.objects.exclude(link="")]
    assert len(links) == Terms.objects.filter(in_force=False).count() * 3 + 1
    for link in links:
        answer = client.get(link, follow=True)
        door = answer.redirect_chain and answer.redirect_chain[0][0].startswith(DOOR)
        page = answer.content.decode()
        assert door or "Choose a new password" in page, link
        assert "Other words." not in page and cast.programme.title not in page
