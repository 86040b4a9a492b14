"""Two worlds that differ only in what Heron must not know, and all that Heron's people can see of each.

The second world is the first with some of the HIDDEN changes made to its rows. Whatever reaches a person of Heron must be
the same in both, byte by byte, but for what is drawn anew for each answer and the ids and instants of what the replay
itself makes.
"""

import random
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

from django.core.cache import cache
from django.urls import reverse

from accounts import audit
from accounts.models import AuditChain, Message, User
from accounts.moves import IllegalMove, Invalid
from accounts.permissions import Refused
from accounts.roles import Role
from interviews.models import Expert, SealedIdentity
from interviews.services.experts import Identity, seal
from research.models import Fund, FundMember, FundPolicy, Invoice, Participation, Programme, Seat, Terms
from research.services import fees, terms
from synthesis.services import deliverables, findings
from synthesis.services.access import record_reading
from tests.access.calls import POLICY, bodies, targets
from tests.access.matrix import VARIES, Matrix, undone
from tests.access.personas import PERSONAS
from tests.access.world import World
from tests.factories import make_interview, make_programme, make_signature, make_transcript, make_user, seat_fund

PEOPLE = ("rita", "lena", "carl", "tom")
UUID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
HEX = re.compile(rb"\b(?:[0-9a-f]{64}|[0-9a-f]{40})\b")
INSTANT = datetime(2026, 4, 20, 9, 30, tzinfo=UTC)
Step = tuple[str, str, str, dict[str, Any]]
FILLER = "SECRET of another fund"


# What Heron must not know -------------------------------------------------------------------------------------------


def b_renamed(world: World, dice: random.Random) -> None:
    name = f"Other {dice.randrange(10**6)}"
    Fund.objects.filter(pk=world.cast.ibis.pk).update(name=name, domain=f"other{dice.randrange(10**6)}.example")


def b_moved(world: World, dice: random.Random) -> None:
    """B's seat is held, signed, active or free, and B is in the state that goes with it."""
    state = dice.choice(["held", "signed", "free"])
    seat = Seat.objects.filter(programme=world.here.programme, fund=world.cast.ibis)
    part = Participation.objects.filter(programme=world.here.programme, fund=world.cast.ibis)
    if state == "free":
        seat.update(state="free", fund=None, since=None, held_until=None)
        part.update(state=dice.choice(["withdrawn", "lapsed", "declined"]))
    else:
        seat.update(state=state, held_until=datetime(2030, 1, 1, tzinfo=UTC) if state == "held" else None)


def more_funds(world: World, dice: random.Random) -> None:
    """Every free seat is taken by a fund with a reader and a policy."""
    # Those on a programme that is yet to be released have no rules, as the firm would have made their edition first.
    for place, months in ((world.here, {"listed": dice.randrange(24)}), (world.places["unreleased"], {})):
        for _ in range(place.programme.seats.filter(state="free").count()):
            fund = Fund.objects.create(name=f"{FILLER} {dice.random()}", domain=f"f{dice.randrange(10**9)}.example")
            make_user(f"Reader{dice.randrange(10**9)}", Role.FUND_LEAD, fund=fund)
            seat_fund(place.programme, fund)
            FundPolicy.objects.create(fund=fund, version=1, cooling_off=months)


def cap_changed(world: World, dice: random.Random) -> None:
    """The cap is as low as the seats that are taken allow, or B's seat number is another."""
    programme = world.here.programme
    programme.seats.filter(state="free").delete()
    if dice.random() < 0.5:
        world.places["unreleased"].programme.seats.filter(state="free").delete()


def numbers_changed(world: World, dice: random.Random) -> None:
    """The funds sit on other numbers of the same programme, as far as there are free ones."""
    programme = world.here.programme
    numbers = list(programme.seats.filter(fund=None).values_list("number", flat=True))
    programme.seats.filter(fund=None).delete()
    for row in programme.seats.all():
        if numbers:
            number = numbers.pop(dice.randrange(len(numbers)))
            numbers.append(row.number)
            Seat.objects.filter(pk=row.pk).update(number=number)


