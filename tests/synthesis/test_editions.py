"""Editions: what a fund's own policy withholds is in no number, no word and no file of what that fund reads."""

import json
from datetime import UTC, date, datetime

import pytest
from django.urls import reverse

from accounts import jobs
from accounts.models import AuditEvent
from accounts.moves import Invalid
from interviews.models import ClearedTranscript, Company, Spell
from interviews.services import screening
from research.models import FundPolicy
from research.services import policies
from synthesis import portal
from synthesis.models import Edition
from synthesis.report.editions import withhold
from synthesis.report.snapshot import problems, sha256
from synthesis.services import deliverables, editions, facts, findings, summaries, tally
from synthesis.services.files import read_file
from tests.conftest import make_cast
from tests.factories import make_cleared, make_expert, make_interview, make_tag
from tests.synthesis.evidence import BEAR, WORRY, make_evidence, make_frozen, make_released

CANARY = "The canary sang before the migration."
HELD = date(2026, 3, 18)


def leave(text: ClearedTranscript, company: str, end: date) -> None:
    """The expert of a text left this company on that day, and was nowhere else."""
    employer, _ = Company.objects.get_or_create(name=company, defaults={"kind": "insurer"})
    text.interview.expert.spells.all().delete()
    Spell.objects.create(expert=text.interview.expert, company=employer, level="Director", start="2015-01-01", end=end)


def make_signed(evidence) -> None:
    """Summaries of all, and a second finding that only the third call supports; an answer with figures."""
    cast = evidence.cast
    for text in evidence.texts:
        summary = summaries.draft_summary(cleared=text, by=cast.ana)
        summaries.approve_summary(summary=summary, by=cast.ben)
    against = make_tag(evidence.texts[0], "Honestly, nobody panicked", evidence.q2, cast.ben, stance="bull")
    finding = findings.write_finding(
        programme=cast.programme, question=evidence.q2, sentence="Approvals take longer now.", by=cast.ana
    )
    findings.cite(finding=finding, tag=evidence.worry, side="supports", by=cast.ana)
    findings.cite(finding=finding, tag=against, side="contradicts", by=cast.ana)
    findings.approve_finding(finding=finding, by=cast.ben)
    findings.write_answer(programme=cast.programme, text="{Q1.bear} moved.\n{total} spoke.", by=cast.ana)
    findings.approve_answer(programme=cast.programme, by=cast.ben)


def bar(fund, *companies: str, **fields) -> FundPolicy:
    """The fund's newest policy restricts these companies; written past the service, so that no news is sent."""
    restricted = [{"company": name, "from": None, "to": None} for name in companies]
    return FundPolicy.objects.create(fund=fund, version=fund.policies.count() + 1, restricted=restricted, **fields)


@pytest.fixture
def evidence(cast):
    evidence = make_evidence(cast)
    make_signed(evidence)
    for text, company in zip(evidence.texts, ("Alder", "Birch", "Cedar"), strict=True):
        leave(text, company, date(2024, 6, 30))
    return evidence


def code(evidence, at: int) -> str:
    return facts.code_of(evidence.texts[at].interview_id)


def numbers(snapshot) -> str:
    """Everything in a snapshot that is counted, as bytes would have it."""
    return json.dumps({name: snapshot[name] for name in ("matrix", "segments", "interviews", "method")}, sort_keys=True)


# Counting -----------------------------------------------------------------------------------------------------------


def test_edition_that_withholds_nothing_is_the_facts_themselves(evidence):
    row = make_frozen(evidence)
    assert withhold(row.snapshot, row.tally, frozenset()) == row.snapshot
    assert (row.whole.sha256, row.sha256) == (sha256(row.snapshot), sha256(row.snapshot))


