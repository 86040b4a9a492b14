import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from synthesis.models import Deliverable, Finding
from synthesis.services import deliverables, findings, summaries
from tests.factories import make_cleared, make_expert, make_interview, make_tag
from tests.synthesis.evidence import BEAR, BULL, make_approved, make_evidence, make_frozen, make_released


@pytest.fixture
def evidence(cast):
    return make_evidence(cast)


@pytest.fixture
def ana(client, cast):
    client.force_login(cast.ana)
    return client


def address(url_name, evidence, **more):
    return reverse(url_name, kwargs={"slug": evidence.programme.slug, **more})


def text(response):
    return response.content.decode()


def test_report_page_groups_findings_by_question_with_both_sides_and_sources_of_figures(ana, evidence):
    make_approved(evidence)
    said = text(ana.get(address("report", evidence)))
    for words in (BEAR, BULL, "1 of 2 customers", "Counted from {Q1.customers.bear}", "Approved", "by Ben"):
        assert words in said
    assert "No finding on this question yet." in said


def test_report_page_says_why_buttons_are_dead(ana, evidence):
    findings.write_finding(
        programme=evidence.programme, question=evidence.q1, sentence="A draft.", by=evidence.cast.ana
    )
    said = text(ana.get(address("report", evidence)))
    assert "Your own work is in this, so another person has to approve it." in said
    assert "No finding is approved yet. A report is built from approved findings only." in said


def test_finding_is_written_by_form_and_what_was_typed_is_kept_when_refused(ana, evidence):
    page = address("finding_new", evidence)
    refused = ana.post(page, {"question": "Q1", "sentence": "Agents make work 4.5x faster."})
    assert refused.status_code == 400
    assert "“4.5x” was typed by hand" in text(refused) and "Agents make work 4.5x faster." in text(refused)
    assert ana.post(page, {"question": "", "sentence": "A sentence."}).status_code == 400
    given = {"question": "Q1", "sentence": "Agents make work 4.5x faster.", "claims": [str(evidence.claim.pk)]}
    saved = ana.post(page, given)
    finding = Finding.objects.get()
    assert saved.url == address("report", evidence) + f"#finding-{finding.pk}"
    assert list(finding.claims.all()) == [evidence.claim]
    assert "{Q1.customers.bear}" in text(ana.get(address("finding_edit", evidence, finding_id=finding.pk)))


def test_passages_are_picked_by_stance_and_cited_without_scripts_and_with_them(ana, evidence):
    finding = findings.write_finding(
        programme=evidence.programme, question=evidence.q1, sentence="A draft.", by=evidence.cast.ana
    )
    page = address("finding_cite", evidence, finding_id=finding.pk)
    assert [BEAR in text(ana.get(page)), BULL in text(ana.get(page))] == [True, True]
    bears = text(ana.get(page + "?stance=bear&segment=customers"))
    assert [BEAR in bears, BULL in bears] == [True, False]
    given = {"tag": str(evidence.bear.pk), "side": "supports", "from": "picker"}
    assert ana.post(page + "?stance=bear", given).url == page + "?stance=bear"
    again = ana.post(page, given | {"side": "contradicts"}, headers={"HX-Request": "true"})
    assert again.status_code == 200 and "<html" not in text(again)
    assert list(finding.citations.values_list("side", flat=True)) == ["contradicts"]
    card = ana.post(page, {"tag": str(evidence.bear.pk), "side": "none"}, headers={"HX-Request": "true"})
    assert "Nothing is cited yet." in text(card)
    assert finding.citations.count() == 0


def test_finding_is_approved_moved_and_discarded_on_the_page(client, evidence):
    cast = evidence.cast
    signed = make_approved(evidence)
    draft = findings.write_finding(programme=evidence.programme, question=evidence.q1, sentence="Draft.", by=cast.ana)
    client.force_login(cast.ana)
    own = client.post(address("finding_approve", evidence, finding_id=draft.pk))
    assert (own.status_code, "another person has to approve it" in text(own)) == (403, True)
    client.post(address("finding_move", evidence, finding_id=draft.pk), {"to": "up"})
    assert list(evidence.programme.findings.all()) == [draft, signed]
    assert client.post(address("finding_discard", evidence, finding_id=signed.pk)).status_code == 400
    client.post(address("finding_discard", evidence, finding_id=draft.pk))
    assert list(evidence.programme.findings.all()) == [signed]


def test_answer_is_written_and_signed_on_the_page(client, evidence):
    client.force_login(evidence.cast.ana)
    page = address("report_answer", evidence)
    assert "typed by hand" in text(client.post(page, {"text": "Half of them moved."}))
    client.post(page, {"text": "{Q1.customers.bear} moved."})
    client.force_login(evidence.cast.cora)
    client.post(address("report_answer_approve", evidence))
    said = text(client.get(address("report", evidence)))
    assert "by Cora" in said and "Counted from {Q1.customers.bear}" in said


