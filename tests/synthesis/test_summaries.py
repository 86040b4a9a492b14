import pytest

from accounts.moves import Invalid
from accounts.permissions import Refused
from synthesis.models import Summary
from synthesis.services import summaries
from tests.factories import make_cleared, make_interview, make_tag
from tests.synthesis.evidence import BEAR, make_evidence


@pytest.fixture
def evidence(cast):
    return make_evidence(cast)


def words(summary):
    text = summary.cleared.text
    return [text[point["start"] : point["end"]] for point in summary.points]


def test_summary_holds_words_of_accepted_passages_and_nothing_else(evidence):
    make_tag(evidence.texts[0], "nobody panicked", evidence.q1, evidence.cast.ben, verdict="rejected")
    summary = summaries.draft_summary(cleared=evidence.texts[0], by=evidence.cast.ana)
    assert words(summary) == [BEAR]
    assert summary.points == [{"turn": 1, "start": evidence.bear.passage.start, "end": evidence.bear.passage.end}]


def test_summary_spreads_over_questions_and_prefers_first_hand(cast, evidence):
    said = [f"Sentence number {letter} of the call." for letter in "abcdefgh"]
    text = make_cleared(make_interview(cast.programme, cast.ana), turns=[("expert", line) for line in said])
    make_tag(text, said[0], evidence.q1, cast.ben, basis="opinion")
    for line in said[1:6]:
        make_tag(text, line, evidence.q1, cast.ben)
    make_tag(text, said[6], evidence.q2, cast.ben, basis="second-hand")
    make_tag(text, said[7], evidence.q2, cast.ben)
    summary = summaries.draft_summary(cleared=text, by=cast.ana)
    assert words(summary) == [said[1], said[2], said[3], said[4], said[6], said[7]]


def test_summary_takes_the_first_whole_sentences_of_a_long_passage():
    text = "It moved. Then " + "word " * 70 + "end. Then more."
    assert text[: summaries.first_sentences(text)] == "It moved."
    assert summaries.first_sentences("no mark at all " * 40) == 600
    assert summaries.first_sentences("It cost 4.5 million. We moved.") == 30


def test_summary_of_an_interview_without_accepted_passages_is_refused(cast, evidence):
    with pytest.raises(Invalid, match="No passage of this interview has been accepted yet"):
        summaries.draft_summary(cleared=make_cleared(make_interview(cast.programme, cast.ana)), by=cast.ana)


def test_summary_is_approved_by_somebody_whose_work_is_not_in_it(evidence):
    cast = evidence.cast
    summary = summaries.draft_summary(cleared=evidence.texts[0], by=cast.ana)
    with pytest.raises(Refused):
        summaries.approve_summary(summary=summary, by=cast.ana)
    assert summaries.approve_summary(summary=summary, by=cast.ben).approved_by == cast.ben


def test_change_of_a_summary_takes_the_signature_away(evidence):
    cast = evidence.cast
    second = make_tag(evidence.texts[0], "Honestly, nobody panicked", evidence.q1, cast.ben, stance="bull")
    summary = summaries.draft_summary(cleared=evidence.texts[0], by=cast.ana)
    summaries.approve_summary(summary=summary, by=cast.ben)
    summaries.drop_point(summary=summary, start=second.passage.start, by=cast.ben)
    stored = Summary.objects.get(pk=summary.pk)
    assert (stored.state, stored.approved_by, words(stored)) == ("draft", None, [BEAR])
    with pytest.raises(Refused):
        summaries.approve_summary(summary=stored, by=cast.ben)
    with pytest.raises(Invalid, match="last sentence"):
        summaries.drop_point(summary=stored, start=stored.points[0]["start"], by=cast.ana)
    summaries.add_point(summary=stored, tag=second, by=cast.ana)
    assert words(Summary.objects.get(pk=summary.pk)) == [BEAR, "Honestly, nobody panicked"]
    with pytest.raises(Invalid, match="only an accepted passage of this interview|Only an accepted passage"):
        summaries.add_point(summary=stored, tag=evidence.bull, by=cast.ana)


def test_recalled_text_is_not_summarised(evidence):
    text = evidence.texts[0]
    text.recalled_at = text.cleared_at
    text.save()
    with pytest.raises(Invalid, match="recalled"):
        summaries.draft_summary(cleared=text, by=evidence.cast.ana)
