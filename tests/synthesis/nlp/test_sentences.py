import pytest

from synthesis.nlp.components.sentences import SpeechSentences
from synthesis.nlp.pipeline import load_pipeline


def split(nlp, text: str) -> list[str]:
    return [sentence.text for sentence in nlp(text).sents]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We had approx. 30 outages. It hurt.", ["We had approx. 30 outages.", "It hurt."]),
        ("It was No. 5 in a row. No. Not again.", ["It was No. 5 in a row.", "No.", "Not again."]),
        ("Cost vs. speed, e.g. review. Then etc. and more.", ["Cost vs. speed, e.g. review.", "Then etc. and more."]),
        ("I left Acme Inc. It was time.", ["I left Acme Inc.", "It was time."]),
        ("I left Acme Inc. in May.", ["I left Acme Inc. in May."]),
        ("It rose by 3.5 per cent. Fine.", ["It rose by 3.5 per cent.", "Fine."]),
        ('"Yes." He said "go." Then he left (really).', ['"Yes."', 'He said "go."', "Then he left (really)."]),
        ("Well... maybe so. Well... We left.", ["Well... maybe so.", "Well...", "We left."]),
        ("Really?! Yes!", ["Really?!", "Yes!"]),
        ("first paragraph without mark\n\nsecond one", ["first paragraph without mark\n\n", "second one"]),
        ("one\nline only", ["one\nline only"]),
        ("Okay 😀. Café naïve. Go.", ["Okay 😀.", "Café naïve.", "Go."]),
        ("Okay , well . um we go .", ["Okay , well .", "um we go ."]),
        ("Hi", ["Hi"]),
        ("", []),
    ],
)
def test_sentences_of_speech_end_at_written_marks(nlp, text, expected):
    assert split(nlp, text) == expected


def test_sentences_without_marks_are_cut_at_the_last_comma_in_reach(nlp):
    text = " ".join(["word"] * 45) + ", " + " ".join(["next"] * 40)

    assert [len(s.split()) for s in split(nlp, text)] == [45, 40]


def test_sentences_without_marks_or_commas_are_cut_before_a_joining_word(nlp):
    text = " ".join(["word"] * 50 + ["and"] + ["next"] * 30)

    assert [s.split()[0] for s in split(nlp, text)] == ["word", "and"]


def test_sentences_without_any_hold_are_cut_at_the_limit(nlp):
    assert [len(s.split()) for s in split(nlp, " ".join(["word"] * 130))] == [60, 60, 10]


def test_sentences_always_join_back_to_the_text(nlp):
    text = "So, um — we had (I think) 3.5... no, four of them!  Right?\n\nYeah: “four.” 👩‍👩‍👧 e\u0301tude"

    assert "".join(sentence.text_with_ws for sentence in nlp(text).sents) == text


def test_sentences_need_room():
    with pytest.raises(ValueError, match="at least 10 tokens"):
        SpeechSentences(load_pipeline(), longest=5)
