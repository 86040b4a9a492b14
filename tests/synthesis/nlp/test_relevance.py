from collections import Counter

import numpy as np
import pytest

from synthesis.nlp import features, lexical, weights
from synthesis.nlp.conversation import read_conversation, windows
from synthesis.nlp.encoder import HashingEncoder
from synthesis.nlp.pipeline import read_turns
from synthesis.nlp.query import asked_about, read_question
from synthesis.nlp.relevance import Nearness, by_row, of_passages, relevance
from synthesis.nlp.shapes import MODEL_VERSION, Question
from tests.synthesis.nlp.conftest import turns_from


def test_stem_brings_forms_of_a_word_together():
    families = [
        "migrate migrates migrated migrating migration migrations",
        "policy policies",
        "stop stopped stopping stops",
    ]
    families += ["review reviews reviewed reviewing reviewer", "outage outages", "move moved moving moves"]
    families += [
        "reliable reliability reliably",
        "engineer engineers engineering",
        "confident confidence",
        "secure security",
    ]

    assert [len({lexical.stem(word) for word in family.split()}) for family in families] == [1] * len(families)
    assert lexical.stem("aws") == "aws"
    assert lexical.stem("status") != lexical.stem("state")


def test_stems_leave_out_words_without_meaning():
    assert lexical.stems("Yeah, I think we didn't really know the outages") == ["outag"]


def test_windows_overlap_by_half_and_end_with_the_talk():
    assert windows([25] * 10) == [(0, 4), (2, 6), (4, 8), (6, 10)]
    assert windows([30]) == [(0, 1)]
    assert windows([300, 5]) == [(0, 1), (1, 2)]
    assert windows([]) == []


def test_conversation_keeps_chunks_inside_their_passage(nlp, turns):
    passages = [p for found in read_turns(nlp, turns) for p in found]
    talk = read_conversation(passages, HashingEncoder())

    assert [chunk.row for chunk in talk.chunks] == [0, 1, 1, 2, 3, 3, 4, 5, 6, 6][: len(talk.chunks)]
    for row, passage in enumerate(passages):
        assert " ".join(c.text for c in talk.chunks if c.row == row) == " ".join(passage.sentences)
    assert np.allclose(talk.cover.sum(axis=1), 1)
    assert talk.own.shape == (len(talk.chunks), 512)


def test_read_question_strips_how_it_is_put_and_who_is_asked():
    query = read_question(Question("Q", "What did the Project Manager think about battery life?"), ["Project Manager"])

    assert query.full == "What did the Project Manager think about battery life?"
    assert query.core == "battery life"
    assert query.stems == {lexical.stem("battery"), lexical.stem("life")}


def test_read_question_joins_title_text_definition_and_terms():
    query = read_question(
        Question("Q", "Do they leave?", title="Trust", definition="Formal review.", terms=("egress", "RFP"))
    )

    assert query.full == "Trust: Do they leave? Formal review. egress, RFP"


@pytest.mark.parametrize("text", ["", "  ", "?!", "…", "😀"])
def test_read_question_without_words_is_refused(text):
    with pytest.raises(ValueError, match="Question Q7 has no words to look for; write out what it asks"):
        read_question(Question("Q7", text, title="A title"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("What did Grad C think?", {"Grad A": 0.0, "Grad C": 1.0, "Marketing": 0.0}),
        ("What did C think?", {"Grad A": 0.0, "Grad C": 2 / 3, "Marketing": 0.0}),
        ("A summary, please", {"Grad A": 0.0, "Grad C": 0.0, "Marketing": 0.0}),
        ("Why did marketing object?", {"Grad A": 0.0, "Grad C": 0.0, "Marketing": 1.0}),
        ("What is a codec?", {"Grad A": 0.0, "Grad C": 0.0, "Marketing": 0.0}),
    ],
)
def test_asked_about_finds_the_speaker_whom_the_question_names(text, expected):
    found = asked_about(Question("Q", text), ["Grad A", "Grad C", "Marketing", "Grad C"])

    assert {name: pytest.approx(value) for name, value in expected.items()} == found


def test_smooth_of_a_constant_is_the_constant():
    values = np.full((7, 2), 3.0)

    assert np.allclose(features.smooth(values, np.array([1.0, 50, 3, 20, 7, 30, 2]), 40), 3.0)


def test_smooth_spreads_a_peak_to_its_neighbours_by_words_not_by_turns():
    values = np.array([[0.0], [0.0], [1.0], [0.0], [0.0]])
    smoothed = features.smooth(values, np.array([100.0, 10, 10, 10, 100]), 20)[:, 0]

    # once: 10 of 40 words are the peak for three chunks; twice: 30 and 25 of 40 words at a quarter
    assert smoothed.tolist() == [0.0, 0.15625, 0.1875, 0.15625, 0.0]


def test_bm25_weighs_rare_words_higher(nlp, turns):
    passages = [p for found in read_turns(nlp, turns) for p in found]
    talk = read_conversation(passages, HashingEncoder())
    cake = features.bm25(talk, read_question(Question("Q", "cake soup")))
    outage = features.bm25(talk, read_question(Question("Q", "outage")))

    assert [Counter(bool(x) for x in scores)[True] > 0 for scores in (cake, outage)] == [True, True]
    assert cake.max() > outage.max()
    assert features.bm25(talk, read_question(Question("Q", "xylophone"))).tolist() == [0.0] * len(talk.chunks)


