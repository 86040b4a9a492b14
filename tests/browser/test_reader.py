"""The reader and the review queue in Chromium: every decision from the keyboard, saved without a reload."""

import re

import pytest
from playwright.sync_api import Page, expect

from interviews.models import ClearedTranscript
from synthesis.models import Tag
from tests.browser.conftest import accessibility_faults, overflow
from tests.conftest import make_cast
from tests.factories import make_cleared, make_interview, make_run, make_suggestion, make_tag

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TURNS = [
    ("interviewer", "What did the outage change for you?"),
    (
        "expert",
        "We moved two workloads after the outage. Honestly, nobody panicked 👍, but the board asked for a second one.",
    ),
    ("interviewer", "And how long did review take?"),
    ("expert", "I heard from a colleague that approvals now take three days, up from one."),
]
MOVED, WAIT = "We moved two workloads after the outage.", "approvals now take three days"


@pytest.fixture
def cast():
    return make_cast()


@pytest.fixture
def cleared(cast) -> ClearedTranscript:
    cleared = make_cleared(make_interview(cast.programme, cast.ana), turns=TURNS)
    run = make_run(cleared)
    q1, q2 = cast.programme.questions.order_by("code")
    make_suggestion(cleared, MOVED, q1, run=run, score=0.9)
    make_suggestion(cleared, WAIT, q2, run=run, stance="bull", basis="second-hand", score=0.6)
    return cleared


@pytest.fixture
def reader(page_as, cast, cleared) -> Page:
    page = page_as(cast.ana)
    page.goto(f"/read/{cleared.pk}/")
    page.wait_for_selector("[data-reader][data-ready]", state="attached")
    return page


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def says(page: Page, sentence: str) -> None:
    expect(page.locator("[data-live]")).to_have_text(sentence)


def tags() -> set[tuple]:
    return {(t.question.code, t.verdict, t.stance, t.basis) for t in Tag.objects.select_related("question")}


def choose(page: Page, words: str) -> None:
    """Select words of the text as a hand would."""
    page.evaluate(
        """(words) => {
            for (const said of document.querySelectorAll('.said')) {
                const walk = document.createTreeWalker(said, NodeFilter.SHOW_TEXT);
                for (let node = walk.nextNode(); node; node = walk.nextNode()) {
                    const at = node.data.indexOf(words);
                    if (at < 0) continue;
                    const range = document.createRange();
                    range.setStart(node, at);
                    range.setEnd(node, at + words.length);
                    getSelection().removeAllRanges();
                    getSelection().addRange(range);
                    return;
                }
            }
            throw new Error('these words are in no one node');
        }""",
        words,
    )


def test_accept_reject_and_undo_by_key(reader):
    press(reader, "j", "a")
    says(reader, "Accepted for Q1.")
    assert tags() == {("Q1", "accepted", "bear", "first-hand")}
    press(reader, "j", "r")
    says(reader, "Rejected for Q2.")
    assert tags() == {("Q1", "accepted", "bear", "first-hand"), ("Q2", "rejected", "bull", "second-hand")}
    press(reader, "z")
    says(reader, "Undone. Decision withdrawn.")
    press(reader, "z")
    expect(reader.locator("mark.open")).to_have_count(2)
    assert tags() == set()
    assert reader.complaints == []


def test_decision_is_shown_in_text_margin_panel_and_counts(reader):
    press(reader, "j", "a")
    says(reader, "Accepted for Q1.")
    expect(reader.locator("mark.accepted")).to_have_text(MOVED)
    expect(reader.locator(".chip.accepted")).to_have_text("Q1 bear")
    expect(reader.locator("[data-f='state']")).to_have_text("accepted")
    expect(reader.locator("[data-f='by']")).to_contain_text("Ana")
    expect(reader.locator("[data-n='Q1-accepted']")).to_have_text("1")
    expect(reader.locator("[data-shown]")).to_have_text("2 shown · 1 open")


def test_stance_and_basis_by_key_go_with_the_acceptance_and_are_saved_at_once_after_it(reader):
    press(reader, "j", "m", "o", "a")
    says(reader, "Accepted for Q1.")
    assert tags() == {("Q1", "accepted", "mixed", "opinion")}
    press(reader, "u")
    says(reader, "Saved: Q1, bull, opinion, accepted.")
    press(reader, "z")
    says(reader, "Undone. Saved: Q1, mixed, opinion, accepted.")
    assert tags() == {("Q1", "accepted", "mixed", "opinion")}


def test_number_moves_the_passage_to_that_question(reader):
    press(reader, "j", "2")
    says(reader, "Moved to Q2.")
    assert {t[:2] for t in tags()} == {("Q1", "rejected"), ("Q2", "accepted")}
    press(reader, "z")
    says(reader, "Undone. Decision withdrawn.")
    assert tags() == set()


def test_selected_words_are_tagged_with_t(reader, cleared):
    choose(reader, "👍, but the boa")
    press(reader, "t", "2", "b", "f", "Enter")
    says(reader, "Added to Q2.")
    tag = Tag.objects.select_related("passage").get()
    assert cleared.text[tag.passage.start : tag.passage.end] == "👍, but the board"
    assert tags() == {("Q2", "accepted", "bear", "first-hand")}
    expect(reader.locator("mark.accepted")).to_have_text("👍, but the board")
    press(reader, "z")
    says(reader, "Undone. Decision withdrawn.")
    assert tags() == set()
    assert reader.complaints == []


def test_refused_tag_keeps_what_was_typed(reader):
    choose(reader, "What did the outage")
    press(reader, "t", "b", "f", "Enter")
    expect(reader.locator("[data-add-error]")).to_contain_text("words of the interviewer")
    expect(reader.locator("[name='words']")).to_have_value("What did the outage")
    assert tags() == set()


