import hashlib

import pytest
from django.db import IntegrityError, transaction

from accounts.models import AuditEvent
from accounts.moves import IllegalMove, Invalid
from accounts.permissions import Refused
from interviews import signals
from interviews.models import Clearance, ClearedTranscript, Interview, Redaction, Transcript
from interviews.services import clearance, transcripts
from interviews.services.clearance import Mark
from interviews.services.experts import Employment, Identity, add_expert
from interviews.states import TranscriptState
from tests.factories import TURNS, make_interview, make_transcript


@pytest.fixture
def call(cast):
    return make_interview(cast.programme, cast.ana)


@pytest.fixture
def mapped(call):
    return make_transcript(call)


def mark(transcript, words, reason="third_party", replacement="[redacted]"):
    start = transcript.text.index(words)
    return Mark(start, start + len(words), reason, replacement)


def pass_both(cast, transcript):
    clearance.pass_first_review(transcript=transcript, by=cast.cora)
    return clearance.clear(transcript=transcript, by=cast.cyrus)


def test_cleared_text_is_the_source_without_what_was_marked(cast, mapped):
    marks = [mark(mapped, "a colleague", replacement="[name]"), mark(mapped, "nobody panicked")]
    clearance.mark_redactions(transcript=mapped, marks=marks, by=cast.cora)
    cleared = pass_both(cast, mapped)
    assert [(t.label, cleared.text[t.start : t.end]) for t in cleared.turns.all()] == [
        ("Interviewer", "What did the outage change for you?"),
        (
            "Expert",
            "We moved two workloads after the outage. Honestly, [redacted], but the board asked for a second provider.",
        ),
        ("Interviewer", "And how long did review take?"),
        ("Expert", "I heard from [name] that approvals now take three days, up from one."),
    ]
    assert cleared.sha256 == hashlib.sha256(cleared.text.encode()).hexdigest()
    assert (cleared.words, cleared.version) == (len(cleared.text.split()), 1)
    assert [t.start_ms for t in cleared.turns.all()] == [0, 10_000, 20_000, 30_000]
    assert Transcript.objects.get().state == "cleared"


def test_cleared_labels_number_people_of_one_role_and_name_nobody(cast, call):
    names = {"interviewer": "Mara", "expert": "Dana", "chaperone": "Ruth", "unknown": "Zed"}
    turns = [*TURNS, ("chaperone", "Stop there."), ("unknown", "Hello?")]
    transcript = make_transcript(call, turns=turns, names=names)
    second = transcript.speakers.create(label="Omar", role="expert")
    transcript.turns.filter(index=3).update(speaker=second)
    cleared = pass_both(cast, transcript)
    assert [t.label for t in cleared.turns.all()] == [
        "Interviewer",
        "Expert 1",
        "Interviewer",
        "Expert 2",
        "Chaperone",
        "Other speaker",
    ]


def test_clearing_is_on_the_record_with_both_people_and_tells_the_apps_above_after_commit(
    cast, mapped, django_capture_on_commit_callbacks
):
    heard = []

    def listen(sender, cleared_id, **kwargs):
        heard.append(cleared_id)

    signals.transcript_cleared.connect(listen)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            cleared = pass_both(cast, mapped)
            assert heard == []
    finally:
        signals.transcript_cleared.disconnect(listen)
    assert heard == [cleared.pk]
    events = AuditEvent.objects.values_list("verb", "actor")
    assert list(events) == [("first-review-passed", cast.cora.pk), ("transcript-cleared", cast.cyrus.pk)]
    body = AuditEvent.objects.get(verb="transcript-cleared").body
    assert (body["first"], body["sha256"], body["redactions"]) == (str(cast.cora.pk), cleared.sha256, 0)


def test_first_reviewer_cannot_clear(cast, mapped):
    clearance.pass_first_review(transcript=mapped, by=cast.cora)
    with pytest.raises(Refused, match="^You passed the first review, so a second person must clear this transcript.$"):
        clearance.clear(transcript=mapped, by=cast.cora)
    assert not ClearedTranscript.objects.exists()


@pytest.mark.parametrize("who", ["ana", "ben", "ada", "rita", "carl", "stranger"])
def test_only_compliance_of_the_team_signs(cast, mapped, who):
    person = getattr(cast, who)
    with pytest.raises(Refused):
        clearance.pass_first_review(transcript=mapped, by=person)
    clearance.pass_first_review(transcript=mapped, by=cast.cora)
    with pytest.raises(Refused):
        clearance.clear(transcript=mapped, by=person)
    assert Transcript.objects.get().state == "reviewed"


