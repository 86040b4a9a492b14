from research.wording import Line, changes


def test_changes_keep_the_order_and_mark_what_went_and_what_came():
    assert changes("One.\nTwo.\nThree.", "One.\nTwo, now.\nThree.\nFour.") == [
        Line("same", "One."),
        Line("removed", "Two."),
        Line("added", "Two, now."),
        Line("same", "Three."),
        Line("added", "Four."),
    ]


def test_changes_of_nothing_are_all_new():
    assert changes("", "One.") == [Line("added", "One.")]
    assert changes("One.", "One.") == [Line("same", "One.")]
