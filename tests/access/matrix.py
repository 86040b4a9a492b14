"""The matrix: every address, every method and every person against the policy, and every refusal against every other."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.test import Client

from tests.access.calls import POLICY, Target, bodies, targets
from tests.access.canaries import forbidden
from tests.access.personas import ASKED_AT, PERSONAS, RELEASED, Persona
from tests.access.policy import AFTER_RELEASE, ASKED, EXCEPTIONS, FUNDS, GONE_ALREADY, OFFICE, PROGRAMME, SILENT
from tests.access.world import World

WRITING = ("post", "put", "patch", "delete")
REFUSED = {"403", "404", "405", "door"}
ONE_OF_EACH = ("nobody", "ana", "rita")
"""Who tries the methods that an address does not have, when not everybody does."""
SECURITY = "/account/security/"
SETTING_UP = {"security", "sessions_end"}
DOOR = {"door"}
VARIES = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]*"|"X-CSRFToken": "[^"]*"|nonce="[^"]*"|\'nonce-[^\']*\'')


@dataclass(frozen=True)
class Answer:
    """What came back, without what differs from one answer to the next anyway."""

    meaning: str
    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...]

    @property
    def whole(self) -> tuple[int, bytes, tuple[tuple[str, str], ...]]:
        return self.status, self.body, self.headers


@dataclass(frozen=True)
class Try:
    """One person asks for one address by one method, and what may come of it."""

    name: str
    method: str
    person: str
    target: Target
    expected: frozenset[str]


@dataclass(frozen=True)
class Difference:
    tried: Try
    got: str

    def __str__(self) -> str:
        row = self.tried
        return f"{row.method} {row.target.path} ({row.name}, {row.target.kind}) by {row.person}: {self.got}"


# What must come back ------------------------------------------------------------------------------------------------


def expected(name: str, method: str, person: str, target: Target) -> set[str]:
    """The answers that the policy allows; more than one only for who may neither do it nor see what it is about."""
    who, line = PERSONAS[person], _line(name, method)
    if line == "public":
        return {"404"} if name in SILENT and target.kind == "nothing" else {"open"}
    if who.door == "everywhere" or (who.door == "pages" and not name.startswith("v1:")):
        return DOOR
    if who.door == "factor":
        shut = {"403"} if who.of_firm else {"404"}
        return {"open"} if name in SETTING_UP else shut if name.startswith("v1:") else {"factor"}
    if name in OFFICE:
        return {"open"} if who.letters == "D" else {"404"}
    seen = _in_sight(name, who, target)
    if seen and (exception := EXCEPTIONS.get((name, method), {}).get(person)):
        return {exception}
    if who.of_fund and name in PROGRAMME and "F" in line and target.kind == "place" and target.place in who.unsigned:
        # On pages; a program finds nothing.
        return {"404"} if name.startswith("v1:") else {"terms"}
    named = person in line if isinstance(line, set) else line == "*" or bool(set(line) & set(who.letters))
    if who.of_firm and not named:
        return {"403"} if seen else {"403", "404"}
    return {"open"} if named and seen else {"404"}


def _line(name: str, method: str) -> Any:
    return POLICY[name]["get" if method == "head" else method]


def _in_sight(name: str, who: Persona, target: Target) -> bool:
    if target.kind == "nothing" or (target.kind in ("crossed", "lost") and (name, target.key) not in GONE_ALREADY):
        return False
    if name in FUNDS and who.of_fund:
        return target.fund == who.fund
    if name in ASKED and who.of_fund:
        return target.place in ASKED_AT.get(who.fund, ())
    if name not in {**PROGRAMME, **FUNDS, **ASKED}:
        return True
    return target.place in who.sees and not (name in AFTER_RELEASE and target.place not in RELEASED)


def tries(name: str, world: World, *, people: tuple[str, ...] = tuple(PERSONAS)) -> Iterator[Try]:
    """Everything worth trying at the addresses of one name, with the policy's word on it."""
    found = targets(name, world)
    for method in POLICY[name]:
        for target in found:
            for person in people:
                if target is found[0] or _worth_trying(name, method, PERSONAS[person], target, person):
                    yield Try(name, method, person, target, frozenset(expected(name, method, person, target)))


def _worth_trying(name: str, method: str, who: Persona, target: Target, person: str) -> bool:
    """False where the answer can only be that of the address's first ids: for who holds no letter of the line at all, and
    for all but one of each part where the ids lead nowhere."""
    line = _line(name, method)
    if who.door == "everywhere" or not (
        isinstance(line, set) or line in ("*", "public") or set(line) & set(who.letters)
    ):
        return False
    return target.kind in ("place", "fund", "site") or person in FINDERS


FINDERS = ("ana", "cora", "ada", "rita", "carl", "lena")


def refused_methods(name: str) -> list[str]:
    """The methods that an address does not have, but for those that the framework answers by itself."""
    return [method for method in WRITING if method not in POLICY[name]]


# Asking -------------------------------------------------------------------------------------------------------------


def sign_in(world: World) -> dict[str, Client]:
    """A client for each person: with a session, with a token, or with neither."""
    clients = {}
    for name in PERSONAS:
        clients[name] = client = Client()
        client.raise_request_exception = False
        if name == "tom":
            client.defaults["HTTP_AUTHORIZATION"] = f"Token {world.token}"
        elif name != "nobody":
            client.force_login(world.people[name])
    return clients


