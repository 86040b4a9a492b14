import io
import json
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command

from accounts import audit, jobs
from accounts.models import AuditEvent, Job, JobState
from accounts.moves import Invalid, now
from accounts.permissions import Refused
from interviews.models import ClearedTranscript
from interviews.signals import transcript_cleared
from research.signals import questions_amended
from synthesis.models import Codebook, Passage, Run, Suggestion, Tag
from synthesis.services import codebook, runs
from tests.factories import make_cleared, make_interview, make_tag

TALK = [
    ("interviewer", "What did the outage change for you?"),
    (
        "expert",
        "After the outage we moved two workloads to a second cloud. Multi-cloud is now a condition for every new "
        "procurement, because the outage cost us a whole day of orders.",
    ),
    ("interviewer", "And review?"),
    ("expert", "The approval policy means every review waits three days. Approval is what caps our delivery now."),
]


@pytest.fixture
def cleared(cast) -> ClearedTranscript:
    return make_cleared(make_interview(cast.programme, cast.ana), turns=TALK)


def found(cleared) -> set[tuple]:
    """The suggestions shown, by their natural key and all that was said about them."""
    rows = Suggestion.objects.current().filter(run__cleared=cleared)
    return {
        (s.passage.start, s.passage.end, s.question.code, s.run.model, s.score, s.stance, s.basis, json.dumps(s.reason))
        for s in rows.select_related("passage", "question", "run")
    }


def tag(cleared, **more) -> Run:
    runs.request_run(cleared, **more)
    jobs.drain()
    return cleared.runs.get(current=True)


# The codebook


def test_freeze_same_words_is_same_row(cast):
    first = codebook.freeze(cast.programme)
    assert codebook.freeze(cast.programme) == first
    assert (first.version, Codebook.objects.count()) == (1, 1)


def test_freeze_other_words_is_next_version_and_going_back_the_first(cast):
    first = codebook.freeze(cast.programme)
    question = cast.programme.questions.get(code="Q1")
    before = question.text
    question.text = "Do outages move workloads?"
    question.save()
    second = codebook.freeze(cast.programme)
    question.text = before
    question.save()
    assert (second.version, second.questions[0]["text"]) == (2, "Do outages move workloads?")
    assert codebook.freeze(cast.programme) == first


def test_freeze_holds_every_word_the_tagger_is_told(cast):
    assert codebook.freeze(cast.programme).questions[0] == {
        "code": "Q1",
        "title": "Customer confidence",
        "text": "Are outages shifting cloud procurement?",
        "definition": "",
        "bear": "customers leave",
        "bull": "customers stay",
        "terms": ["outage", "multi-cloud"],
    }


# A run


def test_run_suggests_expert_passages_with_reason_and_version(cleared, tagger):
    run = tag(cleared)
    assert (run.model, run.encoder, run.codebook.version) == ("2026.1-words", tagger.encoder.name, 1)
    suggestions = list(run.suggestions.select_related("passage", "question"))
    assert {s.question.code for s in suggestions} == {"Q1", "Q2"}
    experts = {t.index for t in cleared.turns.filter(role="expert")}
    assert {s.passage.turn_index for s in suggestions} <= experts
    assert all({"words", "lexical", "similarity", "stance", "basis"} <= s.reason.keys() for s in suggestions)


def test_run_is_audited_with_counts_and_no_words(cleared, tagger):
    run = tag(cleared)
    event = AuditEvent.objects.get(verb="transcript-tagged")
    assert event.body == {
        "cleared": str(cleared.pk),
        "codebook": 1,
        "model": run.model,
        "suggestions": run.suggestions.count(),
    }
    assert audit.verify(cleared.programme.chain).bad is None


def test_request_twice_is_one_job_and_changes_nothing(cleared, tagger):
    first = runs.request_run(cleared)
    jobs.drain()
    before, passages = found(cleared), Passage.objects.count()
    assert runs.request_run(cleared).pk == first.pk
    assert jobs.drain() == 0
    assert (found(cleared), Passage.objects.count(), Run.objects.count()) == (before, passages, 1)


def test_compute_and_commit_again_write_nothing_twice(cleared, tagger):
    """A worker that was thought dead may come back and do the same work: the second writing finds everything there."""
    job = runs.request_run(cleared)
    outcome = runs.compute(job, lambda done, total: None)
    runs.commit(job, outcome)
    before = (found(cleared), Passage.objects.count(), Suggestion.objects.count(), Run.objects.count())
    runs.commit(job, outcome)
    runs.commit(job, runs.compute(job, lambda done, total: None))
    assert (found(cleared), Passage.objects.count(), Suggestion.objects.count(), Run.objects.count()) == before


