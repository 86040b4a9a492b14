import json
from dataclasses import replace

import pytest

from synthesis.nlp.shapes import BASES, STANCES, Question
from synthesis.nlp.tagger import Tagger, matched
from tests.synthesis.nlp.conftest import TALK, turns_from

SOUP = Question("Q2", "What do people think of the soup and the cake in the canteen?", terms=("soup", "cake"))
FOREIGN = Question("Q3", "How is the harvest of olives in dry summers?", terms=("olive", "drought"))


def test_tag_finds_the_passages_that_answer_each_question(by_sentences, turns, question):
    found = by_sentences.tag(turns, [question, SOUP, FOREIGN])

    assert [(s.question, s.turn_index) for s in found.suggestions] == [("Q1", 1), ("Q1", 6), ("Q2", 3)]
    assert (found.passages, found.words) == (3, 101)
    assert found.encoder == "all-MiniLM-L6-v2 onnx"


def test_tag_says_why(by_sentences, turns, question, whole):
    first, second = by_sentences.tag(turns, [question]).suggestions

    assert (first.stance, first.basis, second.stance, second.basis) == ("bear", "first-hand", "bear", "second-hand")
    assert whole[first.start : first.end] == TALK[1][1]
    assert first.reason["words"] == ["moved", "workloads", "second", "cloud", "outage"]
    assert first.reason["stance"] == ["not reliable"]
    assert first.reason["basis"] == ["We moved"]
    assert first.reason["figures"] == [
        {"text": "30%", "value": 30, "unit": "%"},
        {"text": "October 2025", "value": "2025-10", "unit": "date"},
        {"text": "six weeks", "value": 6, "unit": "week"},
        {"text": "$2 million", "value": 2_000_000, "unit": "USD"},
    ]
    assert first.reason["entities"] == [{"text": "second cloud", "label": "TERM"}, {"text": "outage", "label": "TERM"}]
    assert second.reason["basis"] == ["I heard"]
    assert list(first.reason) == ["words", "lexical", "similarity", "stance", "basis", "figures", "entities"]


@pytest.mark.parametrize("tagger", ["by_sentences", "by_words"])
def test_tag_twice_gives_the_same_bytes(request, tagger, turns, question):
    tagger = request.getfixturevalue(tagger)
    questions = [question, SOUP]

    def run(one: Tagger) -> str:
        return json.dumps([s.__dict__ for s in one.tag(turns, questions).suggestions], sort_keys=True)

    once = run(tagger)
    assert once != "[]"
    assert run(tagger) == once
    tagger.tag(turns_from(TALK * 3), [FOREIGN])
    assert run(tagger) == once
    assert run(Tagger(tagger.encoder)) == once


def test_tag_of_one_question_does_not_depend_on_the_others(by_sentences, turns, question):
    alone = by_sentences.tag(turns, [question]).suggestions
    among = by_sentences.tag(turns, [SOUP, question]).suggestions

    assert [(s.start, s.score) for s in alone] == [(s.start, s.score) for s in among if s.question == "Q1"]


@pytest.mark.parametrize("role", ["interviewer", "chaperone", "unknown"])
def test_tag_takes_no_evidence_from_other_roles(by_sentences, turns, question, role):
    found = by_sentences.tag([replace(turn, role=role) for turn in turns], [question])

    assert found.suggestions == ()
    assert (found.passages, found.words) == (0, 0)


@pytest.mark.parametrize("tagger", ["by_sentences", "by_words"])
def test_tag_gives_values_of_the_agreed_kinds(request, tagger, turns, question, whole):
    found = request.getfixturevalue(tagger).tag(turns, [question, SOUP])

    assert found.suggestions
    for s in found.suggestions:
        turn = turns[s.turn_index]
        assert turn.role == "expert"
        assert turn.start <= s.start < s.end <= turn.end
        assert 0 <= s.score <= 1 and s.score == round(s.score, 4)
        assert s.stance in STANCES and s.basis in BASES
        assert json.loads(json.dumps(s.reason)) == s.reason


def test_tag_without_a_model_names_the_fallback(by_words, turns, question):
    assert by_words.tag(turns, [question]).encoder == "hashed words (no sentence model)"


def test_tag_tells_its_progress_from_nothing_to_all(by_words, turns, question):
    heard = []
    by_words.tag(turns, [question, SOUP], lambda done, total: heard.append((done, total)))

    assert heard == [(0, 100), (5, 100), (90, 100), (95, 100), (100, 100)]


def test_tag_of_a_long_talk_tells_its_progress_while_it_encodes(by_words, question):
    heard = []
    by_words.tag(turns_from(TALK * 30), [question], lambda done, total: heard.append(done))

    assert heard == sorted(heard)
    assert len(set(heard)) > 10
    assert (heard[0], heard[-1]) == (0, 100)


@pytest.mark.parametrize("text", ["", "?!", " … "])
def test_tag_with_a_question_without_words_is_refused(by_words, turns, text):
    with pytest.raises(ValueError, match=r"Question Q9 has no words to look for; write out what it asks\."):
        by_words.tag(turns, [Question("Q9", text)])


def test_tag_without_questions_is_refused(by_words, turns):
    with pytest.raises(ValueError, match="no question to tag against"):
        by_words.tag(turns, [])


@pytest.mark.parametrize("pairs", [(), (("expert", ""),), (("expert", "…"),), (("expert", "Yes."),)])
def test_tag_of_a_talk_that_says_nothing_is_silent(by_sentences, question, pairs):
    assert by_sentences.tag(turns_from(pairs), [question]).suggestions == ()


def test_matched_gives_the_words_as_they_were_said(question):
    assert matched("Outages! We migrated; the OUTAGE, the second-cloud.", question) == [
        "outages",
        "outage",
        "second",
        "cloud",
    ]