def waiting_list(world: World, dice: random.Random) -> None:
    stamp = datetime(2026, 3, 1, tzinfo=UTC)
    for place in (world.here, world.places["unreleased"]):
        for _ in range(dice.randrange(1, 4)):
            fund = Fund.objects.create(name=f"{FILLER} {dice.random()}")
            state = dice.choice(["waiting", "invited", "lapsed", "declined"])
            since = stamp + timedelta(hours=dice.randrange(500)) if state == "waiting" else None
            Participation.objects.create(programme=place.programme, fund=fund, state=state, waiting_since=since)


def b_s_people(world: World, dice: random.Random) -> None:
    """B has more people, one of them left, one with a name like one of A's."""
    for name in ("Rita Second", f"Person {dice.randrange(10**6)}"):
        user = make_user(name.replace(" ", ""), Role.FUND_READER, fund=world.cast.ibis)
        User.objects.filter(pk=user.pk).update(name=name)
    FundMember.objects.filter(user=world.people["bob"]).update(left_at=datetime(2026, 4, 2, tzinfo=UTC))


def b_reads(world: World, dice: random.Random) -> None:
    with suppress(Refused):
        for _ in range(dice.randrange(1, 6)):
            record_reading(deliverable=world.here.version, item="report", by=world.people["bob"])


def b_signs(world: World, dice: random.Random) -> None:
    """New terms are signed by others before A, or A's terms by more people of B."""
    programme = world.places["unsigned"].programme
    seat_fund(programme, world.cast.ibis)
    late = make_user(f"Late{dice.randrange(10**6)}", Role.FUND_LEAD)
    FundMember.objects.create(fund=world.cast.ibis, user=late)
    make_signature(Terms.objects.get(programme=programme, in_force=True), late)


def b_s_policy(world: World, dice: random.Random) -> None:
    for fund in (world.cast.ibis, world.funds["osprey"]):
        version = fund.policies.count() + 1
        listed = [{"company": f"{FILLER} {dice.random()}", "from": None, "to": None}]
        FundPolicy.objects.create(fund=fund, version=version, cooling_off={"listed": 12}, restricted=listed)


def b_is_billed(world: World, dice: random.Random) -> None:
    """Others are billed, have paid and were given back."""
    for fund, place in ((world.cast.ibis, world.here), (world.funds["osprey"], world.there)):
        given = Invoice.objects.filter(participation__fund=fund).first()
        if given is not None:
            kept = {
                "plan": given.plan,
                "participation": given.participation,
                "state": "void",
                "void_reason": "A slip.",
                "currency": "GBP",
            }
            days = {"launch_on": place.programme.launch_on, "delivery_on": place.programme.delivery_on}
            for _ in range(dice.randrange(1, 4)):
                Invoice.objects.create(amount=dice.randrange(1, 90_000), **kept, **days)


def drafts(world: World, dice: random.Random) -> None:
    """The team writes, calls and uploads what nobody has released."""
    cast, place = world.cast, world.here
    question = place.evidence.q1
    for _ in range(dice.randrange(1, 4)):
        findings.write_finding(programme=place.programme, question=question, sentence=f"{FILLER}.", by=cast.ana)
        call = make_interview(place.programme, cast.ana, notes=FILLER)
        make_transcript(call, turns=[("expert", f"{FILLER} outage {dice.random()}")])
    with suppress(Invalid):
        deliverables.request_report(programme=place.programme, by=cast.ana)


def identities(world: World, dice: random.Random) -> None:
    """The experts are other people, and know of other companies."""
    for expert in Expert.objects.all():
        name = f"Expert {dice.randrange(10**6)}"
        SealedIdentity.objects.update_or_create(expert=expert, defaults={"ciphertext": seal(Identity(name=name))})
        expert.spells.update(company_id=expert.spells.values_list("company", flat=True)[0], function=name)


def elsewhere(world: World, dice: random.Random) -> None:
    """Other programmes, of which A has no part, come and go by."""
    programme = make_programme(f"other-{dice.randrange(10**6)}", title=FILLER)
    fund = Fund.objects.create(name=f"{FILLER} {dice.random()}")
    seat_fund(programme, fund)
    Programme.objects.filter(pk=world.there.programme.pk).update(title=f"{FILLER} {dice.random()}", state="closed")


