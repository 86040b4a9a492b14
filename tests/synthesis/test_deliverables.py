import json

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction

from accounts import audit, jobs
from accounts.models import AuditEvent
from accounts.moves import IllegalMove, Invalid
from accounts.permissions import Refused
from interviews.models import ClearedTranscript
from synthesis.models import Deliverable, Finding
from synthesis.report import rawdata
from synthesis.report.snapshot import problems, sha256
from synthesis.services import deliverables, editions, facts, findings, summaries
from synthesis.services.files import read_file
from tests.synthesis.evidence import BEAR, BULL, make_approved, make_evidence, make_frozen, make_released


@pytest.fixture
def evidence(cast):
    return make_evidence(cast)


def recall_text(text: ClearedTranscript) -> None:
    ClearedTranscript.objects.filter(pk=text.pk).update(recalled_at=text.cleared_at)


def test_facts_of_a_report_are_counted_from_accepted_tags_in_people(evidence):
    make_approved(evidence)
    snapshot = facts.gather(evidence.programme, version=1, built_at=evidence.texts[0].cleared_at)
    assert problems(snapshot) == []
    rows = {(row["question"], row["segment"]): row for row in snapshot["matrix"]}
    everybody = {"question": "Q1", "segment": "", "total": 3, "bear": 1, "bull": 1, "mixed": 0, "neutral": 0}
    assert rows["Q1", ""] == {**everybody, "silent": 1}
    finding = snapshot["findings"][0]
    assert (
        finding["rendered"],
        [q["text"] for q in finding["supporting"]],
        [q["text"] for q in finding["contradicting"]],
    ) == (
        "1 of 2 customers have moved work.",
        [BEAR],
        [BULL],
    )
    first = finding["supporting"][0]
    assert (first["descriptor"], first["segment"], first["turn"], first["time_ms"], first["basis"]) == (
        "Director, insurer",
        "customers",
        1,
        10_000,
        "first-hand",
    )
    assert snapshot["claims"] == [
        {"title": "Velocity from agents", "reports": [{"source": "B", "figure": "4.5x", "status": "company"}]}
    ]
    assert snapshot["incidents"][0]["reports"] == [
        {"source": "B", "lasted": "6 h", "effect": "Orders lost", "attribution": "", "status": "unverified"}
    ]
    assert snapshot["method"] == {
        "tagger": "test-1",
        "encoder": "none",
        "codebook": "version 1",
        "suggested": 1,
        "accepted": 0,
        "rejected": 0,
        "added": 3,
        "reviewers": 1,
    }


def test_facts_hold_no_draft_no_row_id_and_no_name(evidence):
    make_approved(evidence)
    findings.write_finding(
        programme=evidence.programme, question=evidence.q1, sentence="A draft.", by=evidence.cast.ana
    )
    summaries.draft_summary(cleared=evidence.texts[0], by=evidence.cast.ana)
    said = json.dumps(facts.gather(evidence.programme, version=1, built_at=evidence.texts[0].cleared_at))
    rows = [
        evidence.programme,
        *evidence.texts,
        *(t.interview for t in evidence.texts),
        evidence.bear,
        *Finding.objects.all(),
    ]
    banned = [str(row.pk) for row in rows] + ["A draft.", "Ana", "Heron", "Ibis", "Dana", "INT-"]
    assert [word for word in banned if word in said] == []
    assert json.loads(said)["interviews"][0]["summary"] == []


def test_approved_summary_is_part_of_the_facts(evidence):
    make_approved(evidence)
    summary = summaries.draft_summary(cleared=evidence.texts[0], by=evidence.cast.ana)
    summaries.approve_summary(summary=summary, by=evidence.cast.ben)
    snapshot = facts.gather(evidence.programme, version=1, built_at=evidence.texts[0].cleared_at)
    passage = evidence.bear.passage
    assert snapshot["interviews"][0]["summary"] == [
        {"text": BEAR, "turn": 1, "time_ms": 10_000, "start": passage.start, "end": passage.end}
    ]


def test_quote_of_a_current_employee_of_the_subject_is_marked(evidence):
    expert = evidence.texts[0].interview.expert
    spell = expert.spells.get()
    assert facts.is_current_employee(expert, "Harrow Mutual plc") is False
    spell.end, spell.current = None, True
    spell.save()
    assert facts.is_current_employee(expert, "Harrow Mutual plc") is True
    assert facts.is_current_employee(expert, "Harrowgate plc") is False