@pytest.mark.parametrize("gone", [{0}, {1}, {2}, {0, 2}, {1, 2}, {0, 1, 2}])
def test_edition_counts_what_a_report_without_those_interviews_would_count(evidence, gone):
    row = make_frozen(evidence)
    found = withhold(row.snapshot, row.tally, {code(evidence, at) for at in gone})
    for at in gone:
        text = evidence.texts[at]
        ClearedTranscript.objects.filter(pk=text.pk).update(recalled_at=text.cleared_at)
        type(text.interview).objects.filter(pk=text.interview_id).update(state="stopped")
    without = facts.gather(evidence.programme, version=1, built_at=row.built_at)
    assert numbers(found) == numbers(without)
    assert (found["withheld"], problems(found)) == (len(gone), [])
    lines = {line["sentence"]: line["rendered"] for line in without["findings"]}
    assert all(lines[finding["sentence"]] == finding["rendered"] for finding in found["findings"])
    told = [line for line in without["answer"] if not line.startswith("0 ")]
    assert found["answer"] == told


def test_finding_stays_without_a_withheld_quote_and_goes_without_its_support(evidence):
    row = make_frozen(evidence)
    assert [finding["id"] for finding in row.snapshot["findings"]] == ["F1", "F2"]
    whole = {finding["sentence"]: finding for finding in row.snapshot["findings"]}
    assert len(whole) == 2
    third = withhold(row.snapshot, row.tally, {code(evidence, 2)})
    assert [(f["id"], f["question"]) for f in third["findings"]] == [("F1", "Q1")]
    second = withhold(row.snapshot, row.tally, {code(evidence, 1)})
    about = next(f for f in second["findings"] if f["question"] == "Q1")
    assert ([q["text"] for q in about["supporting"]], about["contradicting"]) == ([BEAR], [])
    assert about["rendered"] == "1 of 1 customers have moved work."


def test_finding_whose_typed_figure_only_a_withheld_quote_gave_goes_too(evidence):
    cast = evidence.cast
    three = make_tag(evidence.texts[0], "the board asked for a second provider", evidence.q2, cast.ben)
    finding = findings.write_finding(
        programme=cast.programme, question=evidence.q2, sentence="Approvals take longer.", by=cast.ana
    )
    findings.cite(finding=finding, tag=three, side="supports", by=cast.ana)
    findings.cite(finding=finding, tag=evidence.worry, side="supports", by=cast.ana)
    bull = make_tag(evidence.texts[1], "Outages are weather.", evidence.q2, cast.ben, stance="bull")
    findings.cite(finding=finding, tag=bull, side="contradicts", by=cast.ana)
    findings.edit_finding(finding=finding, sentence="Approvals take three days, not one.", by=cast.ana)
    findings.approve_finding(finding=finding, by=cast.ben)
    row = make_frozen(evidence)
    assert "Approvals take three days, not one." in {f["sentence"] for f in row.snapshot["findings"]}
    said = {f["sentence"] for f in withhold(row.snapshot, row.tally, {code(evidence, 2)})["findings"]}
    assert "Approvals take three days, not one." not in said


def test_tally_holds_no_id_of_a_row_and_no_name(evidence):
    said = json.dumps(tally.take(evidence.programme))
    rows = [*evidence.texts, *(t.interview for t in evidence.texts), *(t.interview.expert for t in evidence.texts)]
    banned = [str(row.pk) for row in [*rows, evidence.cast.ana, evidence.cast.ben]] + ["Ana", "Heron", "Alder"]
    assert [word for word in banned if word in said] == []


# Which fund reads what ----------------------------------------------------------------------------------------------


def test_funds_with_the_same_policy_share_an_edition_and_others_read_the_whole(evidence):
    bar(evidence.cast.heron, "Cedar plc")
    bar(evidence.cast.ibis, "CEDAR")
    bar(evidence.cast.outsider, "Alder")
    row = make_released(evidence)
    assert [(e.letter, e.withheld) for e in row.editions.all()] == [("A", []), ("B", [code(evidence, 2)])]
    for fund in (evidence.cast.heron, evidence.cast.ibis):
        assert editions.edition_of(row, fund.pk).letter == "B"
    assert editions.edition_of(row, evidence.cast.outsider.pk) is None


@pytest.mark.parametrize(("end", "hidden"), [("2025-09-19", True), ("2025-09-18", False)])
def test_expert_who_left_five_months_and_29_days_before_the_call_is_in_no_edition_and_one_of_six_months_is(
    evidence, end, hidden
):
    leave(evidence.texts[2], "Cedar", date.fromisoformat(end))
    row = make_released(evidence)
    for fund in (evidence.cast.heron, evidence.cast.ibis):
        listed = [one["id"] for one in editions.edition_of(row, fund.pk).snapshot["interviews"]]
        assert (code(evidence, 2) in listed, len(listed)) == (not hidden, 2 if hidden else 3)