def test_run_progress_ends_at_its_total(cleared, tagger):
    heard = []
    runs.compute(runs.request_run(cleared), lambda done, total: heard.append((done, total)))
    assert heard[0] == (0, heard[-1][1])
    assert heard[-1][0] == heard[-1][1] > 0


def test_run_of_recalled_text_writes_nothing(cleared, tagger):
    job = runs.request_run(cleared)
    outcome = runs.compute(job, lambda done, total: None)
    ClearedTranscript.objects.update(recalled_at=now())
    runs.commit(job, outcome)
    assert runs.compute(job, lambda done, total: None) is None
    assert (Run.objects.count(), Passage.objects.count()) == (0, 0)


def test_run_of_question_without_words_fails_with_its_sentence(cleared, tagger):
    cleared.programme.questions.filter(code="Q1").update(text="?!")
    job = runs.request_run(cleared)
    jobs.drain()
    job.refresh_from_db()
    assert (job.state, job.message) == (
        JobState.FAILED,
        "Question Q1 has no words to look for; write out what it asks.",
    )


def test_request_without_questions_is_refused_with_a_sentence(cleared):
    cleared.programme.questions.all().delete()
    with pytest.raises(Invalid, match="no key question yet"):
        runs.request_run(cleared)
    with pytest.raises(Invalid, match="no key question yet"):
        runs.request_all(cleared.programme)


@pytest.mark.parametrize("who", ["cora", "ada", "rita"])
def test_request_by_a_role_without_the_right_is_refused(cleared, cast, who):
    with pytest.raises(Refused, match="Only an analyst may start a tagging run"):
        runs.request_run(cleared, by=getattr(cast, who))
    with pytest.raises(Refused):
        runs.request_all(cleared.programme, by=getattr(cast, who))
    assert Job.objects.count() == 0


# What people decided


@pytest.mark.parametrize("amended", [False, True], ids=["same questions", "amended questions"])
def test_decisions_survive_another_run(cleared, cast, tagger, amended):
    run = tag(cleared)
    suggestion = run.suggestions.first()
    decided = [
        make_tag(
            cleared, cleared.text[suggestion.passage.start : suggestion.passage.end], suggestion.question, cast.ana
        ),
        make_tag(cleared, "the outage cost us a whole day", cast.programme.questions.get(code="Q1"), cast.ben),
    ]
    before = list(Tag.objects.order_by("pk").values())
    if amended:
        cast.programme.questions.filter(code="Q1").update(definition="Also what it cost.")
    again = tag(cleared)
    assert list(Tag.objects.order_by("pk").values()) == before
    assert (again != run) is amended
    assert Run.objects.filter(current=True).count() == 1
    assert not Suggestion.objects.open().filter(passage=decided[0].passage, question=decided[0].question).exists()


def test_amended_questions_give_a_new_run_and_going_back_shows_the_old_one(cleared, tagger):
    first = tag(cleared)
    question = cleared.programme.questions.get(code="Q1")
    old, question.definition = question.definition, "Also what it cost."
    question.save()
    second = tag(cleared)
    question.definition = old
    question.save()
    assert (first.codebook.version, second.codebook.version) == (1, 2)
    assert tag(cleared) == first
    assert Run.objects.count() == 2


def test_run_overtaken_by_an_amendment_does_not_replace_the_newer(cleared, tagger):
    slow = runs.request_run(cleared)
    late = runs.compute(slow, lambda done, total: None)
    cleared.programme.questions.filter(code="Q1").update(definition="Also what it cost.")
    newer = tag(cleared)
    runs.commit(slow, late)
    assert Run.objects.get(current=True) == newer
    assert Run.objects.count() == 2


@pytest.mark.parametrize(
    ("quote", "still_open"),
    [
        ("After the outage we moved two workloads to a second cloud.", False),  # the very passage
        ("we moved two workloads", False),  # within it
        ("second cloud. Multi-cloud is now a condition for every new procurement", True),  # touches its end only
    ],
)
def test_open_leaves_out_what_a_decision_overlaps_by_half(cleared, cast, quote, still_open):
    from tests.factories import make_suggestion

    question = cast.programme.questions.get(code="Q1")
    make_suggestion(cleared, "After the outage we moved two workloads to a second cloud.", question)
    make_tag(cleared, quote, question, cast.ana, verdict="rejected")
    assert Suggestion.objects.open().exists() is still_open