def test_report_without_an_approved_finding_is_refused(evidence):
    with pytest.raises(Invalid, match="No finding is approved yet"):
        deliverables.request_report(programme=evidence.programme, by=evidence.cast.ana)


def test_second_version_waits_for_the_first(evidence):
    make_approved(evidence)
    deliverables.request_report(programme=evidence.programme, by=evidence.cast.ana)
    with pytest.raises(Invalid, match="being built right now"):
        deliverables.request_report(programme=evidence.programme, by=evidence.cast.ana)


def test_report_is_asked_for_by_analysts_only(evidence):
    make_approved(evidence)
    refused = set()
    for user in evidence.cast.everyone():
        try:
            with transaction.atomic():
                deliverables.request_report(programme=evidence.programme, by=user)
                transaction.set_rollback(True)
        except Refused:
            refused.add(user.name)
    assert {user.name for user in evidence.cast.everyone()} - refused == {"Ana", "Ben"}


@pytest.mark.django_db(transaction=True)
def test_worker_freezes_the_report_and_again_gives_the_same_bytes():
    from tests.conftest import make_cast

    evidence = make_evidence(make_cast())
    make_approved(evidence)
    row = deliverables.request_report(programme=evidence.programme, by=evidence.cast.ana)
    jobs.drain()
    row.refresh_from_db()
    assert (row.state, row.message, row.sha256) == ("frozen", "", sha256(row.snapshot))
    names = [file.name for file in row.files.all()]
    assert {"snapshot.json", "quotes.csv", "incidents.svg", "manifest.json", "matrix.svg", "report.pdf"} <= set(names)
    stored = {file.name: read_file(file) for file in row.files.all()}
    assert rawdata.verify(stored) == []
    assert json.loads(stored["manifest.json"])["snapshot"] == row.sha256
    again = editions.build(row.whole, lambda done, total: None)
    assert {built.name: built.sha256 for built in again} == {file.name: file.sha256 for file in row.files.all()}
    assert row.interviews.count() == 3


@pytest.mark.django_db(transaction=True)
def test_report_whose_quote_was_recalled_meanwhile_is_not_built_and_says_why():
    from tests.conftest import make_cast

    evidence = make_evidence(make_cast())
    make_approved(evidence)
    row = deliverables.request_report(programme=evidence.programme, by=evidence.cast.ana)
    recall_text(evidence.texts[0])
    jobs.drain()
    row.refresh_from_db()
    assert (row.state, row.files.count()) == ("failed", 0)
    assert "has changed since the snapshot, or is missing" in row.message
    ClearedTranscript.objects.update(recalled_at=None)
    deliverables.retry_report(deliverable=row, by=evidence.cast.ben)
    jobs.drain()
    row.refresh_from_db()
    assert (row.state, row.message) == ("frozen", "")


def test_report_is_not_approved_by_who_built_it(evidence):
    row = make_frozen(evidence)
    Deliverable.objects.filter(pk=row.pk).update(built_by=evidence.cast.cora)
    row.refresh_from_db()
    with pytest.raises(Refused, match="another person has to approve it"):
        deliverables.approve_report(deliverable=row, by=evidence.cast.cora)
    with pytest.raises(IntegrityError), transaction.atomic():
        Deliverable.objects.filter(pk=row.pk).update(approved_by=evidence.cast.cora)


def test_report_with_one_signature_is_not_released(evidence):
    row = make_frozen(evidence)
    with pytest.raises(IllegalMove, match="This report has one signature, and a release needs two"):
        deliverables.release(deliverable=row, by=evidence.cast.cora)
    row.refresh_from_db()
    assert (row.state, row.released_at) == ("frozen", None)


def test_database_refuses_a_release_with_one_signature(evidence):
    row = make_frozen(evidence)
    with pytest.raises(IntegrityError), transaction.atomic():
        Deliverable.objects.filter(pk=row.pk).update(
            state="released", released_by=evidence.cast.cora, released_at=row.built_at
        )


