import io
import json
import os
import time
import zipfile
from pathlib import Path

import pytest
from django.core.files.storage import default_storage

from accounts import jobs
from accounts.models import AuditEvent, Job
from accounts.moves import IllegalMove, Invalid
from accounts.permissions import Refused
from interviews import sources
from interviews.importers import MAX_BYTES
from interviews.models import Transcript, Turn
from interviews.services import transcripts
from tests.factories import make_interview, make_transcript
from tests.interviews.conftest import CALL


@pytest.fixture
def call(cast):
    return make_interview(cast.programme, cast.ana)


def test_upload_keeps_the_bytes_under_their_hash_and_asks_for_reading(cast, call, upload):
    transcript = upload(call, cast.ana)
    assert sources.path_of(transcript.sha256).read_text() == CALL
    assert (transcript.state, transcript.size, transcript.filename) == ("received", len(CALL), "call.vtt")
    job = Job.objects.get()
    assert (job.kind, job.subject, job.scope, job.asked_by) == (
        "parse",
        str(transcript.pk),
        str(cast.programme.pk),
        cast.ana.pk,
    )
    assert AuditEvent.objects.get().verb == "transcript-received"


def test_upload_of_the_same_bytes_is_the_same_row_under_any_name(cast, call, upload):
    first = upload(call, cast.ana)
    other = make_interview(cast.programme, cast.ana)
    second = upload(other, cast.ben, filename="again.txt")
    assert second == first and second.interview == call
    assert (Transcript.objects.count(), Job.objects.count(), AuditEvent.objects.count()) == (1, 1, 1)


def test_upload_leaves_no_part_behind(cast, call, upload):
    upload(call, cast.ana)
    assert list(Path(default_storage.path("incoming")).iterdir()) == []


def test_upload_past_the_limit_says_so_and_keeps_nothing(db):
    endless = (b"x" * 1_000_000 for _ in range(1_000))
    with pytest.raises(Invalid, match="^This file is larger than 25 MB: upload the transcript alone"):
        sources.keep(endless)
    assert list(Path(default_storage.path("")).rglob("*.part")) == []
    assert next(endless) is not None
    assert MAX_BYTES == 25_000_000


@pytest.mark.parametrize("state", ["open", "booked", "no_show", "cancelled"])
def test_upload_to_a_call_that_did_not_take_place_is_refused(cast, upload, state):
    call = make_interview(cast.programme, cast.ana, state=state)
    with pytest.raises(IllegalMove, match=r"a transcript belongs to a call that was held\. Log the call first\."):
        upload(call, cast.ana)


@pytest.mark.parametrize("who", ["cora", "ada", "rita", "carl", "stranger"])
def test_upload_is_for_analysts_of_the_team(cast, call, upload, who):
    with pytest.raises(Refused):
        upload(call, getattr(cast, who))
    assert not Transcript.objects.exists()


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/pass\x00wd", "passwd"),
        ("C:\\calls\\one.vtt", "one.vtt"),
        ("a\u202egpj.txt", "agpj.txt"),
        ("", "transcript"),
        ("x" * 300 + ".vtt", "x" * 196 + ".vtt"),
    ],
)
def test_file_names_are_shown_without_folders_and_control_characters(given, shown):
    assert transcripts.display_name(given) == shown


def test_parse_writes_turns_whose_words_lie_in_the_text(cast, call, parsed):
    transcript = parsed(call, cast.ana)
    words = [transcript.text[turn.start : turn.end] for turn in transcript.turns.all()]
    assert words == [
        "What did the outage change for you?",
        "We moved two workloads, and Priya said as much. Nobody panicked.",
        "And how long did review take, Dana?",
        "Three days, up from one, at Harrow Mutual.",
    ]
    assert [(t.speaker.label, t.start_ms, t.end_ms) for t in transcript.turns.select_related("speaker")][:2] == [
        ("Mara Ellison", 1000, 5000),
        ("Dana Whitlock", 5500, 20000),
    ]
    assert (transcript.state, transcript.format, transcript.message) == ("parsed", "webvtt", "")
    assert {key: transcript.loss[key] for key in ("cues_in", "turns_out", "words_in", "words_out", "dropped")} == {
        "cues_in": 4,
        "turns_out": 4,
        "words_in": 33,
        "words_out": 33,
        "dropped": [],
    }
    assert {s.label: s.guess for s in transcript.speakers.all()} == {
        "Mara Ellison": "interviewer",
        "Dana Whitlock": "expert",
    }


