import pytest
from django.db import IntegrityError, transaction

from accounts.models import AuditEvent
from accounts.moves import Invalid
from accounts.permissions import Refused
from synthesis.models import Finding
from synthesis.services import facts, findings
from tests.factories import make_programme, make_tag
from tests.synthesis.evidence import BEAR, make_approved, make_evidence


@pytest.fixture
def evidence(cast):
    return make_evidence(cast)


def write(evidence, sentence="{Q1.customers.bear} have moved work.", by=None, **linked):
    by = by or evidence.cast.ana
    return findings.write_finding(
        programme=evidence.programme, question=evidence.q1, sentence=sentence, by=by, **linked
    )


def test_finding_with_both_sides_cited_is_approved_by_a_second_person(evidence):
    finding = make_approved(evidence)
    assert (finding.state, finding.approved_by) == ("approved", evidence.cast.ben)
    frame = facts.frame(evidence.programme)
    row = facts.finding_row(facts.approved_findings(evidence.programme)[0], "F1", frame)
    assert row["rendered"] == "1 of 2 customers have moved work."
    assert [quote["text"] for quote in row["supporting"]] == [BEAR]
    verbs = AuditEvent.objects.filter(chain=evidence.programme.chain).values_list("verb", flat=True)
    assert list(verbs) == ["finding-written", "passage-cited", "passage-cited", "finding-approved"]


def test_finding_is_not_approved_by_its_author(evidence):
    finding = write(evidence)
    findings.cite(finding=finding, tag=evidence.bear, side="supports", by=evidence.cast.ana)
    with pytest.raises(Refused, match="another person has to approve it"):
        findings.approve_finding(finding=finding, by=evidence.cast.ana)


def test_finding_is_not_approved_by_somebody_who_changed_it(evidence):
    cast = evidence.cast
    finding = write(evidence)
    findings.cite(finding=finding, tag=evidence.bear, side="supports", by=cast.ben)
    findings.cite(finding=finding, tag=evidence.bull, side="contradicts", by=cast.ana)
    for hand in (cast.ana, cast.ben):
        with pytest.raises(Refused, match="Your own work is in this"):
            findings.approve_finding(finding=finding, by=hand)
    assert findings.approve_finding(finding=finding, by=cast.cora).state == "approved"


def test_database_refuses_an_approver_who_is_the_author(evidence):
    finding = write(evidence)
    with pytest.raises(IntegrityError), transaction.atomic():
        Finding.objects.filter(pk=finding.pk).update(
            state="approved", approved_by=evidence.cast.ana, approved_at=finding.written_at
        )


def test_database_refuses_an_approved_finding_without_signature(evidence):
    finding = write(evidence)
    with pytest.raises(IntegrityError), transaction.atomic():
        Finding.objects.filter(pk=finding.pk).update(state="approved")


@pytest.mark.parametrize(
    ("sentence", "says"),
    [
        ("", "The sentence has no words"),
        ("x" * 601, "A finding is one sentence"),
        ("{Q9.bear} have moved.", "is not a figure"),
        ("{Q1.pilots.bear} have moved.", "names no segment"),
        ("{Q1.bear have moved.", "A brace without its partner"),
        ("{Q1.bear.percent} have moved.", "below 30 write the count instead"),
        ("Half of the customers have moved.", "was typed by hand"),
        ("Agents make work 4.5x faster.", "“4.5x” was typed by hand"),
    ],
)
def test_finding_with_words_that_cannot_stand_is_refused_and_not_kept(evidence, sentence, says):
    with pytest.raises(Invalid, match=says):
        write(evidence, sentence)
    assert Finding.objects.count() == 0


def test_finding_may_repeat_a_figure_of_a_register_item_that_it_names(evidence):
    finding = write(evidence, "The 4.5x is not what they see.", claims=[evidence.claim])
    assert list(finding.claims.all()) == [evidence.claim]


def test_finding_that_loses_the_item_behind_a_typed_figure_is_refused(evidence):
    finding = write(evidence, "The 4.5x is not what they see.", claims=[evidence.claim])
    with pytest.raises(Invalid, match="4.5x"):
        findings.edit_finding(finding=finding, claims=[], by=evidence.cast.ana)
    assert list(finding.claims.all()) == [evidence.claim]


def test_edit_takes_the_signature_away(evidence):
    finding = make_approved(evidence)
    edited = findings.edit_finding(finding=finding, sentence="{Q1.bear} have moved work.", by=evidence.cast.ben)
    stored = Finding.objects.get(pk=finding.pk)
    assert (stored.state, stored.approved_by, stored.sentence) == ("draft", None, "{Q1.bear} have moved work.")
    assert edited.author == evidence.cast.ana


def test_finding_without_support_is_not_approved(evidence):
    finding = write(evidence)
    with pytest.raises(Invalid, match="Cite at least one passage that supports"):
        findings.approve_finding(finding=finding, by=evidence.cast.ben)


def test_finding_asks_for_the_other_side_while_there_is_one(evidence):
    finding = write(evidence)
    findings.cite(finding=finding, tag=evidence.bear, side="supports", by=evidence.cast.ana)
    with pytest.raises(Invalid, match="point the other way"):
        findings.approve_finding(finding=finding, by=evidence.cast.ben)


