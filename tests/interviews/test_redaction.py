import pytest
from hypothesis import given
from hypothesis import strategies as st

from interviews.redaction import REPLACEMENT, Cut, Span, lawful_replacement, merge, redact, whole_words

WORDS = st.text(alphabet="ab é\u0301🙂Ł'-.", min_size=1, max_size=12)


def joined(turns):
    """Text and spans of turns joined by line feeds."""
    spans, at = [], 0
    for words in turns:
        spans.append(Span(at, at + len(words)))
        at += len(words) + 1
    return "\n".join(turns), spans


@st.composite
def marked(draw):
    turns = draw(st.lists(WORDS, min_size=1, max_size=6))
    text, spans = joined(turns)
    cuts = []
    for _ in range(draw(st.integers(0, 6))):
        start = draw(st.integers(0, len(text) - 1))
        end = draw(st.integers(start + 1, len(text)))
        cuts.append(Cut(start, end, draw(st.sampled_from(["[name]", "[redacted]", "[company]"]))))
    return text, spans, cuts


def test_redact_replaces_the_marked_words_and_keeps_the_rest():
    text, spans = joined(["Hello Dana, how are you?", "I am Dana. Well."])
    done = redact(text, spans, [Cut(6, 10, "[name]"), Cut(30, 34, "[name]")])
    assert done.text == "Hello [name], how are you?\nI am [name]. Well."
    assert done.turns == (Span(0, 26), Span(27, 45))


def test_redact_counts_code_points_and_not_bytes():
    text, spans = joined(["🙂 Łukasz said e\u0301t\u00e9 🙂"])
    done = redact(text, spans, [Cut(2, 8, "[name]")])
    assert done.text == "🙂 [name] said e\u0301t\u00e9 🙂"


def test_redact_of_a_whole_turn_leaves_the_replacement():
    text, spans = joined(["one", "two", "three"])
    assert redact(text, spans, [Cut(4, 7)]).text == "one\n[redacted]\nthree"


def test_redact_over_the_border_of_turns_leaves_a_replacement_in_each():
    text, spans = joined(["one two", "three", "four five"])
    done = redact(text, spans, [Cut(4, 18, "[x]")])
    assert done.text == "one [x]\n[x]\n[x] five"
    assert [done.text[span.start : span.end] for span in done.turns] == ["one [x]", "[x]", "[x] five"]


@pytest.mark.parametrize(
    ("cuts", "expected"),
    [
        ([Cut(5, 9, "[name]"), Cut(0, 3)], [Cut(0, 3), Cut(5, 9, "[name]")]),
        ([Cut(0, 5, "[name]"), Cut(3, 9, "[name]")], [Cut(0, 9, "[name]")]),
        ([Cut(0, 5, "[name]"), Cut(5, 9, "[name]")], [Cut(0, 9, "[name]")]),
        ([Cut(0, 5, "[name]"), Cut(3, 9, "[company]")], [Cut(0, 9, REPLACEMENT)]),
        ([Cut(0, 9, "[name]"), Cut(3, 4, "[name]"), Cut(8, 12, "[name]")], [Cut(0, 12, "[name]")]),
        ([Cut(4, 4), Cut(7, 2)], []),
    ],
)
def test_merge_joins_cuts_that_overlap_or_touch(cuts, expected):
    assert merge(cuts) == expected


@pytest.mark.parametrize(
    ("marked_words", "grown"),
    [
        ("ana Whit", "Dana Whitlock"),
        (" Dana ", "Dana"),
        ("Dana", "Dana"),
        ("lock's", "Whitlock's"),
        ("  ", ""),
        ("uka", "Łukasz"),
    ],
)
def test_whole_words_grows_to_words_and_drops_space(marked_words, grown):
    text = "Say Dana Whitlock's name,   and Łukasz too"
    start = text.index(marked_words)
    assert text[slice(*whole_words(text, start, start + len(marked_words)))] == grown


@pytest.mark.parametrize("name", ["अनीता", "A\u00adnita", "A\u200dnita"])
def test_whole_words_keeps_vowel_signs_and_hidden_joiners_in_the_name(name):
    text = f"so {name} said"
    assert text[slice(*whole_words(text, 3, 4))] == name


def test_whole_words_keeps_a_letter_and_its_accent_together():
    text = "for Rene\u0301 only"
    assert text[slice(*whole_words(text, 4, 8))] == "Rene\u0301"


@pytest.mark.parametrize(
    ("words", "lawful"),
    [
        ("[name]", True),
        ("[a [b]]", False),
        ("name", False),
        ("[]", False),
        ("[na\nme]", False),
        ("[" + "x" * 59 + "]", False),
    ],
)
def test_replacement_must_show_that_the_speaker_did_not_say_it(words, lawful):
    assert lawful_replacement(words) is lawful


@given(marked())
def test_redact_leaves_every_turn_with_words_and_in_its_place(case):
    text, spans, cuts = case
    done = redact(text, spans, cuts)
    assert len(done.turns) == len(spans)
    assert all(span.end > span.start for span in done.turns)
    assert "\n".join(done.text[span.start : span.end] for span in done.turns) == done.text


@given(marked())
def test_redact_keeps_exactly_the_unmarked_code_points(case):
    text, spans, cuts = case
    done = redact(text, spans, cuts)
    hidden = {i for cut in cuts for i in range(cut.start, cut.end)}
    for position, char in enumerate(text):
        if position not in hidden and char != "\n":
            there = done.positions.to_cleared(position)
            assert done.text[there] == char
            assert done.positions.to_source(there) == position


@given(marked())
def test_positions_never_run_backwards_and_end_where_the_texts_end(case):
    text, spans, cuts = case
    done = redact(text, spans, cuts)
    there = [done.positions.to_cleared(i) for i in range(len(text) + 1)]
    back = [done.positions.to_source(i) for i in range(len(done.text) + 1)]
    assert there == sorted(there) and back == sorted(back)
    assert (there[0], there[-1], back[0], back[-1]) == (0, len(done.text), 0, len(text))


@given(marked())
def test_redact_does_not_depend_on_the_order_of_the_cuts(case):
    text, spans, cuts = case
    assert redact(text, spans, cuts) == redact(text, spans, cuts[::-1])


def test_redact_of_nothing_is_the_source():
    text, spans = joined(["a b", "c"])
    assert redact(text, spans, []).text == text
    assert redact("", [], []).text == ""
