import json
import re
from html import unescape
from html.parser import HTMLParser

import pytest

from accounts.moves import now
from interviews.models import ClearedTranscript, ClearedTurn
from synthesis import highlights
from synthesis.models import Tag
from synthesis.queries import Item
from tests.factories import make_cleared, make_interview, make_suggestion, make_tag

QUOTE = "We moved two workloads after the outage."


@pytest.fixture
def cleared(cast) -> ClearedTranscript:
    return make_cleared(make_interview(cast.programme, cast.ana))


@pytest.fixture
def q1(cast):
    return cast.programme.questions.get(code="Q1")


@pytest.fixture
def q2(cast):
    return cast.programme.questions.get(code="Q2")


def read(client, user, cleared, query="") -> str:
    client.force_login(user)
    response = client.get(f"/read/{cleared.pk}/{query}")
    assert response.status_code == 200
    return response.content.decode()


def said(page: str) -> str:
    """The words of the turns as a reader sees them."""
    found = re.findall(r'<p class="said"[^>]*>(.*?)</p>', page, re.S)
    return "\n".join(unescape(re.sub(r"<[^>]+>", "", words)) for words in found)


def lit(page: str) -> list[tuple[str, str]]:
    """The highlighted pieces: classes and words."""
    return [(look, unescape(words)) for look, words in re.findall(r'<mark class="([^"]*)"[^>]*>(.*?)</mark>', page)]


def data(page: str) -> list[dict]:
    return json.loads(re.search(r"<script type=\"application/json\" data-items>(.*?)</script>", page, re.S)[1])


# The markup


def item(key: str, start: int, end: int, stance: str = "bear", state: str = "open", question: str = "Q1") -> Item:
    return Item(key, 0, start, end, question, state, stance, "opinion", 0.7, {}, "m", 1, "s")


def test_said_without_items_is_the_escaped_words():
    assert highlights.said("a <b> & c", 0, 9, [], set()) == "a &lt;b&gt; &amp; c"


def test_said_cuts_overlapping_and_nested_items_at_every_border():
    text = "0123456789"
    items = [item("long", 1, 8), item("inner", 2, 4, "bull"), item("late", 6, 9, "mixed", "accepted")]
    assert highlights.said(text, 0, 10, items, {"long", "inner", "late"}) == (
        "0"
        '<mark class="hue-bear open" data-i="long">1</mark>'
        '<mark class="hue-bull open two" data-i="inner long">23</mark>'
        '<mark class="hue-bear open" data-i="long">45</mark>'
        '<mark class="hue-mixed accepted two" data-i="late long">67</mark>'
        '<mark class="hue-mixed accepted" data-i="late">8</mark>'
        "9"
    )


def test_said_leaves_filtered_items_without_colour():
    assert highlights.said("0123", 0, 4, [item("a", 1, 2)], set()) == '0<mark class="off" data-i="a">1</mark>23'


@pytest.mark.parametrize(
    ("ms", "shown"), [(None, ""), (0, "0:00"), (474_900, "7:54"), (3_600_000, "1:00:00"), (45_296_000, "12:34:56")]
)
def test_clock_is_blank_when_unknown(ms, shown):
    assert highlights.clock(ms) == shown


# The page


def test_page_holds_every_word_of_the_text(client, cast, cleared, q1):
    make_suggestion(cleared, "moved two", q1)
    make_suggestion(cleared, "two workloads", q1)
    assert said(read(client, cast.ana, cleared)) == cleared.text


def test_page_shows_speaker_and_time_and_leaves_an_unknown_time_blank(client, cast, cleared):
    ClearedTurn.objects.filter(index=2).update(start_ms=None)
    page = read(client, cast.ana, cleared)
    assert re.findall(r'<p class="who">(.*?)</p>', page) == [
        'Interviewer <a href="#t0"><time>0:00</time></a>',
        'Expert <a href="#t1"><time>0:10</time></a>',
        "Interviewer ",
        'Expert <a href="#t3"><time>0:30</time></a>',
    ]


def test_page_escapes_what_was_said(client, cast):
    turns = [("expert", "Then <script>alert(1)</script> & “quotes” came </script> up.")]
    cleared = make_cleared(make_interview(cast.programme, cast.ana), turns=turns)
    make_suggestion(cleared, "<script>alert(1)</script>", cast.programme.questions.get(code="Q1"))
    page = read(client, cast.ana, cleared)
    assert "<script>alert" not in page
    assert said(page) == cleared.text


