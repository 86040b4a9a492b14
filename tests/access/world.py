"""Programmes with real rows in every table, and a secret in every confidential field."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from allauth.mfa.models import Authenticator
from rest_framework.authtoken.models import Token

from accounts import audit, outbox
from accounts.models import Message, User
from accounts.roles import Role
from interviews.models import Expert, IdentityRequest, Redaction, SealedIdentity, SubjectException
from interviews.services import feeds, links
from interviews.services.experts import Identity, seal
from research.models import (
    Disagreement,
    Fund,
    FundMember,
    FundPolicy,
    Invitation,
    Invoice,
    Participation,
    Programme,
    Seat,
    Terms,
    Vehicle,
)
from synthesis.models import Deliverable, Finding
from synthesis.services import deliverables, findings, summaries
from tests.conftest import Cast, make_cast
from tests.factories import (
    make_candidate,
    make_expert,
    make_honorarium,
    make_import,
    make_interview,
    make_planned,
    make_programme,
    make_question,
    make_refunded,
    make_suggestion,
    make_transcript,
    make_user,
    seat_fund,
)
from tests.synthesis.evidence import Evidence, make_approved, make_evidence, make_frozen, make_released

RELEASED_WORDS = "We moved two workloads after the outage."
LATER = datetime(2026, 4, 1, tzinfo=UTC)


@dataclass
class Place:
    """One programme with its rows, and the secrets that lie in them."""

    evidence: Evidence
    version: Deliverable
    draft: Finding | None = None
    request: IdentityRequest | None = None
    redaction: Redaction | None = None
    suggestion: Any = None
    disagreement: Disagreement | None = None
    invitation: Invitation | None = None
    exception: SubjectException | None = None
    link: str = ""
    feed: str = ""
    secrets: dict[str, str] = field(default_factory=dict)

    @property
    def programme(self) -> Programme:
        return self.evidence.programme


@dataclass
class World:
    cast: Cast
    people: dict[str, User]
    funds: dict[str, Fund]
    places: dict[str, Place]
    clients: dict[str, Any] = field(default_factory=dict)
    token: str = ""
    message: Message | None = None

    @property
    def here(self) -> Place:
        return self.places["here"]

    @property
    def there(self) -> Place:
        return self.places["there"]


def make_world() -> World:
    """The cast's programme, those of another team, and a fund at every step of its part in the first."""
    cast = make_cast()
    funds = {"heron": cast.heron, "ibis": cast.ibis, "outsider": cast.outsider}
    for name in ("crane", "kite", "plover", "swift", "teal", "osprey"):
        funds[name] = Fund.objects.create(name=f"{name.title()} Capital", domain=f"{name}.example")
    people = {
        name: getattr(cast, name) for name in ("ana", "ben", "cora", "ada", "stranger", "rita", "carl", "bob", "olga")
    }
    people |= make_people(cast, funds)
    crane = seat_fund(cast.programme, funds["crane"])
    here = make_place(make_evidence(cast), "KESTREL")
    others = other_team(cast, make_programme("harrier", title="SECRET title of HARRIER"), funds["osprey"])
    there = make_place(make_evidence(others), "HARRIER")
    places = {"here": here, "there": there} | make_further(others, cast.heron)
    take_parts(cast.programme, crane, funds)
    people |= {"zoe": others.rita, "wanda": others.cora, "una": others.ana}
    people["mara"] = make_user("Mara", Role.ADMIN)
    Authenticator.objects.filter(user__in=[people["mara"], people["milo"]]).delete()
    people["max"] = make_user("Max", Role.ANALYST, programme=cast.programme)
    make_expert("Director whom nobody has called yet")
    make_draft(places["unreleased"].programme, cast)
    for fund in funds.values():
        Vehicle.objects.create(fund=fund, name=f"{fund.name} Master")
        FundPolicy.objects.create(
            fund=fund,
            version=1,
            by=User.objects.filter(membership__fund=fund).order_by("role").first(),
            restricted=[{"company": f"SECRET policy of {fund.name}", "from": None, "to": None}],
        )
    for seat in cast.programme.seats.exclude(fund=None):
        told = {"number": seat.number, "fund": seat.fund_id}
        audit.record(cast.programme.chain, "seat-activated", seat, by=cast.ada, **told)
    for fund, place in (("heron", here), ("ibis", here), ("osprey", there)):
        make_refunded(place.programme, funds[fund], cast.ada)
    join_late(people, funds)
    lose_places(people)
    message = outbox.post(to="rita@example.com", template="committed", key="m", name="Rita", programme=cast.programme)
    return World(cast, people, funds, places, token=Token.objects.create(user=people["tom"]).key, message=message)


