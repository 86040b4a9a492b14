from datetime import date

import pytest

from interviews.descriptor import KINDS, LEVELS, NOBODY, Post, concerns, describe, line, telling

DAY = date(2026, 3, 20)
SUBJECT = "Amazon.com (AMZN); segment AWS"
MANAGER = Post("Amazon", "hyperscaler", "Engineering Manager", date(2017, 5, 1), date(2025, 2, 28))
DIRECTOR = Post("Ballycarrow Mutual", "insurer", "Director", date(2025, 4, 1), current=True)


@pytest.mark.parametrize(
    ("posts", "expected"),
    [
        ([MANAGER, DIRECTOR], "Former Engineering Manager, hyperscaler, left 2025"),
        ([DIRECTOR], "Current Director, insurer"),
        ([], NOBODY),
        (
            [Post("Amazon", "hyperscaler", "Senior Engineer", date(2019, 5, 1), current=True)],
            "Current Senior Engineer, hyperscaler",
        ),
        (
            [Post("Larkmoor", "bank", "Director", date(2019, 5, 1))],
            "Former Director, bank, year of leaving not known",
        ),
        ([Post("Larkmoor", "bank", "Director", date(2019, 5, 1), date(2026, 3, 21))], "Current Director, bank"),
        ([Post("Larkmoor", "bank", "Director", date(2019, 5, 1), DAY)], "Former Director, bank, left 2026"),
    ],
)
def test_descriptor_names_level_class_and_year_only(posts, expected):
    assert describe(posts, DAY, SUBJECT) == expected


def test_telling_post_is_the_newest_at_the_subject():
    engineer = Post("Amazon", "hyperscaler", "Senior Engineer", date(2018, 2, 1), date(2021, 5, 1))
    manager = Post("Amazon", "hyperscaler", "Engineering Manager", date(2021, 6, 1), date(2025, 6, 1))
    assert telling([engineer, manager, DIRECTOR], SUBJECT) == manager


def test_telling_post_without_one_at_the_subject_is_the_newest():
    assert telling([MANAGER, DIRECTOR], "Kestrel plc") == DIRECTOR


@pytest.mark.parametrize(
    ("company", "subject", "expected"),
    [
        ("Amazon", SUBJECT, True),
        ("amazon.com", SUBJECT, True),
        ("Amaz", SUBJECT, False),
        ("", SUBJECT, False),
        (".*", SUBJECT, False),
    ],
)
def test_company_concerns_the_programme_by_whole_words_only(company, subject, expected):
    assert concerns(company, subject) is expected


def test_descriptor_never_holds_company_month_or_function():
    said = {
        line(Post("Quillbrook", kind, level, date(2013, 9, 1), date(2019, 11, 30)), DAY)
        for kind in KINDS
        for level in LEVELS
    }
    assert not [words for words in said if "Quillbrook" in words or "11" in words or "Nov" in words]