def test_finding_on_a_question_that_nobody_contradicts_needs_no_other_side(evidence):
    finding = findings.write_finding(
        programme=evidence.programme, question=evidence.q2, sentence="Approval got slower.", by=evidence.cast.ana
    )
    findings.cite(finding=finding, tag=evidence.worry, side="supports", by=evidence.cast.ana)
    assert findings.approve_finding(finding=finding, by=evidence.cast.ben).state == "approved"


def test_only_accepted_passages_are_cited(evidence):
    rejected = make_tag(
        evidence.texts[1], "Outages are weather.", evidence.q1, evidence.cast.ben, verdict="rejected", stance="bull"
    )
    with pytest.raises(Invalid, match="Only accepted passages can be cited"):
        findings.cite(finding=write(evidence), tag=rejected, side="contradicts", by=evidence.cast.ana)


def test_passage_of_a_recalled_text_is_not_cited(evidence):
    text = evidence.texts[1]
    text.recalled_at = text.cleared_at
    text.save()
    with pytest.raises(Invalid, match="recalled"):
        findings.cite(finding=write(evidence), tag=evidence.bull, side="contradicts", by=evidence.cast.ana)


def test_passage_of_another_programme_is_not_cited(evidence):
    other = make_programme("other")
    finding = write(evidence)
    Finding.objects.filter(pk=finding.pk).update(programme=other)
    finding.refresh_from_db()
    other.assignments.create(user=evidence.cast.ana)
    with pytest.raises(Invalid, match="another programme"):
        findings.cite(finding=finding, tag=evidence.bear, side="supports", by=evidence.cast.ana)


def test_citing_again_moves_the_passage_to_the_other_side(evidence):
    finding = write(evidence)
    findings.cite(finding=finding, tag=evidence.bear, side="supports", by=evidence.cast.ana)
    findings.cite(finding=finding, tag=evidence.bear, side="contradicts", by=evidence.cast.ana)
    assert list(finding.citations.values_list("tag", "side")) == [(evidence.bear.pk, "contradicts")]


def test_uncite_returns_an_approved_finding_to_draft(evidence):
    finding = make_approved(evidence)
    findings.uncite(finding=finding, tag=evidence.bull, by=evidence.cast.ana)
    finding.refresh_from_db()
    assert (finding.state, finding.citations.count()) == ("draft", 1)


def test_recall_of_a_text_returns_the_findings_that_cite_it_to_draft(evidence):
    finding = make_approved(evidence)
    assert findings.suspend_built_on(evidence.texts[1]) == 1
    finding.refresh_from_db()
    assert (finding.state, finding.approved_by) == ("draft", None)
    assert findings.suspend_built_on(evidence.texts[1]) == 0


def test_findings_change_places_within_their_question(evidence):
    first, second = write(evidence, "First."), write(evidence, "Second.")
    findings.move_finding(finding=second, by=evidence.cast.ana, down=False)
    assert list(evidence.programme.findings.all()) == [second, first]
    with pytest.raises(Invalid, match="already the first"):
        findings.move_finding(finding=second, by=evidence.cast.ana, down=False)


def test_approved_finding_is_not_discarded(evidence):
    with pytest.raises(Invalid, match="This finding is approved"):
        findings.discard_finding(finding=make_approved(evidence), by=evidence.cast.ana)
    findings.discard_finding(finding=write(evidence, "A draft."), by=evidence.cast.ana)
    assert Finding.objects.count() == 1


def test_findings_are_written_by_analysts_of_the_programme_only(evidence):
    cast = evidence.cast
    may = set()
    for user in cast.everyone():
        try:
            write(evidence, "A sentence.", by=user)
            may.add(user.name)
        except Refused:
            pass
    assert may == {"Ana", "Ben"}


def test_findings_are_approved_by_analysts_and_compliance_of_the_programme_only(evidence):
    cast = evidence.cast
    may = set()
    for user in cast.everyone():
        finding = write(evidence)
        findings.cite(finding=finding, tag=evidence.bear, side="supports", by=cast.ana)
        findings.cite(finding=finding, tag=evidence.bull, side="contradicts", by=cast.ana)
        try:
            findings.approve_finding(finding=finding, by=user)
            may.add(user.name)
        except Refused:
            pass
    assert may == {"Ben", "Cora", "Cyrus"}


def test_answer_is_rendered_and_signed_by_a_second_person(evidence):
    make_approved(evidence)
    text = "The damage is to confidence.\n\n{Q1.customers.bear} have moved work."
    findings.write_answer(programme=evidence.programme, text=text, by=evidence.cast.ana)
    with pytest.raises(Refused):
        findings.approve_answer(programme=evidence.programme, by=evidence.cast.ana)
    findings.approve_answer(programme=evidence.programme, by=evidence.cast.ben)
    evidence.programme.refresh_from_db()
    snapshot = facts.gather(evidence.programme, version=1, built_at=evidence.texts[0].cleared_at)
    assert snapshot["answer"] == ["The damage is to confidence.", "1 of 2 customers have moved work."]


def test_answer_with_a_typed_figure_is_refused(evidence):
    with pytest.raises(Invalid, match="“Half of” was typed by hand"):
        findings.write_answer(programme=evidence.programme, text="Half of them moved.", by=evidence.cast.ana)


def test_answer_without_approval_stays_out_of_the_report(evidence):
    make_approved(evidence)
    findings.write_answer(programme=evidence.programme, text="The damage is to confidence.", by=evidence.cast.ana)
    evidence.programme.refresh_from_db()
    assert facts.gather(evidence.programme, version=1, built_at=evidence.texts[0].cleared_at)["answer"] == []