def make_draft(programme: Programme, cast: Cast) -> None:
    """An invoice of Heron that has no number yet."""
    given = make_refunded(programme, cast.heron, cast.ada).invoice
    Invoice.objects.create(
        plan=given.plan,
        participation=given.participation,
        state="draft",
        amount=20_000,
        currency="GBP",
        launch_on=given.launch_on,
        delivery_on=given.delivery_on,
    )


def make_people(cast: Cast, funds: dict[str, Fund]) -> dict[str, User]:
    """More people of Heron and Ibis, and one of each fund that reads nothing; those of Heron have signed its terms."""
    roles = {
        "lena": (Role.FUND_LEAD, "heron"),
        "milo": (Role.FUND_COMPLIANCE, "heron"),
        "tom": (Role.FUND_READER, "heron"),
        "eve": (Role.FUND_READER, "heron"),
        "gone": (Role.FUND_READER, "heron"),
        "kim": (Role.FUND_COMPLIANCE, "heron"),
        "pia": (Role.FUND_COMPLIANCE, "heron"),
        "bianca": (Role.FUND_COMPLIANCE, "ibis"),
        "ivo": (Role.FUND_LEAD, "kite"),
        "walt": (Role.FUND_LEAD, "plover"),
        "sven": (Role.FUND_LEAD, "teal"),
        "wes": (Role.FUND_READER, "crane"),
    }
    return {name: make_user(name.title(), role, fund=funds[fund]) for name, (role, fund) in roles.items()}


def take_parts(programme: Programme, withdrawn: Seat, funds: dict[str, Fund]) -> None:
    """One fund has withdrawn, one is invited, one waits, one has a seat held."""
    withdrawn.state, withdrawn.fund = "free", None
    withdrawn.save()
    Participation.objects.filter(programme=programme, fund=funds["crane"]).update(state="withdrawn", since=LATER)
    Participation.objects.create(programme=programme, fund=funds["kite"], state="invited")
    Participation.objects.create(programme=programme, fund=funds["plover"], state="waiting", waiting_since=LATER)
    seat_fund(programme, funds["swift"], state="held")
    seat_fund(programme, funds["teal"], state="signed")


def join_late(people: dict[str, User], funds: dict[str, Fund]) -> None:
    """Two people who have signed nothing yet."""
    for name, role, fund in (("nils", Role.FUND_READER, "heron"), ("hugo", Role.FUND_LEAD, "swift")):
        people[name] = make_user(name.title(), role)
        FundMember.objects.create(fund=funds[fund], user=people[name])


def lose_places(people: dict[str, User]) -> None:
    """Two people of Heron have left it, and three accounts are closed."""
    for name in ("eve", "kim"):
        FundMember.objects.filter(user=people[name]).update(left_at=LATER)
    closed = [people[name].pk for name in ("gone", "max", "pia")]
    User.objects.filter(pk__in=closed).update(is_active=False)
    for name in ("gone", "max", "pia"):
        people[name].refresh_from_db()


def other_team(cast: Cast, programme: Programme, osprey: Fund) -> Cast:
    """A second programme with its own team and its own fund; the admin is the same."""
    seat_fund(programme, osprey)
    una, vic = (make_user(name, Role.ANALYST, programme=programme) for name in ("Una", "Vic"))
    wanda, xena = (make_user(name, Role.COMPLIANCE, programme=programme) for name in ("Wanda", "Xena"))
    zoe = make_user("Zoe", Role.FUND_READER, fund=osprey)
    return Cast(programme, una, vic, wanda, xena, cast.ada, cast.stranger, osprey, zoe, zoe, osprey, zoe, osprey, zoe)


