"""The board, calls, transcripts and the clearance desk in Chromium: seen at both widths, used by mouse and keyboard."""

import re

import pytest
from playwright.sync_api import Page, expect

from accounts import jobs
from interviews.models import Interview, Redaction, Transcript
from interviews.services import clearance
from interviews.services.clearance import Mark
from tests.browser.conftest import accessibility_faults, overflow
from tests.conftest import make_cast
from tests.factories import make_interview, make_transcript

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TURNS = [
    ("interviewer", "Thanks, Dana. What did the outage change 👍 for you?"),
    ("expert", "We moved two 🙂 workloads, well, Priya moved them. Well, mostly Priya."),
]
CALL = (
    "WEBVTT\n\n00:01.000 --> 00:04.000\nMara: What changed?\n\n00:05.000 --> 00:09.000\nDana: We moved two of them.\n"
)


@pytest.fixture
def cast():
    return make_cast()


@pytest.fixture
def mapped(cast) -> Transcript:
    for state in ("open", "booked", "no_show", "cancelled", "stopped"):
        make_interview(cast.programme, cast.ana, state=state)
    transcript = make_transcript(make_interview(cast.programme, cast.ana, number=14), turns=TURNS)
    words = transcript.text.index("workloads")
    clearance.mark_redaction(transcript=transcript, mark=Mark(words, words + 9, "restricted"), by=cast.cora)
    return transcript


def pages(transcript: Transcript) -> list[str]:
    one = "/programmes/kestrel/"
    texts = [f"{one}transcripts/{pk}/" for pk in Transcript.objects.values_list("pk", flat=True)]
    calls = [f"{one}interviews/{number}/" for number in Interview.objects.values_list("number", flat=True)]
    desk = f"{one}transcripts/{transcript.pk}/desk/"
    lists = [one, f"{one}interviews/", f"{one}interviews/?state=held", f"{one}interviews/new/", f"{one}transcripts/"]
    return [*lists, *calls, *texts, desk, f"{desk}?text=cleared"]


@pytest.mark.parametrize(("who", "width", "dark"), [("ana", 1440, False), ("cora", 360, True)])
def test_pages_fit_their_window_and_are_accessible(page_as, cast, mapped, who, width, dark):
    make_transcript(mapped.interview, state="parsed")
    make_transcript(mapped.interview, state="failed")
    page = page_as(getattr(cast, who), width=width, dark=dark)
    faults = {}
    for path in pages(mapped):
        answer = page.goto(path)
        if answer.status == 403:
            page.complaints.clear()
            continue
        found = accessibility_faults(page)
        if found or overflow(page) > 0 or page.complaints:
            faults[path] = (found, overflow(page), list(page.complaints))
    assert faults == {}


def select(page: Page, turn: int, words: str, nth: int = 0) -> None:
    """Select words of a turn as a mouse would, and let go over the text."""
    page.evaluate(
        """([turn, words, nth]) => {
            const place = document.querySelector(`#turn-${turn} [data-words]`);
            const walker = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
            for (let node; (node = walker.nextNode()); ) {
                let at = -1;
                while ((at = node.data.indexOf(words, at + 1)) >= 0) {
                    if (nth--) continue;
                    getSelection().setBaseAndExtent(node, at, node, at + words.length);
                    place.dispatchEvent(new MouseEvent("mouseup", { bubbles: true }));
                    return;
                }
            }
            throw new Error(`no ${words} in turn ${turn}`);
        }""",
        [turn, words, nth],
    )


def test_selected_words_are_taken_out_where_they_stand(page_as, cast, mapped):
    page = page_as(cast.cora)
    page.goto(f"/programmes/kestrel/transcripts/{mapped.pk}/desk/")
    select(page, 2, "Priya", nth=1)
    form = page.locator("[data-redact]")
    expect(form.locator("[name=turn]")).to_have_value("2")
    expect(form.locator("[name=words]")).to_have_value("Priya")
    form.locator("[name=reason]").select_option("third_party")
    form.locator("[name=replacement]").fill("[name]")
    form.get_by_role("button", name="Take out").click()
    page.wait_for_url(re.compile("#turn-2$"))
    row = Redaction.objects.get(reason="third_party")
    assert (mapped.text[row.start : row.end], row.start) == ("Priya", mapped.text.rindex("Priya"))
    # Beside what was marked before: the words taken out, and their other place as a proposal.
    expect(page.locator("#turn-2 mark")).to_have_count(3)


def test_words_typed_after_a_selection_are_found_by_their_text(page_as, cast, mapped):
    page = page_as(cast.cora)
    page.goto(f"/programmes/kestrel/transcripts/{mapped.pk}/desk/")
    select(page, 2, "We moved")
    form = page.locator("[data-redact]")
    form.locator("[name=words]").fill("Thanks")
    form.locator("[name=turn]").fill("1")
    form.get_by_role("button", name="Take out").click()
    page.wait_for_url(re.compile("#turn-1$"))
    row = Redaction.objects.order_by("pk").last()
    assert mapped.text[row.start : row.end] == "Thanks"


def test_desk_works_without_scripts(page_as, cast, mapped):
    page = page_as(cast.cora, scripts=False)
    page.goto(f"/programmes/kestrel/transcripts/{mapped.pk}/desk/")
    page.get_by_label("Turn").fill("1")
    page.get_by_label("Words").fill("the outage")
    page.get_by_role("button", name="Take out").click()
    expect(page.locator("#turn-1 mark.mark-cut")).to_have_text("the outage")
    page.get_by_role("button", name="Pass the first review").click()
    expect(page.get_by_text("The first review is passed. A second person clears it.")).to_be_visible()


def test_uploaded_file_is_read_while_the_list_watches(page_as, cast, mapped):
    page = page_as(cast.ana)
    page.goto("/programmes/kestrel/transcripts/")
    page.set_input_files("#files", {"name": "INT-014.vtt", "mimeType": "text/vtt", "buffer": CALL.encode()})
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text("0 of 1 · 0%")).to_be_visible()
    jobs.drain()
    expect(page.locator("#rows").get_by_text("Parsed")).to_be_visible()
    expect(page.locator("progress")).to_have_count(0)
    assert page.complaints == []


def test_files_dropped_on_the_form_are_chosen(page_as, cast, mapped):
    page = page_as(cast.ana)
    page.goto("/programmes/kestrel/transcripts/")
    page.evaluate(
        """() => {
            const data = new DataTransfer();
            data.items.add(new File(["x"], "INT-014.vtt"));
            const event = new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true });
            document.querySelector("[data-drop]").closest("form").dispatchEvent(event);
        }"""
    )
    assert page.evaluate("document.querySelector('#files').files[0].name") == "INT-014.vtt"