def test_open_keeps_what_was_decided_on_another_question(cleared, cast):
    from tests.factories import make_suggestion

    q1, q2 = cast.programme.questions.order_by("code")
    make_suggestion(cleared, "we moved two workloads", q1)
    make_tag(cleared, "we moved two workloads", q2, cast.ana)
    assert Suggestion.objects.open().count() == 1


# News and the sweep


def test_cleared_transcript_is_tagged_upon_the_signal(cleared, tagger):
    transcript_cleared.send(sender=None, cleared_id=cleared.pk)
    jobs.drain()
    assert cleared.runs.count() == 1


def test_amended_questions_are_tagged_upon_the_signal(cleared, cast, tagger):
    tag(cleared)
    cast.programme.questions.filter(code="Q1").update(definition="Also what it cost.")
    questions_amended.send(sender=None, programme_id=cast.programme.pk)
    jobs.drain()
    assert cleared.runs.get(current=True).codebook.version == 2


def test_sweep_finds_what_no_signal_told_and_asks_once(cleared, tagger):
    assert (runs.sweep_untagged(), runs.sweep_untagged()) == (1, 0)
    jobs.drain()
    assert runs.sweep_untagged() == 0
    assert cleared.runs.count() == 1


def test_sweep_leaves_failed_work_to_people(cleared, tagger):
    Job.objects.filter(pk=runs.request_run(cleared).pk).update(state=JobState.FAILED)
    assert runs.sweep_untagged() == 0
    assert Job.objects.get().state == JobState.FAILED


def test_sweep_passes_over_recalled_texts_and_closed_programmes(cleared, cast, tagger):
    ClearedTranscript.objects.update(recalled_at=now())
    assert runs.sweep_untagged() == 0
    ClearedTranscript.objects.update(recalled_at=None)
    cast.programme.state = "closed"
    cast.programme.save()
    assert runs.sweep_untagged() == 0


# Commands


def test_tag_programme_tags_and_says_how_many(cleared, tagger, capsys):
    out = io.StringIO()
    call_command("tag_programme", "kestrel", stdout=out)
    assert out.getvalue() == "1 cleared transcripts, 1 to be tagged.\n"
    jobs.drain()
    call_command("tag_programme", "kestrel", "--wait", stdout=out)
    assert out.getvalue().endswith("1 cleared transcripts, 0 to be tagged.\n")
    assert cleared.runs.count() == 1


def test_tag_programme_of_unknown_programme_names_the_known_ones(cast):
    with pytest.raises(CommandError, match="There is no programme “osprey”. Programmes: kestrel."):
        call_command("tag_programme", "osprey")


def test_rank_turns_answers_without_a_database(settings, tmp_path):
    """As the bench calls it: a process of its own, whose database does not exist."""
    asked = {
        "id": "a",
        "turns": [{"speaker": "E", "text": "The outage cost us a day."}, {"speaker": "I", "text": "Hm."}],
    }
    asked["questions"] = [{"code": "Q1", "text": "What did the outage cost?"}]
    done = subprocess.run(
        [sys.executable, "manage.py", "rank_turns", "--words"],
        input=json.dumps(asked) + "\n",
        capture_output=True,
        text=True,
        cwd=settings.BASE_DIR,
        env={"PATH": "/usr/bin:/bin", "DATA_DIR": str(tmp_path), "HOME": str(tmp_path)},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not list(tmp_path.glob("*.sqlite3"))
    answer = json.loads(done.stdout)
    assert (answer["id"], len(answer["scores"]["Q1"]), len(answer["tagged"]["Q1"])) == ("a", 2, 2)
    assert answer["scores"]["Q1"][0] > answer["scores"]["Q1"][1]


def test_web_process_knows_the_work_without_loading_the_libraries(settings, tmp_path):
    code = (
        "import django, sys; django.setup(); import config.urls; from accounts.jobs import KINDS;"
        "assert 'tag' in KINDS;"
        "heavy = {'spacy', 'onnxruntime', 'onnx', 'typst', 'docx', 'vl_convert'} & set(sys.modules);"
        "assert not heavy, heavy"
    )
    env = {"PATH": "/usr/bin:/bin", "DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "config.settings"}
    subprocess.run([sys.executable, "-c", code], cwd=settings.BASE_DIR, env=env, check=True)
