import pytest

from synthesis.models import Deliverable, Finding, Reading
from synthesis.report.snapshot import sha256
from synthesis.services import findings
from tests.synthesis.evidence import BEAR, make_approved, make_evidence, make_frozen, make_released


@pytest.fixture
def evidence(cast):
    return make_evidence(cast)


def test_fund_reads_facts_interviews_and_transcripts_by_program(client, evidence):
    version = make_released(evidence)
    client.force_login(evidence.cast.rita)
    base = f"/api/v1/portal/{evidence.programme.pk}/"
    listed = client.get("/api/v1/portal/").json()
    assert [set(row) for row in listed] == [
        {"public_id", "title", "delivery_on", "synthetic", "released_at", "recomputing"}
    ]
    assert client.get(base).json() == listed[0]
    report = client.get(base + "report/").json()
    assert (report["version"], report["sha256"], sha256(report["facts"])) == (1, version.sha256, version.sha256)
    interviews = client.get(base + "interviews/").json()
    assert [row["descriptor"] for row in interviews] == [row["descriptor"] for row in version.snapshot["interviews"]]
    transcript = client.get(base + f"interviews/{interviews[0]['transcript_id']}/").json()
    assert transcript["turns"][1]["text"] == BEAR
    found = client.get(base + "search/?q=workloads").json()
    assert (found["total"], found["passages"][0]["text"]) == (1, BEAR)
    assert sorted(Reading.objects.values_list("item", flat=True)) == [
        "interviews by program",
        "report by program",
        "search by program",
        f"transcript {interviews[0]['code']} by program",
    ]


def test_fund_gets_one_answer_for_all_that_is_not_released_to_it(client, evidence):
    version = make_frozen(evidence)
    transcript = version.interviews.first().pk
    here, nowhere = evidence.programme.pk, "00000000-0000-4000-8000-000000000000"
    paths = [
        f"/api/v1/portal/{{}}/{part}" for part in ("report/", "interviews/", "search/?q=a", f"interviews/{transcript}/")
    ]
    client.force_login(evidence.cast.rita)
    answers = {client.get(path.format(place)).content for path in paths for place in (here, nowhere)}
    answers |= {client.get(f"/api/v1/{path}/").content for path in ("findings", "reports", f"reports/{version.pk}")}
    client.force_login(evidence.cast.olga)
    answers |= {client.get(path.format(here)).content for path in paths} | {
        client.get(f"/api/v1/portal/{here}/").content
    }
    assert answers == {b'{"detail":"Not found."}'}


def test_finding_is_written_cited_and_signed_by_program(client, evidence):
    client.force_login(evidence.cast.ana)
    given = {"programme": "kestrel", "question": "Q1", "sentence": "{Q1.customers.bear} have moved work."}
    made = client.post("/api/v1/findings/", given, content_type="application/json")
    assert made.status_code == 201
    one = f"/api/v1/findings/{made.json()['id']}/"
    cited = client.post(one + "cite/", {"tag": str(evidence.bear.pk), "side": "supports"})
    assert cited.json()["citations"] == [{"tag": str(evidence.bear.pk), "side": "supports"}]
    refused = client.post(one + "approve/")
    assert (refused.status_code, refused.json()) == (403, {"detail": findings.OWN_WORK})
    client.force_login(evidence.cast.ben)
    other = client.post(one + "approve/")
    assert (other.status_code, "point the other way" in other.json()["detail"]) == (400, True)
    client.post(one + "cite/", {"tag": str(evidence.bull.pk), "side": "contradicts"})
    client.post(one + "uncite/", {"tag": str(evidence.bull.pk)})
    client.post(one + "cite/", {"tag": str(evidence.bull.pk), "side": "contradicts"})
    client.force_login(evidence.cast.cora)
    assert client.post(one + "approve/").json()["approved_by"] == "Cora"
    client.force_login(evidence.cast.ana)
    typed = client.patch(one, {"sentence": "4.5x faster."}, content_type="application/json")
    assert (typed.status_code, "typed by hand" in typed.json()["detail"]) == (400, True)
    edited = client.patch(one, {"claims": [str(evidence.claim.pk)]}, content_type="application/json")
    assert (edited.json()["state"], edited.json()["claims"]) == ("draft", [str(evidence.claim.pk)])
    odd = client.patch(one, {"claims": [str(evidence.bear.pk)]}, content_type="application/json")
    assert odd.status_code == 400
    assert client.delete(one).status_code == 204
    assert Finding.objects.count() == 0


def test_version_is_built_signed_released_and_recalled_by_program(client, evidence):
    make_approved(evidence)
    client.force_login(evidence.cast.ana)
    assert client.post("/api/v1/reports/", {"programme": "nowhere"}).status_code == 404
    made = client.post("/api/v1/reports/", {"programme": "kestrel"})
    assert (made.status_code, made.json()["state"], made.json()["version"]) == (201, "building", 1)
    one = f"/api/v1/reports/{made.json()['id']}/"
    assert client.get(one + "facts/").json()["findings"][0]["rendered"] == "1 of 2 customers have moved work."
    client.force_login(evidence.cast.cora)
    early = client.post(one + "release/")
    assert early.status_code == 409
    Deliverable.objects.filter(version=1).delete()
    Finding.objects.all().delete()
    version = make_frozen(evidence)
    one = f"/api/v1/reports/{version.pk}/"
    assert "one signature" in client.post(one + "release/").json()["detail"]
    assert client.post(one + "approve/").json()["state"] == "approved"
    assert client.post(one + "release/").json()["state"] == "released"
    assert client.post(one + "recall/", {"reason": ""}).status_code == 400
    assert client.post(one + "recall/", {"reason": "A speaker withdrew."}).json()["state"] == "recalled"
    assert [row["version"] for row in client.get("/api/v1/reports/?programme=kestrel").json()["results"]] == [1]