def test_summaries_are_drafted_shortened_and_signed_on_the_page(client, evidence):
    cast, first = evidence.cast, evidence.texts[0]
    make_tag(first, "Honestly, nobody panicked", evidence.q1, cast.ben, stance="bull")
    client.force_login(cast.ana)
    change = address("report_summary", evidence)
    client.post(change, {"action": "draft-all"})
    said = text(client.get(address("report_summaries", evidence)))
    assert BEAR in said and "<b>0</b> <span>of 3 signed</span>" in said
    start = first.text.index("Honestly")
    dropped = client.post(
        change, {"action": "drop", "cleared": str(first.pk), "start": start}, headers={"HX-Request": "true"}
    )
    assert "Honestly" not in text(dropped)
    assert client.post(change, {"action": "approve", "cleared": str(first.pk)}).status_code == 403
    client.force_login(cast.cora)
    client.post(change, {"action": "approve", "cleared": str(first.pk)})
    assert "<b>1</b> <span>of 3 signed</span>" in text(client.get(address("report_summaries", evidence)))
    assert client.post(change, {"action": "other", "cleared": str(first.pk)}).status_code == 404
    assert client.post(change, {"action": "approve", "cleared": "no-id"}).status_code == 404


def test_version_is_built_followed_approved_and_released_on_the_pages(client, evidence):
    cast = evidence.cast
    make_approved(evidence)
    client.force_login(cast.ana)
    client.post(address("report_versions", evidence))
    assert "waiting to start" in text(client.get(address("report_versions", evidence)))
    assert "waiting to start" in text(client.get(address("report_progress", evidence, version=1)))
    Deliverable.objects.all().delete()
    Finding.objects.all().delete()
    make_frozen(evidence)
    preview = text(client.get(address("report_version", evidence, version=1)))
    assert "As every fund will read it." in preview and BEAR in preview
    assert "Only a compliance reviewer may approve a report." in preview
    assert client.get(address("report_progress", evidence, version=1)).headers["HX-Refresh"] == "true"
    assert client.post(address("report_approve", evidence, version=1)).status_code == 403
    client.force_login(cast.cora)
    one = client.post(address("report_release", evidence, version=1))
    assert (one.status_code, "This report has one signature, and a release needs two." in text(one)) == (409, True)
    assert "This report has one signature" in text(client.get(address("report_release", evidence, version=1)))
    client.post(address("report_approve", evidence, version=1))
    assert "Active seats" in text(client.get(address("report_release", evidence, version=1)))
    client.post(address("report_release", evidence, version=1))
    assert Deliverable.objects.get().state == "released"
    assert client.post(address("report_recall", evidence, version=1), {"reason": ""}).status_code == 400
    client.post(address("report_recall", evidence, version=1), {"reason": "A speaker withdrew."})
    assert "A speaker withdrew." in text(client.get(address("report_version", evidence, version=1)))


def test_admin_releases_without_reading(client, evidence):
    row = make_frozen(evidence)
    deliverables.approve_report(deliverable=row, by=evidence.cast.cora)
    client.force_login(evidence.cast.ada)
    assert client.get(address("report", evidence)).url == address("report_versions", evidence)
    pages = [address("report_versions", evidence), address("report_version", evidence, version=1)]
    said = " ".join(text(client.get(page)) for page in [*pages, address("report_release", evidence, version=1)])
    assert [words for words in (BEAR, BULL, "have moved work") if words in said] == []
    assert client.get(address("report_file", evidence, version=1, name="report.pdf")).status_code == 403
    assert client.get(address("report_summaries", evidence)).status_code == 403
    client.post(address("report_release", evidence, version=1))
    row.refresh_from_db()
    assert row.state == "released"


def test_preview_and_portal_show_the_same_report(client, evidence):
    make_released(evidence)
    client.force_login(evidence.cast.ana)
    preview = text(client.get(address("report_version", evidence, version=1)))
    client.force_login(evidence.cast.rita)
    portal = text(client.get(reverse("portal_report", kwargs={"public_id": evidence.programme.pk})))
    body = [page[page.index('id="answer-heading"') : page.index('aria-label="Contents"')] for page in (preview, portal)]
    words = [" ".join(re.sub(r"<[^>]+>", " ", part).split()) for part in body]
    assert words[0] == words[1]


def test_report_pages_take_as_many_queries_with_three_findings_as_with_one(ana, evidence):
    cast = evidence.cast
    make_approved(evidence)

    def measure():
        counts = []
        for name in ("report", "report_summaries", "report_versions"):
            with CaptureQueriesContext(connection) as caught:
                assert ana.get(address(name, evidence)).status_code == 200
            counts.append(len(caught))
        return counts

    summaries.draft_summary(cleared=evidence.texts[0], by=cast.ana)
    one = measure()
    for number in range(2):
        make_approved(evidence)
        interview = make_interview(cast.programme, cast.ana, expert=make_expert(f"Director, bank {number}"))
        cleared = make_cleared(interview, turns=[("expert", "It moved, the bank.")])
        make_tag(cleared, "It moved, the bank.", evidence.q1, cast.ben)
        summaries.draft_summary(cleared=cleared, by=cast.ana)
    assert measure() == one
    assert max(one) <= 40
