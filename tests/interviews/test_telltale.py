import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interviews.descriptor import Post
from interviews.telltale import telltales

POSTS = [
    Post("Amazon", "hyperscaler", "Director", date(2015, 1, 1)),
    Post("Larkmoor", "bank", "Director", date(2019, 1, 1)),
]


def words(text):
    return [text[one.start : one.end] for one in telltales(text, POSTS, "Amazon.com (AMZN)", ["Dana Whitlock"])]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Before that I was at larkmoor for a while.", ["larkmoor"]),
        ("I was Head of Storage then.", ["Head of Storage then"]),
        ("We called it project Bluebird.", ["project Bluebird"]),
        ("On a team called Osprey we did that.", ["team called Osprey"]),
        ("I was based in Dublin.", ["based in Dublin"]),
        ("Our Dublin office did it.", ["Our Dublin office"]),
        ("My team was about 14 people.", ["My team was about 14 people"]),
        ("I managed 230 engineers.", ["managed 230 engineers"]),
        ("My budget was $4.2 million.", ["My budget was $4.2 million"]),
        ("I spent eleven years at the company.", ["eleven years at the company"]),
        ("I joined in 2011 and stayed.", ["I joined in 2011"]),
        ("I was the only woman in the room.", ["the only woman in"]),
        ("Then Dana Whitlock came in.", ["Dana Whitlock"]),
        ("We moved two workloads off Amazon after the outage, which took three days.", []),
        ("The outage lasted 14 hours and cost 3 million customers.", []),
    ],
)
def test_words_that_may_give_a_person_away_are_found(text, expected):
    assert words(text) == expected


def test_of_two_at_one_place_the_longer_is_told():
    assert words("I was based in Larkmoor Square.") == ["based in Larkmoor Square"]


@given(st.text(max_size=300))
def test_findings_lie_in_the_text_in_order_and_apart(text):
    end = 0
    for one in telltales(text, POSTS, "", ["Al"]):
        assert end <= one.start < one.end <= len(text) and one.why.endswith(".")
        end = one.end


def test_a_long_talk_is_looked_through_at_once():
    text = "And then my team and our group had it, " * 4_000
    begun = time.perf_counter()
    telltales(text, POSTS)
    assert time.perf_counter() - begun < 3
