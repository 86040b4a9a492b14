import io
import json

import pytest
from django.core.management import CommandError, call_command

from accounts import audit, jobs
from interviews.models import ClearedTranscript, Expert, Interview, Redaction, Transcript
from interviews.services import intake
from tests.factories import make_interview, make_transcript
from tests.interviews.conftest import CALL

PANEL = (
    "**Mara Ellison:** Who wants to start?\n\n**Dana Whitlock:** I will, and I will go on for some time about it all.\n\n"
    "**Omar Reyes:** I disagree with Dana about every single part of this story.\n"
)


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "calls"
    place.mkdir()
    (place / "one.vtt").write_text(CALL)
    (place / "two.md").write_text(PANEL)
    (place / "broken.vtt").write_text("WEBVTT\n\n")
    (place / "LICENSE").write_text("not a transcript")
    (place / "questions.json").write_text("[]")
    (place / ".hidden").write_text("x")
    return place


def run(*args, **options):
    """The command's exit code, output and error output."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command(*args, stdout=out, stderr=err, **options)
    except SystemExit as end:
        return end.code, out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def bring(folder, *more):
    return run("import_transcripts", str(folder), "--programme", "kestrel", *more)


def test_import_of_a_folder_takes_what_it_can_and_names_what_it_can_not(cast, folder):
    code, out, _ = bring(folder)
    assert code == 1
    assert out.splitlines() == [
        "✗ broken.vtt: This caption file holds no captions: check the recorder's export and upload it again.",
        "✓ one.vtt: INT-001, webvtt, 4 turns, 33 words in, 33 out",
        "✓ two.md: INT-002, markdown, 3 turns, 28 words in, 28 out",
        "2 imported, 0 already here, 1 failed; 7 turns, 61 words in, 61 words out.",
    ]
    assert list(Interview.objects.values_list("state", "interviewer__name", "segment__code")) == [
        ("held", "Ana", "customers"),
        ("held", "Ana", "customers"),
    ]
    assert Expert.objects.count() == 2


def test_import_of_the_same_folder_again_adds_nothing(cast, folder):
    (folder / "broken.vtt").unlink()
    bring(folder)
    code, out, _ = bring(folder)
    assert code == 0
    assert out.splitlines()[:2] == ["= one.vtt: already here, INT-001", "= two.md: already here, INT-002"]
    assert (Transcript.objects.count(), Interview.objects.count(), Expert.objects.count()) == (2, 2, 2)


def test_import_puts_a_file_to_the_interview_whose_number_it_bears(cast, folder):
    make_interview(cast.programme, cast.ben, number=14)
    (folder / "one.vtt").rename(folder / "acme_int-014_final.vtt")
    (folder / "two.md").rename(folder / "INT-099.md")
    _, out, _ = bring(folder)
    assert Transcript.objects.get().interview.number == 14
    assert "✗ INT-099.md: There is no interview INT-099 in this programme" in out


def test_import_as_json_gives_files_losses_and_totals(cast, folder):
    code, out, err = bring(folder, "--json")
    told = json.loads(out)
    assert (code, told["totals"]["imported"], told["totals"]["words_out"]) == (1, 2, 61)
    assert [(row["file"], row["state"]) for row in told["files"]] == [
        ("broken.vtt", "failed"),
        ("one.vtt", "imported"),
        ("two.md", "imported"),
    ]
    assert "Importing transcripts" in err


@pytest.mark.parametrize(
    ("rule", "roles"),
    [
        ("guess", ["interviewer", "expert", "expert"]),
        ("first-interviewer", ["interviewer", "expert", "expert"]),
    ],
)
def test_import_maps_speakers_by_rule_when_asked(cast, folder, rule, roles):
    bring(folder / "two.md", "--speakers", rule, "--segment", "managers", "--as", "ben@example.com")
    transcript = Transcript.objects.get()
    assert (transcript.state, transcript.uploaded_by, transcript.interview.segment.code) == (
        "mapped",
        cast.ben,
        "managers",
    )
    assert list(transcript.speakers.values_list("role", flat=True)) == roles


def test_import_of_uncertain_files_goes_through_the_ledger(cast, folder):
    bring(folder / "one.vtt")
    assert jobs.due() == []
    assert audit.verify(cast.programme.chain).bad is None


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["nowhere", "--programme", "kestrel"], "There is no file or folder nowhere."),
        ([".", "--programme", "plover"], "There is no programme plover."),
        ([".", "--programme", "kestrel", "--as", "x@y.z"], "Nobody here has the address x@y.z."),
        (
            [".", "--programme", "kestrel", "--segment", "odd"],
            "There is no segment odd in this programme; it has customers, managers, competitors.",
        ),
    ],
)
def test_import_with_wrong_words_says_what_is_wrong(cast, args, sentence):
    with pytest.raises(CommandError) as told:
        call_command("import_transcripts", *args)
    assert str(told.value) == sentence


def test_import_by_somebody_who_may_not_fails_each_file_with_the_sentence(cast, folder):
    code, out, _ = bring(folder / "one.vtt", "--as", "cora@example.com")
    assert (code, out.splitlines()[0]) == (1, "✗ one.vtt: Only an analyst may add experts and log interviews.")
    assert not Interview.objects.exists()


def clear(*more):
    people = ["--first", "cora@example.com", "--second", "cyrus@example.com"]
    return run("clear_transcripts", "--programme", "kestrel", *people, *more)


def test_clear_takes_imported_transcripts_to_cleared_text_by_two_people(cast, folder):
    bring(folder)
    code, out, _ = clear("--redact-names")
    assert code == 0
    assert out.splitlines() == [
        "✓ one.vtt: INT-001, cleared, 33 words",
        "✓ two.md: INT-002, cleared, 28 words",
        "2 cleared now, 2 in all; 0 failed; 61 words.",
    ]
    first = ClearedTranscript.objects.get(interview__number=1)
    assert "[name]" in first.text and "Dana" not in first.text and "Priya" in first.text
    assert [t.label for t in ClearedTranscript.objects.get(interview__number=2).turns.all()] == [
        "Interviewer",
        "Expert 1",
        "Expert 2",
    ]


def test_clear_without_redaction_keeps_the_words(cast, folder):
    bring(folder)
    clear()
    assert not Redaction.objects.exists()
    assert clear()[1].splitlines() == ["0 cleared now, 2 in all; 0 failed; 0 words."]


@pytest.mark.parametrize(
    ("second", "sentence"),
    [
        ("cora", "You passed the first review, so a second person must clear this transcript."),
        ("ana", "Only a compliance reviewer may review and clear transcripts."),
    ],
)
def test_clear_by_the_wrong_two_people_leaves_all_as_it_was(cast, folder, second, sentence):
    bring(folder / "one.vtt")
    people = ["--first", "cora@example.com", "--second", f"{second}@example.com"]
    code, out, _ = run("clear_transcripts", "--programme", "kestrel", *people)
    assert (code, out.splitlines()[0]) == (1, f"✗ one.vtt: INT-001, {sentence}")
    assert Transcript.objects.get().state == "parsed"


def test_clear_of_a_text_without_speakers_fails_and_the_others_go_on(cast, folder):
    (folder / "broken.vtt").write_text("WEBVTT\n\n00:01.000 --> 00:02.000\nwords that nobody in particular says\n")
    bring(folder)
    code, out, _ = clear()
    assert code == 1
    assert out.splitlines()[0].startswith("✗ broken.vtt: INT-001, This file does not say who speaks")
    assert ClearedTranscript.objects.count() == 2


def panel(cast, *speakers):
    """A transcript in which each of (label, guess, words) has one turn."""
    turns = [(label, "word " * n + "end") for label, _, n in speakers]
    transcript = make_transcript(
        make_interview(cast.programme, cast.ana), state="parsed", turns=turns, names={s[0]: s[0] for s in speakers}
    )
    for label, guess, _ in speakers:
        transcript.speakers.filter(label=label).update(guess=guess, role="unknown")
    return transcript


@pytest.mark.parametrize(
    ("speakers", "hosts", "expected"),
    [
        ([("H", "interviewer", 50), ("G", "expert", 90)], set(), {"H": "interviewer", "G": "expert"}),
        (
            [("H", "expert", 50), ("I", "interviewer", 40), ("G", "expert", 90)],
            {"H"},
            {"H": "interviewer", "I": "interviewer", "G": "expert"},
        ),
        ([("H", "interviewer", 50), ("I", "expert", 90)], {"H", "I"}, {"H": "interviewer", "I": "expert"}),
        ([("H", "unknown", 50), ("G", "unknown", 90)], {"H"}, {"H": "interviewer", "G": "expert"}),
        ([("H", "unknown", 50), ("I", "unknown", 90)], {"H", "I"}, {"H": "interviewer", "I": "expert"}),
        (
            [("H", "interviewer", 300), ("G", "unknown", 400), ("Jingle", "unknown", 1)],
            set(),
            {"H": "interviewer", "G": "expert"},
        ),
    ],
)
def test_roles_by_rule_take_sure_guesses_known_hosts_and_leave_the_quiet_open(cast, speakers, hosts, expected):
    transcript = panel(cast, *speakers)
    labels = dict(transcript.speakers.values_list("pk", "label"))
    found = intake.roles_by_rule(transcript, hosts=hosts)
    assert {labels[pk]: role for pk, role in found.items()} == expected


def test_hosts_are_those_who_speak_in_three_interviews(cast):
    for guest in ("Dana", "Omar", "Zoe"):
        panel(cast, ("Mara", "interviewer", 9), (guest, "expert", 9))
    assert intake.hosts_of(cast.programme) == {"Mara"}