def test_parse_counts_code_points(cast, call, parsed):
    transcript = parsed(call, cast.ana, "Ana: Wie geht’s, 🙂 Łukasz?\n\nŁukasz: Gut, e\u0301t\u00e9!\n", "call.txt")
    assert [transcript.text[t.start : t.end] for t in transcript.turns.all()] == [
        "Wie geht’s, 🙂 Łukasz?",
        "Gut, e\u0301t\u00e9!",
    ]


def zipped(parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return out.getvalue()


TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
BOMB = zipped({"[Content_Types].xml": TYPES, "word/document.xml": b"<w>" + b" " * 80_000_000})
BAD = {
    "truncated docx": (zipped({"[Content_Types].xml": TYPES, "word/document.xml": "<w/>"})[:120], "DOCX"),
    "docx that unpacks to 80 MB": (BOMB, "DOCX unpacks to far more than a transcript needs"),
    "vtt without cues": (b"WEBVTT\n\n", "holds no captions"),
    "pdf": (b"%PDF-1.7\n1 0 obj", "This is a PDF: upload the transcript as DOCX"),
    "nothing": (b"", "This file is empty"),
    "damaged json": (b'{"segments": [{"text": "hello"', "JSON is damaged"),
    "sound": (b"ID3\x04\x00\x00\x00\x00\x00\x00" + b"\x00" * 500, "recording"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + b"\x00" * 64, "picture"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_file_gets_a_sentence_and_the_original_stays(cast, call, parsed, name):
    data, words = BAD[name]
    transcript = parsed(call, cast.ana, data, "call.docx")
    assert transcript.state == "failed"
    assert words in transcript.message and transcript.message.endswith(".")
    assert sources.path_of(transcript.sha256).read_bytes() == data
    assert Job.objects.get().state == "failed"
    assert not Turn.objects.exists()


def test_worker_lives_on_after_a_bad_file(cast, call, upload):
    bad = upload(call, cast.ana, BOMB, "bomb.docx")
    good = upload(call, cast.ana)
    assert jobs.drain() == 2
    states = dict(Transcript.objects.values_list("pk", "state"))
    assert states == {bad.pk: "failed", good.pk: "parsed"}


def test_subrip_in_utf16_is_read_and_the_encoding_named(cast, call, parsed):
    srt = "1\r\n00:00:01,000 --> 00:00:02,000\r\nAna: Łódź?\r\n\r\n2\r\n00:00:03,000 --> 00:00:04,000\r\nBo: Ja.\r\n"
    transcript = parsed(call, cast.ana, srt.encode("utf-16"), "call.srt")
    assert (transcript.state, transcript.text) == ("parsed", "Łódź?\nJa.")
    assert "utf-16" in transcript.loss["encoding"].lower()


def test_transcript_whose_speakers_cannot_be_told_says_so_and_cannot_be_mapped(cast, call, parsed):
    vtt = "WEBVTT\n\n00:01.000 --> 00:02.000\nwhat changed for you\n\n00:03.000 --> 00:04.000\nquite a lot really\n"
    transcript = parsed(call, cast.ana, vtt)
    assert (transcript.state, transcript.message) == ("parsed", transcripts.NOBODY_NAMED)
    speaker = transcript.speakers.get()
    with pytest.raises(Invalid, match="does not say who speaks"):
        transcripts.map_speakers(transcript=transcript, roles={speaker.pk: "expert"}, by=cast.ana)
    with pytest.raises(Invalid, match="does not say who speaks"):
        transcripts.map_speakers(transcript=transcript, roles={}, by=cast.ana)


def test_missing_file_is_a_sentence_and_reading_again_mends_it(cast, call, upload):
    transcript = upload(call, cast.ana)
    path = sources.path_of(transcript.sha256)
    path.rename(path.with_suffix(".away"))
    jobs.drain()
    transcript.refresh_from_db()
    assert "missing from the file store" in transcript.message
    path.with_suffix(".away").rename(path)
    transcripts.reparse(transcript=transcript, by=cast.ana)
    jobs.drain()
    transcript.refresh_from_db()
    assert (transcript.state, transcript.message, transcript.turns.count()) == ("parsed", "", 4)


def test_reading_again_without_a_newer_importer_is_pointless_and_says_so(cast, call, parsed):
    with pytest.raises(Invalid, match="would give the same turns"):
        transcripts.reparse(transcript=parsed(call, cast.ana), by=cast.ana)


def test_reading_again_with_a_newer_importer_replaces_the_turns(cast, call, parsed, monkeypatch):
    transcript = parsed(call, cast.ana)
    before = set(transcript.turns.values_list("pk", flat=True))
    monkeypatch.setattr(transcripts, "IMPORTER_VERSION", "next")
    transcripts.reparse(transcript=transcript, by=cast.ana)
    jobs.drain()
    transcript.refresh_from_db()
    assert (transcript.state, transcript.importer, transcript.turns.count()) == ("parsed", "next", 4)
    assert before.isdisjoint(transcript.turns.values_list("pk", flat=True))


def test_late_result_for_a_transcript_that_moved_on_is_dropped(cast, call, upload):
    transcript = upload(call, cast.ana)
    Transcript.objects.update(state="mapped", text="as it was")
    jobs.drain()
    transcript.refresh_from_db()
    assert (transcript.state, transcript.text) == ("mapped", "as it was")


def roles_of(transcript, **roles):
    by_label = {speaker.label.split()[0].lower(): speaker.pk for speaker in transcript.speakers.all()}
    return {by_label[label]: role for label, role in roles.items()}


def test_map_speakers_gives_roles_and_notes_where_the_guess_was_wrong(cast, call, parsed):
    transcript = parsed(call, cast.ana)
    roles = roles_of(transcript, mara="chaperone", dana="expert")
    transcripts.map_speakers(transcript=transcript, roles=roles, by=cast.ana)
    assert {s.label: s.role for s in transcript.speakers.all()} == {
        "Mara Ellison": "chaperone",
        "Dana Whitlock": "expert",
    }
    event = AuditEvent.objects.get(verb="speakers-mapped")
    assert event.body == {"speakers": 2, "other": 1}


def test_map_speakers_needs_an_expert(cast, call, parsed):
    transcript = parsed(call, cast.ana)
    with pytest.raises(Invalid, match="Say which speaker is the expert"):
        transcripts.map_speakers(transcript=transcript, roles=roles_of(transcript, mara="interviewer"), by=cast.ana)


def test_map_speakers_takes_only_roles_and_speakers_that_are_there(cast, call, parsed):
    transcript = parsed(call, cast.ana)
    with pytest.raises(Invalid, match="is no role"):
        transcripts.map_speakers(transcript=transcript, roles=roles_of(transcript, dana="boss"), by=cast.ana)
    with pytest.raises(Invalid, match="1 of these speakers are not in this transcript"):
        transcripts.map_speakers(transcript=transcript, roles={0: "expert"}, by=cast.ana)


@pytest.mark.parametrize(
    ("who", "may"),
    [("ana", True), ("cora", True), ("ben", False), ("ada", False), ("rita", False), ("stranger", False)],
)
def test_map_speakers_is_for_those_who_may_read_the_source(cast, call, parsed, who, may):
    transcript = parsed(call, cast.ana)
    roles = roles_of(transcript, mara="interviewer", dana="expert")
    if may:
        assert transcripts.map_speakers(transcript=transcript, roles=roles, by=getattr(cast, who)).state == "mapped"
    else:
        with pytest.raises(Refused):
            transcripts.map_speakers(transcript=transcript, roles=roles, by=getattr(cast, who))


@pytest.mark.parametrize(
    ("state", "lawful"),
    [
        ("received", False),
        ("failed", False),
        ("parsed", True),
        ("mapped", True),
        ("reviewed", False),
        ("cleared", False),
        ("recalled", False),
    ],
)
def test_map_speakers_only_before_a_review(cast, call, state, lawful):
    transcript = make_transcript(call, state=state)
    roles = {s.pk: s.role for s in transcript.speakers.all()}
    if lawful:
        assert transcripts.map_speakers(transcript=transcript, roles=roles, by=cast.ana).state == "mapped"
    else:
        with pytest.raises(IllegalMove):
            transcripts.map_speakers(transcript=transcript, roles=roles, by=cast.ana)


def test_sweep_removes_old_orphans_and_nothing_else(cast, call, upload):
    transcript = upload(call, cast.ana)
    orphan = sources.keep([b"nobody's"])
    part = Path(default_storage.path("incoming")) / "x.part"
    part.write_bytes(b"half")
    assert sources.sweep() == 0
    old = time.time() - 2 * sources.ORPHAN_AGE
    for path in (part, sources.path_of(orphan.sha256), sources.path_of(transcript.sha256)):
        os.utime(path, (old, old))
    assert sources.sweep() == 2
    assert sources.path_of(transcript.sha256).exists()


def test_loss_report_fits_a_json_column(cast, call, parsed):
    assert json.loads(json.dumps(parsed(call, cast.ana).loss))["encoding"]
