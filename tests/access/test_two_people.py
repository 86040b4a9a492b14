"""Two people, always: what the database says when a service is gone round, and when roles change in between."""

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.permissions import Refused
from accounts.roles import Role
from interviews.models import Clearance, IdentityRequest, Transcript
from interviews.services import clearance, experts
from interviews.services.experts import Identity
from synthesis.models import Deliverable, Finding, Summary
from synthesis.services import deliverables, findings, summaries
from tests.factories import make_interview, make_transcript
from tests.synthesis.evidence import make_approved, make_evidence, make_frozen


def refuses(query, **fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        query.update(**fields)


def become(user: User, role: Role) -> User:
    User.objects.filter(pk=user.pk).update(role=role)
    user.refresh_from_db()
    return user


def test_database_refuses_one_person_in_both_places(cast):
    evidence = make_evidence(cast)
    transcript = make_transcript(make_interview(cast.programme, cast.ana))
    clearance.pass_first_review(transcript=transcript, by=cast.cora)
    stamp = Clearance.objects.get().first_at
    refuses(Clearance.objects, second_by=cast.cora, second_at=stamp)
    refuses(Clearance.objects, second_by=cast.ana, second_at=stamp)
    refuses(Clearance.objects, second_by=cast.cyrus, second_at=None)
    finding = make_approved(evidence)
    refuses(Finding.objects.filter(pk=finding.pk), approved_by=cast.ana)
    version = make_frozen(evidence)
    refuses(Deliverable.objects.filter(pk=version.pk), approved_by=cast.ana)
    refuses(Deliverable.objects.filter(pk=version.pk), state="released", released_by=cast.ada)
    summary = summaries.draft_summary(cleared=evidence.texts[0], by=cast.ana)
    refuses(Summary.objects.filter(pk=summary.pk), approved_by=cast.ana, approved_at=stamp, state="approved")
    expert = experts.add_expert(programme=cast.programme, by=cast.ana, identity=Identity("Dana Whitlock"))
    request = experts.ask_identity(expert=expert, programme=cast.programme, purpose="counsel", by=cast.cora)
    refuses(IdentityRequest.objects.filter(pk=request.pk), agreed_by=cast.cora, agreed_at=stamp)


def test_interviewer_who_became_compliance_clears_neither_place(cast):
    transcript = make_transcript(make_interview(cast.programme, cast.ana))
    ana = become(cast.ana, Role.COMPLIANCE)
    with pytest.raises(Refused):
        clearance.pass_first_review(transcript=transcript, by=ana)
    clearance.pass_first_review(transcript=transcript, by=cast.cora)
    with pytest.raises(Refused):
        clearance.clear(transcript=transcript, by=ana)
    assert Transcript.objects.get(pk=transcript.pk).state == "reviewed"


def test_author_who_became_compliance_signs_nothing_of_their_own(cast):
    evidence = make_evidence(cast)
    version = make_frozen(evidence)
    finding = findings.write_finding(programme=cast.programme, question=evidence.q1, sentence="So it is.", by=cast.ana)
    findings.cite(finding=finding, tag=evidence.bear, side="supports", by=cast.ana)
    ana = become(cast.ana, Role.COMPLIANCE)
    with pytest.raises(Refused):
        findings.approve_finding(finding=finding, by=ana)
    with pytest.raises(Refused):
        deliverables.approve_report(deliverable=version, by=ana)


def test_identity_stays_shut_to_who_lost_the_role_or_the_place(cast):
    expert = experts.add_expert(programme=cast.programme, by=cast.ana, identity=Identity("Dana Whitlock"))
    request = experts.ask_identity(expert=expert, programme=cast.programme, purpose="counsel", by=cast.cora)
    experts.agree_identity(request=request, by=cast.cyrus)
    for role in (Role.ADMIN, Role.ANALYST, Role.FUND_COMPLIANCE):
        with pytest.raises(Refused):
            experts.reveal_identity(request=request, by=become(cast.cora, role))
    cora = become(cast.cora, Role.COMPLIANCE)
    assert experts.reveal_identity(request=request, by=cora).name == "Dana Whitlock"
    cast.programme.assignments.filter(user=cora).delete()
    with pytest.raises(Refused):
        experts.reveal_identity(request=request, by=cora)