def house(world: World, dice: random.Random) -> None:
    """The house's own record and its post grow."""
    for _ in range(dice.randrange(1, 9)):
        audit.record(audit.HOUSE, "signed-in", world.people["bob"], by=world.people["bob"])
    make_user(f"Staff{dice.randrange(10**6)}", Role.ANALYST, programme=world.here.programme)


HIDDEN: tuple[Callable[[World, random.Random], None], ...] = (
    b_renamed,
    b_moved,
    more_funds,
    cap_changed,
    numbers_changed,
    waiting_list,
    b_s_people,
    b_reads,
    b_signs,
    b_s_policy,
    b_is_billed,
    drafts,
    identities,
    elsewhere,
    house,
)


# What Heron sees ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Seen:
    """One answer, or one letter."""

    what: str
    content: bytes


def steps(matrix: Matrix, person: str) -> list[Step]:
    """Every address that a person of Heron may open, and what is not theirs: (name, method, path, body)."""
    found = []
    world, who = matrix.world, PERSONAS[person]
    for name, line in sorted(POLICY.items()):
        if who.door == "pages" and not name.startswith("v1:"):
            continue
        for method, letters in line.items():
            if isinstance(letters, set) or not (letters == "*" or set(letters) & set(who.letters)):
                continue
            found += [(name, method, one.path, bodies(name, world.here)) for one in targets(name, world)]
    return found + list(_asides(world, person))


def _asides(world: World, person: str) -> Iterator[Step]:
    """Files by name, lists narrowed and asked in pages, and what a curious person would try."""
    pk, who = world.here.programme.pk, PERSONAS[person]
    by_program = [f"/api/v1/portal/{pk}/search/?q=board", "/api/v1/seats/?page_size=1", "/api/v1/seats/?state=held"]
    by_program += ["/api/v1/participations/?state=waiting", "/api/v1/terms/?page_size=1", "/api/v1/funds/?cursor=x"]
    on_pages = [f"/portal/{pk}/report/files/{name}" for name in ("matrix.svg", "manifest.json", "snapshot.json")]
    on_pages += [f"/portal/{pk}/search/?q={word}" for word in ("provider", "SECRET", "Ibis")]
    for path in by_program + (on_pages if who.door != "pages" else []):
        yield "aside", "get", path, {}
    if "K" in who.letters:
        add = reverse("v1:fund-members", kwargs={"pk": world.cast.heron.pk})
        for email in ("bob@example.com", "bob@heron.example", "nobody@heron.example"):
            yield "aside", "post", add, {"email": email, "name": "Somebody", "role": "fund_reader"}


def look(matrix: Matrix, person: str, asked: list[Step]) -> list[Seen]:
    """Everything that reaches a person of Heron: status, headers and body of each answer."""
    found = []
    for name, method, path, body in asked:
        answer = matrix.ask(person, method, path, body)
        found.append(Seen(f"{person}: {method} {path} ({name})", masked(repr(answer.whole).encode())))
    return found


def news(matrix: Matrix) -> list[Seen]:
    """What the firm then does, and the letters that Heron's people get for it."""
    world = matrix.world
    unreleased, here = world.places["unreleased"], world.here
    team, known = unreleased.evidence.cast, set(Message.objects.values_list("pk", flat=True))
    acts: list[Callable[[], Any]] = [
        lambda: deliverables.release(deliverable=unreleased.version, by=team.cyrus),
        lambda: terms.publish_terms(programme=here.programme, text="Newer terms for everybody.", by=world.cast.ada),
        lambda: fees.issue_invoice(
            invoice=Invoice.objects.get(state="draft", participation__fund=world.cast.heron), by=world.cast.ada
        ),
        lambda: deliverables.recall(deliverable=here.version, reason="A mistake.", by=world.cast.cora),
    ]
    found = []
    with undone():
        for act in acts:
            with suppress(IllegalMove, Invalid):
                act()
        own = User.objects.filter(membership__fund=world.cast.heron).values_list("email", flat=True)
        for letter in Message.objects.filter(to__in=own).exclude(pk__in=known).order_by("to", "subject", "body"):
            found.append(
                Seen(f"letter to {letter.to}", masked(f"{letter.subject}\n{letter.body}\n{letter.link}".encode()))
            )
        for person in ("rita", "lena"):
            answer = matrix.ask(person, "get", "/portal/", {})
            found.append(Seen(f"{person}: /portal/ after the news", masked(repr(answer.whole).encode())))
    return found