def test_page_tells_open_from_decided_and_hides_the_rejected(client, cast, cleared, q1, q2):
    make_suggestion(cleared, "We moved two workloads", q1)
    make_tag(cleared, "the board asked for a second provider", q1, cast.ana, stance="bull")
    make_tag(cleared, "approvals now take three days", q2, cast.ben, verdict="rejected")
    page = read(client, cast.ana, cleared)
    assert lit(page) == [
        ("hue-bear open", "We moved two workloads"),
        ("hue-bull accepted", "the board asked for a second provider"),
        ("off", "approvals now take three days"),
    ]
    assert lit(read(client, cast.ana, cleared, "?state=rejected"))[2] == (
        "hue-bear rejected",
        "approvals now take three days",
    )


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("?question=Q1", ["hue-bear open", "off"]),
        ("?question=Q2", ["off", "hue-bull open"]),
        ("?stance=bull", ["off", "hue-bull open"]),
        ("?state=accepted", ["off", "off"]),
        ("?question=Q9", ["off", "off"]),
    ],
)
def test_filter_works_without_scripts(client, cast, cleared, q1, q2, query, shown):
    make_suggestion(cleared, "We moved two workloads", q1)
    make_suggestion(cleared, "approvals now take three days", q2, stance="bull")
    assert [look for look, _ in lit(read(client, cast.ana, cleared, query))] == shown


def test_chosen_item_fills_the_panel_without_scripts(client, cast, cleared, q1):
    suggestion = make_suggestion(cleared, QUOTE, q1)
    suggestion.reason = {"words": ["outage"], "similarity": 0.61, "stance": ["moved"], "basis": ["We"]}
    suggestion.save()
    page = read(client, cast.ana, cleared, f"?item={suggestion.passage_id}-Q1")
    assert f'<p data-f="words">{QUOTE}</p>' in page
    for name, value in {
        "found": "outage",
        "similarity": "0.61",
        "model": "test-1, codebook 1",
        "score": "0.80",
    }.items():
        assert f'<dd data-f="{name}">{value}</dd>' in page


def test_page_of_an_untagged_text_says_so(client, cast, cleared):
    assert "Not tagged yet" in read(client, cast.ana, cleared)


@pytest.mark.parametrize("n", [1, 30])
def test_page_takes_nine_queries_however_many_tags(client, cast, q1, n, django_assert_num_queries):
    turns = [("expert", f"Sentence number {i} about the outage.") for i in range(n)]
    cleared = make_cleared(make_interview(cast.programme, cast.ana), turns=turns)
    for i in range(n):
        make_suggestion(cleared, f"Sentence number {i} about", q1)
    client.force_login(cast.ana)
    # Two of them are for the topic card that stands beside the words.
    with django_assert_num_queries(9):
        client.get(f"/read/{cleared.pk}/")


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("ana", 200),
        ("ben", 200),
        ("cora", 200),
        ("ada", 403),
        ("stranger", 404),
        ("rita", 404),
        ("carl", 404),
        ("olga", 404),
    ],
)
def test_page_is_open_to_readers_of_cleared_text_only(client, cast, cleared, who, status):
    client.force_login(getattr(cast, who))
    response = client.get(f"/read/{cleared.pk}/")
    assert response.status_code == status
    if status != 200:
        assert "workloads" not in response.content.decode()


def test_recalled_text_is_gone(client, cast, cleared, q1):
    suggestion = make_suggestion(cleared, QUOTE, q1)
    ClearedTranscript.objects.update(recalled_at=now())
    client.force_login(cast.ana)
    assert client.get(f"/read/{cleared.pk}/").status_code == 404
    answer = client.post(f"/read/{cleared.pk}/decide/", {"action": "accept", "suggestion": suggestion.pk})
    assert answer.status_code == 404
    assert not Tag.objects.exists()


def test_reader_without_the_right_sees_why_nothing_can_be_decided(client, cast, cleared, q1):
    suggestion = make_suggestion(cleared, QUOTE, q1)
    page = read(client, cast.cora, cleared, f"?item={suggestion.passage_id}-Q1")
    assert "Only an analyst may accept, reject or add tags." in page


# Deciding


def post(client, cleared, script=True, **fields):
    headers = {"accept": "application/json"} if script else {}
    return client.post(f"/read/{cleared.pk}/decide/", fields, headers=headers)


def test_accept_answers_with_the_turn_as_it_now_stands(client, cast, cleared, q1):
    suggestion = make_suggestion(cleared, QUOTE, q1)
    client.force_login(cast.ana)
    answer = post(client, cleared, action="accept", suggestion=suggestion.pk, stance="mixed").json()
    tag = Tag.objects.get()
    assert (answer["turn"], answer["key"], answer["message"]) == (1, f"{tag.passage_id}-Q1", "Accepted for Q1.")
    assert [(i["tag"], i["state"], i["stance"], i["by"]) for i in answer["items"]] == [
        (str(tag.pk), "accepted", "mixed", "Ana")
    ]
    assert lit(answer["said"]) == [("hue-mixed accepted", QUOTE)]
    assert re.findall(r'class="chip ([^"]*)"', answer["marks"]) == ["stance stance-mixed accepted"]


def test_accept_for_another_question_reassigns(client, cast, cleared, q1):
    suggestion = make_suggestion(cleared, QUOTE, q1)
    client.force_login(cast.ana)
    post(client, cleared, action="accept", suggestion=suggestion.pk, question="Q2")
    assert {(t.question.code, t.verdict) for t in Tag.objects.all()} == {("Q1", "rejected"), ("Q2", "accepted")}


