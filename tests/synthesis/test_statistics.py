import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthesis.statistics import STANCES, Cell, Voice, matrix, n_of_n, percent, stance_of, wilson


@pytest.mark.parametrize(
    ("tags", "stance"),
    [
        ([], "silent"),
        (["bear"], "bear"),
        (["bull", "bull"], "bull"),
        (["neutral"], "neutral"),
        (["neutral", "bear"], "bear"),
        (["bull", "neutral", "neutral"], "bull"),
        (["bear", "bull"], "mixed"),
        (["bear", "bear", "bear", "bull"], "bear"),
        (["bear", "bear", "bull"], "bear"),
        (["bear", "bear", "bear", "bull", "bull"], "mixed"),
        (["bull", "bull", "mixed"], "bull"),
        (["bull", "mixed", "mixed"], "mixed"),
        (["mixed"], "mixed"),
        (["mixed", "bear", "neutral"], "mixed"),
    ],
)
def test_stance_of_one_person_folds_the_tags(tags, stance):
    assert stance_of(tags) == stance


@given(st.lists(st.sampled_from(STANCES)))
def test_stance_of_repeated_or_reordered_tags_is_unchanged(tags):
    assert stance_of(tags) == stance_of(tags[::-1] + tags)


def test_stance_of_unknown_word_is_refused():
    with pytest.raises(ValueError, match="“bearish” is not a stance"):
        stance_of(["bear", "bearish"])


PEOPLE = {"customers": 3, "competitors": 2}


def test_matrix_counts_people_and_not_passages():
    voices = [
        Voice("a", "customers", "Q1", "bear"),
        Voice("a", "customers", "Q1", "bear"),
        Voice("a", "customers", "Q1", "neutral"),
        Voice("b", "customers", "Q1", "bear"),
        Voice("b", "customers", "Q1", "bull"),
        Voice("d", "competitors", "Q1", "bull"),
        Voice("e", "competitors", "Q2", "neutral"),
    ]
    assert matrix(voices, PEOPLE) == (
        Cell("Q1", "customers", 3, bear=1, bull=0, mixed=1, neutral=0, silent=1),
        Cell("Q1", "competitors", 2, bear=0, bull=1, mixed=0, neutral=0, silent=1),
        Cell("Q1", "", 5, bear=1, bull=1, mixed=1, neutral=0, silent=2),
        Cell("Q2", "customers", 3, bear=0, bull=0, mixed=0, neutral=0, silent=3),
        Cell("Q2", "competitors", 2, bear=0, bull=0, mixed=0, neutral=1, silent=1),
        Cell("Q2", "", 5, bear=0, bull=0, mixed=0, neutral=1, silent=4),
    )


def test_matrix_question_without_a_voice_has_rows_of_silence_in_the_given_order():
    cells = matrix([Voice("a", "customers", "Q1", "bull")], {"customers": 1}, questions=["Q9", "Q1"])
    assert cells == (
        Cell("Q9", "customers", 1, 0, 0, 0, 0, silent=1),
        Cell("Q9", "", 1, 0, 0, 0, 0, silent=1),
        Cell("Q1", "customers", 1, 0, bull=1, mixed=0, neutral=0, silent=0),
        Cell("Q1", "", 1, 0, bull=1, mixed=0, neutral=0, silent=0),
    )
    assert [cell.spoke for cell in cells] == [0, 0, 1, 1]


@pytest.mark.parametrize(
    ("voices", "sentence"),
    [
        ([Voice("a", "press", "Q1", "bear")], "segment “press”, which has no people"),
        (
            [Voice("a", "customers", "Q1", "bear"), Voice("a", "competitors", "Q2", "bear")],
            "a is counted in two segments",
        ),
        ([Voice(p, "competitors", "Q1", "bear") for p in "abc"], "3 voices in “competitors”, where only 2 people"),
    ],
)
def test_matrix_impossible_voices_are_refused(voices, sentence):
    with pytest.raises(ValueError, match=sentence):
        matrix(voices, PEOPLE)


@given(
    st.lists(
        st.builds(
            Voice, st.sampled_from("abc"), st.just("customers"), st.sampled_from(["Q1", "Q2"]), st.sampled_from(STANCES)
        )
    )
)
def test_matrix_any_voices_add_up_to_the_people(voices):
    for cell in matrix(voices, PEOPLE, questions=["Q1"]):
        assert cell.bear + cell.bull + cell.mixed + cell.neutral + cell.silent == cell.total


def test_n_of_n_writes_counts_and_refuses_nonsense():
    assert n_of_n(4, 6) == "4 of 6"
    assert n_of_n(0, 0) == "0 of 0"
    for n, total in [(7, 6), (-1, 6)]:
        with pytest.raises(ValueError, match="not a count of people"):
            n_of_n(n, total)


@pytest.mark.parametrize(
    ("n", "total", "text"), [(29, 29, ""), (21, 35, "60%"), (1, 30, "3%"), (1, 40, "3%"), (0, 30, "0%")]
)
def test_percent_needs_thirty_people(n, total, text):
    assert percent(n, total) == text


def test_wilson_matches_worked_examples():
    # Worked by hand from the formula of 1927 with z = 1.96 (rounded to four places).
    assert [round(x, 4) for x in wilson(4, 6)] == [0.3000, 0.9032]
    assert [round(x, 4) for x in wilson(15, 50)] == [0.1910, 0.4375]
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(0, 10)[0] == 0.0
    assert wilson(10, 10)[1] == 1.0


@given(st.integers(0, 200).flatmap(lambda n: st.tuples(st.just(n), st.integers(n, 400))))
def test_wilson_interval_holds_the_share_and_mirrors(case):
    n, total = case
    low, high = wilson(n, total)
    assert 0 <= low <= high <= 1
    if total:
        assert low - 1e-9 <= n / total <= high + 1e-9
        mirrored = wilson(total - n, total)
        assert (round(1 - mirrored[1], 9), round(1 - mirrored[0], 9)) == (round(low, 9), round(high, 9))