def test_reviewer_who_led_the_call_signs_neither_first_nor_second(cast, call, mapped):
    Interview.objects.filter(pk=call.pk).update(interviewer=cast.cora)
    with pytest.raises(Refused, match="You led this interview"):
        clearance.pass_first_review(transcript=mapped, by=cast.cora)
    clearance.pass_first_review(transcript=mapped, by=cast.cyrus)
    with pytest.raises(Refused, match="You led this interview"):
        clearance.clear(transcript=mapped, by=cast.cora)


def test_interviewer_of_the_time_of_the_review_cannot_clear_after_a_change(cast, call, mapped):
    Interview.objects.filter(pk=call.pk).update(interviewer=cast.cora)
    clearance.pass_first_review(transcript=mapped, by=cast.cyrus)
    Interview.objects.filter(pk=call.pk).update(interviewer=cast.ana)
    with pytest.raises(Refused, match="You led this interview when it was reviewed"):
        clearance.clear(transcript=mapped, by=cast.cora)


@pytest.mark.parametrize(
    "signed",
    [{"first_by": "ana"}, {"second_by": "ana"}, {"second_by": "cora"}, {"second_by": "cyrus", "second_at": None}],
)
def test_database_refuses_a_clearance_by_the_wrong_people(cast, mapped, signed):
    row = clearance.pass_first_review(transcript=mapped, by=cast.cora)
    fields = {name: getattr(cast, value) if isinstance(value, str) else value for name, value in signed.items()}
    if "second_by" in fields:
        fields.setdefault("second_at", row.first_at)
    with pytest.raises(IntegrityError), transaction.atomic():
        Clearance.objects.filter(pk=row.pk).update(**fields)


@pytest.mark.parametrize("state", TranscriptState.values)
def test_review_and_clearance_move_as_the_table_says(cast, call, state):
    transcript = make_transcript(call, state=state)
    if state == "reviewed":
        Clearance.objects.create(
            transcript=transcript, interviewer=cast.ana, first_by=cast.cora, first_at=transcript.uploaded_at
        )
        assert clearance.clear(transcript=transcript, by=cast.cyrus).version == 1
        return
    with pytest.raises(IllegalMove):
        clearance.clear(transcript=transcript, by=cast.cyrus)
    if state == "mapped":
        assert clearance.pass_first_review(transcript=transcript, by=cast.cora).first_by == cast.cora
        return
    with pytest.raises(IllegalMove):
        clearance.pass_first_review(transcript=transcript, by=cast.cora)
    assert Transcript.objects.get().state == state


@pytest.mark.parametrize("state", ["stopped", "cancelled", "booked"])
def test_only_the_transcript_of_a_held_call_is_cleared(cast, call, mapped, state):
    clearance.pass_first_review(transcript=mapped, by=cast.cora)
    Interview.objects.filter(pk=call.pk).update(state=state)
    with pytest.raises(IllegalMove, match="only the transcript of a call that was held can be cleared"):
        clearance.clear(transcript=mapped, by=cast.cyrus)
    assert Transcript.objects.get().state == "reviewed"


def test_send_back_undoes_the_first_signature(cast, mapped):
    clearance.pass_first_review(transcript=mapped, by=cast.cora)
    with pytest.raises(IllegalMove, match="send it back before you change a redaction"):
        clearance.mark_redaction(transcript=mapped, mark=mark(mapped, "board"), by=cast.cyrus)
    clearance.send_back(transcript=mapped, by=cast.cyrus)
    assert not Clearance.objects.exists()
    clearance.mark_redaction(transcript=mapped, mark=mark(mapped, "board"), by=cast.cyrus)
    clearance.pass_first_review(transcript=mapped, by=cast.cyrus)
    assert clearance.clear(transcript=mapped, by=cast.cora).text.count("[redacted]") == 1


def test_speakers_are_mapped_again_only_after_the_text_was_sent_back(cast, mapped):
    clearance.pass_first_review(transcript=mapped, by=cast.cora)
    roles = {s.pk: s.role for s in mapped.speakers.all()}
    with pytest.raises(IllegalMove):
        transcripts.map_speakers(transcript=mapped, roles=roles, by=cast.ana)
    clearance.send_back(transcript=mapped, by=cast.cyrus)
    transcripts.map_speakers(transcript=mapped, roles=roles, by=cast.ana)
    with pytest.raises(IllegalMove):
        clearance.clear(transcript=mapped, by=cast.cyrus)


