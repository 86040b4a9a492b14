from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interviews.descriptor import (
    COARSEST,
    DEPTHS,
    KINDS,
    LEVEL_GROUPS,
    LEVELS,
    NOBODY,
    SECTORS,
    Post,
    as_of,
    concerns,
    depths_of,
    describe,
    generalise,
    generalised,
    is_coarser,
    line,
    sharing,
    telling,
)

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


# As coarse as a programme needs ---------------------------------------------------------------------------------------

posts = st.builds(
    Post,
    company=st.just("Quillbrook"),
    kind=st.sampled_from(KINDS[:4]),
    level=st.sampled_from(LEVELS[2:7]),
    start=st.just(date(2012, 1, 1)),
    end=st.one_of(st.none(), st.dates(date(2018, 1, 1), date(2026, 12, 31))),
    current=st.booleans(),
).map(lambda post: replace(post, end=None) if post.current else post)
programmes = st.dictionaries(st.integers(0, 60), st.one_of(st.none(), posts), max_size=25)


def fit(people, post, depths):
    """How many of the people read the same when they are made as coarse, counted the long way."""
    return sum(p is not None and generalised(p, DAY, depths) == generalised(post, DAY, depths) for p in people.values())


@given(programmes, st.integers(1, 6))
def test_each_descriptor_fits_at_least_k_people_or_is_the_coarsest(people, k):
    for key, said in generalise(people, k, DAY).items():
        if people[key] is None:
            assert said == NOBODY
        elif said != COARSEST:
            assert max(fit(people, people[key], d) for d in depths_of(people[key], DAY, said)) >= k


@given(programmes, st.integers(1, 6))
def test_no_finer_descriptor_would_fit_k_people(people, k):
    for key, said in generalise(people, k, DAY).items():
        for mine in depths_of(people[key], DAY, said):
            for finer in DEPTHS:
                if all(f <= m for f, m in zip(finer, mine, strict=True)):
                    same = generalised(people[key], DAY, finer) == said
                    assert same or fit(people, people[key], finer) < k


@given(programmes, st.integers(1, 6), st.randoms())
def test_descriptors_do_not_depend_on_the_order_of_people(people, k, random):
    keys = list(people)
    random.shuffle(keys)
    assert generalise({key: people[key] for key in keys}, k, DAY) == generalise(people, k, DAY)


@given(programmes)
def test_descriptor_with_k_of_one_is_the_finest(people):
    assert generalise(people, 1, DAY) == {key: line(post, DAY) for key, post in people.items()}


@given(programmes, posts, st.integers(1, 5))
def test_one_more_person_never_makes_a_descriptor_cost_more(people, newcomer, k):
    order = {depths: n for n, depths in enumerate(DEPTHS)}

    def place(lines, key):
        return min(order[depths] for depths in depths_of(people[key], DAY, lines[key]))

    before, after = generalise(people, k, DAY), generalise(people | {99: newcomer}, k, DAY)
    assert all(place(after, key) <= place(before, key) for key, post in people.items() if post)


def test_descriptor_loses_the_year_first_then_class_and_level():
    def left(year, level="Director", kind="insurer"):
        return Post("Q", kind, level, date(2012, 1, 1), date(year, 6, 1))

    people = {1: left(2025), 2: left(2025), 3: left(2025), 4: left(2024), 5: left(2019), 6: left(2019, kind="bank")}
    assert generalise(people, 3, DAY) == {
        **dict.fromkeys([1, 2, 3], "Former Director, insurer, left 2025"),
        4: "Former Director, insurer, left 2024–2026",
        5: "Former Director, insurer",
        6: "Former Director, financial company",
    }


def test_one_current_person_among_former_ones_is_not_told_apart():
    people = {n: Post("Q", "bank", "Director", date(2012, 1, 1), date(2025, 6, 1)) for n in range(3)}
    people[9] = Post("Q", "bank", "Director", date(2012, 1, 1), current=True)
    assert generalise(people, 3, DAY)[9] == "Director, bank"


def test_programme_with_fewer_than_k_people_names_them_as_coarsely_as_can_be():
    assert generalise({1: MANAGER, 2: MANAGER, 3: None}, 3, DAY) == {1: COARSEST, 2: COARSEST, 3: NOBODY}


def test_post_as_of_a_call_stays_current_after_the_person_has_left():
    post = Post("Q", "bank", "Director", date(2012, 1, 1), date(2026, 3, 30))
    assert line(as_of(post, DAY), date(2026, 5, 1)) == "Current Director, bank"
    assert as_of(post, date(2026, 4, 1)) == post


@pytest.mark.parametrize(
    ("new", "old", "expected"),
    [
        ("Former Engineering Manager, hyperscaler", "Former Engineering Manager, hyperscaler, left 2025", True),
        ("Former Engineering Manager, hyperscaler, left 2025", "Former Engineering Manager, hyperscaler", False),
        ("Professional, hyperscaler", "Former Engineering Manager, company", False),
        (COARSEST, "Former Engineering Manager, company", True),
        (COARSEST, "Former Director, insurer", False),
    ],
)
def test_coarser_tells_nothing_that_was_not_told(new, old, expected):
    assert is_coarser(MANAGER, DAY, new, old) is expected


def test_every_level_and_class_has_its_group():
    assert (set(LEVEL_GROUPS), set(SECTORS)) == (set(LEVELS), set(KINDS))
    assert not (set(LEVEL_GROUPS.values()) & set(LEVELS)) | (set(SECTORS.values()) & set(KINDS))


def test_sharing_counts_those_of_the_same_level_and_class():
    assert sharing({1: MANAGER, 2: DIRECTOR, 3: replace(MANAGER, company="Other"), 4: None}, 1) == 2