def masked(content: bytes) -> bytes:
    """Without what is drawn anew for each answer, and the instants that a row takes from the true clock when it is made."""
    today = datetime.now(UTC).strftime("%Y-%m-%dT").encode()
    content = re.sub(today + rb"[0-9:.]+Z", b"NOW", VARIES.sub(b"", content))
    # The letters of a fund's series of invoices are drawn at random; the count after them is the fund's own.
    return re.sub(rb"\b[A-Z]{5}-(\d{4})\b", rb"SERIES-\1", content)


@contextmanager
def clock_stopped() -> Iterator[None]:
    """Every look is at one instant, so that no time in it needs to be masked."""
    with mock.patch("django.utils.timezone.now", return_value=INSTANT):
        yield


def known_ids(seen: list[Seen]) -> set[bytes]:
    """Every id and hash that stands in what was seen."""
    return {found for one in seen for pattern in (UUID, HEX) for found in pattern.findall(one.content)}


def without_new(content: bytes, known: set[bytes]) -> bytes:
    """The content with each id that the first world does not hold named by its turn."""
    new: dict[bytes, bytes] = {}

    def named(found: re.Match[bytes]) -> bytes:
        text = found.group()
        return text if text in known else new.setdefault(text, b"NEW-%d" % len(new))

    return HEX.sub(named, UUID.sub(named, content))


# The comparison -----------------------------------------------------------------------------------------------------


class Twins:
    """The first world as Heron sees it, looked at twice: what differs between two looks at one world is no news."""

    def __init__(self, matrix: Matrix, people: tuple[str, ...] = PEOPLE):
        self.matrix = matrix
        for chain in AuditChain.objects.values_list("name", flat=True):
            # What is kept outside the database is not undone, so it is all there from the beginning.
            audit.anchor(chain)
        self.steps = {person: steps(matrix, person) for person in people}
        self.first, again = ({key: self._seen(key) for key in (*people, "news")} for _ in range(2))
        self.known = {key: known_ids(seen) & known_ids(again[key]) for key, seen in self.first.items()}
        self.unsteady = sorted(self._unlike(self.first, again))

    def pair(self, seed: int, whom: tuple[str, ...], *, share: int = 1) -> tuple[list[str], list[str]]:
        """The changes that make the second world of this seed, and what differs in it for these people.

        With a `share` only every so many-th step is taken, beginning with that of the seed.
        """
        dice = random.Random(seed)
        changes = dice.sample(HIDDEN, dice.randrange(1, 6))
        changes.sort(key=HIDDEN.index)
        with undone():
            for change in changes:
                change(self.matrix.world, dice)
            second = {key: self._seen(key, seed % share, share) for key in whom}
        first = {key: self.first[key][seed % share :: share] if key != "news" else self.first[key] for key in whom}
        return [change.__name__ for change in changes], self._unlike(first, second)

    def _seen(self, key: str, start: int = 0, share: int = 1) -> list[Seen]:
        # The throttle counts calls in the cache, and the clock stands still.
        cache.clear()
        with clock_stopped():
            return news(self.matrix) if key == "news" else look(self.matrix, key, self.steps[key][start::share])

    def _unlike(self, first: dict[str, list[Seen]], second: dict[str, list[Seen]]) -> list[str]:
        found = []
        for key, seen in second.items():
            if [one.what for one in first[key]] != [one.what for one in seen]:
                found.append(f"{key}: other answers or letters: {len(first[key])} and {len(seen)}")
            for one, other in zip(first[key], seen, strict=False):
                mine, theirs = (without_new(each.content, self.known[key]) for each in (one, other))
                if mine != theirs:
                    found.append(f"{one.what}: {difference(mine, theirs)}")
        return found


def difference(one: bytes, other: bytes) -> str:
    """The first place where two contents differ, with some of what is around it."""
    at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return f"…{one[max(0, at - 60) : at + 60]!r} and …{other[max(0, at - 60) : at + 60]!r}"
