import pytest

from synthesis.nlp.components import numbers
from synthesis.nlp.components.figures import find_figures


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("142bn", 142_000_000_000),
        ("1,500", 1500),
        ("4.5", 4.5),
        ("6.3m", 6_300_000),
        ("2 million", 2_000_000),
        ("twenty-five", 25),
        ("two hundred and fifty thousand", 250_000),
        ("half a million", 500_000),
        ("a dozen", 12),
        ("nineteen", 19),
        ("half a", None),
        ("many", None),
    ],
)
def test_numbers_written_or_said_have_a_value(text, expected):
    assert numbers.value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We spent $142bn.", [("$142bn", 142_000_000_000, "USD")]),
        ("about 3.5 million dollars", [("3.5 million dollars", 3_500_000, "USD")]),
        ("€35m or 7% of turnover", [("€35m", 35_000_000, "EUR"), ("7%", 7, "%")]),
        ("$2 to $3 million", [("$2 to $3 million", [2_000_000, 3_000_000], "USD")]),
        ("thirty percent, 5 per cent", [("thirty percent", 30, "%"), ("5 per cent", 5, "%")]),
        ("a 200-300 basis-point shift, 25 bps", [("200-300 basis-point", [200, 300], "bp"), ("25 bps", 25, "bp")]),
        ("up 5 percentage points", [("5 percentage points", 5, "pp")]),
        ("4.5x the velocity, ten times", [("4.5x", 4.5, "x"), ("ten times", 10, "x")]),
        ("nearly six hours, a 90-day plan", [("six hours", 6, "hour"), ("90-day", 90, "day")]),
        ("18 to 36 months", [("18 to 36 months", [18, 36], "month")]),
        ("on 5 March 2026 or Mar 6", [("5 March 2026", "2026-03-05", "date"), ("Mar 6", "--03-06", "date")]),
        ("in Q4 2025, in 2024", [("Q4 2025", "2025-Q4", "date"), ("2024", "2024", "date")]),
        ("2026-03-05", [("2026-03-05", "2026-03-05", "date")]),
        ("35 engineers and 6.3m orders", [("35", 35, "count"), ("6.3m", 6_300_000, "count")]),
        ("3 or 4 people", [("3 or 4", [3, 4], "count")]),
        ("one of the two", []),
        ("version 1.2.3 on an S3 or t3.micro", []),
        ("three times a week", [("three", 3, "count")]),
        ("😀 cafe\u0301 20%", [("20%", 20, "%")]),
    ],
)
def test_find_figures_in_speech_gives_values_with_units(text, expected):
    found = find_figures(text)

    assert [(f.text, f.value, f.unit) for f in found] == expected
    assert [text[f.start : f.end] for f in found] == [f.text for f in found]


def test_figures_of_a_document_are_also_spans(nlp):
    doc = nlp("It cost $2m in 2024.")

    assert [(span.text, span.label_) for span in doc.spans["figures"]] == [("$2m", "USD"), ("2024", "date")]