@contextmanager
def undone() -> Iterator[None]:
    """What is done inside is undone."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def ask(client: Client, method: str, path: str, body: dict[str, Any]) -> Answer:
    """Ask, and undo whatever the answer changed. A page that sends on is as open as the page that it sends to."""
    kind: dict[str, Any] = {"content_type": "application/json"} if path.startswith("/api/") else {}
    given = {"data": body, **kind} if method not in ("get", "head", "options") else {}
    cookies = client.cookies.copy()
    with undone():
        response = getattr(client, method)(path, **given)
        meant = meaning(response, path)
        if meant == "open" and response.status_code in (301, 302) and method == "get":
            meant = meaning(client.get(response.headers["Location"]))
    client.cookies = cookies
    headers = {key: value for key, value in response.items() if key not in ("X-Request-ID",)}
    body_of = response.getvalue() if response.streaming else response.content
    return Answer(
        meant,
        response.status_code,
        VARIES.sub(b"", body_of),
        tuple(sorted((key, VARIES.sub(b"", value.encode()).decode()) for key, value in headers.items())),
    )


def meaning(response: Any, path: str = "") -> str:
    """What an answer says about access: open, 403, 404, 405, a fault of the server, or where it leads first: to the door,
    to a second factor, to the terms."""
    if response.headers.get("Location", "") == SECURITY and not path.startswith(SECURITY):
        return "factor"
    if response.status_code == 401 or response.headers.get("Location", "").startswith("/accounts/login/"):
        return "door"
    if response.headers.get("Location", "").startswith("/portal/fund/terms/"):
        return "terms"
    if response.status_code in (403, 404, 405) or response.status_code >= 500:
        return str(response.status_code)
    return "open"


class Matrix:
    """The world with everybody signed in, and what an address that leads nowhere answers."""

    def __init__(self, world: World):
        self.world = world
        self.clients = sign_in(world)
        self.forbidden = forbidden(world)
        self.asked = 0
        self._nothing: dict[tuple[str, str], Answer] = {}

    def ask(self, person: str, method: str, path: str, body: dict[str, Any]) -> Answer:
        self.asked += 1
        if self.asked % 20 == 0:
            # What is counted against too many calls in a minute lies in the cache; it is not what is tried here.
            cache.clear()
        return ask(self.clients[person], method, path, body)

    def nothing(self, side: str, method: str) -> Answer:
        """The one answer to whoever finds nothing; it must not depend on who asks."""
        if (side, method) not in self._nothing:
            path = "/api/v1/no-such/thing/" if side == "api" else "/no/such/page/"
            self._nothing[side, method] = ask(self.clients["rita"], method, path, {})
        return self._nothing[side, method]

    def check(self, row: Try) -> Difference | None:
        """Try it: the policy's answer must come, and a 404 must be the 404 of an address that leads nowhere."""
        place = row.target.place if row.target.place in ("here", "there") else "here"
        got = self.ask(row.person, row.method, row.target.path, bodies(row.name, self.world.places[place]))
        if got.meaning not in row.expected:
            return Difference(row, f"{got.meaning}, not {' or '.join(sorted(row.expected))}")
        if got.meaning == "open" and (met := self.forbidden[row.person].search(got.body + repr(got.headers).encode())):
            return Difference(row, f"it tells {met.group().decode()!r}")
        if got.meaning == "404":
            blank = self.nothing("api" if row.target.path.startswith("/api/") else "page", row.method)
            if got.whole != blank.whole:
                return Difference(row, f"a 404 that differs from that of no address: {unlike(got, blank)}")
        return None

    def run(self, name: str, **kwargs: Any) -> list[Difference]:
        """The differences at the addresses of one name."""
        return [found for row in tries(name, self.world, **kwargs) if (found := self.check(row))]

    def run_other_methods(self, name: str, people: tuple[str, ...] = ONE_OF_EACH) -> list[Difference]:
        """The differences by the methods that no line names: HEAD is as GET, OPTIONS tells of no row, the rest is refused."""
        found = targets(name, self.world)
        real, nothing = found[0], [target for target in found if target.kind == "nothing"]
        wrong = []
        for person in people:
            for method in refused_methods(name):
                # The office answers any method as it does GET; nothing can be changed there (tests/access/test_office.py).
                like_get = {"open"} if name in OFFICE and PERSONAS[person].letters == "D" else set()
                row = Try(name, method, person, real, frozenset(REFUSED | like_get))
                wrong.append(self.check(row))
            if "get" in POLICY[name]:
                row = Try(name, "head", person, real, frozenset(expected(name, "get", person, real)))
                wrong.append(self.check(row))
            for other in found:
                if nothing and not _in_sight(name, PERSONAS[person], other) and person != "nobody":
                    got, blank = (self.ask(person, "options", one.path, {}) for one in (other, nothing[0]))
                    if got.whole != blank.whole:
                        row = Try(name, "options", person, other, frozenset())
                        wrong.append(Difference(row, f"OPTIONS tells of a row: {unlike(got, blank)}"))
        return [one for one in wrong if one is not None]


def unlike(one: Answer, other: Answer) -> str:
    """Where two answers differ, in a few words."""
    if one.status != other.status:
        return f"status {one.status} and {other.status}"
    if one.headers != other.headers:
        return f"headers {sorted(set(one.headers) ^ set(other.headers))}"
    return f"bodies {one.body[:300]!r} and {other.body[:300]!r}"