def test_release_opens_the_report_to_all_seats_at_one_instant(evidence):
    cast = evidence.cast
    row = make_frozen(evidence)
    seen = {user.name for user in cast.everyone() if Deliverable.objects.visible_to(user).exists()}
    deliverables.approve_report(deliverable=row, by=cast.cora)
    row = deliverables.release(deliverable=row, by=cast.ada)
    after = {user.name for user in cast.everyone() if Deliverable.objects.visible_to(user).exists()}
    assert (seen, after - seen) == ({"Ana", "Ben", "Cora", "Cyrus", "Ada"}, {"Rita", "Carl", "Bob"})
    chains = [f"seat:{cast.programme.pk}:{fund.pk}" for fund in (cast.heron, cast.ibis)]
    bodies = [AuditEvent.objects.get(chain=chain, verb="report-released").body for chain in chains]
    expected = {"version": 1, "sha256": row.sha256, "released_at": row.released_at.isoformat()}
    assert bodies == [expected, expected]
    assert [audit.verify(chain).bad for chain in [*chains, cast.programme.chain]] == [None, None, None]


@pytest.mark.parametrize(
    ("before", "after"), [("synthesis", "delivered"), ("fielding", "fielding"), ("delivered", "delivered")]
)
def test_release_delivers_a_programme_that_is_in_synthesis(evidence, before, after):
    type(evidence.programme).objects.update(state=before)
    make_released(evidence)
    evidence.programme.refresh_from_db()
    assert evidence.programme.state == after


def test_release_is_made_by_compliance_of_the_programme_and_admins_only(evidence):
    row = make_frozen(evidence)
    deliverables.approve_report(deliverable=row, by=evidence.cast.cora)
    may = set()
    for user in evidence.cast.everyone():
        try:
            with transaction.atomic():
                deliverables.release(deliverable=row, by=user)
                may.add(user.name)
                transaction.set_rollback(True)
        except Refused:
            pass
    assert may == {"Cora", "Cyrus", "Ada"}


def spoil_quote(evidence, row):
    snapshot = row.snapshot
    snapshot["findings"][0]["supporting"][0]["text"] = BEAR.replace("two", "ten")
    Deliverable.objects.filter(pk=row.pk).update(snapshot=snapshot, sha256=sha256(snapshot))


def spoil_facts(evidence, row):
    Deliverable.objects.filter(pk=row.pk).update(snapshot=row.snapshot | {"version": 9})


def spoil_text(evidence, row):
    text = evidence.texts[0]
    ClearedTranscript.objects.filter(pk=text.pk).update(text=text.text.replace("two", "ten"))


def spoil_clearance(evidence, row):
    recall_text(evidence.texts[0])


def spoil_file(evidence, row):
    name = row.files.get(name="report.pdf").storage_name
    default_storage.delete(name)
    default_storage.save(name, ContentFile(b"%PDF-1.7 another"))


@pytest.mark.parametrize("spoil", [spoil_quote, spoil_facts, spoil_text, spoil_clearance, spoil_file])
@pytest.mark.parametrize("move", ["approve", "release"])
def test_report_that_is_not_what_was_frozen_is_neither_approved_nor_released(evidence, spoil, move):
    row = make_frozen(evidence)
    if move == "release":
        deliverables.approve_report(deliverable=row, by=evidence.cast.cora)
    spoil(evidence, row)
    service = deliverables.approve_report if move == "approve" else deliverables.release
    with pytest.raises(Invalid, match="This version can't leave the house"):
        service(deliverable=row, by=evidence.cast.cyrus)
    row.refresh_from_db()
    assert row.state == ("approved" if move == "release" else "frozen")


def test_recall_takes_the_report_back_from_every_seat(evidence):
    cast = evidence.cast
    row = make_released(evidence)
    with pytest.raises(Invalid, match="Say why"):
        deliverables.recall(deliverable=row, reason=" ", by=cast.cora)
    deliverables.recall(deliverable=row, reason="A speaker withdrew.", by=cast.cora)
    assert {u.name for u in cast.everyone() if u.of_fund and Deliverable.objects.visible_to(u).exists()} == set()
    for fund in (cast.heron, cast.ibis):
        event = AuditEvent.objects.get(chain=f"seat:{cast.programme.pk}:{fund.pk}", verb="report-recalled")
        assert (event.actor, event.body) == (None, {})


def test_recalled_clearance_recalls_what_was_built_on_it(evidence):
    row = make_released(evidence)
    assert deliverables.recall_built_on(evidence.texts[2]) == 1
    row.refresh_from_db()
    assert row.state == "recalled"
    assert deliverables.recall_built_on(evidence.texts[2]) == 0


def test_recalled_report_is_not_released_again(evidence):
    row = make_released(evidence)
    deliverables.recall(deliverable=row, reason="A speaker withdrew.", by=evidence.cast.cora)
    with pytest.raises(IllegalMove):
        deliverables.release(deliverable=row, by=evidence.cast.cora)