def make_further(team: Cast, heron: Fund) -> dict[str, Place]:
    """The four programmes in which Heron has or had a part; see tests/access/personas.py."""
    found = {}
    for name in ("unreleased", "recalled", "left", "unsigned"):
        programme = make_programme(f"more-{name}", title=f"SECRET title of {name}")
        for person in (team.ana, team.ben, team.cora, team.cyrus):
            programme.assignments.create(user=person)
        seat = seat_fund(programme, heron)
        evidence = make_evidence(replace(team, programme=programme))
        if name == "unreleased":
            version = deliverables.approve_report(deliverable=make_frozen(evidence), by=team.cora)
        else:
            version = make_released(evidence)
        if name == "recalled":
            version = deliverables.recall(deliverable=version, reason="A mistake.", by=team.cora)
        if name == "left":
            Seat.objects.filter(pk=seat.pk).update(state="free", fund=None, since=None)
            Participation.objects.filter(programme=programme, fund=heron).update(state="withdrawn")
        if name == "unsigned":
            Terms.objects.filter(programme=programme).update(in_force=False)
            Terms.objects.create(programme=programme, version=2, text="SECRET newer terms.", sha256="2a" * 32)
        found[name] = Place(evidence, version)
    return found


def make_screening(programme: Programme, expert: Expert, cast: Cast) -> SubjectException:
    """A question for the record that is asked no more, and an exception for the expert of a call."""
    make_question(programme, kind="plain", wrong=[], retired_at=LATER)
    candidate = programme.candidates.get(expert=expert)
    fields = {"reason": f"SECRET exception of {programme.slug}", "until": date(2090, 1, 1), "by": cast.cora}
    return SubjectException.objects.create(candidate=candidate, **fields)


def make_place(evidence: Evidence, tag: str) -> Place:
    """Rows of every kind in one programme; `tag` marks its secrets."""
    cast, programme = evidence.cast, evidence.programme
    secrets = {kind: f"SECRET {kind} of {tag}" for kind in ("notes", "name", "source", "redacted", "draft", "reason")}
    make_suggestion(evidence.texts[1], "Outages are weather.", evidence.q1)
    summary = summaries.draft_summary(cleared=evidence.texts[0], by=cast.ana)
    summaries.approve_summary(summary=summary, by=cast.ben)
    make_approved(evidence, "{Q1.bear} moved, says " + tag + ".") if tag != "KESTREL" else None
    version = make_released(evidence)
    expert = evidence.texts[0].interview.expert
    make_honorarium(evidence.texts[0].interview, cast.cora, state="computed", minutes=60, amount=40_000)
    SealedIdentity.objects.create(expert=expert, ciphertext=seal(Identity(name=secrets["name"])))
    request = IdentityRequest.objects.create(expert=expert, programme=programme, purpose="counsel", asked_by=cast.cora)
    findings.write_answer(programme=programme, text=secrets["draft"] + " answer.", by=cast.ana)
    draft = findings.write_finding(programme=programme, question=evidence.q1, sentence=secrets["draft"], by=cast.ana)
    second = make_interview(programme, cast.ana, notes=secrets["notes"])
    transcript = make_transcript(
        second,
        turns=[("interviewer", "What changed?"), ("expert", f"{secrets['source']} and {secrets['redacted']}.")],
    )
    start = transcript.text.index(secrets["redacted"])
    redaction = Redaction.objects.create(
        transcript=transcript, start=start, end=start + len(secrets["redacted"]), reason="mnpi", by=cast.cora
    )
    suggestion = make_suggestion(evidence.texts[2], "I heard that from a colleague.", evidence.q2)
    disagreement = Disagreement.objects.create(programme=programme, title="How many outages")
    invitation = Invitation.objects.create(
        participation=programme.participations.first(),
        email="asked@example.com",
        name="Asked",
        by=cast.ada,
        expires_at=datetime(2100, 1, 1, tzinfo=UTC),
    )
    make_import(programme, cast.ana)
    candidate = make_candidate(programme, make_expert(), state="invited")
    link = links.issue(candidate=candidate, purpose="invite", by=cast.ana).split("/")[-2]
    place = Place(evidence, version, draft, request, redaction, suggestion, disagreement, invitation, link, secrets)
    make_planned(candidate, cast.ana)
    place.exception = make_screening(programme, expert, cast)
    place.feed = feeds.create(name="Telephone", by=cast.ana)[1].rpartition("/")[2].removesuffix(".ics")
    # A later version that nobody has released yet holds one more finding.
    finding = make_approved(evidence, f"{{Q1.bear}} moved, and SECRET finding of {tag}.")
    secrets["finding"] = f"SECRET finding of {tag}"
    deliverables.request_report(programme=programme, by=cast.ana)
    assert finding.state == "approved"
    return place
