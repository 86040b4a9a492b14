"""Two programmes with real rows in every table, and a secret in every confidential field."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from accounts.models import User
from accounts.roles import Role
from interviews.models import IdentityRequest, Redaction, SealedIdentity
from interviews.services.experts import Identity, seal
from research.models import Disagreement, Fund, FundMember, FundPolicy, Programme
from synthesis.models import Deliverable, Finding
from synthesis.services import deliverables, findings, summaries
from tests.conftest import Cast, make_cast
from tests.factories import make_interview, make_programme, make_suggestion, make_transcript, make_user, seat_fund
from tests.synthesis.evidence import Evidence, make_approved, make_evidence, make_released

RELEASED_WORDS = "We moved two workloads after the outage."
FUND_PEOPLE = ("rita", "carl", "bob", "olga", "eve", "wes")


@dataclass
class Place:
    """One programme with its rows, and the secrets that lie in them."""

    evidence: Evidence
    version: Deliverable
    draft: Finding
    request: IdentityRequest
    redaction: Redaction
    suggestion: Any
    disagreement: Disagreement
    secrets: dict[str, str] = field(default_factory=dict)

    @property
    def programme(self) -> Programme:
        return self.evidence.programme


@dataclass
class World:
    cast: Cast
    people: dict[str, User]
    here: Place
    there: Place
    member: FundMember


def make_world() -> World:
    """The cast's programme, another firm team's programme, and two more people who once could read."""
    cast = make_cast()
    crane = Fund.objects.create(name="Crane", domain="crane.example")
    seat = seat_fund(cast.programme, crane)
    here = make_place(make_evidence(cast), "KESTREL")
    there = make_place(make_evidence(other_cast(cast)), "HARRIER")
    seat.state, seat.fund = "free", None
    seat.save()
    eve = make_user("Eve", Role.FUND_READER, fund=cast.heron)
    FundMember.objects.filter(user=eve).update(left_at=datetime(2026, 4, 1, tzinfo=UTC))
    wes = make_user("Wes", Role.FUND_READER, fund=crane)
    for fund in (cast.heron, cast.ibis):
        FundPolicy.objects.create(fund=fund, version=1, restricted=[f"SECRET policy of {fund.name}"])
    names = ("ana", "ben", "cora", "ada", "stranger", "rita", "carl", "bob", "olga")
    people = {name: getattr(cast, name) for name in names} | {"eve": eve, "wes": wes}
    return World(cast, people, here, there, FundMember.objects.get(user=cast.rita))


def other_cast(cast: Cast) -> Cast:
    """A second programme with its own team and its own fund; the admin is the same."""
    programme = make_programme("harrier", title="SECRET title of HARRIER")
    osprey = Fund.objects.create(name="Osprey SECRET fund", domain="osprey.example")
    seat_fund(programme, osprey)
    una, vic = (make_user(name, Role.ANALYST, programme=programme) for name in ("Una", "Vic"))
    wanda, xena = (make_user(name, Role.COMPLIANCE, programme=programme) for name in ("Wanda", "Xena"))
    zoe = make_user("Zoe", Role.FUND_READER, fund=osprey)
    return Cast(programme, una, vic, wanda, xena, cast.ada, cast.stranger, osprey, zoe, zoe, osprey, zoe, osprey, zoe)


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
    place = Place(evidence, version, draft, request, redaction, suggestion, disagreement, secrets)
    # A later version that nobody has released yet holds one more finding.
    finding = make_approved(evidence, f"{{Q1.bear}} moved, and SECRET finding of {tag}.")
    secrets["finding"] = f"SECRET finding of {tag}"
    deliverables.request_report(programme=programme, by=cast.ana)
    assert finding.state == "approved"
    return place
