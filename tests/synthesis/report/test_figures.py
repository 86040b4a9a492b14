import pytest

from synthesis.report.figures import UnknownFigure, check_figures, render, typed_numbers


@pytest.mark.parametrize(
    ("sentence", "rendered"),
    [
        ("{Q1.customers.bear} tightened.", "3 of 6 customers tightened."),
        ("{Q1.bear}", "6 of 18 people"),
        ("{Q1.bear.n} and {Q1.customers.bear.n}", "6 and 3"),
        ("{Q4.customers.silent}; {Q4.managers.spoke}", "6 of 6 customers; 6 of 6 managers"),
        ("{Q1.customers.total} of {total}", "6 of 18"),
        ("{held}, {held.customers}, {cleared.managers}, {quota.competitors}", "21, 8, 6, 15"),
        ("{interviews} {questions} {incidents} {claims} {sources}", "18 5 6 13 2"),
        ("{ total }", "18"),
        ("No figure at all.", "No figure at all."),
    ],
)
def test_render_replaces_placeholders_by_counts(snapshot, sentence, rendered):
    assert render(sentence, snapshot) == rendered


@pytest.mark.parametrize(
    ("sentence", "says"),
    [
        ("{Q9.bear}", "{Q9.bear} is not a figure: start with a question (Q1, Q2, Q3, Q4, Q5)"),
        ("{}", "{} is not a figure"),
        ("{Q1}", "write Q1.segment.stance with one of customers, managers, competitors"),
        ("{Q1.press.bear}", "{Q1.press.bear} names no segment"),
        ("{Q1.customers}", "{Q1.customers} names no stance: the stances are bear, bull, mixed, neutral, silent, spoke"),
        ("{Q1.customers.bear.bull}", "names no segment"),
        ("{held.press}", "the segments are customers, managers, competitors"),
        ("{total.customers}", "is not a figure"),
        ("{Q1.bear.percent}", "{Q1.bear.percent} is a percentage of 18 people; below 30 write the count instead."),
        ("{Q1.bear", "A brace without its partner"),
        ("Q1.bear}", "A brace without its partner"),
        ("{{Q1.bear}}", "A brace without its partner"),
    ],
)
def test_render_unknown_figure_is_a_sentence(snapshot, sentence, says):
    with pytest.raises(UnknownFigure) as caught:
        render(sentence, snapshot)
    assert says in str(caught.value)


def test_render_percent_of_thirty_people_or_more_is_given(snapshot):
    row = next(row for row in snapshot["matrix"] if (row["question"], row["segment"]) == ("Q1", ""))
    row |= {"total": 70, "bear": 21, "silent": 45}
    assert render("{Q1.bear}, {Q1.bear.percent}", snapshot) == "21 of 70 people, 30%"


def test_render_segment_code_of_several_words_reads_as_words(snapshot):
    for row in snapshot["matrix"]:
        row["segment"] = row["segment"].replace("managers", "engineering-managers")
    assert render("{Q4.engineering-managers.bear}", snapshot) == "4 of 6 engineering managers"


ALLOWED = ["We cut 14,000 roles in Oct 2025", "it is 4.5x faster", "a Sev-1", "twelve of us left", "Q1", "USD 142bn"]


@pytest.mark.parametrize(
    ("sentence", "typed"),
    [
        ("{Q1.bear} say so on Q1.", []),
        ("On Q2 they differ.", ["Q2"]),
        ("The 4.5x claim.", []),
        ("The 4.5 claim, the 14.5x claim, the 5x claim.", ["4.5", "14.5x", "5x"]),
        ("14,000 roles; 14 roles; 000 roles", ["14", "000"]),
        ("In 2025, not 2026.", ["2026"]),
        ("Sev-1 and Sev-2, on 2026-03-05.", ["Sev-2", "2026-03-05"]),
        ("$142bn is not USD 142bn, nor 142.", ["$142bn", "142"]),
        ("35% or 35 %", ["35%", "35"]),
        ("Four of six customers, half of them, two-thirds", ["Four of", "six", "half of", "two-thirds"]),
        ("Twelve of us left, and twenty-two stayed.", ["twenty-two"]),
        ("One of them, one in ten, none of us.", ["One of", "one in", "ten", "none of"]),
        ("No one is weighted; someone often attends; a third party.", []),
        ("٣ people, 5½ hours", ["٣", "5½"]),
    ],
)
def test_typed_numbers_are_found_unless_a_cited_text_has_them(sentence, typed):
    assert typed_numbers(sentence, ALLOWED) == typed


def test_check_figures_of_the_example_finds_nothing(snapshot):
    assert check_figures(snapshot) == []


def test_check_figures_stale_typed_and_unknown_figures_are_named(snapshot):
    snapshot["findings"][0]["rendered"] = "4 of 6 customers have tightened procurement."
    snapshot["findings"][1]["sentence"] = snapshot["findings"][1]["rendered"] = "Seven questionnaires ask."
    snapshot["findings"][2]["sentence"] = "{Q2.press.bear} say so."
    assert check_figures(snapshot) == [
        "Finding F1 was rendered with other figures than those of the snapshot.",
        "Finding F2 has a typed figure, “Seven”, that nothing it cites says.",
        "Finding F3: {Q2.press.bear} names no segment: write Q2.segment.stance with one of "
        "customers, managers, competitors.",
    ]


def test_check_figures_number_from_an_uncited_register_item_is_named(snapshot):
    finding = snapshot["findings"][3]
    assert "4.5x" in finding["sentence"]
    finding["register"] = []
    finding["supporting"] = finding["supporting"][1:]
    assert check_figures(snapshot) == ["Finding F4 has a typed figure, “4.5x”, that nothing it cites says."]