def test_second_person_is_told_and_nothing_is_lost(reader, cast, cleared):
    make_tag(cleared, MOVED, cast.programme.questions.get(code="Q1"), cast.ben)
    press(reader, "j", "r")
    expect(reader.locator("[data-error]")).to_have_text(
        "Ben already accepted this passage for Q1. Reload the page and look again."
    )
    expect(reader.locator("mark.open")).to_have_count(2)


def test_lost_connection_says_so_and_the_decision_can_be_made_again(reader):
    reader.context.set_offline(True)
    press(reader, "j", "a")
    expect(reader.locator("[data-error]")).to_contain_text("Nothing was saved")
    expect(reader.locator("mark.open")).to_have_count(2)
    reader.context.set_offline(False)
    press(reader, "a")
    says(reader, "Accepted for Q1.")


def test_quick_keys_are_saved_in_their_order(reader):
    press(reader, "j", "a", "j", "a", "k", "j")
    expect(reader.locator("mark.accepted")).to_have_count(2)
    expect(reader.locator(".saving")).to_have_count(0)
    assert {t[:2] for t in tags()} == {("Q1", "accepted"), ("Q2", "accepted")}


def test_keys_pressed_while_a_save_is_under_way_are_not_lost(reader):
    press(reader, "j", "a", "a", "m", "o")
    says(reader, "Saved: Q1, mixed, opinion, accepted.")
    press(reader, "j", "1", "n")
    says(reader, "Saved: Q1, neutral, second-hand, accepted.")
    expect(reader.locator("[data-error]")).to_be_hidden()
    assert tags() == {
        ("Q1", "accepted", "mixed", "opinion"),
        ("Q2", "rejected", "bull", "second-hand"),
        ("Q1", "accepted", "neutral", "second-hand"),
    }


def test_filter_takes_colour_away_without_a_reload(reader):
    reader.evaluate("window.stayed = true")
    reader.select_option("[data-filter] [name=question]", "Q2")
    expect(reader.locator("mark.off")).to_have_text(MOVED)
    expect(reader.locator("[data-shown]")).to_have_text("1 shown · 2 open")
    assert reader.url.endswith("?question=Q2")
    assert reader.evaluate("window.stayed")
    reader.reload()
    expect(reader.locator("mark.off")).to_have_text(MOVED)


def test_whole_text_is_found_by_the_browsers_own_search(reader):
    assert reader.evaluate("window.find('up from one')")


def test_click_goes_through_the_passages_under_it(page_as, cast, cleared):
    q1, q2 = cast.programme.questions.order_by("code")
    make_suggestion(cleared, "two workloads after", q2)
    page = page_as(cast.ana)
    page.goto(f"/read/{cleared.pk}/")
    page.wait_for_selector("[data-reader][data-ready]", state="attached")
    for question in ("Q2", "Q1", "Q2"):
        page.locator("mark.two").click()
        expect(page.locator("[data-f='question']")).to_have_text(question)


def test_reader_works_without_scripts(page_as, cast, cleared):
    page = page_as(cast.ana, scripts=False)
    page.goto(f"/read/{cleared.pk}/")
    page.locator(".chip").first.click()
    page.get_by_role("button", name=re.compile("^Accept")).first.click()
    assert tags() == {("Q1", "accepted", "bear", "first-hand")}
    page.locator(".reader-add summary").click()
    page.fill("[data-add-form] [name=words]", "nobody panicked")
    page.locator("[data-add-form] [name=stance][value=bull]").check()
    page.locator("[data-add-form] [name=basis][value=opinion]").check()
    page.get_by_role("button", name=re.compile("^Add tag")).click()
    assert ("Q1", "accepted", "bull", "opinion") in tags()


def test_queue_is_decided_by_the_same_keys(page_as, cast, cleared):
    page = page_as(cast.ana)
    page.goto("/programmes/kestrel/review/")
    page.wait_for_selector("[data-reader][data-ready]", state="attached")
    press(page, "j", "a")
    says(page, "Accepted for Q1.")
    press(page, "j", "u", "1")
    says(page, "Moved to Q1.")
    assert {t[:2] for t in tags()} == {("Q1", "accepted"), ("Q2", "rejected")}
    expect(page.locator(".queue-row.open")).to_have_count(0)
    press(page, "z")
    says(page, "Undone. Decision withdrawn.")
    expect(page.locator(".queue-row.open")).to_have_count(1)
    assert {t[:2] for t in tags()} == {("Q1", "accepted")}
    assert page.complaints == []


def test_queue_buttons_of_a_line_save_without_a_reload(page_as, cast, cleared):
    page = page_as(cast.ana)
    page.goto("/programmes/kestrel/review/")
    page.wait_for_selector("[data-reader][data-ready]", state="attached")
    page.evaluate("window.stayed = true")
    page.get_by_role("button", name="Reject Q2").click()
    says(page, "Rejected for Q2.")
    assert page.evaluate("window.stayed")
    assert {t[:2] for t in tags()} == {("Q2", "rejected")}


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize(
    "address",
    ["/read/{}/", "/programmes/kestrel/review/", "/programmes/kestrel/analysis/", "/programmes/kestrel/runs/"],
)
def test_pages_fit_and_complain_of_nothing(page_as, cast, cleared, address, width, dark):
    make_tag(cleared, "nobody panicked", cast.programme.questions.get(code="Q1"), cast.ana, stance="bull")
    page = page_as(cast.ana, width=width, dark=dark)
    page.goto(address.format(cleared.pk))
    page.wait_for_load_state()
    if "read" in address:
        press(page, "j")
    assert overflow(page) <= 0
    assert accessibility_faults(page) == []
    assert page.complaints == []
