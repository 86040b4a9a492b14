import pytest

from synthesis.nlp.components.basis import Cue, decide
from synthesis.nlp.judgement import judge_basis
from synthesis.nlp.pipeline import read_turns
from synthesis.nlp.shapes import Turn


@pytest.mark.parametrize(
    ("text", "basis", "cues"),
    [
        ("We moved two services last year.", "first-hand", ["We moved"]),
        ("I've seen it fail.", "first-hand", ["I've seen"]),
        ("I have never used it.", "first-hand", ["I have never used"]),
        ("We run everything on one cloud.", "first-hand", ["We run"]),
        ("In my team the pager went off.", "first-hand", ["In my team"]),
        ("I heard that they left.", "second-hand", ["I heard"]),
        ("Colleagues told me that they left.", "second-hand", ["Colleagues told"]),
        ("They say it is slow.", "second-hand", ["They say"]),
        ("Apparently it is slow.", "second-hand", ["Apparently"]),
        ("I think it is slow.", "opinion", ["I think"]),
        ("In my view it is slow.", "opinion", ["In my view"]),
        ("It is slow.", "opinion", []),
        ("If it broke, they might leave.", "hypothetical", ["If", "might"]),
        ("It would be slow.", "hypothetical", ["would be"]),
        ("We thought it was slow.", "opinion", []),
        ("Would you say so? It is slow.", "opinion", []),
    ],
)
def test_basis_of_a_sentence_follows_its_cues(nlp, text, basis, cues):
    (passage,) = next(iter(read_turns(nlp, [Turn(0, "expert", text, 0)])))

    assert judge_basis(passage) == (basis, cues)


def test_basis_of_a_passage_is_the_heaviest(nlp):
    text = "We migrated in May. I saw the bill. I think it was high. I heard they raised it."
    (passage,) = next(iter(read_turns(nlp, [Turn(0, "expert", text, 0)])))

    assert judge_basis(passage) == ("first-hand", ["We migrated", "I saw"])


def test_decide_with_equal_weights_prefers_what_binds_most():
    assert decide((Cue(0, 1, "x", "opinion"),)) == "opinion"
    assert decide((Cue(0, 1, "x", "opinion"), Cue(2, 3, "y", "second-hand"))) == "second-hand"
    assert decide(()) == "opinion"
