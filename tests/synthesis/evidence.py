"""A small programme with evidence on both sides, for the tests of findings, reports and the portal."""

from dataclasses import dataclass

from django.db import transaction

from interviews.models import ClearedTranscript
from research.models import Claim, Incident, KeyQuestion, Source, Statement
from synthesis.models import Deliverable, Finding, Tag
from synthesis.services import deliverables, findings
from synthesis.services.files import store
from tests.conftest import Cast
from tests.factories import make_cleared, make_expert, make_interview, make_suggestion, make_tag

BEAR = "We moved two workloads after the outage."
BULL = "We signed for three more years."
WORRY = "The approvals now take three days, up from one."
CALLS = [
    ("customers", "Director, insurer", [BEAR, "Honestly, nobody panicked, but the board asked for a second provider."]),
    ("customers", "VP infrastructure, retailer", [BULL, "Outages are weather. You buy a coat."]),
    ("managers", "Former Engineering Manager, hyperscaler, left 2025", [WORRY, "I heard that from a colleague."]),
]


@dataclass
class Evidence:
    cast: Cast
    q1: KeyQuestion
    q2: KeyQuestion
    texts: list[ClearedTranscript]
    bear: Tag
    bull: Tag
    worry: Tag
    claim: Claim
    incident: Incident

    @property
    def programme(self):
        return self.cast.programme


def make_evidence(cast: Cast) -> Evidence:
    """Three calls: a bear and a bull on Q1 among the customers, a bear on Q2 among the managers."""
    programme = cast.programme
    q1, q2 = programme.questions.order_by("code")
    texts = []
    for segment, descriptor, (first, second) in CALLS:
        interview = make_interview(programme, cast.ana, segment=segment, expert=make_expert(descriptor))
        turns = [
            ("interviewer", "What changed for you?"),
            ("expert", first),
            ("interviewer", "And?"),
            ("expert", second),
        ]
        texts.append(make_cleared(interview, turns=turns))
    bear = make_tag(texts[0], BEAR, q1, cast.ben)
    bull = make_tag(texts[1], BULL, q1, cast.ben, stance="bull")
    worry = make_tag(texts[2], WORRY, q2, cast.ben)
    make_suggestion(texts[0], BEAR, q1)
    source = Source.objects.create(programme=programme, code="B", title="An article", publisher="A paper")
    claim = Claim.objects.create(programme=programme, title="Velocity from agents")
    Statement.objects.create(source=source, claim=claim, aspect="figure", text="4.5x", standing="company")
    incident = Incident.objects.create(
        programme=programme, title="Checkout down", when="5 March 2026", date_from="2026-03-05", date_to="2026-03-05"
    )
    Statement.objects.create(source=source, incident=incident, aspect="lasted", text="6 h")
    Statement.objects.create(
        source=source, incident=incident, aspect="effect", text="Orders lost", standing="unverified"
    )
    return Evidence(cast, q1, q2, texts, bear, bull, worry, claim, incident)


def make_approved(evidence: Evidence, sentence: str = "{Q1.customers.bear} have moved work.") -> Finding:
    """A finding on Q1 written by Ana, with both sides cited, signed by Ben."""
    cast = evidence.cast
    finding = findings.write_finding(programme=cast.programme, question=evidence.q1, sentence=sentence, by=cast.ana)
    findings.cite(finding=finding, tag=evidence.bear, side="supports", by=cast.ana)
    findings.cite(finding=finding, tag=evidence.bull, side="contradicts", by=cast.ana)
    return findings.approve_finding(finding=finding, by=cast.ben)


def make_frozen(evidence: Evidence) -> Deliverable:
    """A version with its facts and one small file, as a worker leaves it, without drawing pictures."""
    make_approved(evidence)
    row = deliverables.request_report(programme=evidence.programme, by=evidence.cast.ana)
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"></svg>'
    files = [store("report.pdf", "application/pdf", b"%PDF-1.7 the report")]
    files += [store(name, "image/svg+xml", svg) for name in ("matrix.svg", "incidents.svg")]
    from accounts.models import Job

    job = Job.objects.get(kind=deliverables.KIND, subject=str(row.pk))
    with transaction.atomic():
        deliverables.commit(job, {edition.pk: files for edition in row.editions.all()})
    Job.objects.filter(pk=job.pk).update(state="done")
    row.refresh_from_db()
    return row


def make_released(evidence: Evidence) -> Deliverable:
    """A frozen version, approved by Cora and released by Cyrus."""
    row = make_frozen(evidence)
    deliverables.approve_report(deliverable=row, by=evidence.cast.cora)
    return deliverables.release(deliverable=row, by=evidence.cast.cyrus)