def test_mark_grows_to_whole_words_and_is_there_once(cast, mapped):
    first = clearance.mark_redaction(transcript=mapped, mark=mark(mapped, "olleag"), by=cast.cora)
    again = clearance.mark_redaction(transcript=mapped, mark=mark(mapped, "colleague"), by=cast.cora)
    assert mapped.text[first.start : first.end] == "colleague"
    assert (first.pk, Redaction.objects.count()) == (again.pk, 1)


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (Mark(0, 4, "because"), "Say why these words must go"),
        (Mark(0, 4, "mnpi", "something else"), "must be in square brackets"),
        (Mark(4, 4, "mnpi"), "not in the transcript"),
        (Mark(-3, 4, "mnpi"), "not in the transcript"),
        (Mark(0, 100_000, "mnpi"), "not in the transcript"),
        (Mark(4, 5, "mnpi"), "Select at least one word"),
    ],
)
def test_mark_that_cannot_be_is_refused_and_none_is_written(cast, mapped, bad, words):
    with pytest.raises(Invalid, match=words):
        clearance.mark_redactions(transcript=mapped, marks=[mark(mapped, "board"), bad], by=cast.cora)
    assert not Redaction.objects.exists()


@pytest.mark.parametrize("who", ["ana", "ben", "ada", "rita", "stranger"])
def test_marks_are_for_compliance_of_the_team(cast, mapped, who):
    with pytest.raises(Refused):
        clearance.mark_redaction(transcript=mapped, mark=mark(mapped, "board"), by=getattr(cast, who))


def test_remove_takes_one_mark_of_this_transcript_away(cast, call, mapped):
    row = clearance.mark_redaction(transcript=mapped, mark=mark(mapped, "board"), by=cast.cora)
    other = make_transcript(call)
    clearance.remove_redaction(redaction_id=row.pk, transcript=other, by=cast.cora)
    assert Redaction.objects.count() == 1
    clearance.remove_redaction(redaction_id=row.pk, transcript=mapped, by=cast.cora)
    assert Redaction.objects.count() == 0


@pytest.mark.parametrize("state", ["received", "parsed", "failed", "reviewed", "cleared", "recalled"])
def test_marks_change_only_between_mapping_and_first_review(cast, call, state):
    transcript = make_transcript(call, state=state)
    with pytest.raises(IllegalMove):
        clearance.mark_redaction(transcript=transcript, mark=mark(transcript, "board"), by=cast.cora)


def test_proposals_name_expert_employer_and_speakers_until_they_are_marked(cast):
    posts = [Employment("Harrow Mutual", "insurer", "Director", cast.programme.launch_on, current=True)]
    expert = add_expert(programme=cast.programme, by=cast.ana, posts=posts, identity=Identity("Dana Whitlock"))
    turns = [
        ("interviewer", "Dana, what changed at Harrow Mutual?"),
        ("expert", "Well, Mara, Subject plc did. Whitlock is my name."),
    ]
    transcript = make_transcript(make_interview(cast.programme, cast.ana, expert=expert), turns=turns)
    found = clearance.proposals(transcript)
    assert [(one.words, one.reason, one.replacement) for one in found] == [
        ("Dana", "identity", "[name]"),
        ("Harrow Mutual", "employer", "[company]"),
        ("Mara", "third_party", "[name]"),
        ("Whitlock", "identity", "[name]"),
    ]
    marks = [Mark(one.start, one.end, one.reason, one.replacement) for one in found[:2]]
    clearance.mark_redactions(transcript=transcript, marks=marks, by=cast.cora)
    assert [one.words for one in clearance.proposals(transcript)] == ["Mara", "Whitlock"]


def test_audit_of_marks_holds_no_words(cast, mapped):
    clearance.mark_redactions(transcript=mapped, marks=[mark(mapped, "board"), mark(mapped, "review")], by=cast.cora)
    assert AuditEvent.objects.get().body == {"marked": 2, "reasons": {"third_party": 2}}


def test_proposals_name_the_other_places_of_a_name_that_is_marked_once(cast, call):
    turns = [("interviewer", "Who was that?"), ("expert", "Hollis. You know Hollis, and a friend of Hollis, a friend.")]
    transcript = make_transcript(call, turns=turns, names={"interviewer": "Interviewer", "expert": "Expert"})
    clearance.mark_redactions(
        transcript=transcript, marks=[mark(transcript, "Hollis"), mark(transcript, "a friend")], by=cast.cora
    )
    found = [(transcript.text[one.start : one.end], one.reason) for one in clearance.proposals(transcript)]
    assert found == [("Hollis", "third_party")] * 2


def test_warnings_tell_what_the_expert_said_of_themselves_and_is_not_marked_yet(cast):
    turns = [
        ("interviewer", "I was based in Dublin. And you?"),
        ("expert", "I was Head of Storage, based in Leeds, and my team was 14 people."),
    ]
    transcript = make_transcript(make_interview(cast.programme, cast.ana), turns=turns)

    def told():
        return [transcript.text[one.start : one.end] for one in clearance.warnings(transcript)]

    assert told() == ["Head of Storage", "based in Leeds", "my team was 14 people"]
    start = transcript.text.index("based in Leeds")
    clearance.mark_redaction(transcript=transcript, mark=Mark(start, start + 14, "identity"), by=cast.cora)
    assert told() == ["Head of Storage", "my team was 14 people"]
