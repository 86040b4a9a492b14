import re
from datetime import UTC, datetime
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import escape

from accounts import jobs
from interviews.models import ClearedTranscript, Interview, Redaction, Transcript
from interviews.services import clearance, experts, transcripts
from interviews.services.clearance import Mark
from interviews.services.experts import Identity
from interviews.states import InterviewState, TranscriptState
from tests.factories import make_attestation, make_cleared, make_interview, make_transcript
from tests.interviews.conftest import CALL

SLUG = "kestrel"
STAFF = {"ana": 200, "ben": 200, "cora": 200, "ada": 200, "stranger": 404, "rita": 404, "carl": 404, "olga": 404}


@pytest.fixture
def scene(cast):
    """An interview in each state, and one transcript in each state with the words in it."""
    for number, state in enumerate(InterviewState.values, 1):
        make_interview(cast.programme, cast.ana, state=state, number=number)
    held = Interview.objects.get(state="held")
    for state in TranscriptState.values:
        make_transcript(held, state=state)
    return held


def get(client, user, name, *args, query=""):
    client.force_login(user)
    return client.get(reverse(name, args=[SLUG, *args]) + query)


def text(response):
    """What a reader sees, without markup and doubled space."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


@pytest.mark.parametrize(("who", "status"), STAFF.items())
@pytest.mark.parametrize("page", ["programme", "interviews"])
def test_board_and_list_open_to_the_team_and_admins_and_to_nobody_else(client, cast, scene, page, who, status):
    assert get(client, getattr(cast, who), page).status_code == status


@pytest.mark.parametrize(("who", "status"), (STAFF | {"ada": 403, "stranger": 404}).items())
def test_transcripts_open_to_analysts_and_compliance(client, cast, scene, who, status):
    assert get(client, getattr(cast, who), "transcripts").status_code == status


@pytest.mark.parametrize(("who", "status"), STAFF.items())
@pytest.mark.parametrize("state", InterviewState.values)
def test_interview_page_opens_in_every_state(client, cast, scene, who, status, state):
    number = Interview.objects.get(state=state).number
    assert get(client, getattr(cast, who), "interview", number).status_code == status


@pytest.mark.parametrize(("who", "status"), (STAFF | {"ada": 403}).items())
@pytest.mark.parametrize("state", TranscriptState.values)
def test_transcript_page_opens_in_every_state(client, cast, scene, who, status, state):
    pk = Transcript.objects.get(state=state).pk
    assert get(client, getattr(cast, who), "transcript", pk).status_code == status


@pytest.mark.parametrize(("who", "status"), (STAFF | {"ada": 403, "ben": 403}).items())
@pytest.mark.parametrize("state", TranscriptState.values)
@pytest.mark.parametrize("query", ["", "?text=cleared"])
def test_source_opens_to_its_interviewer_and_compliance_only(client, cast, scene, who, status, state, query):
    transcript = Transcript.objects.get(state=state)
    response = get(client, getattr(cast, who), "desk", transcript.pk, query=query)
    assert response.status_code == status
    assert (b"nobody panicked" in response.content) == (status == 200)


@pytest.mark.parametrize("who", ["ben", "ada"])
def test_words_of_the_source_stand_on_no_page_of_those_who_may_not_read_them(client, cast, scene, who):
    Interview.objects.update(notes="a canary in the notes")
    Transcript.objects.update(filename="canary Whitlock.vtt")
    Transcript.objects.update(loss={"dropped": [{"what": "w", "count": 1, "why": "y", "example": "a canary of loss"}]})
    for name, args in [
        ("programme", []),
        ("interviews", []),
        ("interview", [scene.number]),
        ("transcripts", []),
        *[("transcript", [pk]) for pk in Transcript.objects.values_list("pk", flat=True)],
    ]:
        page = get(client, getattr(cast, who), name, *args).content
        assert b"canary" not in page and b"nobody panicked" not in page and b"Whitlock" not in page


def test_fund_people_get_the_same_answer_for_a_real_and_a_made_up_page(client, cast, scene):
    transcript = Transcript.objects.first()
    client.force_login(cast.rita)
    real = [reverse("desk", args=[SLUG, transcript.pk]), reverse("interview", args=[SLUG, 1]), f"/programmes/{SLUG}/"]
    made_up = [reverse("desk", args=[SLUG, scene.pk]), reverse("interview", args=[SLUG, 999]), "/programmes/none/"]
    assert {client.get(url).content for url in real + made_up} == {client.get(real[0]).content}


@pytest.mark.parametrize("name", ["interviews", "transcripts", "programme"])
def test_lists_ask_the_same_number_of_questions_for_one_row_and_for_three(client, cast, name):
    expected = {"interviews": 5, "transcripts": 5, "programme": 9}[name]

    def count():
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert get(client, cast.ana, name).status_code == 200
        return len([q for q in seen if "session" not in q["sql"].lower() and "SAVEPOINT" not in q["sql"]])

    make_transcript(make_interview(cast.programme, cast.ana))
    one = count()
    for _ in range(2):
        make_transcript(make_interview(cast.programme, cast.ben, state="held"))
    assert (one, count()) == (expected, expected)


def test_lists_never_load_text_bodies(client, cast, scene):
    with CaptureQueriesContext(connection) as seen:
        for name in ("programme", "interviews", "transcripts"):
            get(client, cast.ana, name)
    assert not [q["sql"] for q in seen if re.search(r'"(interviews_\w+"\."text|notes)"', q["sql"])]


# The board ------------------------------------------------------------------------------------------------------------


def test_board_shows_quota_dates_calls_and_what_waits(client, cast, scene):
    type(cast.programme).objects.update(synthetic=True, thesis="Reliability is sold.")
    page = text(get(client, cast.ana, "programme"))
    for words in [
        "1 held · 2 booked · 32 open of 35",
        "Calls on 18 March 2026",
        "13 days to delivery",
        "Reliability is sold.",
        "1 call to be booked",
        "1 transcript that could not be read",
        "1 transcript ready for the first review",
        "Synthetic sample data.",
    ]:
        assert words in page


def test_board_of_an_empty_programme_says_what_to_do(client, cast):
    page = text(get(client, cast.ana, "programme"))
    assert "Nothing waits" in page and "Book calls from the list of interviews." in page


def test_board_hides_transcript_work_from_admins(client, cast, scene):
    assert "ready for the first review" not in text(get(client, cast.ada, "programme"))


# Interviews -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", 10),
        ("?state=held", 1),
        ("?segment=managers", 0),
        ("?segment=customers&state=booked", 1),
        ("?transcript=none", 9),
        ("?transcript=cleared", 1),
        ("?state=nonsense", 10),
    ],
)
def test_interviews_are_narrowed_by_segment_state_and_transcript(client, cast, scene, query, expected):
    page = get(client, cast.ana, "interviews", query=query).content.decode()
    assert len(re.findall(r'scope="row"><a href="/programmes/kestrel/interviews/\d', page)) == expected


def post(client, user, name, *args, data=None, **extra):
    client.force_login(user)
    return client.post(reverse(name, args=[SLUG, *args]), data or {}, **extra)


NEW = {
    "name": "Dana Whitlock",
    "email": "dana@example.com",
    "zone": "Europe/Berlin",
    "minutes": "45",
    "post-TOTAL_FORMS": "3",
    "post-INITIAL_FORMS": "0",
    "post-0-company": "Subject",
    "post-0-kind": "hyperscaler",
    "post-0-level": "Engineering Manager",
    "post-0-start": "2017-05-01",
    "post-0-end": "2025-02-28",
    "post-1-company": "Ballycarrow Mutual",
    "post-1-kind": "insurer",
    "post-1-level": "Director",
    "post-1-start": "2025-04-01",
    "post-1-current": "on",
}


def new(cast, **changes):
    given = NEW | {"segment": str(cast.programme.segments.get(code="managers").pk), "interviewer": str(cast.ana.pk)}
    return given | changes


def test_new_call_seals_the_expert_and_goes_on_the_list(client, cast):
    response = post(client, cast.ben, "interview_new", data=new(cast))
    call = Interview.objects.get()
    assert response.url == reverse("interview", args=[SLUG, call.number])
    assert (call.state, call.zone, call.minutes, call.segment.code) == ("open", "Europe/Berlin", 45, "managers")
    assert call.expert.descriptor == "Former Engineering Manager, hyperscaler, left 2025"
    page = text(client.get(response.url))
    assert "Whitlock" not in page and "INT-001 is on the list" in page


def test_new_call_is_about_the_post_that_was_ticked(client, cast):
    post(client, cast.ben, "interview_new", data=new(cast, **{"post-1-about": "on"}))
    assert Interview.objects.get().expert.descriptor == "Current Director, insurer"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"post-0-end": "2016-01-01"}, "The post at Subject ends before it starts: check the two dates."),
        ({"post-0-kind": ""}, "Fill this in too, or leave the company empty."),
        ({"name": ""}, "This field is required."),
        ({"chaperone": "self"}, "The chaperone must be another person than the interviewer."),
    ],
)
def test_new_call_that_cannot_be_keeps_what_was_typed_and_says_why(client, cast, changes, sentence):
    changes = {key: str(cast.ana.pk) if value == "self" else value for key, value in changes.items()}
    response = post(client, cast.ben, "interview_new", data=new(cast, **changes))
    assert response.status_code == 400
    assert sentence in text(response) and "Ballycarrow Mutual" in response.content.decode()
    assert not Interview.objects.exists()


@pytest.mark.parametrize(("who", "status"), [("cora", 403), ("ada", 403), ("rita", 404), ("stranger", 404)])
def test_new_call_is_for_analysts_of_the_team(client, cast, who, status):
    assert post(client, getattr(cast, who), "interview_new", data=new(cast)).status_code == status


def book(client, cast, call, **changes):
    given = {"day": "2026-03-27", "time": "09:30", "zone": "America/New_York", "minutes": "45"} | changes
    return post(client, cast.ana, "interview_book", call.number, data=given)


def test_booking_shows_the_time_in_the_experts_zone_and_in_utc(client, cast):
    call = make_interview(cast.programme, cast.ana, state="open")
    page = text(client.get(book(client, cast, call).url))
    assert Interview.objects.get().starts_at == datetime(2026, 3, 27, 13, 30, tzinfo=UTC)
    assert "27 Mar 2026, 09:30 EDT · 13:30 UTC" in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"day": "2026-03-29", "time": "01:30", "zone": "Europe/London"}, "go forward and skip 01:30"),
        ({"day": "2026-10-25", "time": "01:30", "zone": "Europe/London"}, "whether you mean the first or the second"),
        ({"zone": "Mars/Olympus"}, "is no time zone"),
        ({"minutes": ""}, "This field is required."),
    ],
)
def test_booking_that_cannot_be_keeps_what_was_typed_and_says_why(client, cast, changes, words):
    call = make_interview(cast.programme, cast.ana, state="open")
    response = book(client, cast, call, **changes)
    assert response.status_code == 400
    assert words in text(response)
    assert f'value="{changes.get("zone", "America/New_York")}"' in response.content.decode()
    assert Interview.objects.get().state == "open"


def test_booking_of_a_held_call_is_not_lawful(client, cast):
    call = make_interview(cast.programme, cast.ana, state="held")
    assert book(client, cast, call).status_code == 409


@pytest.mark.parametrize(
    ("state", "outcome", "after"),
    [
        ("booked", "held", "held"),
        ("booked", "missed", "no_show"),
        ("open", "cancelled", "cancelled"),
        ("held", "stopped", "stopped"),
        ("no_show", "open", "open"),
        ("booked", "late-expert", "late_cancel"),
        ("booked", "late-firm", "late_cancel"),
    ],
)
def test_outcome_buttons_move_the_call(client, cast, state, outcome, after):
    call = make_interview(cast.programme, cast.ana, state=state)
    make_attestation(call)
    assert post(client, cast.ana, "interview_outcome", call.number, outcome).status_code == 302
    assert Interview.objects.get().state == after


def test_outcome_that_is_not_lawful_or_unknown_changes_nothing(client, cast):
    call = make_interview(cast.programme, cast.ana, state="open")
    page = text(client.get(post(client, cast.ana, "interview_outcome", call.number, "held").url))
    assert "This interview is to be booked, so it can't become held." in page
    assert post(client, cast.ana, "interview_outcome", call.number, "eaten").status_code == 404
    assert Interview.objects.get().state == "open"


def test_buttons_that_are_not_for_this_person_say_so(client, cast):
    call = make_interview(cast.programme, cast.ana, state="booked")
    page = get(client, cast.cora, "interview", call.number).content.decode()
    assert page.count('aria-disabled="true" title="Only an analyst may add experts and log interviews."') == 9
    assert re.search(r'<button class="button button-danger"[^>]*>Stop for compliance', page)


def test_notes_are_saved_and_shown_to_the_interviewer(client, cast):
    call = make_interview(cast.programme, cast.ana)
    response = post(client, cast.ana, "interview_notes", call.number, data={"notes": "Said <so>."})
    assert "Said &lt;so&gt;." in client.get(response.url).content.decode()
    assert post(client, cast.ben, "interview_notes", call.number, data={"notes": "x"}).status_code == 403


def test_identity_is_shown_once_to_who_asked_after_a_second_person_agreed(client, cast):
    expert = experts.add_expert(programme=cast.programme, by=cast.ana, identity=Identity("Dana Whitlock"))
    call = make_interview(cast.programme, cast.ana, expert=expert)
    assert post(client, cast.cora, "identity_ask", call.number, data={"purpose": "conflict"}).status_code == 302
    request = expert.identity_requests.get()
    assert post(client, cast.cora, "identity_open", call.number, request.pk).status_code == 409
    assert post(client, cast.cora, "identity_agree", call.number, request.pk).status_code == 403
    assert post(client, cast.cyrus, "identity_agree", call.number, request.pk).status_code == 302
    assert "Dana Whitlock" in text(post(client, cast.cora, "identity_open", call.number, request.pk))
    for who, status in [("cyrus", 403), ("ana", 403), ("ada", 403), ("rita", 404)]:
        assert post(client, getattr(cast, who), "identity_open", call.number, request.pk).status_code == status
    other = make_interview(cast.programme, cast.ana)
    assert post(client, cast.cora, "identity_open", other.number, request.pk).status_code == 404


# Transcripts ----------------------------------------------------------------------------------------------------------


def send(client, user, *files, interview=None, **extra):
    named = [SimpleUploadedFile(name, data.encode() if isinstance(data, str) else data) for name, data in files]
    return post(client, user, "transcripts_upload", data={"files": named, "interview": interview or ""}, **extra)


def test_upload_of_several_files_goes_to_the_calls_in_their_names_and_is_read(client, cast):
    for number in (14, 15):
        make_interview(cast.programme, cast.ana, number=number)
    other = CALL.replace("two workloads", "three workloads")
    assert send(client, cast.ana, ("INT-014.vtt", CALL), ("int-015 b.vtt", other)).status_code == 302
    waiting = get(client, cast.ana, "transcripts").content.decode()
    assert 'hx-trigger="every 1s"' in waiting and "waiting to start" not in waiting and "0 of 2" in waiting
    jobs.drain()
    done = get(client, cast.ana, "transcripts").content.decode()
    assert "every 1s" not in done
    assert dict(Transcript.objects.values_list("interview__number", "state")) == {14: "parsed", 15: "parsed"}


def test_rows_alone_answer_a_request_by_script(client, cast):
    client.force_login(cast.ana)
    page = client.get(reverse("transcripts", args=[SLUG]), headers={"HX-Request": "true"}).content.decode()
    assert page.startswith('<div class="stack" id="rows"') and "<html" not in page


def test_upload_takes_the_good_files_and_names_the_others(client, cast):
    call = make_interview(cast.programme, cast.ana, number=14)
    open_call = make_interview(cast.programme, cast.ana, number=2, state="open")
    response = send(
        client, cast.ana, ("INT-014.vtt", CALL), ("lost.vtt", "a"), ("INT-099.vtt", "b"), ("INT-002.vtt", "c")
    )
    page = text(response)
    assert response.status_code == 400
    assert "lost.vtt : Which call is this?" in page
    assert "INT-099.vtt : There is no interview INT-099 in this programme" in page
    assert f"{open_call.label} is to be booked: a transcript belongs to a call that was held." in page
    assert Transcript.objects.get().interview == call


def test_upload_of_the_same_bytes_says_where_they_are(client, cast):
    call = make_interview(cast.programme, cast.ana, number=14)
    send(client, cast.ana, ("a.vtt", CALL), interview=call.pk)
    response = send(client, cast.ana, ("b.vtt", CALL), interview=call.pk)
    assert "b.vtt is already here, as a transcript of INT-014." in text(client.get(response.url))


def test_upload_without_a_file_says_so(client, cast):
    response = send(client, cast.ana)
    assert (response.status_code, "Choose at least one file." in text(response)) == (400, True)


@pytest.mark.parametrize(("who", "status"), [("cora", 403), ("ada", 403), ("rita", 404), ("stranger", 400)])
def test_upload_is_for_analysts_of_the_team(client, cast, who, status):
    make_interview(cast.programme, cast.ana, number=14)
    expected = 404 if who == "stranger" else status
    assert send(client, getattr(cast, who), ("INT-014.vtt", CALL)).status_code == expected
    assert not Transcript.objects.exists()


def test_transcript_page_accounts_for_the_import_and_offers_the_guess(client, cast, parsed):
    vtt = CALL.replace("Dana Whitlock: Three", "<i>Dana Whitlock: Three</i>") + "\n00:00:41.000 --> 00:00:42.000\n\n"
    transcript = parsed(make_interview(cast.programme, cast.ana), cast.ana, vtt)
    page = text(get(client, cast.ana, "transcript", transcript.pk))
    assert "Spoken words 33 33 None lost." in page
    assert all(f"Left out: {drop['what']}" in page for drop in transcript.loss["dropped"])
    assert transcript.loss["dropped"]
    assert "Offered: interviewer (" in page and "Offered: expert (" in page


def test_failed_transcript_shows_the_sentence_and_can_be_read_again(client, cast, parsed):
    transcript = parsed(make_interview(cast.programme, cast.ana), cast.ana, b"%PDF-1.7\n1 0 obj", "call.pdf")
    page = text(get(client, cast.ana, "transcript", transcript.pk))
    assert transcript.message in page and "The original is kept." in page
    assert post(client, cast.ana, "transcript_reparse", transcript.pk).status_code == 302
    assert Transcript.objects.get().state == "received"


def speakers_of(transcript, **roles):
    return {f"speaker-{s.pk}": roles[s.label.split()[0]] for s in transcript.speakers.all()}


def test_speakers_are_mapped_by_the_form(client, cast, parsed):
    transcript = parsed(make_interview(cast.programme, cast.ana), cast.ana)
    given = speakers_of(transcript, Mara="interviewer", Dana="expert")
    assert post(client, cast.ana, "speakers", transcript.pk, data=given).status_code == 302
    assert Transcript.objects.get().state == "mapped"


def test_speakers_without_an_expert_keep_what_was_chosen(client, cast, parsed):
    transcript = parsed(make_interview(cast.programme, cast.ana), cast.ana)
    given = speakers_of(transcript, Mara="chaperone", Dana="interviewer")
    response = post(client, cast.ana, "speakers", transcript.pk, data=given)
    assert (response.status_code, transcripts.MAP_EXPERT in text(response)) == (400, True)
    assert '<option value="chaperone" selected>' in response.content.decode()


def test_speakers_of_somebody_elses_transcript_can_not_be_mapped(client, cast, parsed):
    transcript = parsed(make_interview(cast.programme, cast.ana), cast.ana)
    given = speakers_of(transcript, Mara="interviewer", Dana="expert")
    assert post(client, cast.ben, "speakers", transcript.pk, data=given).status_code == 403


# The clearance desk ---------------------------------------------------------------------------------------------------


@pytest.fixture
def mapped(cast):
    return make_transcript(make_interview(cast.programme, cast.ana))


def take_out(client, user, transcript, **changes):
    given = {"turn": "2", "words": "nobody panicked", "reason": "restricted", "replacement": "[redacted]"} | changes
    return post(client, user, "redaction_add", transcript.pk, data=given)


def test_words_are_taken_out_by_their_text_and_the_page_returns_to_their_turn(client, cast, mapped):
    response = take_out(client, cast.cora, mapped)
    assert response.url.endswith("/desk/#turn-2")
    row = Redaction.objects.get()
    assert mapped.text[row.start : row.end] == "nobody panicked"
    page = get(client, cast.cora, "desk", mapped.pk).content.decode()
    assert '<mark class="mark-cut" title="becomes [redacted]">nobody panicked</mark>' in page
    preview = text(get(client, cast.cora, "desk", mapped.pk, query="?text=cleared"))
    assert "Honestly, [redacted] , but" in preview and "becomes" not in preview


def test_words_are_taken_out_where_they_were_selected(client, cast):
    turns = [("interviewer", "Well 🙂 well."), ("expert", "Well then, well.")]
    transcript = make_transcript(make_interview(cast.programme, cast.ana), turns=turns)
    start = transcript.text.rindex("well")
    take_out(client, cast.cora, transcript, words="well", start=str(start))
    assert Redaction.objects.get().start == start


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"words": "somebody else"}, "Turn 2 does not hold these words: copy them exactly as they stand there."),
        ({"turn": "99"}, "There is no turn 99 in this transcript."),
        ({"words": "the"}, "Turn 2 holds these words 2 times: add a word before or after them."),
        (
            {"replacement": "nothing"},
            "What stands instead must be in square brackets and short, like [name] or [redacted].",
        ),
        ({"words": ""}, "This field is required."),
    ],
)
def test_words_that_can_not_be_taken_out_keep_what_was_typed_and_say_why(client, cast, mapped, changes, sentence):
    response = take_out(client, cast.cora, mapped, **changes)
    assert response.status_code == 400
    assert sentence in text(response)
    assert not Redaction.objects.exists()


def test_mark_is_undone(client, cast, mapped):
    take_out(client, cast.cora, mapped)
    post(client, cast.cora, "redaction_remove", mapped.pk, Redaction.objects.get().pk)
    assert not Redaction.objects.exists()


def test_proposed_names_are_shown_and_taken_out_when_ticked(client, cast):
    turns = [("interviewer", "Thanks, Dana."), ("expert", "Thank you, Mara.")]
    transcript = make_transcript(make_interview(cast.programme, cast.ana), turns=turns)
    page = get(client, cast.cora, "desk", transcript.pk).content.decode()
    assert page.count('<mark class="mark-proposed" title="proposed: [name]">') == 2
    nothing = post(client, cast.cora, "redactions_proposed", transcript.pk)
    assert "Tick the names" in text(client.get(nothing.url))
    post(client, cast.cora, "redactions_proposed", transcript.pk, data={"proposal": ["8-12"]})
    assert [transcript.text[r.start : r.end] for r in Redaction.objects.all()] == ["Dana"]


def test_source_is_shown_as_text_and_never_as_markup(client, cast):
    turns = [("interviewer", "<script>x</script>"), ("expert", 'a <b>& "q"</b>')]
    names = {"interviewer": "<i>Mara</i>", "expert": "Dana"}
    transcript = make_transcript(make_interview(cast.programme, cast.ana), turns=turns, names=names)
    clearance.mark_redaction(transcript=transcript, mark=Mark(1, 7, "mnpi", "[<x>]"), by=cast.cora)
    for query in ("", "?text=cleared"):
        page = get(client, cast.cora, "desk", transcript.pk, query=query).content.decode()
        assert "<script>x" not in page and "<i>Mara" not in page and "[<x>]" not in page
        assert escape('a <b>& "q"</b>') in page


def test_two_people_clear_by_the_buttons_and_the_text_can_be_read(client, cast, mapped):
    first = get(client, cast.cora, "desk", mapped.pk).content.decode()
    assert "The first review comes first." in first
    post(client, cast.cora, "review_first", mapped.pk)
    page = get(client, cast.cora, "desk", mapped.pk).content.decode()
    assert "You passed the first review, so a second person must clear this transcript." in page
    assert post(client, cast.cora, "review_clear", mapped.pk).status_code == 403
    assert post(client, cast.cyrus, "review_clear", mapped.pk).status_code == 302
    cleared = ClearedTranscript.objects.get()
    page = get(client, cast.ana, "transcript", mapped.pk).content.decode()
    assert "Cora" in page and "Cyrus" in page and reverse("read", args=[cleared.pk]) in page


def test_interviewer_sees_the_source_and_why_signing_is_for_others(client, cast, mapped):
    page = get(client, cast.ana, "desk", mapped.pk).content.decode()
    assert page.count("Only a compliance reviewer may review and clear transcripts.") >= 3
    assert "data-redact" not in page
    for name in ("review_first", "review_clear", "review_send_back", "redactions_proposed"):
        assert post(client, cast.ana, name, mapped.pk).status_code == 403


def test_reviewer_sends_back_what_passed(client, cast, mapped):
    post(client, cast.cora, "review_first", mapped.pk)
    post(client, cast.cyrus, "review_send_back", mapped.pk)
    assert Transcript.objects.get().state == "mapped"


def test_desk_asks_a_bounded_number_of_questions(client, cast):
    def count(transcript):
        with CaptureQueriesContext(connection) as seen:
            assert get(client, cast.cora, "desk", transcript.pk).status_code == 200
        return len([q for q in seen if "session" not in q["sql"].lower() and "SAVEPOINT" not in q["sql"]])

    short = make_transcript(make_interview(cast.programme, cast.ana))
    turns = [
        ("interviewer", f"Thanks, Dana, number {n}.") if n % 2 else ("expert", f"Yes, Mara, {n}.") for n in range(60)
    ]
    long = make_transcript(make_interview(cast.programme, cast.ana), turns=turns)
    for at in (m.start() for m in re.finditer("number", long.text)):
        clearance.mark_redaction(transcript=long, mark=Mark(at, at + 6, "mnpi"), by=cast.cora)
    # Four of them are for the topic card and for what would give the expert away.
    assert (count(short), count(long)) == (12, 12)


def test_cleared_transcript_of_another_programme_is_not_linked(client, cast):
    cleared = make_cleared(make_interview(cast.programme, cast.ana))
    page = get(client, cast.ana, "transcript", cleared.transcript.pk).content.decode()
    assert reverse("read", args=[cleared.pk]) in page