def test_twelve_month_fund_reads_a_report_with_fewer_people_and_the_other_fund_does_not(evidence):
    leave(evidence.texts[0], "Alder", date(2025, 6, 30))
    bar(evidence.cast.heron, cooling_off={"listed": 12})
    row = make_released(evidence)
    heron, ibis = (editions.edition_of(row, fund.pk) for fund in (evidence.cast.heron, evidence.cast.ibis))
    assert [one.withheld for one in (heron, ibis)] == [[code(evidence, 0)], []]
    everybody = [
        next(c for c in one.snapshot["matrix"] if (c["question"], c["segment"]) == ("Q1", "")) for one in (heron, ibis)
    ]
    assert [(c["total"], c["bear"], c["bull"], c["silent"]) for c in everybody] == [(2, 0, 1, 1), (3, 1, 1, 1)]
    assert (heron.snapshot["answer"], ibis.snapshot["answer"]) == (
        # Nobody who moved is left, so that line would say the opposite of what it was written for.
        ["2 spoke."],
        ["1 of 3 people moved.", "3 spoke."],
    )
    chain = f"seat:{evidence.programme.pk}:{evidence.cast.heron.pk}"
    body = AuditEvent.objects.get(chain=chain, verb="report-released").body
    assert (body["sha256"], body["version"], body["released_at"]) == (heron.sha256, 1, row.released_at.isoformat())


def test_release_waits_for_the_edition_of_a_policy_that_changed_since_the_freeze(evidence):
    row = make_frozen(evidence)
    deliverables.approve_report(deliverable=row, by=evidence.cast.cora)
    bar(evidence.cast.heron, "Cedar")
    with pytest.raises(Invalid, match="An edition of this version is still being made"):
        deliverables.release(deliverable=row, by=evidence.cast.cyrus)
    assert editions.sweep() == 1
    late = row.editions.get(number=2)
    editions.freeze(late, [])
    assert deliverables.release(deliverable=row, by=evidence.cast.cyrus).state == "released"
    assert editions.edition_of(row, evidence.cast.heron.pk) == late


@pytest.mark.parametrize("spoil", ["snapshot", "tally"])
def test_edition_that_is_not_what_the_facts_give_is_neither_approved_nor_released(evidence, spoil):
    bar(evidence.cast.heron, "Cedar")
    row = make_frozen(evidence)
    if spoil == "snapshot":
        edition = row.editions.get(number=2)
        changed = edition.snapshot | {"answer": ["Everybody moved."]}
        Edition.objects.filter(pk=edition.pk).update(snapshot=changed, sha256=sha256(changed))
    else:
        row.tally["interviews"][code(evidence, 0)]["voices"] = []
        type(row).objects.filter(pk=row.pk).update(tally=row.tally)
    with pytest.raises(Invalid, match="Edition . is not what the facts of this version give"):
        deliverables.approve_report(deliverable=row, by=evidence.cast.cora)


# Reading ------------------------------------------------------------------------------------------------------------


def answers(client, user, programme, ids) -> list[tuple[int, str]]:
    """Every page, file and API answer of a fund's person, with the ids of all editions."""
    client.force_login(user)
    base, api = f"/portal/{programme.pk}/", f"/api/v1/portal/{programme.pk}/"
    paths = ["", "report/", "interviews/", "search/?q=canary", "search/?q=sang", "report/report.pdf"]
    paths += [
        f"report/files/{name}"
        for name in ("snapshot.json", "quotes.csv", "quotes.json", "interviews.csv", "manifest.json")
    ]
    paths += [f"interviews/{pk}/{rest}" for pk in ids for rest in ("", "transcript.txt")]
    asked = [base + path for path in paths]
    asked += [api + path for path in ("", "report/", "interviews/", "search/?q=canary")]
    asked += [f"{api}interviews/{pk}/" for pk in ids]
    found = [(path, client.get(path)) for path in [*asked, "/portal/", "/api/v1/portal/"]]
    return [(path, answer.status_code, answer.content.decode("utf-8", "replace")) for path, answer in found]


