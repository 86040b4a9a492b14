import pytest

from synthesis.nlp.components.passages import Passages, count_words, cut_evenly
from synthesis.nlp.pipeline import read_turns
from synthesis.nlp.shapes import Turn

SENTENCE = "This sentence of the test has ten words in it. "


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([], []),
        ([0, 0], []),
        ([10, 20], [(0, 2)]),
        ([140], [(0, 1)]),
        ([70, 71], [(0, 1), (1, 2)]),
        ([10] * 15, [(0, 8), (8, 15)]),
        ([10] * 30, [(0, 10), (10, 20), (20, 30)]),
        ([200, 5], [(0, 1), (1, 2)]),
    ],
)
def test_cut_evenly_by_word_counts_gives_ranges(counts, expected):
    assert cut_evenly(counts, shortest=60, longest=140) == expected


def test_passages_of_a_short_turn_are_one(nlp):
    found = [p for ps in read_turns(nlp, [Turn(0, "expert", "Yes. We did.", 7)]) for p in ps]

    assert [(p.start, p.end, p.text) for p in found] == [(7, 19, "Yes. We did.")]


def test_passages_of_a_monologue_are_even_and_whole_sentences(nlp):
    found = [p for ps in read_turns(nlp, [Turn(0, "expert", SENTENCE * 30, 0)]) for p in ps]

    assert [p.words for p in found] == [100, 100, 100]
    assert {p.text[-1] for p in found} == {"."}


def test_passages_slice_back_to_the_text_with_emoji_and_combining_marks(nlp):
    texts = ["  👩‍👩‍👧 Cafe\u0301 was fine. \n\n Naïve 😀, no? ", "\u200b" + ("We’re 🚀 fast. " * 80), "…", ""]
    whole = "\n".join(texts)
    turns, start = [], 0
    for index, text in enumerate(texts):
        turns.append(Turn(index, "expert", text, start))
        start += len(text) + 1

    found = [p for ps in read_turns(nlp, turns) for p in ps]

    assert [whole[p.start : p.end] for p in found] == [p.text for p in found]
    assert found[0].text == "👩‍👩‍👧 Cafe\u0301 was fine. \n\n Naïve 😀, no?"
    assert {p.turn.index for p in found} == {0, 1}
    assert all(turns[p.turn.index].start <= p.start < p.end <= turns[p.turn.index].end for p in found)


def test_passages_leave_stage_directions_and_time_stamps_out_of_their_sentences(nlp):
    text = r"\[00:04:01.06\] We left. [laughter] {vocalsound} It was <unclear> fine."
    (passage,) = next(iter(read_turns(nlp, [Turn(0, "expert", text, 0)])))

    assert passage.text == text
    assert passage.sentences == ("We left.", "It was fine.")


def test_passages_hold_only_their_own_figures_and_cues(nlp):
    text = "We lost 5 million dollars. " + SENTENCE * 20 + "It was a great success for us."
    found = next(iter(read_turns(nlp, [Turn(0, "expert", text, 0)])))

    assert [[f.value for f in p.figures if f.unit == "USD"] for p in found] == [[5_000_000], []]
    assert [[c.text for c in p.polarity] for p in found] == [["lost"], ["great", "success"]]


def test_passages_longer_than_twice_the_shortest_are_refused():
    with pytest.raises(ValueError, match="at most half"):
        Passages(shortest=90, longest=140)


def test_count_words_takes_words_not_marks():
    assert count_words("Well — yes, 35 of them… 😀") == 5
