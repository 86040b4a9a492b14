import pytest

from interviews.names import of_company, of_person, propose


def found(text, *sought):
    return [text[one.start : one.end] for one in propose(text, [s for group in sought for s in group])]


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("Dana Whitlock", ["Dana Whitlock", "Dana", "Whitlock"]),
        ("Matthias Brücker (Guest)", ["Matthias Brücker", "Matthias", "Brücker"]),
        ("Speaker 2", []),
        ("Interviewer", []),
        ("Ludwig van der Berg", ["Ludwig van der Berg", "Ludwig", "Berg"]),
        ("Jo Li", []),
        ("", []),
    ],
)
def test_person_is_sought_by_full_name_and_telling_parts(label, expected):
    assert [one.words for one in of_person(label)] == expected


def test_propose_finds_whole_words_in_their_own_case_and_the_longest_first():
    text = "Dana, that's Dana Whitlock's desk, not Danas; dana is a word here."
    assert found(text, of_person("Dana Whitlock")) == ["Dana", "Dana Whitlock"]


def test_propose_leaves_everyday_words_at_the_start_of_a_sentence_alone():
    text = "Will you say it? Sure, Will, I will. Will knows."
    assert found(text, of_person("Will Ostrander")) == ["Will"]


def test_propose_finds_employers_by_full_name():
    text = "At Halvermoor Mutual we did. Halvermoor is big."
    proposals = propose(text, of_company("Halvermoor Mutual"))
    assert [(p.words, p.reason, p.replacement) for p in proposals] == [("Halvermoor Mutual", "employer", "[company]")]


def test_propose_takes_a_name_for_words_and_never_for_a_pattern():
    assert found("anything (.*) goes", of_company("(.*)")) == ["(.*)"]
    assert found("anything goes", of_company("(.*)")) == []


def test_propose_without_names_finds_nothing():
    assert propose("Dana", []) == []
