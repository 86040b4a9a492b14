"""The sample's own story, from its shipped transcripts to a released report."""

import pytest

from accounts import audit, jobs
from accounts.models import Job, JobState
from interviews import sample as interviews
from interviews.models import ClearedTranscript
from research import sample as research
from research.models import Programme
from synthesis import sample
from synthesis.models import Citation, Deliverable, Summary, Tag
from synthesis.report.snapshot import problems
from synthesis.services import deliverables, runs
from tests.factories import make_suggestion

MACHINE = "What the board heard was, one supplier had a bad day and we couldn't take claims."
MISS = "You saw the attestation this morning"


@pytest.fixture
def programme(transactional_db) -> Programme:
    programme = research.load(demo=False)
    interviews.load(programme)
    # The tagging of eighteen transcripts has tests of its own; here two suggestions stand for it.
    Job.objects.filter(kind=runs.KIND).update(state=JobState.DONE)
    return programme


def counted():
    return [model.objects.count() for model in (Tag, Citation, Summary, Deliverable)]


def test_sample_goes_from_its_transcripts_to_a_released_report_and_again_changes_nothing(programme):
    text = ClearedTranscript.objects.get(text__contains=MACHINE)
    suggestion = make_suggestion(text, MACHINE, programme.questions.get(code="Q1"), stance="bull")
    miss = make_suggestion(text, MISS, programme.questions.get(code="Q2"), score=0.99)
    done = sample.apply_coding(programme)
    codes = [code for call in sample.coding() for code in call["codes"]]
    assert (len(codes), done["accepted"], done["rejected"]) == (322, 1, 1)
    assert done["added"] >= 300
    tag = suggestion.decisions.get()
    assert (tag.verdict, tag.stance, tag.basis) == ("accepted", "bear", "first-hand")
    assert miss.decisions.get().verdict == "rejected"

    assert sample.write_findings(programme) == 11
    assert sample.write_summaries(programme) == 18
    assert sample.request_report(programme).kind == deliverables.KIND
    jobs.drain()
    version = sample.release_report(programme)
    assert (version.state, problems(version.snapshot)) == ("released", [])
    assert (len(version.snapshot["findings"]), len(version.snapshot["answer"])) == (11, 3)
    assert all(row["supporting"] and row["contradicting"] for row in version.snapshot["findings"])
    assert version.snapshot["programme"]["synthetic"] is True
    assert {row["total"] for row in version.snapshot["matrix"]} == {6, 18}
    assert any(quote["current_employee"] for row in version.snapshot["findings"] for quote in row["supporting"])
    assert audit.verify(programme.chain).bad is None
    # One fund's twelve months, restricted list and rule on current employees withhold seven of the eighteen.
    assert [(e.letter, len(e.withheld)) for e in version.editions.all()] == [("A", 0), ("B", 7)]
    own = version.editions.get(number=2).snapshot
    assert ({row["total"] for row in own["matrix"]}, problems(own)) == ({5, 3, 11}, [])
    assert all(row["supporting"] for row in own["findings"])

    before = counted()
    assert sample.run_all(programme) == version
    assert counted() == before