@pytest.mark.django_db(transaction=True)
def test_words_of_a_withheld_interview_reach_that_fund_nowhere_and_the_other_everywhere(client):
    evidence = make_evidence(make_cast())
    cast = evidence.cast
    call = make_interview(cast.programme, cast.ana, segment="managers", expert=make_expert("CANARY Director"))
    text = make_cleared(call, turns=[("interviewer", "What happened?"), ("expert", CANARY)])
    tag = make_tag(text, CANARY, evidence.q1, cast.ben)
    finding = findings.write_finding(
        programme=cast.programme, question=evidence.q1, sentence="{Q1.bear} saw it coming.", by=cast.ana
    )
    for side, said in (("supports", tag), ("supports", evidence.bear), ("contradicts", evidence.bull)):
        findings.cite(finding=finding, tag=said, side=side, by=cast.ana)
    findings.approve_finding(finding=finding, by=cast.ben)
    summary = summaries.draft_summary(cleared=text, by=cast.ana)
    summaries.approve_summary(summary=summary, by=cast.ben)
    leave(text, "Dogwood", date(2024, 1, 1))
    bar(cast.heron, "Dogwood")
    row = deliverables.request_report(programme=cast.programme, by=cast.ana)
    jobs.drain()
    row.refresh_from_db()
    deliverables.approve_report(deliverable=row, by=cast.cora)
    row = deliverables.release(deliverable=row, by=cast.cyrus)
    ids = [pk for e in row.editions.all() for pk in e.interviews.values_list("pk", flat=True)]
    secret = ["canary sang", "CANARY", facts.code_of(call.pk), text.sha256]

    def leaks(user):
        return {path for path, _, said in answers(client, user, cast.programme, ids) if any(s in said for s in secret)}

    assert leaks(cast.rita) == set() == leaks(cast.carl)
    assert len(leaks(cast.bob)) >= 10
    said = {path: words for path, status, words in answers(client, cast.rita, cast.programme, ids) if status == 200}
    assert "own policy withheld 1 interview." in said[f"/portal/{cast.programme.pk}/report/"]
    assert json.loads(said[f"/api/v1/portal/{cast.programme.pk}/report/"])["withheld"] == 1
    other = "".join(words for _, _, words in answers(client, cast.bob, cast.programme, ids))
    assert "policy withheld" not in other
    for edition in row.editions.all():
        stored = {file.name: read_file(file) for file in edition.files.all()}
        assert json.loads(stored["manifest.json"])["snapshot"] == edition.sha256


@pytest.mark.django_db(transaction=True)
def test_company_restricted_after_the_release_is_gone_at_once_and_the_report_comes_back_without_it(client):
    evidence = make_evidence(make_cast())
    cast = evidence.cast
    leave(evidence.texts[2], "Cedar", date(2024, 6, 30))
    row = make_released(evidence)
    ids = list(row.interviews.values_list("pk", flat=True))
    client.force_login(cast.carl)
    assert WORRY in client.get(f"/api/v1/portal/{cast.programme.pk}/search/?q=approvals").content.decode()
    policies.set_policy(fund=cast.heron, by=cast.carl, restricted="Cedar")
    found = answers(client, cast.carl, cast.programme, ids)
    assert [path for path, _, said in found if WORRY in said or BEAR in said] == []
    overview = {path: said for path, status, said in found if status == 200}
    assert "Being recomputed" in overview[f"/portal/{cast.programme.pk}/"]
    assert json.loads(overview[f"/api/v1/portal/{cast.programme.pk}/"])["recomputing"] is True
    client.force_login(cast.bob)
    assert WORRY in client.get(f"/api/v1/portal/{cast.programme.pk}/search/?q=approvals").content.decode()
    # The job that the news of the policy asked for makes the edition; facts and figures are those of the release.
    findings.write_answer(programme=cast.programme, text="A later thought.", by=cast.ana)
    findings.approve_answer(programme=cast.programme, by=cast.ben)
    jobs.drain()
    client.force_login(cast.carl)
    edition = portal.released(cast.carl, cast.programme.pk)
    assert (edition.letter, edition.withheld) == ("B", [code(evidence, 2)])
    said = client.get(f"/portal/{cast.programme.pk}/report/").content.decode()
    assert (BEAR in said, WORRY in said, "A later thought." in said) == (True, False, False)
    row.refresh_from_db()
    programme = portal.programme(cast.carl, cast.programme.pk)
    assert (edition.version, programme.released_at, programme.recomputing) == (1, row.released_at, False)
    assert editions.sweep() == 0


