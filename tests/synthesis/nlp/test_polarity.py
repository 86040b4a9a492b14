import pytest

from synthesis.nlp import lexical
from synthesis.nlp.judgement import judge_stance, toward_bull
from synthesis.nlp.pipeline import read_turns
from synthesis.nlp.shapes import Turn


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The tool is reliable.", [("reliable", 1.0)]),
        ("The tool is not reliable.", [("not reliable", -0.9)]),
        ("The tool isn't reliable.", [("n't reliable", -0.9)]),
        ("The tool isn’t reliable.", [("n’t reliable", -0.9)]),
        ("There was an outage.", [("outage", -1.0)]),
        ("There was no outage.", [("no outage", 1.0)]),
        ("We never had problems.", [("never had problems", 0.6)]),
        ("It might be better.", [("might be better", 0.6)]),
        ("Not that I know, but it is better.", [("better", 1.0)]),
        ("It is less reliable.", [("less reliable", -0.9)]),
        ("The weather is grey.", []),
    ],
)
def test_polarity_of_a_word_turns_with_negation_and_shrinks_with_a_hedge(nlp, text, expected):
    doc = nlp(text)

    assert [(cue.text, cue.weight) for cue in doc._.polarity] == expected
    assert [text[cue.start : cue.end] for cue in doc._.polarity] == [cue.text for cue in doc._.polarity]


@pytest.mark.parametrize(
    ("text", "toward", "expected"),
    [
        ("The rollout was great and it made us faster.", 0.0, "bull"),
        ("The rollout was not great and it made us slower.", 0.0, "bear"),
        ("The outage was terrible, we lost trust and it was a nightmare.", 0.0, "bear"),
        ("The rollout was great but the first week was painful.", 0.0, "mixed"),
        ("The rollout took place on a Tuesday.", 0.0, "neutral"),
        ("The rollout took place on a Tuesday.", -0.2, "bear"),
        ("The rollout took place on a Tuesday.", 0.2, "bull"),
    ],
)
def test_judge_stance_weighs_cues_and_signposts(nlp, text, toward, expected):
    (passage,) = next(iter(read_turns(nlp, [Turn(0, "expert", text, 0)])))

    assert judge_stance(passage, toward)[0] == expected


def test_judge_stance_names_each_cue_once(nlp):
    (passage,) = next(iter(read_turns(nlp, [Turn(0, "expert", "Good, good. Not good.", 0)])))

    assert judge_stance(passage, 0.0)[1] == ["Good", "good", "Not good"]


def test_judge_stance_takes_no_side_from_the_words_of_the_question(nlp):
    (passage,) = next(iter(read_turns(nlp, [Turn(0, "expert", "The outage took place on a Tuesday.", 0)])))

    assert judge_stance(passage, 0.0) == ("bear", ["outage"])
    assert judge_stance(passage, 0.0, {lexical.stem("outages")}) == ("neutral", [])


def test_toward_bull_without_signposts_is_level(onnx):
    vectors = onnx.encode(["Customers leave.", "Customers stay."])
    bear, bull, none = onnx.encode(["Customers leave.", "Customers stay.", ""])

    assert toward_bull(vectors[:1], bear, bull) < -0.05
    assert toward_bull(vectors[1:], bear, bull) > 0.05
    assert toward_bull(vectors, bear, none) == 0.0
    assert toward_bull(vectors[:0], bear, bull) == 0.0