def test_tag_is_changed_and_withdrawn_by_the_same_address(client, cast, cleared, q1):
    tag = make_tag(cleared, QUOTE, q1, cast.ana)
    client.force_login(cast.ana)
    answer = post(client, cleared, action="change", tag=tag.pk, stance="bull").json()
    assert answer["message"] == "Saved: Q1, bull, first-hand, accepted."
    assert post(client, cleared, action="reject", tag=tag.pk).json()["items"][0]["state"] == "rejected"
    assert post(client, cleared, action="withdraw", tag=tag.pk).json()["items"] == []


def test_add_by_place_counts_code_points(client, cast):
    turns = [("expert", "👩‍💻 Well, the outage cost us a day 👍 and more.")]
    cleared = make_cleared(make_interview(cast.programme, cast.ana), turns=turns)
    client.force_login(cast.ana)
    start = cleared.text.index("outage")
    fields = {"start": start, "end": start + len("outage cost us a day"), "stance": "bear", "basis": "first-hand"}
    answer = post(client, cleared, action="add", question="Q1", **fields).json()
    assert lit(answer["said"]) == [("hue-bear accepted", "outage cost us a day")]


def test_second_decision_is_409_with_a_sentence(client, cast, cleared, q1):
    suggestion = make_suggestion(cleared, QUOTE, q1)
    make_tag(cleared, QUOTE, q1, cast.ben)
    client.force_login(cast.ana)
    answer = post(client, cleared, action="reject", suggestion=suggestion.pk)
    assert (answer.status_code, answer.content.decode()) == (
        409,
        "Ben already accepted this passage for Q1. Reload the page and look again.",
    )


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"action": "add", "start": "x", "end": "y"}, "Choose a key question."),
        ({"action": "add", "start": "0", "end": "9", "question": "Q1"}, "words of the interviewer"),
        ({"action": "add", "start": "x", "end": "y", "question": "Q1"}, "not in this text"),
        ({"action": "add", "question": "Q1"}, "Write or paste the words"),
        ({"action": "add", "start": "40", "end": "60", "question": "Q1"}, "is not one of bear, bull, mixed, neutral"),
        ({"action": "dance"}, "Choose what to do"),
    ],
)
def test_unusable_input_is_400_with_a_sentence(client, cast, cleared, q1, fields, sentence):
    if fields["action"] == "dance":
        fields = {**fields, "suggestion": make_suggestion(cleared, QUOTE, q1).pk}
    client.force_login(cast.ana)
    answer = post(client, cleared, **fields)
    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    assert not Tag.objects.exists()


def test_suggestion_of_another_text_is_404(client, cast, cleared, q1):
    other = make_cleared(make_interview(cast.programme, cast.ana))
    suggestion = make_suggestion(other, QUOTE, q1)
    client.force_login(cast.ana)
    assert post(client, cleared, action="accept", suggestion=suggestion.pk).status_code == 404
    assert post(client, cleared, action="accept", suggestion="nonsense").status_code == 404


@pytest.mark.parametrize(
    ("who", "status"), [("ana", 200), ("cora", 403), ("ada", 403), ("stranger", 404), ("rita", 404)]
)
def test_only_analysts_of_the_programme_decide(client, cast, cleared, q1, who, status):
    suggestion = make_suggestion(cleared, QUOTE, q1)
    client.force_login(getattr(cast, who))
    assert post(client, cleared, action="accept", suggestion=suggestion.pk).status_code == status
    assert Tag.objects.exists() is (status == 200)


def test_plain_form_sends_back_to_the_passage(client, cast, cleared, q1):
    suggestion = make_suggestion(cleared, QUOTE, q1)
    client.force_login(cast.ana)
    answer = post(client, cleared, script=False, action="accept", suggestion=suggestion.pk, question="Q1")
    assert answer.url == f"/read/{cleared.pk}/?item={suggestion.passage_id}-Q1#t1"


def test_plain_form_with_a_mistake_keeps_what_was_typed(client, cast, cleared):
    client.force_login(cast.ana)
    typed = {"words": "words nobody said", "question": "Q2", "stance": "bull", "basis": "opinion"}
    answer = post(client, cleared, script=False, action="add", **typed)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "The expert did not say these words in this text." in page
    assert ">words nobody said</textarea>" in page
    assert '<option value="Q2" selected>' in page
    assert 'value="bull" required checked' in page


def test_markup_is_balanced(client, cast, cleared, q1):
    make_suggestion(cleared, "We moved two workloads", q1)
    make_suggestion(cleared, "two workloads after the outage", q1)

    class Check(HTMLParser):
        void = {"meta", "link", "input", "br", "img", "path"}

        def __init__(self):
            super().__init__()
            self.open = []

        def handle_starttag(self, tag, attrs):
            if tag not in self.void:
                self.open.append(tag)

        def handle_endtag(self, tag):
            if tag not in self.void:
                assert self.open.pop() == tag

    check = Check()
    check.feed(read(client, cast.ana, cleared))
    assert check.open == []