def read(nlp, pairs):
    passages = [p for found in read_turns(nlp, turns_from(pairs)) for p in found]
    return read_conversation(passages, HashingEncoder())


def test_exchange_joins_an_answer_to_the_interviewer_s_last_question(nlp):
    talk = read(
        nlp,
        [("interviewer", "Did the outage cost you much?"), ("expert", "Twice a month, painfully."), ("expert", "Yes.")],
    )
    outage, painful = HashingEncoder().encode(["outage", "painfully"])

    assert talk.exchange[1] @ outage == pytest.approx(0.5, abs=0.1)
    assert talk.exchange[1] @ painful > 0.2
    assert (talk.exchange[0] @ outage > 0.3, talk.exchange[0] @ painful) == (True, 0.0)
    assert talk.exchange[2] @ outage > 0.3


def test_exchange_without_an_interviewer_takes_the_last_turn_that_says_something(nlp):
    said = [
        ("unknown", "Did the outage cost you much money?"),
        ("unknown", "Mhm."),
        ("unknown", "Painfully much, month by month."),
    ]
    talk = read(nlp, said)
    (outage,) = HashingEncoder().encode(["outage"])

    assert talk.exchange[2] @ outage > 0.2
    assert read(nlp, [("unknown", "Outage?"), *said[1:]]).exchange[-1] @ outage == 0.0


def test_of_passages_moves_toward_what_speaks_for_itself_and_keeps_the_middle(nlp, turns):
    talk = read_conversation([p for found in read_turns(nlp, turns) for p in found], HashingEncoder())
    count = len(talk.passages)
    level = Nearness(np.zeros(count), np.full(count, 0.3), np.zeros(count))
    one = Nearness(np.zeros(count), np.where(np.arange(count) == 1, 0.8, 0.3), np.zeros(count))
    chance = np.full(len(talk.chunks), 0.2)

    assert of_passages(talk, chance, level) == pytest.approx(np.full(count, 0.2))
    moved = of_passages(talk, chance, one)
    assert moved[1] > 0.4
    assert max(np.delete(moved, 1)) < 0.2


def test_relevance_grounds_an_answer_in_its_question(nlp, question):
    learnt = weights.load(weights.path_for("words"))
    pairs = [
        ("interviewer", "Did you move workloads after the outage?"),
        ("expert", "Yes, twice, and gladly."),
        ("interviewer", "How was lunch?"),
        ("expert", "Warm and salty, with bread."),
    ]

    assert relevance(read(nlp, pairs), question, HashingEncoder(), learnt).grounded.tolist() == [
        True,
        True,
        False,
        False,
    ]


def test_by_row_weighs_by_words_and_leaves_empty_rows_at_zero():
    values, words, rows = np.array([1.0, 0.0, 0.5]), np.array([30.0, 10.0, 5.0]), np.array([0, 0, 2])

    assert by_row(values, words, rows, 4).tolist() == [0.75, 0.0, 0.5, 0.0]


@pytest.mark.parametrize("kind", ["sentences", "words"])
def test_shipped_weights_fit_the_features_and_the_version(nlp, turns, question, kind):
    learnt = weights.load(weights.path_for(kind))
    talk = read_conversation([p for found in read_turns(nlp, turns) for p in found], HashingEncoder())
    raw = features.signals(talk, question, HashingEncoder(), None)
    table, names = features.matrix(talk, raw)

    assert learnt.version == MODEL_VERSION
    assert learnt.names == names
    assert table.shape == (len(talk.chunks), len(learnt.mean))
    assert features.summary(talk, raw).shape == learnt.gate_mean.shape
    assert 0 < learnt.threshold < 1


def test_weights_saved_and_loaded_give_the_same_probabilities(tmp_path):
    learnt = weights.load(weights.path_for("words"))
    weights.save(learnt, tmp_path / "again.json", rank=4)
    again = weights.load(tmp_path / "again.json")
    x, summary = np.random.default_rng(0).standard_normal((5, len(learnt.mean))), learnt.gate_mean

    assert again.probability(x, summary).tolist() == learnt.probability(x, summary).tolist()


def test_weights_that_lack_a_part_are_refused(tmp_path):
    (tmp_path / "weights.json").write_text('{"version": "1", "nets": []}')

    with pytest.raises(ValueError, match="lacks 'threshold'; train again"):
        weights.load(tmp_path / "weights.json")


def test_narrow_keeps_a_matrix_of_small_rank():
    rng = np.random.default_rng(1)
    matrix = rng.standard_normal((20, 3)) @ rng.standard_normal((3, 20))
    left, right = weights.narrow(matrix, 3)

    assert np.abs(left.astype(float) @ right.T.astype(float) - matrix).max() < 0.02


def test_relevance_of_an_empty_talk_is_empty(question):
    learnt = weights.load(weights.path_for("words"))
    talk = read_conversation([], HashingEncoder())

    assert relevance(talk, question, HashingEncoder(), learnt).probability.tolist() == []