def test_restriction_that_begins_on_a_day_hides_from_that_day_on(evidence, monkeypatch):
    FundPolicy.objects.create(
        fund=evidence.cast.heron, version=1, restricted=[{"company": "Cedar", "from": "2026-04-10", "to": None}]
    )
    monkeypatch.setattr(screening.timezone, "localdate", lambda: date(2026, 4, 9))
    row = make_released(evidence)
    assert portal.released(evidence.cast.rita, row.programme_id).withheld == []
    monkeypatch.setattr(screening.timezone, "localdate", lambda: date(2026, 4, 10))
    assert portal.programme(evidence.cast.rita, row.programme_id).recomputing is True
    assert editions.sweep() == 1


def test_eased_policy_is_read_in_its_stricter_edition_until_the_other_is_made(evidence):
    bar(evidence.cast.heron, "Cedar", "Birch")
    row = make_released(evidence)
    strict = editions.edition_of(row, evidence.cast.heron.pk)
    bar(evidence.cast.heron, "Cedar")
    assert editions.edition_of(row, evidence.cast.heron.pk) == strict
    assert editions.sweep() == 1
    editions.freeze(row.editions.get(number=3), [])
    assert editions.edition_of(row, evidence.cast.heron.pk).withheld == [code(evidence, 2)]
    bar(evidence.cast.heron)
    assert editions.edition_of(row, evidence.cast.heron.pk).letter == "A"


def test_unknown_end_found_after_the_release_hides_from_every_fund(evidence):
    row = make_released(evidence)
    Spell.objects.filter(expert=evidence.texts[1].interview.expert).update(end=None)
    for person in (evidence.cast.rita, evidence.cast.bob):
        assert portal.programme(person, row.programme_id).recomputing is True


def test_recalled_clearance_recalls_the_version_with_all_its_editions(evidence):
    bar(evidence.cast.heron, "Cedar")
    row = make_released(evidence)
    assert deliverables.recall_built_on(evidence.texts[2]) == 1
    for person in (evidence.cast.rita, evidence.cast.bob):
        assert portal.current(person, row.programme_id) is None


def test_firm_looks_at_each_edition_by_its_letter_and_no_fund_is_named(client, evidence):
    bar(evidence.cast.heron, "Cedar")
    row = make_released(evidence)
    page = reverse("report_version", args=["kestrel", row.version])
    for user in (evidence.cast.ana, evidence.cast.cora):
        client.force_login(user)
        whole, other = (client.get(page + query).content.decode() for query in ("", "?edition=B"))
        assert "1 interview withheld" in whole and (WORRY in whole, WORRY in other) == (True, False)
        assert not any(name in whole + other for name in ("Heron", "Ibis", "Cedar"))
    assert client.get(page + "?edition=C").status_code == 404
    listed = client.get("/api/v1/reports/").json()["results"][0]["editions"]
    assert [(one["letter"], one["withheld"]) for one in listed] == [("A", 0), ("B", 1)]


def test_person_of_a_fund_finds_no_edition_but_by_the_portal(evidence):
    make_released(evidence)
    seen = {user.name for user in evidence.cast.everyone() if Edition.objects.visible_to(user).exists()}
    assert seen == {"Ana", "Ben", "Cora", "Cyrus", "Ada"}


def test_call_without_a_time_is_judged_by_the_day_it_was_put_on_the_list(evidence):
    call = evidence.texts[2].interview
    type(call).objects.filter(pk=call.pk).update(
        state="stopped", starts_at=None, created_at=datetime(2026, 3, 18, tzinfo=UTC)
    )
    bar(evidence.cast.heron, "Cedar")
    assert screening.withheld(evidence.programme, [evidence.cast.heron.pk], [call.pk]) == {
        evidence.cast.heron.pk: frozenset({call.pk})
    }
